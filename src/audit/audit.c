/*
 * audit.c
 *	  The trigger that writes an entry to authz.audit_log for each row that a
 *	  statement has changed in one of authz's tables.
 *
 * It fires once per statement and reads the rows from the transition tables,
 * so that a bulk load is audited as one.  An entry must still be readable when
 * the objects that it names have long been deleted: so the surrogate keys of a
 * row are replaced by the names behind them.  The row behind a key normally
 * still exists; where the same transaction has deleted it already (a resource
 * and what is beneath it), the name is read from the tables as they were
 * before.  Only what one transaction has both created and deleted may have no
 * name left; the entry then says #id.
 *
 * Each table has a description here: its name in events, how its objects are
 * called, and which of its columns are keys.  Everything else in a row is
 * copied unchanged.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rel.h"

#include "audit/audit_log.h"
#include "rules/trigger_call.h"
#include "tables/rows.h"
#include "tables/statement_rows.h"
#include "types/grammar.h"
#include "types/references.h"

/* How a column is written to the entry. */
typedef enum ColumnKind
{
	COLUMN_LEFT_OUT,			/* not at all: the rest says the same */
	COLUMN_SUBJECT,				/* key of a subject: its name */
	COLUMN_RESOURCE,			/* key of a resource: its name */
	COLUMN_ROLE,				/* key of a role: its name, type and owner */
	COLUMN_ROLE_NAME			/* key of a role whose type is clear: its name */
} ColumnKind;

typedef struct AuditedColumn
{
	const char *column;
	ColumnKind	kind;
	const char *name;			/* in the entry */
	const char *type_name;		/* of a role's type and owner in the entry */
	const char *owner_name;
} AuditedColumn;

#define LEFT_OUT(column)		{column, COLUMN_LEFT_OUT, NULL, NULL, NULL}
#define SUBJECT(column, name)	{column, COLUMN_SUBJECT, name, NULL, NULL}
#define RESOURCE(column, name)	{column, COLUMN_RESOURCE, name, NULL, NULL}
#define ROLE_NAME(column, name)	{column, COLUMN_ROLE_NAME, name, NULL, NULL}
#define ROLE(column, name)		{column, COLUMN_ROLE, name, name "_type", name "_owner"}
#define NO_MORE					{NULL, COLUMN_LEFT_OUT, NULL, NULL, NULL}

#define MAX_SPECIAL_COLUMNS 5

/*
 * object: {name} stands for a value of the entry; [text] is left out if a
 * value in it is missing.
 */
typedef struct AuditedTable
{
	const char *events[3];		/* insert, update, delete */
	const char *object;
	AuditedColumn columns[MAX_SPECIAL_COLUMNS];
} AuditedTable;

#define EVENTS(noun) {noun ".create", noun ".alter", noun ".drop"}

