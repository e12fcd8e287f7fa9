/*
 * nearest_name.c
 *	  The most similar of several names by edit distance, if it is similar
 *	  enough: what the user of an unknown name may have meant.
 *
 * The distance counts upper and lower case as equal, and the separators ".",
 * ":" and "/" too; among equally distant names, the one that is nearer as it
 * is written.  So a name that differs in nothing else is always the one, and
 * only then edits count.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/varlena.h"

#include "types/nearest_name.h"

/*
 * However long the names are, so many edits make another name.  The search takes the
 * product of this and their length.
 */
#define MAX_EDITS 20

static void fold_name(const char *name, int len, char *folded);
static int	find_distance(const char *a, int a_len, const char *b, int b_len, int limit);

PG_FUNCTION_INFO_V1(authz_nearest_name);

void
authz_nearest_name_begin(AuthzNearestName *nearest, const char *name, int len)
{
	nearest->name = name;
	nearest->len = len;
	nearest->limit = -1;
	nearest->distance = 0;
	nearest->nearest = NULL;
	if (len > AUTHZ_NEAREST_NAME_MAX)
		return;
	nearest->limit = Min(Max(len / 3, 2), MAX_EDITS);
	fold_name(name, len, nearest->folded);
}

/*
 * Compare one of the names.  The first of those that are equally similar is
 * kept.
 */
void
authz_nearest_name_consider(AuthzNearestName *nearest, const char *other, int len)
{
	char		folded[AUTHZ_NEAREST_NAME_MAX];
	int			folded_distance;
	int			distance_limit = AUTHZ_NEAREST_NAME_MAX;
	int			distance;

	if (nearest->limit < 0 || len > AUTHZ_NEAREST_NAME_MAX)
		return;
	fold_name(other, len, folded);
	folded_distance = find_distance(nearest->folded, nearest->len, folded, len, nearest->limit);
	if (folded_distance > nearest->limit)
		return;
	if (nearest->nearest != NULL && folded_distance == nearest->limit)
		distance_limit = nearest->distance - 1;
	if (distance_limit < 0)
		return;
	distance = find_distance(nearest->name, nearest->len, other, len, distance_limit);
	if (distance > distance_limit)
		return;

	nearest->limit = folded_distance;
	nearest->distance = distance;
	if (nearest->nearest != NULL)
		pfree(nearest->nearest);
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

/* What names are compared by first: ASCII letters without case, separators alike. */
static void
fold_name(const char *name, int len, char *folded)
{
	for (int i = 0; i < len; i++)
	{
		if (name[i] >= 'A' && name[i] <= 'Z')
			folded[i] = name[i] - 'A' + 'a';
		else if (name[i] == ':' || name[i] == '/')
			folded[i] = '.';
		else
			folded[i] = name[i];
	}
}

/* The edit distance; more than limit, which is not negative, if it is more. */
static int
find_distance(const char *a, int a_len, const char *b, int b_len, int limit)
{
	return varstr_levenshtein_less_equal(a, a_len, b, b_len, 1, 1, 1, limit, true);
}
