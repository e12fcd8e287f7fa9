/*
 * principals.c
 *	  As whom a subject acts: whose assignments count for it.
 *
 * These are its principals: itself, its groups, the teams above those, the teams
 * above itself where it is a team, and everyone.  A cold question (load.c) and the
 * checks of delegated administration (closures.c) both ask here, so that nobody can
 * use what they cannot give, or the other way round.
 */
#include "postgres.h"

#include "tables/principals.h"
#include "tables/rows.h"
#include "types/grammar.h"

/* Nobody, and whom no table knows, is part of everyone too. */
void
authz_principals_add(AuthzReader *reader, const char *name, int len, AuthzIds *ids)
{
	int64		id;
	int64		parent_id;
	int64		group_id;

	if (len > 0 && len <= AUTHZ_SUBJECT_MAX && authz_find_subject(reader, name, len, &id, &parent_id))
	{
		authz_ids_add_once(ids, id);
		if (parent_id != 0)
			authz_principals_add_group(reader, parent_id, ids);
		authz_start_by_id(reader, AUTHZ_GROUPS_BY_MEMBER, id);
		while (authz_next_group(reader, &group_id))
			authz_principals_add_group(reader, group_id, ids);
	}
	if (authz_find_subject(reader, AUTHZ_EVERYONE_NAME, strlen(AUTHZ_EVERYONE_NAME), &id, &parent_id))
		authz_ids_add_once(ids, id);
}

/*
 * A group, and the teams above it: what they have, its members have.  Above one
 * that is there already everything is there; so a cycle, which cannot be, would
 * not hang us either.
 */
void
authz_principals_add_group(AuthzReader *reader, int64 group_id, AuthzIds *ids)
{
	while (authz_ids_add_once(ids, group_id))
	{
		int64		parent_id;

		if (!authz_find_subject_parent(reader, group_id, &parent_id) || parent_id == 0)
			return;
		group_id = parent_id;
	}
}
