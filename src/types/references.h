/*
 * references.h
 *	  The types authz.subject and authz.resource: text values that are
 *	  well-formed references in canonical form.  Their bytes are read as those
 *	  of text.
 */
#ifndef AUTHZ_REFERENCES_H
#define AUTHZ_REFERENCES_H

#include "types/grammar.h"

/*
 * Writes the canonical form of a subject to out, which has AUTHZ_SUBJECT_MAX
 * bytes.  Raises no error: returns false if str is malformed or not in the
 * server's encoding.
 */
extern bool authz_references_canonicalize_subject(const char *str, size_t len, char *out, size_t *out_len);

/* The same for the user with this id, whatever colons it has. */
extern bool authz_references_canonicalize_user(const char *id, size_t len, char *out, size_t *out_len);

/*
 * The resource type:id, palloc'd; NULL if that is malformed or not in the
 * server's encoding.
 */
extern text *authz_references_make_resource(const char *type, size_t type_len, const char *id, size_t id_len);

/*
 * Output function of the types that are stored as text is, also of
 * authz.permission.
 */
extern Datum authz_name_out(PG_FUNCTION_ARGS);

#endif							/* AUTHZ_REFERENCES_H */
