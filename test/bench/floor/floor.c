/*
 * The floor that the benchmark measures against: what it costs to call a C
 * function at all, and a clock that SQL can read between two expressions.
 * Not a part of the extension and never installed.
 */
#include "postgres.h"

#include "fmgr.h"
#include "portability/instr_time.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(floor_true);
PG_FUNCTION_INFO_V1(floor_clock);

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
