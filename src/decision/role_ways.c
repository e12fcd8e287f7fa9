/*
 * role_ways.c
 *	  The ways through a graph, for authz.explain: the shortest to each node, and
 *	  how many more there are.
 *
 * The ways from a role down to a permission can double with each level, so they
 * are not listed: ways are made longest last, each node keeps the shortest ones,
 * and only those are made longer.  That loses none of the shortest, since what a
 * way comes by is one of the shortest to there.  The others are counted, for each
 * length by the counts of the length before.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

/* Most ways that are listed, and most of the rest that are counted. */
#define LISTED_WAYS 10
#define COUNTED_WAYS 1000000.0

typedef struct Way
{
	int			node;
	const struct Way *before;	/* without the last node; NULL: the start alone */
	char	   *text;
	int			len;
} Way;

typedef struct GraphNode
{
	int64		id;
	char	   *name;
	int			nways;
	Way		   *ways[LISTED_WAYS];
	int			nearlier;		/* of them shorter than those of the current length */
	double		all;			/* ways of the lengths up to the current one */
	double		before;			/* of the length before */
	double		current;
} GraphNode;

typedef struct GraphEdge
{
	int			from;
	int			to;
} GraphEdge;

typedef struct Graph
{
	GraphNode	   *nodes;			/* by id */
	int			nnodes;
	GraphEdge	   *edges;
	int			nedges;
	bool		start_first;
} Graph;

static void read_graph(FunctionCallInfo fcinfo, Graph *graph);
static int64 *bigints(Datum array, int *count);
static int	compare_nodes(const void *a, const void *b);
static int	find_node(const Graph *graph, int64 id);
static void start_at(Graph *graph, int64 id);
static bool take_step(Graph *graph);
static void extend(const Graph *graph, const Way *way, GraphNode *to);
static bool comes_by(const Way *way, int node);
static void keep(GraphNode *node, Way *way);
static text *ways_of(const GraphNode *node);

/*
 * authz_internal.ways(lower bigint[], upper bigint[], starts bigint[], ids bigint[],
 * names text[], start_first boolean) returns table (id, path): of every node to
 * which there is a way from a start, along the edges from lower to upper.
 */
PG_FUNCTION_INFO_V1(authz_ways);
Datum
authz_ways(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Graph		graph;

	read_graph(fcinfo, &graph);
	/* A way comes by no node twice: so it has fewer steps than there are nodes. */
	for (int steps = 1; steps < graph.nnodes && take_step(&graph); steps++)
		;
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < graph.nnodes; i++)
	{
		const GraphNode *node = &graph.nodes[i];
		Datum		values[2];
		bool		nulls[2] = {false, false};

		if (node->nways == 0)
			continue;
		values[0] = Int64GetDatum(node->id);
		values[1] = PointerGetDatum(ways_of(node));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static void
read_graph(FunctionCallInfo fcinfo, Graph *graph)
{
	int			nlower;
	int			nupper;
	int			nstarts;
	int			nnames;
	int64	   *lower = bigints(PG_GETARG_DATUM(0), &nlower);
	int64	   *upper = bigints(PG_GETARG_DATUM(1), &nupper);
	int64	   *starts = bigints(PG_GETARG_DATUM(2), &nstarts);
	int64	   *ids = bigints(PG_GETARG_DATUM(3), &graph->nnodes);
	Datum	   *names;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(4), TEXTOID, -1, false, TYPALIGN_INT, &names, NULL, &nnames);
	if (nlower != nupper || graph->nnodes != nnames)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("each edge has a lower and an upper end, and each node a name")));
	graph->start_first = PG_GETARG_BOOL(5);
	graph->nodes = palloc0(sizeof(GraphNode) * Max(nnames, 1));
	for (int i = 0; i < nnames; i++)
	{
		graph->nodes[i].id = ids[i];
		graph->nodes[i].name = TextDatumGetCString(names[i]);
	}
	qsort(graph->nodes, graph->nnodes, sizeof(GraphNode), compare_nodes);
	graph->edges = palloc(sizeof(GraphEdge) * Max(nlower, 1));
	graph->nedges = 0;
	for (int i = 0; i < nlower; i++)
	{
		GraphEdge		edge = {find_node(graph, lower[i]), find_node(graph, upper[i])};

		if (edge.from >= 0 && edge.to >= 0)
			graph->edges[graph->nedges++] = edge;
	}
	for (int i = 0; i < nstarts; i++)
		start_at(graph, starts[i]);
}

