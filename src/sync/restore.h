/*
 * restore.h
 *	  Restores of a dump.  See restore.c.
 */
#ifndef AUTHZ_RESTORE_H
#define AUTHZ_RESTORE_H

#include "utils/relcache.h"

extern void authz_restore_init(void);
extern bool authz_restore_is_running(Relation table);
extern bool authz_restore_defers(int64 tracked_id);

#endif							/* AUTHZ_RESTORE_H */
