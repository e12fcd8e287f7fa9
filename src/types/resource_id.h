/*
 * resource_id.h
 *	  Ids of resources: from SQL values and to SQL values.
 */
#ifndef AUTHZ_RESOURCE_ID_H
#define AUTHZ_RESOURCE_ID_H

#include "compat.h"
#include "types/grammar.h"

typedef enum AuthzIdKind
{
	AUTHZ_ID_INT,
	AUTHZ_ID_UUID,
	AUTHZ_ID_TEXT
} AuthzIdKind;

typedef union AuthzIdValue
{
	int64		number;
	unsigned char uuid[16];
	struct
	{
		const char *bytes;
		int			len;
	} text;
} AuthzIdValue;

/*
 * The id of a resource, so that equal ids are equal whatever SQL type they
 * came in: 42 and '42' are the same, a uuid and its text are the same.
 */
typedef struct AuthzId
{
	AuthzIdKind kind;
	AuthzIdValue value;
} AuthzId;

/* Size of a buffer for the text of an id that is in the table. */
#define AUTHZ_ID_BUFFER (AUTHZ_ID_MAX + 1)

/*
 * The base type of a domain, or the type itself; InvalidOid if its values
 * cannot be ids.
 */
extern Oid	authz_resource_id_base_type(Oid type);
pg_noreturn extern void authz_resource_id_refuse_type(Oid type);

extern void authz_resource_id_from_datum(Datum value, Oid base_type, AuthzId *id);
extern void authz_resource_id_from_text(const char *str, int len, AuthzId *id);

/*
 * Writes the text of the id to buffer; returns its length, or -1 if it is
 * longer than any id.
 */
extern int	authz_resource_id_to_text(const AuthzId *id, char *buffer);

#endif							/* AUTHZ_RESOURCE_ID_H */
