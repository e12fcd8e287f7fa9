/*
 * authz.c
 *	  Module magic and initialisation.  Each module sets itself up; nothing
 *	  else happens here.
 */
#include "postgres.h"

#include "fmgr.h"

#include "cache/validity.h"
#include "planner/index_paths.h"
#include "session/caller.h"
#include "session/current_subject.h"
#include "session/settings.h"
#include "sync/restore.h"
#include "sync/tracked_statement.h"
#include "sync/tracked_waiting.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	authz_settings_init();
	authz_validity_init();
	authz_current_subject_init();
	authz_caller_init();
	authz_restore_init();
	authz_tracked_statement_init();
	authz_tracked_waiting_init();
	authz_index_paths_init();
}
