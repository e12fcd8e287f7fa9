/*
 * json_claim.h
 *	  Extracts one claim from a JSON document.
 */
#ifndef AUTHZ_JSON_CLAIM_H
#define AUTHZ_JSON_CLAIM_H

/*
 * The value at the end of the path of nkeys keys, from the outermost object
 * on, if it is a string or a number (as it is written), palloc'd; NULL if
 * there is none, or the document is malformed.  Raises no error whatever the
 * document contains.
 */
extern char *authz_json_claim_find(const char *document, const char *const *keys, int nkeys);

#endif							/* AUTHZ_JSON_CLAIM_H */
