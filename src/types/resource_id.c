/*
 * resource_id.c
 *	  Ids of resources: from SQL values and to SQL values.
 *
 * An id may come as an integer, a uuid or a text.  Text that is exactly how an
 * integer or a uuid is printed becomes that integer or uuid, so that
 * project:42 is the same resource whatever type the column has, and so that
 * integers and uuids are compared and hashed without any text.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/uuid.h"

#include "types/resource_id.h"

#define UUID_TEXT_LEN 36

static bool parse_integer(const char *str, int len, int64 *number);
static bool parse_uuid(const char *str, int len, unsigned char *uuid);

Oid
authz_resource_id_base_type(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case UUIDOID:
		case TEXTOID:
		case VARCHAROID:
			return type;
		case UNKNOWNOID:
			return InvalidOid;
		default:
			{
				Oid			base = OidIsValid(type) ? getBaseType(type) : InvalidOid;

				return base == type ? InvalidOid : authz_resource_id_base_type(base);
			}
	}
}

/*
 * The error depends on the type alone, never on a value: see LEAKPROOF in
 * has_permission.c.
 */
void
authz_resource_id_refuse_type(Oid type)
{
	ereport(ERROR,
			errcode(ERRCODE_DATATYPE_MISMATCH),
			errmsg("a value of type %s cannot be the id of a resource",
				   OidIsValid(type) ? format_type_be(type) : "unknown"),
			errhint("Use smallint, integer, bigint, uuid, text or varchar."));
}

void
authz_resource_id_from_datum(Datum value, Oid base_type, AuthzId *id)
{
	switch (base_type)
	{
		case INT2OID:
			id->kind = AUTHZ_ID_INT;
			id->value.number = DatumGetInt16(value);
			break;
		case INT4OID:
			id->kind = AUTHZ_ID_INT;
			id->value.number = DatumGetInt32(value);
			break;
		case INT8OID:
			id->kind = AUTHZ_ID_INT;
			id->value.number = DatumGetInt64(value);
			break;
		case UUIDOID:
			id->kind = AUTHZ_ID_UUID;
			memcpy(id->value.uuid, DatumGetUUIDP(value)->data, UUID_LEN);
			break;
		default:
			{
				struct varlena *text = PG_DETOAST_DATUM_PACKED(value);

				authz_resource_id_from_text(VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text), id);
				break;
			}
	}
}

void
authz_resource_id_from_text(const char *str, int len, AuthzId *id)
{
	if (parse_integer(str, len, &id->value.number))
		id->kind = AUTHZ_ID_INT;
	else if (len == UUID_TEXT_LEN && parse_uuid(str, len, id->value.uuid))
		id->kind = AUTHZ_ID_UUID;
	else
	{
		id->kind = AUTHZ_ID_TEXT;
		id->value.text.bytes = str;
		id->value.text.len = len;
	}
}

int
authz_resource_id_to_text(const AuthzId *id, char *buffer)
{
	static const char hex[] = "0123456789abcdef";
	char	   *out = buffer;

	switch (id->kind)
	{
		case AUTHZ_ID_INT:
			return pg_lltoa(id->value.number, buffer);
		case AUTHZ_ID_UUID:
			for (int i = 0; i < UUID_LEN; i++)
			{
				if (i == 4 || i == 6 || i == 8 || i == 10)
					*out++ = '-';
				*out++ = hex[id->value.uuid[i] >> 4];
				*out++ = hex[id->value.uuid[i] & 15];
			}
			return UUID_TEXT_LEN;
		case AUTHZ_ID_TEXT:
			if (id->value.text.len > AUTHZ_ID_MAX)
				return -1;
			memcpy(buffer, id->value.text.bytes, id->value.text.len);
			return id->value.text.len;
	}
	return -1;
}

/*
 * Parse exactly what printing an int8 gives: no plus, no leading zero, no
 * blank.
 */
static bool
parse_integer(const char *str, int len, int64 *number)
{
	bool		negative = len > 0 && str[0] == '-';
	int			i = negative ? 1 : 0;
	int64		value = 0;

	if (i == len || len > 20 || (str[i] == '0' && (len > i + 1 || negative)))
		return false;
	if (len <= 18)
	{
		/* Cannot overflow. */
		for (; i < len; i++)
		{
			if (str[i] < '0' || str[i] > '9')
				return false;
			value = value * 10 + (str[i] - '0');
		}
		*number = negative ? -value : value;
		return true;
	}
	for (; i < len; i++)
	{
		if (str[i] < '0' || str[i] > '9')
			return false;
		if (pg_mul_s64_overflow(value, 10, &value) ||
			pg_sub_s64_overflow(value, str[i] - '0', &value))
			return false;
	}
	/* Counted downwards, since the smallest int8 has no positive twin. */
	if (!negative)
	{
		if (value == PG_INT64_MIN)
			return false;
		value = -value;
	}
	*number = value;
	return true;
}

static int
parse_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/*
 * Parse exactly what printing a uuid gives: lower case, dashes where they
 * belong.
 */
static bool
parse_uuid(const char *str, int len, unsigned char *uuid)
{
	unsigned char result[UUID_LEN];
	int			at = 0;

	for (int i = 0; i < UUID_LEN; i++)
	{
		int			high;
		int			low;

		if (i == 4 || i == 6 || i == 8 || i == 10)
			if (str[at++] != '-')
				return false;
		high = parse_hex_digit(str[at++]);
		low = parse_hex_digit(str[at++]);
		if (high < 0 || low < 0)
			return false;
		result[i] = (unsigned char) (high << 4 | low);
	}
	memcpy(uuid, result, UUID_LEN);
	return true;
}
