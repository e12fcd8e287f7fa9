/*
 * executor.h
 *	  What the executor need not ask again: see executor.c.
 */
#ifndef AUTHZ_EXECUTOR_H
#define AUTHZ_EXECUTOR_H

extern void authz_executor_init(void);

#endif							/* AUTHZ_EXECUTOR_H */