static const AuditedTable audited_tables[AUTHZ_TABLE_COUNT] = {
	[AUTHZ_ASSIGNMENTS] = {EVENTS("assignment"), "{subject}: {role} on {resource} ({source})",
	{LEFT_OUT("id"), SUBJECT("subject_id", "subject"), ROLE("role_id", "role"), RESOURCE("resource_id", "resource"), NO_MORE}},
	[AUTHZ_MEMBERSHIPS] = {EVENTS("membership"), "{member} in {group}",
	{SUBJECT("group_id", "group"), SUBJECT("member_id", "member"), NO_MORE}},
	[AUTHZ_RESOURCES] = {EVENTS("resource"), "{resource}",
	{LEFT_OUT("id"), LEFT_OUT("resource_type"), LEFT_OUT("has_row"), RESOURCE("parent_id", "parent"), NO_MORE}},
	[AUTHZ_SUBJECTS] = {EVENTS("subject"), "{subject}",
	{LEFT_OUT("id"), RESOURCE("resource_id", "resource"), SUBJECT("parent_id", "parent"), NO_MORE}},
	[AUTHZ_ROLES] = {EVENTS("role"), "{resource_type} role {name}[ of {owner}]",
	{LEFT_OUT("id"), RESOURCE("owner_id", "owner"), ROLE_NAME("inherits_id", "inherits"), NO_MORE}},
	[AUTHZ_ROLE_PERMISSIONS] = {EVENTS("role_permission"), "{role_type} role {role}[ of {role_owner}]: {permission}",
	{ROLE("role_id", "role"), NO_MORE}},
	[AUTHZ_ROLE_INHERITS] = {EVENTS("inherited_role"), "{role_type} role {role}[ of {role_owner}]: {inherits}",
	{ROLE("role_id", "role"), ROLE_NAME("inherits_id", "inherits"), NO_MORE}},
	[AUTHZ_ROLE_BASE_ROLES] = {EVENTS("base_role"), "{role_type} role {role}[ of {role_owner}]: {base_role} for {resource_type}",
	{ROLE("role_id", "role"), ROLE_NAME("base_role_id", "base_role"), NO_MORE}},
	[AUTHZ_PERMISSIONS] = {EVENTS("permission"), "{name}", {NO_MORE}},
	[AUTHZ_PERMISSION_REQUIREMENTS] = {EVENTS("permission_requirement"), "{permission} requires {requires}", {NO_MORE}},
	[AUTHZ_RESOURCE_TYPES] = {EVENTS("resource_type"), "{name}", {LEFT_OUT("parents"), NO_MORE}},
	[AUTHZ_MANAGEMENT_PERMISSIONS] = {EVENTS("management_permission"), "{operation} in {resource_type}: {permission}", {NO_MORE}},
	[AUTHZ_MANAGEMENT_ROLES] = {EVENTS("management_role"), "{operation} in {resource_type}: {role_type} role {role}",
	{ROLE("role_id", "role"), NO_MORE}},
	[AUTHZ_TRACKED_TABLES] = {EVENTS("tracked_table"), "{table_schema}.{table_name}",
	{LEFT_OUT("id"), ROLE_NAME("creator_role_id", "creator_role"), NO_MORE}},
};

#define AUDITED_TABLES \
	(AUTHZ_ALL_TABLES & ~(AUTHZ_TABLE_BIT(AUTHZ_AUDIT_LOG) | AUTHZ_TABLE_BIT(AUTHZ_RESTORED_TABLES)))

/* A value of an entry. */
typedef struct EntryField
{
	const char *name;
	Oid			type;
	Datum		value;
	const char *str;			/* the value of a string, not terminated; otherwise NULL */
	int			len;
	FmgrInfo   *to_jsonb;		/* NULL: a string, or push_value() knows the type */
} EntryField;

/* The values of a row, without NULLs. */
typedef struct AuditedRow
{
	int			count;
	EntryField	   *fields;			/* room for all that a row can have */
} AuditedRow;

/* The names behind a key, cached while a statement is audited. */
typedef enum NameKind
{
	NAME_SUBJECT,
	NAME_RESOURCE,
	NAME_ROLE
} NameKind;

typedef struct ObjectNames
{
	int64		id;				/* 0: the slot is free */
	NameKind	kind;
	int			len;
	int			type_len;		/* of a role: its type; */
	int			owner_len;		/* 0 where there is no owner */
	char		bytes[FLEXIBLE_ARRAY_MEMBER];	/* all three, one after the other */
} ObjectNames;

typedef struct Auditor
{
	const AuditedTable *table;
	TupleDesc	columns;
	MemoryContext context;		/* of the names */
	const AuditedColumn **special;	/* by attribute number - 1; NULL: plain */
	const char **column_names;	/* likewise, in the entry */
	bool	   *is_string;		/* likewise */
	FmgrInfo  **to_jsonb;		/* likewise; NULL: needs none */
	AuthzReader now;
	AuthzReader before;			/* without what this transaction did; opened when needed */
	bool		before_is_open;
	ObjectNames	  **names;			/* direct-mapped by kind and id */
	int			names_size;		/* power of two */
} Auditor;

/* Beyond so many rows, caching names in a larger table pays. */
#define MANY_ROWS	64
#define NAMES_FEW	16
#define NAMES_MANY	4096