static int64 *
bigints(Datum array, int *count)
{
	Datum	   *values;
	int64	   *numbers;

	deconstruct_array(DatumGetArrayTypeP(array), INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
					  &values, NULL, count);
	numbers = palloc(sizeof(int64) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
		numbers[i] = DatumGetInt64(values[i]);
	return numbers;
}

static int
compare_nodes(const void *a, const void *b)
{
	int64		left = ((const GraphNode *) a)->id;
	int64		right = ((const GraphNode *) b)->id;

	return (left > right) - (left < right);
}

/* -1: not there */
static int
find_node(const Graph *graph, int64 id)
{
	GraphNode		key = {.id = id};
	GraphNode	   *found = bsearch(&key, graph->nodes, graph->nnodes, sizeof(GraphNode), compare_nodes);

	return found == NULL ? -1 : (int) (found - graph->nodes);
}

static void
start_at(Graph *graph, int64 id)
{
	int			i = find_node(graph, id);
	GraphNode	   *node = &graph->nodes[i];
	Way		   *way;

	if (i < 0 || node->nways > 0)
		return;
	way = palloc0(sizeof(Way));
	way->node = i;
	way->text = node->name;
	way->len = strlen(way->text);
	keep(node, way);
	node->current = node->all = 1;
}

/* All ways that have one edge more than those of the step before; false: there are none. */
static bool
take_step(Graph *graph)
{
	bool		any = false;
	int		   *shorter = palloc(sizeof(int) * Max(graph->nnodes, 1));

	for (int i = 0; i < graph->nnodes; i++)
	{
		GraphNode	   *node = &graph->nodes[i];

		shorter[i] = node->nearlier;
		node->nearlier = node->nways;
		node->before = node->current;
		node->current = 0;
	}
	for (int i = 0; i < graph->nedges; i++)
	{
		const GraphEdge *edge = &graph->edges[i];
		GraphNode	   *from = &graph->nodes[edge->from];
		GraphNode	   *to = &graph->nodes[edge->to];

		CHECK_FOR_INTERRUPTS();
		to->current += from->before;
		/* (Another edge may have put longer ones after them.) */
		for (int w = shorter[edge->from]; w < from->nearlier; w++)
			extend(graph, from->ways[w], to);
	}
	for (int i = 0; i < graph->nnodes; i++)
	{
		GraphNode	   *node = &graph->nodes[i];

		node->current = Min(node->current, COUNTED_WAYS * 2);
		node->all = Min(node->all + node->current, COUNTED_WAYS * 2);
		any |= node->current > 0;
	}
	pfree(shorter);
	return any;
}

static void
extend(const Graph *graph, const Way *way, GraphNode *to)
{
	int			node = (int) (to - graph->nodes);
	Way		   *longer;

	if (to->nearlier == LISTED_WAYS || comes_by(way, node))
		return;
	longer = palloc(sizeof(Way));
	longer->node = node;
	longer->before = way;
	longer->text = graph->start_first ? psprintf("%s < %s", way->text, to->name)
		: psprintf("%s < %s", to->name, way->text);
	longer->len = strlen(longer->text);
	keep(to, longer);
}

/* Only what breaks a rule has cycles. */
static bool
comes_by(const Way *way, int node)
{
	for (; way != NULL; way = way->before)
		if (way->node == node)
			return true;
	return false;
}

/* In order among those of its length, if it is one of the shortest. */
static void
keep(GraphNode *node, Way *way)
{
	int			i = node->nways;

	while (i > node->nearlier &&
		   (way->len < node->ways[i - 1]->len ||
			(way->len == node->ways[i - 1]->len && strcmp(way->text, node->ways[i - 1]->text) < 0)))
		i--;
	if (i == LISTED_WAYS)
		return;
	if (node->nways < LISTED_WAYS)
		node->nways++;
	memmove(&node->ways[i + 1], &node->ways[i], sizeof(Way *) * (node->nways - 1 - i));
	node->ways[i] = way;
}

static text *
ways_of(const GraphNode *node)
{
	StringInfoData list;
	double		more = node->nways == LISTED_WAYS ? node->all - LISTED_WAYS : 0;	/* (Cycles are counted, not listed.) */

	initStringInfo(&list);
	for (int i = 0; i < node->nways; i++)
		appendStringInfo(&list, "%s%s", i > 0 ? "; " : "", node->ways[i]->text);
	if (more > COUNTED_WAYS)
		appendStringInfo(&list, "; and more than %.0f more", COUNTED_WAYS);
	else if (more > 0)
		appendStringInfo(&list, "; and %.0f more", more);
	return cstring_to_text_with_len(list.data, list.len);
}
