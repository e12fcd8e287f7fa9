/*
 * planner.h
 *	  The planner support: see planner.c.
 */
#ifndef AUTHZ_PLANNER_H
#define AUTHZ_PLANNER_H

extern void authz_planner_subject_changed(void);

#endif							/* AUTHZ_PLANNER_H */
