/*
 * The floor that the benchmark measures against: what it costs to call a C
 * function at all, and a clock and other meters that SQL can read between two
 * expressions.
 * Not a part of the extension and never installed.
 */
#include "postgres.h"

#include "executor/instrument.h"
#include "fmgr.h"
#include "portability/instr_time.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(floor_true);
PG_FUNCTION_INFO_V1(floor_clock);
PG_FUNCTION_INFO_V1(floor_pages);
PG_FUNCTION_INFO_V1(floor_empty_caches);

/* More than any processor's cache. */
#define ENOUGH (128 * 1024 * 1024)

/* Takes what has_permission takes and looks at nothing. */
Datum
floor_true(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(true);
}

/* Nanoseconds of a monotonic clock. */
Datum
floor_clock(PG_FUNCTION_ARGS)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	PG_RETURN_INT64((int64) now.tv_sec * INT64CONST(1000000000) + now.tv_nsec);
}

/* How often this backend has looked at a page of a table or an index so far. */
Datum
floor_pages(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(pgBufferUsage.shared_blks_hit + pgBufferUsage.shared_blks_read);
}

/* What follows finds nothing in the processor's caches. */
Datum
floor_empty_caches(PG_FUNCTION_ARGS)
{
	static volatile char memory[ENOUGH];

	for (Size i = 0; i < ENOUGH; i += 64)
		memory[i]++;
	PG_RETURN_VOID();
}
