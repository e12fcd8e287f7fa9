/*
 * strict_lock.h
 *	  The lock of strict mode.  See strict_lock.c.
 */
#ifndef AUTHZ_STRICT_LOCK_H
#define AUTHZ_STRICT_LOCK_H

extern void authz_strict_lock_acquire(void);
extern bool authz_strict_lock_is_free(void);

#endif							/* AUTHZ_STRICT_LOCK_H */
