/*
 * fail_allocation.c
 *	  Makes the n-th allocation from now on fail, as if there were no memory.
 *
 * For test/t/011_out_of_memory.pl; nothing that is installed.  The memory contexts that
 * exist at the call get methods that count: those of the transaction, of running queries,
 * and of authz.  Not all: PostgreSQL's relation cache, local locks and statistics do not
 * survive an error at each of their allocations.
 */
#include "postgres.h"

#include "fmgr.h"
#include "nodes/memnodes.h"
#include "utils/memutils.h"

PG_MODULE_MAGIC;

#if PG_VERSION_NUM >= 170000
#define FLAGS_PARAMETER , int flags
#define FLAGS , flags
#else
#define FLAGS_PARAMETER
#define FLAGS
#endif

PG_FUNCTION_INFO_V1(fail_allocation);
PG_FUNCTION_INFO_V1(allocations_left);

static MemoryContextMethods counting;
static const MemoryContextMethods *original = NULL;
static int64 left = 0;			/* 0: none fails */

static void
count_down(void)
{
	if (left > 0 && --left == 0)
		ereport(ERROR,
				errcode(ERRCODE_OUT_OF_MEMORY),
				errmsg("out of memory"),
				errdetail("As the test asked for."));
}

static void *
counting_alloc(MemoryContext context, Size size FLAGS_PARAMETER)
{
	count_down();
	return original->alloc(context, size FLAGS);
}

#if PG_VERSION_NUM < 160000
static void *
counting_realloc(MemoryContext context, void *pointer, Size size)
{
	count_down();
	return original->realloc(context, pointer, size);
}
#endif

static void
count_in(MemoryContext context)
{
	if (context->methods == original)
		context->methods = &counting;
	for (MemoryContext child = context->firstchild; child != NULL; child = child->nextchild)
		count_in(child);
}

/* fail_allocation(n bigint): 0 ends it. */
Datum
fail_allocation(PG_FUNCTION_ARGS)
{
	if (original == NULL)
	{
		original = TopMemoryContext->methods;
		counting = *original;
		counting.alloc = counting_alloc;
#if PG_VERSION_NUM < 160000
		counting.realloc = counting_realloc;
#endif
	}
	left = PG_GETARG_INT64(0);
	if (left > 0)
	{
		count_in(TopTransactionContext);
		count_in(PortalContext);
		for (MemoryContext cache = CacheMemoryContext->firstchild; cache != NULL; cache = cache->nextchild)
			if (strncmp(cache->name, "authz", 5) == 0)
				count_in(cache);
	}
	PG_RETURN_BOOL(true);
}

/* How many more would have to follow. */
Datum
allocations_left(PG_FUNCTION_ARGS)
{
	int64		result = left;

	left = 0;
	PG_RETURN_INT64(result);
}
