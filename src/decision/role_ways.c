/*
 * role_ways.c
 *	  The shortest paths to each node of a graph, for authz.explain, and the
 *	  number of the others.
 *
 * The paths from a role down to a permission can double with each level, so
 * they are not all listed.  Paths are built in the order of their length, each
 * node keeps the shortest ones, and only those are extended.  That loses none
 * of the shortest paths, since each part of a shortest path is one of the
 * shortest to its own end.  The others are counted, for each length by the
 * counts of the length before.
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

/*
 * Largest number of paths that are listed, and of the rest that are counted.
 */
#define LISTED_WAYS 10
#define COUNTED_WAYS 1000000.0

typedef struct Way
{
	int			node;
	const struct Way *before;	/* without the last node; NULL: the start
								 * alone */
	char	   *text;
	int			len;
} Way;

typedef struct GraphNode
{
	int64		id;
	char	   *name;
	int			nways;
	Way		   *ways[LISTED_WAYS];
	int			nearlier;		/* those of them shorter than the current
								 * length */
	double		all;			/* number of paths of the lengths up to the
								 * current one */
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
	GraphNode  *nodes;			/* by id */
	int			nnodes;
	GraphEdge  *edges;
	int			nedges;
	bool		start_first;
} Graph;

static void read_graph(FunctionCallInfo fcinfo, Graph *graph);
static int64 *read_bigints(Datum array, int *count);
static int	compare_nodes(const void *a, const void *b);
static int	find_node(const Graph *graph, int64 id);
static void add_start(Graph *graph, int64 id);
static bool lengthen_ways(Graph *graph);
static void extend_way(const Graph *graph, const Way *way, GraphNode *to);
static bool does_way_contain(const Way *way, int node);
static void keep_way(GraphNode *node, Way *way);
static text *format_ways(const GraphNode *node);

/*
 * authz_internal.ways(lower bigint[], upper bigint[], starts bigint[], ids
 * bigint[], names text[], start_first boolean) returns table (id, path): of
 * every node to which there is a way from a start, along the edges from lower
 * to upper.
 */
PG_FUNCTION_INFO_V1(authz_ways);
Datum
authz_ways(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Graph		graph;

	read_graph(fcinfo, &graph);

	/*
	 * A path contains no node twice: so it has fewer steps than there are
	 * nodes.
	 */
	for (int steps = 1; steps < graph.nnodes && lengthen_ways(&graph); steps++)
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
		values[1] = PointerGetDatum(format_ways(node));
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
	int64	   *lower = read_bigints(PG_GETARG_DATUM(0), &nlower);
	int64	   *upper = read_bigints(PG_GETARG_DATUM(1), &nupper);
	int64	   *starts = read_bigints(PG_GETARG_DATUM(2), &nstarts);
	int64	   *ids = read_bigints(PG_GETARG_DATUM(3), &graph->nnodes);
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
		GraphEdge	edge = {find_node(graph, lower[i]), find_node(graph, upper[i])};

		if (edge.from >= 0 && edge.to >= 0)
			graph->edges[graph->nedges++] = edge;
	}
	for (int i = 0; i < nstarts; i++)
		add_start(graph, starts[i]);
}

static int64 *
read_bigints(Datum array, int *count)
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

/* -1 if the graph has no node with this id */
static int
find_node(const Graph *graph, int64 id)
{
	GraphNode	key = {.id = id};
	GraphNode  *found = bsearch(&key, graph->nodes, graph->nnodes, sizeof(GraphNode), compare_nodes);

	return found == NULL ? -1 : (int) (found - graph->nodes);
}

static void
add_start(Graph *graph, int64 id)
{
	int			i = find_node(graph, id);
	GraphNode  *node = &graph->nodes[i];
	Way		   *way;

	if (i < 0 || node->nways > 0)
		return;
	way = palloc0(sizeof(Way));
	way->node = i;
	way->text = node->name;
	way->len = strlen(way->text);
	keep_way(node, way);
	node->current = node->all = 1;
}

/*
 * Extend all paths of the last length by one edge; returns false if there are
 * none.
 */
static bool
lengthen_ways(Graph *graph)
{
	bool		any = false;
	int		   *shorter = palloc(sizeof(int) * Max(graph->nnodes, 1));

	for (int i = 0; i < graph->nnodes; i++)
	{
		GraphNode  *node = &graph->nodes[i];

		shorter[i] = node->nearlier;
		node->nearlier = node->nways;
		node->before = node->current;
		node->current = 0;
	}
	for (int i = 0; i < graph->nedges; i++)
	{
		const GraphEdge *edge = &graph->edges[i];
		GraphNode  *from = &graph->nodes[edge->from];
		GraphNode  *to = &graph->nodes[edge->to];

		CHECK_FOR_INTERRUPTS();
		to->current += from->before;
		/* (Another edge may have added longer ones behind them.) */
		for (int w = shorter[edge->from]; w < from->nearlier; w++)
			extend_way(graph, from->ways[w], to);
	}
	for (int i = 0; i < graph->nnodes; i++)
	{
		GraphNode  *node = &graph->nodes[i];

		node->current = Min(node->current, COUNTED_WAYS * 2);
		node->all = Min(node->all + node->current, COUNTED_WAYS * 2);
		any |= node->current > 0;
	}
	pfree(shorter);
	return any;
}

static void
extend_way(const Graph *graph, const Way *way, GraphNode *to)
{
	int			node = (int) (to - graph->nodes);
	Way		   *longer;

	if (to->nearlier == LISTED_WAYS || does_way_contain(way, node))
		return;
	longer = palloc(sizeof(Way));
	longer->node = node;
	longer->before = way;
	longer->text = graph->start_first ? psprintf("%s < %s", way->text, to->name)
		: psprintf("%s < %s", to->name, way->text);
	longer->len = strlen(longer->text);
	keep_way(to, longer);
}

/* Does the path contain the node?  Only data that break a rule have cycles. */
static bool
does_way_contain(const Way *way, int node)
{
	for (; way != NULL; way = way->before)
		if (way->node == node)
			return true;
	return false;
}

/*
 * Insert the path in order among those of its length, if it is one of the
 * shortest.
 */
static void
keep_way(GraphNode *node, Way *way)
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
format_ways(const GraphNode *node)
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