static void begin_auditor(Auditor *auditor, const AuditedTable *table, Relation rel, bool many);
static const char *make_entry_name(const AuditedTable *table, const char *name);
static void end_auditor(Auditor *auditor);
static void audit_rows(Auditor *auditor, Tuplestorestate *old_rows, Tuplestorestate *new_rows,
					   const char *event);
static void read_row(Auditor *auditor, TupleTableSlot *slot, AuditedRow *row);
static void add_names(Auditor *auditor, const AuditedColumn *column, int64 id, AuditedRow *row);
static void add_string(AuditedRow *row, const char *name, const char *str, int len);
static const ObjectNames *find_names(Auditor *auditor, NameKind kind, int64 id);
static ObjectNames *read_names(AuthzReader *reader, NameKind kind, int64 id);
static ObjectNames *make_names(const char *name, int len, const char *type, int type_len,
							   const char *owner, int owner_len);
static bool are_slots_equal(const Auditor *auditor, TupleTableSlot *a, TupleTableSlot *b);
static Jsonb *row_to_jsonb(const AuditedRow *row);
static bool is_string_type(Oid type);
static bool has_json_form(Oid type);
static FmgrInfo *make_to_jsonb_function(Oid type);
static void push_value(JsonbParseState **state, const EntryField *field);
static text *format_object_name(const char *template, const AuditedRow *row);
static const EntryField *find_field(const AuditedRow *row, const char *name);

/*
 * authz_internal.audit(): AFTER statement, for one kind of event, with its
 * transition tables.
 */
PG_FUNCTION_INFO_V1(authz_audit);
Datum
authz_audit(PG_FUNCTION_ARGS)
{
	AuthzTable	number;
	TriggerData *trigdata = authz_trigger_call_begin(fcinfo, "authz_internal.audit",
													 AUTHZ_FIRES_AFTER | AUTHZ_FIRES_STATEMENT | AUTHZ_READS_ROWS |
													 AUTHZ_FIRES_INSERT | AUTHZ_FIRES_UPDATE | AUTHZ_FIRES_DELETE,
													 AUDITED_TABLES, &number);
	Tuplestorestate *rows = trigdata->tg_newtable ? trigdata->tg_newtable : trigdata->tg_oldtable;
	const AuditedTable *table = &audited_tables[number];
	const char *event = table->events[TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ? 0 :
									  TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ? 1 : 2];
	Auditor		auditor;

	if (tuplestore_tuple_count(rows) == 0)
		return PointerGetDatum(NULL);

	/* Names that the statement itself has added must be found. */
	CommandCounterIncrement();

	begin_auditor(&auditor, table, trigdata->tg_relation, tuplestore_tuple_count(rows) > MANY_ROWS);
	audit_rows(&auditor, trigdata->tg_oldtable, trigdata->tg_newtable, event);
	end_auditor(&auditor);
	return PointerGetDatum(NULL);
}

static void
begin_auditor(Auditor *auditor, const AuditedTable *table, Relation rel, bool many)
{
	memset(auditor, 0, sizeof(*auditor));
	auditor->table = table;
	auditor->columns = RelationGetDescr(rel);
	auditor->context = CurrentMemoryContext;
	auditor->special = palloc0(auditor->columns->natts * sizeof(AuditedColumn *));
	auditor->column_names = palloc0(auditor->columns->natts * sizeof(char *));
	auditor->is_string = palloc0(auditor->columns->natts * sizeof(bool));
	auditor->to_jsonb = palloc0(auditor->columns->natts * sizeof(FmgrInfo *));

	for (int i = 0; i < auditor->columns->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(auditor->columns, i);

		for (const AuditedColumn *column = auditor->table->columns; column->column != NULL; column++)
			if (strcmp(NameStr(attribute->attname), column->column) == 0)
				auditor->special[i] = column;
		if (attribute->attisdropped || auditor->special[i] != NULL)
			continue;
		auditor->column_names[i] = make_entry_name(table, NameStr(attribute->attname));
		auditor->is_string[i] = is_string_type(attribute->atttypid);
		if (!auditor->is_string[i] && !has_json_form(attribute->atttypid))
			auditor->to_jsonb[i] = make_to_jsonb_function(attribute->atttypid);
	}

	auditor->names_size = many ? NAMES_MANY : NAMES_FEW;
	auditor->names = palloc0(auditor->names_size * sizeof(ObjectNames *));
	authz_reader_open(&auditor->now);
}

