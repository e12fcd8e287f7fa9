/*
 * plan_marks.c
 *	  Marks in cached plans: PostgreSQL drops a marked plan when what it was
 *	  made for changes.
 *
 * A mark is a made-up relation OID among those that a plan depends on.  A
 * relation cache message with that OID makes PostgreSQL plan the query again.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/pathnodes.h"
#include "storage/sinval.h"
#include "utils/inval.h"

#include "cache/plan_marks.h"

static bool subject_dependent_plans_exist = false;

void
authz_plan_marks_add(PlannerInfo *root, Oid key)
{
	/*
	 * Joins may be planned in a memory context that is freed before the plan
	 * is (geqo).
	 */
	MemoryContext old = MemoryContextSwitchTo(root->planner_cxt);

	root->glob->relationOids = list_append_unique_oid(root->glob->relationOids, key);
	MemoryContextSwitchTo(old);
}

/*
 * Mark a plan that is good for the present subject, but may be bad for others.
 */
void
authz_plan_marks_add_subject_dependent(PlannerInfo *root)
{
	authz_plan_marks_add(root, AUTHZ_PLAN_KEY);
	subject_dependent_plans_exist = true;
}

/*
 * The subject has changed: plans that were made for a subject that sees nearly
 * everything are bad for the next one.  Sets flags only, and only in this
 * backend.
 */
void
authz_plan_marks_subject_changed(void)
{
	SharedInvalidationMessage message = {0};

	if (!subject_dependent_plans_exist)
		return;
	subject_dependent_plans_exist = false;
	message.rc.id = SHAREDINVALRELCACHE_ID;
	message.rc.dbId = MyDatabaseId;
	message.rc.relId = AUTHZ_PLAN_KEY;
	LocalExecuteInvalidationMessage(&message);
}
