/*
 * json_claim.h
 *	  One claim of a JSON document.
 */
#ifndef AUTHZ_JSON_CLAIM_H
#define AUTHZ_JSON_CLAIM_H

/*
 * The value that nkeys keys lead to, from the outermost object on, if it is a
 * string or a number (as it is written), palloc'd; NULL if there is none, or the
 * document is malformed.  Raises no error whatever the document contains.
 */
extern char *authz_claim(const char *document, const char *const *keys, int nkeys);

#endif							/* AUTHZ_JSON_CLAIM_H */
