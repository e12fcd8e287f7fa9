/*
 * claim.h
 *	  One claim of a JSON document.
 */
#ifndef AUTHZ_CLAIM_H
#define AUTHZ_CLAIM_H

/*
 * The value of a key of the outermost object, if it is a string or a number,
 * palloc'd, a number as it is written; NULL if there is none, or the document is malformed.  Raises no
 * error whatever the document contains.
 */
extern char *authz_claim(const char *document, const char *key);

#endif							/* AUTHZ_CLAIM_H */
