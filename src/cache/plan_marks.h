/*
 * plan_marks.h
 *	  Marks in cached plans: PostgreSQL drops a marked plan when what it was
 *	  made for changes.  See plan_marks.c.
 */
#ifndef AUTHZ_PLAN_MARKS_H
#define AUTHZ_PLAN_MARKS_H

#include "nodes/pathnodes.h"

#include "cache/announce.h"

/*
 * The marks, see support.c.  AUTHZ_PERMISSIONS_PLAN_KEY is announced with
 * every change of authz.permissions, the others never.
 */
#define AUTHZ_PLAN_KEY \
	(AUTHZ_KEY_MARK | ((uint32) AUTHZ_KEY_ALL << AUTHZ_KEY_KIND_SHIFT) | 1)
#define AUTHZ_PERMISSIONS_PLAN_KEY (AUTHZ_PLAN_KEY + 1)
#define AUTHZ_CALL_PLAN_KEY(hash) \
	((AUTHZ_PLAN_KEY - 1) | 8 | ((hash) & ((UINT32_C(1) << AUTHZ_KEY_KIND_SHIFT) - 16)))

extern void authz_plan_marks_add(PlannerInfo *root, Oid key);
extern void authz_plan_marks_add_subject_dependent(PlannerInfo *root);
extern void authz_plan_marks_subject_changed(void);

#endif							/* AUTHZ_PLAN_MARKS_H */
