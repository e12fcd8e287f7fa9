/*
 * id.h
 *	  Ids of resources: from SQL values and to SQL values.
 */
#ifndef AUTHZ_ID_H
#define AUTHZ_ID_H

#include "cache.h"
#include "compat.h"
#include "name.h"

/* Room for the text of an id that is in the table. */
#define AUTHZ_ID_BUFFER (AUTHZ_ID_MAX + 1)

/* The type under domains; InvalidOid if values of it cannot be ids. */
extern Oid	authz_id_base_type(Oid type);
pg_noreturn extern void authz_id_refuse_type(Oid type);

extern void authz_id_from_datum(Datum value, Oid base_type, AuthzId *id);
extern void authz_id_from_text(const char *str, int len, AuthzId *id);

/* Text of the id into buffer; -1 if it is longer than any id. */
extern int	authz_id_to_text(const AuthzId *id, char *buffer);

#endif							/* AUTHZ_ID_H */
