/*
 * authz.c
 *	  Module magic and initialisation.  Each module sets itself up; nothing else
 *	  happens here.
 */
#include "postgres.h"

#include "fmgr.h"

#include "cache.h"
#include "caller.h"
#include "index_paths.h"
#include "settings.h"
#include "subject.h"
#include "tracked_statement.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	authz_settings_init();
	authz_cache_init();
	authz_subject_init();
	authz_caller_init();
	authz_tracked_statement_init();
	authz_index_paths_init();
}