/*
 * A column that somebody has added must not have the name of a value that the
 * log writes itself.
 */
static const char *
make_entry_name(const AuditedTable *table, const char *name)
{
	for (const AuditedColumn *column = table->columns; column->column != NULL; column++)
		if ((column->name != NULL && strcmp(name, column->name) == 0) ||
			(column->type_name != NULL && strcmp(name, column->type_name) == 0) ||
			(column->owner_name != NULL && strcmp(name, column->owner_name) == 0))
			return psprintf("%s (column)", name);
	return pstrdup(name);
}

static void
end_auditor(Auditor *auditor)
{
	authz_reader_close(&auditor->now);
	if (auditor->before_is_open)
		authz_reader_close(&auditor->before);
}

/* One entry per row. */
static void
audit_rows(Auditor *auditor, Tuplestorestate *old_rows, Tuplestorestate *new_rows, const char *event)
{
	AuthzAuditLogWriter *writer = authz_audit_log_begin();
	AuthzStatementRows rows;

	authz_statement_rows_open(&rows, auditor->columns, old_rows, new_rows);
	while (authz_statement_rows_next(&rows))
	{
		MemoryContext caller;
		AuditedRow	old;
		AuditedRow	new;

		CHECK_FOR_INTERRUPTS();

		/* An UPDATE that does not change a row gets no entry. */
		if (rows.old_row != NULL && rows.new_row != NULL && are_slots_equal(auditor, rows.old_row, rows.new_row))
			continue;

		caller = MemoryContextSwitchTo(authz_audit_log_entry_context(writer));
		if (rows.old_row != NULL)
			read_row(auditor, rows.old_row, &old);
		if (rows.new_row != NULL)
			read_row(auditor, rows.new_row, &new);
		authz_audit_log_append(writer, event,
							   format_object_name(auditor->table->object, rows.old_row ? &old : &new),
							   rows.old_row ? row_to_jsonb(&old) : NULL,
							   rows.new_row ? row_to_jsonb(&new) : NULL);
		MemoryContextSwitchTo(caller);
	}

	authz_audit_log_end(writer);
}

/* Are the values equal that an entry would contain? */
static bool
are_slots_equal(const Auditor *auditor, TupleTableSlot *a, TupleTableSlot *b)
{
	TupleDesc	columns = a->tts_tupleDescriptor;

	slot_getallattrs(a);
	slot_getallattrs(b);
	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);

		if (column->attisdropped ||
			(auditor->special[i] != NULL && auditor->special[i]->kind == COLUMN_LEFT_OUT))
			continue;
		if (a->tts_isnull[i] != b->tts_isnull[i])
			return false;
		if (!a->tts_isnull[i] &&
			!datum_image_eq(a->tts_values[i], b->tts_values[i], column->attbyval, column->attlen))
			return false;
	}
	return true;
}

/*
 * The values of a row by name, without NULLs.  They may point into the slot.
 */
static void
read_row(Auditor *auditor, TupleTableSlot *slot, AuditedRow *row)
{
	row->count = 0;
	/* A key of a role gives three. */
	row->fields = palloc(auditor->columns->natts * 3 * sizeof(EntryField));
	slot_getallattrs(slot);
	for (int i = 0; i < auditor->columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(auditor->columns, i);
		const AuditedColumn *special = auditor->special[i];
		EntryField *field;

		if (column->attisdropped || slot->tts_isnull[i])
			continue;
		if (special != NULL)
		{
			if (special->kind != COLUMN_LEFT_OUT)
				add_names(auditor, special, DatumGetInt64(slot->tts_values[i]), row);
			continue;
		}

		field = &row->fields[row->count++];
		field->name = auditor->column_names[i];
		field->type = column->atttypid;
		field->value = slot->tts_values[i];
		field->str = NULL;
		field->to_jsonb = auditor->to_jsonb[i];
		if (field->type == NAMEOID)
		{
			field->str = NameStr(*DatumGetName(field->value));
			field->len = strlen(field->str);
		}
		else if (auditor->is_string[i])
		{
			text	   *value = DatumGetTextPP(field->value);

			field->str = VARDATA_ANY(value);
			field->len = VARSIZE_ANY_EXHDR(value);
		}
	}
}

