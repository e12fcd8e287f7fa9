/*
 * nearest_name.c
 *	  The most similar of several names by edit distance, if it is similar
 *	  enough: what the user of an unknown name may have meant.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#include "types/nearest_name.h"

/*
 * Longer names are not compared: the distance takes the product of both
 * lengths.
 */
#define MAX_LEN 255

PG_FUNCTION_INFO_V1(authz_nearest_name);

void
authz_nearest_name_begin(AuthzNearestName *nearest, const char *name, int len)
{
	nearest->name = name;
	nearest->len = len;
	nearest->limit = len > MAX_LEN ? -1 : Max(len / 3, 2);
	nearest->nearest = NULL;
}

/*
 * Compare one of the names.  The first of those that are equally similar is
 * kept.
 */
void
authz_nearest_name_consider(AuthzNearestName *nearest, const char *other, int len)
{
	int			distance;

	if (nearest->limit < 0 || len > MAX_LEN)
		return;
	distance = varstr_levenshtein_less_equal(nearest->name, nearest->len, other, len,
											 1, 1, 1, nearest->limit, true);
	if (distance > nearest->limit)
		return;
	nearest->limit = distance - 1;
	nearest->nearest = pnstrdup(other, len);
}

/* authz_internal.nearest_name(name text, names text[]) returns text */
Datum
authz_nearest_name(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	AuthzNearestName nearest;
	Datum	   *names;
	bool	   *nulls;
	int			count;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &count);
	authz_nearest_name_begin(&nearest, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	for (int i = 0; i < count; i++)
	{
		text	   *other = nulls[i] ? NULL : DatumGetTextPP(names[i]);

		if (other != NULL)
			authz_nearest_name_consider(&nearest, VARDATA_ANY(other), VARSIZE_ANY_EXHDR(other));
	}
	if (nearest.nearest == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(nearest.nearest));
}
