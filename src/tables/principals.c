/*
 * principals.c
 *	  Principals of a subject: all subjects whose assignments apply to it.
 *
 * They are the subject itself, its groups, the teams above those, the teams
 * above the subject if it is a team, and everyone.  The loader of the cache
 * (load.c) and the delegation checks (closures.c) both use this file, so that
 * nobody can use what they cannot give, or the other way round.
 */
#include "postgres.h"

#include "tables/principals.h"
#include "tables/rows.h"
#include "types/grammar.h"

/* Nobody, and a subject without a row, is part of everyone too. */
void
authz_principals_add(AuthzReader *reader, const char *name, int len, AuthzIdList *ids)
{
	int64		id;
	int64		parent_id;
	int64		group_id;

	if (len > 0 && len <= AUTHZ_SUBJECT_MAX && authz_rows_find_subject(reader, name, len, &id, &parent_id))
	{
		authz_id_list_add_once(ids, id);
		if (parent_id != 0)
			authz_principals_add_group(reader, parent_id, ids);
		authz_rows_start_by_id(reader, AUTHZ_GROUPS_BY_MEMBER, id);
		while (authz_rows_next_group(reader, &group_id))
			authz_principals_add_group(reader, group_id, ids);
	}
	if (authz_rows_find_subject(reader, AUTHZ_EVERYONE_NAME, strlen(AUTHZ_EVERYONE_NAME), &id, &parent_id))
		authz_id_list_add_once(ids, id);
}

/*
 * Add a group, and the teams above it: what they have, its members have.  If a
 * group is in the array already, so is everything above it; so a cycle, which
 * the rules exclude, would not loop forever either.
 */
void
authz_principals_add_group(AuthzReader *reader, int64 group_id, AuthzIdList *ids)
{
	for (int level = 0; level <= AUTHZ_MAX_LEVELS && authz_id_list_add_once(ids, group_id); level++)
	{
		int64		parent_id;

		if (!authz_rows_find_subject_parent(reader, group_id, &parent_id) || parent_id == 0)
			return;
		group_id = parent_id;
	}
}