/* The names behind a key. */
static void
add_names(Auditor *auditor, const AuditedColumn *column, int64 id, AuditedRow *row)
{
	const ObjectNames *names;
	const char *type;

	switch (column->kind)
	{
		case COLUMN_SUBJECT:
			names = find_names(auditor, NAME_SUBJECT, id);
			break;
		case COLUMN_RESOURCE:
			names = find_names(auditor, NAME_RESOURCE, id);
			break;
		default:
			names = find_names(auditor, NAME_ROLE, id);
			break;
	}

	add_string(row, column->name, names->bytes, names->len);
	if (column->kind != COLUMN_ROLE)
		return;
	type = names->bytes + names->len;
	if (names->type_len > 0)
		add_string(row, column->type_name, type, names->type_len);
	if (names->owner_len > 0)
		add_string(row, column->owner_name, type + names->type_len, names->owner_len);
}

/* Copies the string: the next look-up may reuse its slot. */
static void
add_string(AuditedRow *row, const char *name, const char *str, int len)
{
	EntryField *field = &row->fields[row->count++];

	field->name = name;
	field->type = TEXTOID;
	field->str = pnstrdup(str, len);
	field->len = len;
	field->to_jsonb = NULL;
}

static const ObjectNames *
find_names(Auditor *auditor, NameKind kind, int64 id)
{
	ObjectNames **slot = &auditor->names[((uint64) id * 3 + kind) & (auditor->names_size - 1)];
	MemoryContext caller;
	ObjectNames *names;

	if (*slot != NULL && (*slot)->id == id && (*slot)->kind == kind)
		return *slot;

	caller = MemoryContextSwitchTo(auditor->context);
	names = read_names(&auditor->now, kind, id);
	if (names == NULL)
	{
		if (!auditor->before_is_open)
			authz_reader_open_before(&auditor->before);
		auditor->before_is_open = true;
		names = read_names(&auditor->before, kind, id);
	}
	if (names == NULL)
	{
		char		number[32];

		snprintf(number, sizeof(number), "#" INT64_FORMAT, id);
		names = make_names(number, strlen(number), NULL, 0, NULL, 0);
	}
	MemoryContextSwitchTo(caller);

	names->kind = kind;
	names->id = id;
	if (*slot != NULL)
		pfree(*slot);
	*slot = names;
	return names;
}

/* NULL if there is no such row. */
static ObjectNames *
read_names(AuthzReader *reader, NameKind kind, int64 id)
{
	AuthzSubjectRow subject;
	AuthzResourceRow resource;
	AuthzRoleRow role;

	switch (kind)
	{
		case NAME_SUBJECT:
			if (!authz_rows_read_subject_by_id(reader, id, &subject))
				return NULL;
			return make_names(subject.name, subject.name_len, NULL, 0, NULL, 0);

		case NAME_RESOURCE:
			if (!authz_rows_read_resource_by_id(reader, id, &resource))
				return NULL;
			return make_names(resource.name, resource.name_len, NULL, 0, NULL, 0);

		case NAME_ROLE:
			if (!authz_rows_read_role(reader, id, &role))
				return NULL;
			/* A row's strings stay while other tables are read. */
			if (role.owner_id == 0 || !authz_rows_read_resource_by_id(reader, role.owner_id, &resource))
				resource.name_len = 0;
			return make_names(role.name, role.name_len, role.type, role.type_len,
							  resource.name, resource.name_len);
	}
	return NULL;
}

static ObjectNames *
make_names(const char *name, int len, const char *type, int type_len,
		   const char *owner, int owner_len)
{
	ObjectNames *names = palloc(offsetof(ObjectNames, bytes) + len + type_len + owner_len);

	names->len = len;
	names->type_len = type_len;
	names->owner_len = owner_len;
	memcpy(names->bytes, name, len);
	if (type_len > 0)
		memcpy(names->bytes + len, type, type_len);
	if (owner_len > 0)
		memcpy(names->bytes + len + type_len, owner, owner_len);
	return names;
}

static Jsonb *
row_to_jsonb(const AuditedRow *row)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < row->count; i++)
	{
		const EntryField *field = &row->fields[i];
		JsonbValue	name;

		name.type = jbvString;
		name.val.string.val = unconstify(char *, field->name);
		name.val.string.len = strlen(field->name);
		pushJsonbValue(&state, WJB_KEY, &name);
		push_value(&state, field);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* Is it stored as text is?  The types of authz are. */
static bool
is_string_type(Oid type)
{
	Oid			output;
	bool		is_varlena;
	FmgrInfo	function;

	getTypeOutputInfo(type, &output, &is_varlena);
	fmgr_info(output, &function);
	return function.fn_addr == textout || function.fn_addr == authz_name_out;
}

/* The types of most other columns: they need no function. */
static bool
has_json_form(Oid type)
{
	return type == NAMEOID || type == BOOLOID || type == INT8OID || type == TIMESTAMPTZOID;
}

/* to_jsonb() for a value of that type. */
static FmgrInfo *
make_to_jsonb_function(Oid type)
{
	FmgrInfo   *function = palloc(sizeof(FmgrInfo));

	fmgr_info(F_TO_JSONB, function);
	fmgr_info_set_expr((Node *) makeFuncExpr(F_TO_JSONB, JSONBOID, list_make1(makeNullConst(type, -1, InvalidOid)),
											 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL),
					   function);
	return function;
}

static void
push_value(JsonbParseState **state, const EntryField *field)
{
	JsonbValue	value;
	char		time[MAXDATELEN + 1];

	if (field->str != NULL)
	{
		value.type = jbvString;
		value.val.string.val = unconstify(char *, field->str);
		value.val.string.len = field->len;
	}
	else if (field->type == BOOLOID)
	{
		value.type = jbvBool;
		value.val.boolean = DatumGetBool(field->value);
	}
	else if (field->type == INT8OID)
	{
		value.type = jbvNumeric;
		value.val.numeric = int64_to_numeric(DatumGetInt64(field->value));
	}
	else if (field->type == TIMESTAMPTZOID)
	{
		JsonEncodeDateTime(time, field->value, TIMESTAMPTZOID, NULL);
		value.type = jbvString;
		value.val.string.val = pstrdup(time);
		value.val.string.len = strlen(time);
	}
	else
	{
		Jsonb	   *json = DatumGetJsonbP(FunctionCall1(field->to_jsonb, field->value));

		if (!JB_ROOT_IS_SCALAR(json) || !JsonbExtractScalar(&json->root, &value))
		{
			value.type = jbvBinary;
			value.val.binary.data = &json->root;
			value.val.binary.len = VARSIZE(json) - VARHDRSZ;
		}
	}
	pushJsonbValue(state, WJB_VALUE, &value);
}

/* Fill in a template: see AuditedTable. */
static text *
format_object_name(const char *template, const AuditedRow *row)
{
	StringInfoData name;
	int			optional = -1;	/* where the text in brackets begins */
	bool		missing = false;

	initStringInfo(&name);
	for (const char *p = template; *p != '\0'; p++)
	{
		const EntryField *field;

		switch (*p)
		{
			case '[':
				optional = name.len;
				missing = false;
				break;
			case ']':
				if (missing)
					name.len = optional;
				break;
			case '{':
				field = find_field(row, p + 1);
				if (field == NULL)
					missing = true;
				else
					appendBinaryStringInfo(&name, field->str, field->len);
				p = strchr(p, '}');
				break;
			default:
				appendStringInfoChar(&name, *p);
				break;
		}
	}
	return cstring_to_text_with_len(name.data, name.len);
}

/*
 * The field whose name is followed by a brace; NULL if the row has none such.
 */
static const EntryField *
find_field(const AuditedRow *row, const char *name)
{
	int			len = strchr(name, '}') - name;

	for (int i = 0; i < row->count; i++)
		if (strncmp(row->fields[i].name, name, len) == 0 && row->fields[i].name[len] == '\0')
			return &row->fields[i];
	return NULL;
}
