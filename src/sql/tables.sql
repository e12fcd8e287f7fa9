-- The tables of the model.  Read by src/tables/tables.c and src/tables/rows.c, the only C files that know
-- their columns and indexes: change both together.
--
-- Surrogate keys (bigint) connect the large tables, so that a cold check reads
-- a few index pages whatever their size; the typed names (user:alice,
-- project:42) stand once, in authz.subjects and authz.resources.

-- Resource types ------------------------------------------------------------
-- Executable by everybody, as the checks that call them are evaluated by who writes.
CREATE FUNCTION authz_internal.type_name_problem(name text)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_type_name_problem';
COMMENT ON FUNCTION authz_internal.type_name_problem(text) IS 'why this cannot be the name of a resource type, or NULL';

CREATE FUNCTION authz_internal.source_problem(source text)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_source_problem';
COMMENT ON FUNCTION authz_internal.source_problem(text) IS 'why this cannot be the source of an assignment, or NULL';

CREATE TABLE authz.resource_types (
    name             text COLLATE "C" NOT NULL,
    parent           text COLLATE "C",
    other_parents    text[] COLLATE "C",
    parents          text[] COLLATE "C" GENERATED ALWAYS AS (nullif(array_cat(array_remove(ARRAY[parent], NULL), other_parents), '{}')) STORED,
    description      text,
    has_members      boolean NOT NULL DEFAULT false,
    roles_for        text COLLATE "C" NOT NULL DEFAULT 'anyone',
    exclusive_roles  boolean NOT NULL DEFAULT false,
    max_custom_roles integer,
    max_inherits     integer NOT NULL DEFAULT 1,
    base_permissions text[],
    descendant_permissions boolean NOT NULL DEFAULT true,
    nested_teams     boolean NOT NULL DEFAULT true,
    CONSTRAINT resource_types_pkey PRIMARY KEY (name),
    CONSTRAINT resource_types_name_check CHECK (authz_internal.type_name_problem(name) IS NULL),
    CONSTRAINT resource_types_roles_for_check CHECK (roles_for IN ('members', 'anyone')),
    CONSTRAINT resource_types_parent_fkey FOREIGN KEY (parent) REFERENCES authz.resource_types (name),
    CONSTRAINT resource_types_other_parents_check CHECK (parent IS NOT NULL AND cardinality(other_parents) > 0 AND array_position(other_parents, NULL) IS NULL
        OR other_parents IS NULL),
    CONSTRAINT resource_types_max_custom_roles_check CHECK (max_custom_roles >= 0),
    CONSTRAINT resource_types_max_inherits_check CHECK (max_inherits >= 0),
    CONSTRAINT resource_types_base_permissions_check CHECK (array_position(base_permissions, NULL) IS NULL)
);
CREATE INDEX resource_types_parent_idx ON authz.resource_types (parent);
COMMENT ON TABLE authz.resource_types IS 'kinds of resources; a graph by their parents, which may have cycles';
COMMENT ON COLUMN authz.resource_types.name IS 'name of the type: the part of a resource before the colon';
COMMENT ON COLUMN authz.resource_types.parent IS 'type of the parent resource, itself perhaps; NULL for a root type';
COMMENT ON COLUMN authz.resource_types.other_parents IS 'types of which the parent resource may be besides, NULL for none';
COMMENT ON COLUMN authz.resource_types.parents IS 'all of these, NULL for a root type';
COMMENT ON COLUMN authz.resource_types.description IS 'for people';
COMMENT ON COLUMN authz.resource_types.has_members IS 'resources of this type have a member list';
COMMENT ON COLUMN authz.resource_types.roles_for IS 'who may hold roles on resources of this type: members (of the nearest resource with a member list) or anyone';
COMMENT ON COLUMN authz.resource_types.exclusive_roles IS 'a subject has at most one role per resource and source';
COMMENT ON COLUMN authz.resource_types.max_custom_roles IS 'how many custom roles of this type one owner may have, NULL for no limit';
COMMENT ON COLUMN authz.resource_types.max_inherits IS 'how many roles a role of this type may inherit';
COMMENT ON COLUMN authz.resource_types.base_permissions IS 'names of the roles of child types that set_base_permission accepts; none stands for none; NULL: the type has no base permission';
COMMENT ON COLUMN authz.resource_types.descendant_permissions IS 'roles of this type may have permissions of descendant types of their own, where they have a base role for them; otherwise the base role is all that they give there';
COMMENT ON COLUMN authz.resource_types.nested_teams IS 'teams of its resources may have a parent team; otherwise they are flat groups';

-- Permissions ---------------------------------------------------------------
CREATE TABLE authz.permissions (
    name          authz.permission NOT NULL,
    resource_type text COLLATE "C" NOT NULL,
    category      text,
    description   text,
    status        text COLLATE "C" NOT NULL DEFAULT 'active',
    is_default    boolean NOT NULL DEFAULT false,
    assignable    boolean NOT NULL DEFAULT true,
    CONSTRAINT permissions_pkey PRIMARY KEY (name),
    CONSTRAINT permissions_resource_type_fkey FOREIGN KEY (resource_type) REFERENCES authz.resource_types (name),
    -- Deferrable, so that one statement can make another permission the default.
    CONSTRAINT permissions_default_idx EXCLUDE USING btree (resource_type WITH =) WHERE (is_default) DEFERRABLE,
    CONSTRAINT permissions_status_check CHECK (status IN ('active', 'planned', 'deprecated'))
);
CREATE INDEX permissions_resource_type_idx ON authz.permissions (resource_type, name);
COMMENT ON TABLE authz.permissions IS 'permissions, each of exactly one resource type';
COMMENT ON COLUMN authz.permissions.name IS 'name, such as project.job.stop';
COMMENT ON COLUMN authz.permissions.resource_type IS 'type of the resources on which it is held';
COMMENT ON COLUMN authz.permissions.category IS 'heading under which people find it';
COMMENT ON COLUMN authz.permissions.description IS 'for people';
COMMENT ON COLUMN authz.permissions.status IS 'active; planned: may be put in roles but grants nothing yet; deprecated: still works, and who asks for it is warned';
COMMENT ON COLUMN authz.permissions.is_default IS 'every custom role of the type holds it (the default_permission of the type)';
COMMENT ON COLUMN authz.permissions.assignable IS 'may be added to custom roles; otherwise they get it only from a role that they build on';

CREATE TABLE authz.permission_requirements (
    permission authz.permission NOT NULL,
    requires   authz.permission NOT NULL,
    CONSTRAINT permission_requirements_pkey PRIMARY KEY (permission, requires),
    CONSTRAINT permission_requirements_permission_fkey FOREIGN KEY (permission) REFERENCES authz.permissions (name) ON UPDATE CASCADE,
    CONSTRAINT permission_requirements_requires_fkey FOREIGN KEY (requires) REFERENCES authz.permissions (name) ON UPDATE CASCADE,
    CONSTRAINT permission_requirements_self_check CHECK (permission <> requires)
);
CREATE INDEX permission_requirements_requires_idx ON authz.permission_requirements (requires);
COMMENT ON TABLE authz.permission_requirements IS 'a role may get the permission only if it has the required one';
COMMENT ON COLUMN authz.permission_requirements.permission IS 'permission that needs another';
COMMENT ON COLUMN authz.permission_requirements.requires IS 'permission that a role must have already';

-- Resources -----------------------------------------------------------------
CREATE TABLE authz.resources (
    id            bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    resource      authz.resource NOT NULL,
    resource_type text COLLATE "C" NOT NULL GENERATED ALWAYS AS (authz.resource_type(resource)) STORED,
    parent_id     bigint,
    has_row       boolean NOT NULL DEFAULT false,
    -- INCLUDE, here and below: what a cold check or a list reads comes from the
    -- index alone.
    CONSTRAINT resources_pkey PRIMARY KEY (id) INCLUDE (resource, parent_id),
    CONSTRAINT resources_id_check CHECK (id > 0),
    CONSTRAINT resources_resource_key UNIQUE (resource) INCLUDE (id, parent_id),
    CONSTRAINT resources_resource_type_fkey FOREIGN KEY (resource_type) REFERENCES authz.resource_types (name),
    CONSTRAINT resources_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES authz.resources (id)
);
-- The children of one resource, by type (the prefix of the name): what
-- permitted_ids and list_resources walk.
CREATE INDEX resources_parent_id_idx ON authz.resources (parent_id, resource) INCLUDE (id);
-- Where everything is beneath one organization, a query for the children of any one
-- resource would be planned to read them all.
ALTER TABLE authz.resources ALTER COLUMN parent_id SET (n_distinct = -0.5);
COMMENT ON TABLE authz.resources IS 'things on which permissions are held';
COMMENT ON COLUMN authz.resources.id IS 'surrogate key';
COMMENT ON COLUMN authz.resources.resource IS 'name, type:id';
COMMENT ON COLUMN authz.resources.resource_type IS 'the type in the name';
COMMENT ON COLUMN authz.resources.parent_id IS 'parent resource, of a parent type of this type; NULL for none';
COMMENT ON COLUMN authz.resources.has_row IS 'a row of the table that is tracked as this type has it';

-- Subjects ------------------------------------------------------------------
CREATE TABLE authz.subjects (
    id          bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    subject     authz.subject NOT NULL,
    resource_id bigint,
    parent_id   bigint,
    CONSTRAINT subjects_pkey PRIMARY KEY (id) INCLUDE (parent_id),
    CONSTRAINT subjects_id_check CHECK (id > 0),
    CONSTRAINT subjects_subject_key UNIQUE (subject) INCLUDE (id, parent_id),
    CONSTRAINT subjects_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES authz.resources (id),
    CONSTRAINT subjects_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES authz.subjects (id)
);
CREATE INDEX subjects_resource_id_idx ON authz.subjects (resource_id, subject) WHERE resource_id IS NOT NULL;
CREATE INDEX subjects_parent_id_idx ON authz.subjects (parent_id) WHERE parent_id IS NOT NULL;
ALTER TABLE authz.subjects ALTER COLUMN parent_id SET (n_distinct = -0.5);
COMMENT ON TABLE authz.subjects IS 'who can hold roles: users, service accounts, teams, the member sets of resources (organization:7#member), and everyone (user:*)';
COMMENT ON COLUMN authz.subjects.id IS 'surrogate key';
COMMENT ON COLUMN authz.subjects.subject IS 'name, kind:id';
COMMENT ON COLUMN authz.subjects.resource_id IS 'of a team: the organization it belongs to; of a member set: the resource whose members they are; otherwise NULL';
COMMENT ON COLUMN authz.subjects.parent_id IS 'of a team: its parent team';

CREATE TABLE authz.memberships (
    group_id  bigint NOT NULL,
    member_id bigint NOT NULL,
    CONSTRAINT memberships_pkey PRIMARY KEY (group_id, member_id),
    CONSTRAINT memberships_group_id_fkey FOREIGN KEY (group_id) REFERENCES authz.subjects (id),
    CONSTRAINT memberships_member_id_fkey FOREIGN KEY (member_id) REFERENCES authz.subjects (id)
);
CREATE INDEX memberships_member_id_idx ON authz.memberships (member_id, group_id);
COMMENT ON TABLE authz.memberships IS 'who is in which team and in which organization';
COMMENT ON COLUMN authz.memberships.group_id IS 'a team, or the member set of a resource (organization:7#member)';
COMMENT ON COLUMN authz.memberships.member_id IS 'a user or a service account';

-- Roles ---------------------------------------------------------------------
-- Executable by everybody, as the check that calls it is evaluated by who writes.
CREATE FUNCTION authz_internal.role_name_problem(name text)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_role_name_problem';
COMMENT ON FUNCTION authz_internal.role_name_problem(text) IS 'why this cannot be the name of a role, or NULL';

CREATE TABLE authz.roles (
    id                   bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    name                 text COLLATE "C" NOT NULL,
    resource_type        text COLLATE "C" NOT NULL,
    owner_id             bigint,
    inherits_id          bigint,
    description          text,
    all_permissions      boolean NOT NULL DEFAULT false,
    extensible           boolean NOT NULL DEFAULT true,
    min_holders          integer NOT NULL DEFAULT 0,
    protected            boolean NOT NULL DEFAULT false,
    protected_permission authz.permission,
    CONSTRAINT roles_pkey PRIMARY KEY (id),
    CONSTRAINT roles_id_check CHECK (id > 0),
    CONSTRAINT roles_name_key UNIQUE NULLS NOT DISTINCT (name, resource_type, owner_id),
    CONSTRAINT roles_resource_type_fkey FOREIGN KEY (resource_type) REFERENCES authz.resource_types (name),
    CONSTRAINT roles_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES authz.resources (id),
    CONSTRAINT roles_inherits_id_fkey FOREIGN KEY (inherits_id) REFERENCES authz.roles (id),
    CONSTRAINT roles_protected_permission_fkey FOREIGN KEY (protected_permission) REFERENCES authz.permissions (name) ON UPDATE CASCADE,
    CONSTRAINT roles_name_check CHECK (authz_internal.role_name_problem(name) IS NULL),
    CONSTRAINT roles_min_holders_check CHECK (min_holders >= 0),
    CONSTRAINT roles_protected_permission_check CHECK (protected OR protected_permission IS NULL)
);
CREATE INDEX roles_owner_id_idx ON authz.roles (owner_id, resource_type) WHERE owner_id IS NOT NULL;
CREATE INDEX roles_inherits_id_idx ON authz.roles (inherits_id, id) WHERE inherits_id IS NOT NULL;
CREATE INDEX roles_resource_type_idx ON authz.roles (resource_type) WHERE owner_id IS NULL;
CREATE INDEX roles_protected_idx ON authz.roles (id) WHERE protected;
COMMENT ON TABLE authz.roles IS 'named sets of permissions: predefined (no owner) or custom (owned by one resource and seen only there)';
COMMENT ON COLUMN authz.roles.id IS 'surrogate key';
COMMENT ON COLUMN authz.roles.name IS 'name, unique per owner and resource type';
COMMENT ON COLUMN authz.roles.resource_type IS 'type for which the role is defined';
COMMENT ON COLUMN authz.roles.owner_id IS 'resource that owns a custom role; NULL: predefined';
COMMENT ON COLUMN authz.roles.inherits_id IS 'role of the same type whose permissions this role has too; more of them are in authz.role_inherits';
COMMENT ON COLUMN authz.roles.description IS 'for people';
COMMENT ON COLUMN authz.roles.all_permissions IS 'holds every current and future permission of its type';
COMMENT ON COLUMN authz.roles.extensible IS 'other roles may inherit it';
COMMENT ON COLUMN authz.roles.min_holders IS 'how many users must hold it directly on every resource where anybody does';
COMMENT ON COLUMN authz.roles.protected IS 'given, taken, or changed in its holders only by its holders';
COMMENT ON COLUMN authz.roles.protected_permission IS 'permission that stands in for holding a protected role';

-- Most models let a role inherit one other role, and loading it must not look
-- anywhere else: so the first one is in the row of the role.
CREATE TABLE authz.role_inherits (
    role_id     bigint NOT NULL,
    inherits_id bigint NOT NULL,
    CONSTRAINT role_inherits_pkey PRIMARY KEY (role_id, inherits_id),
    CONSTRAINT role_inherits_role_id_fkey FOREIGN KEY (role_id) REFERENCES authz.roles (id),
    CONSTRAINT role_inherits_inherits_id_fkey FOREIGN KEY (inherits_id) REFERENCES authz.roles (id)
);
CREATE INDEX role_inherits_inherits_id_idx ON authz.role_inherits (inherits_id, role_id);
COMMENT ON TABLE authz.role_inherits IS 'roles that a role inherits besides roles.inherits_id, where its type allows several';
COMMENT ON COLUMN authz.role_inherits.role_id IS 'role that builds on another';
COMMENT ON COLUMN authz.role_inherits.inherits_id IS 'role of the same type';

CREATE TABLE authz.role_base_roles (
    role_id       bigint NOT NULL,
    resource_type text COLLATE "C" NOT NULL,
    base_role_id  bigint NOT NULL,
    CONSTRAINT role_base_roles_pkey PRIMARY KEY (role_id, resource_type),
    CONSTRAINT role_base_roles_role_id_fkey FOREIGN KEY (role_id) REFERENCES authz.roles (id),
    CONSTRAINT role_base_roles_resource_type_fkey FOREIGN KEY (resource_type) REFERENCES authz.resource_types (name),
    CONSTRAINT role_base_roles_base_role_id_fkey FOREIGN KEY (base_role_id) REFERENCES authz.roles (id)
);
CREATE INDEX role_base_roles_base_role_id_idx ON authz.role_base_roles (base_role_id, role_id);
COMMENT ON TABLE authz.role_base_roles IS 'the role that a role gives on resources of a descendant type';
COMMENT ON COLUMN authz.role_base_roles.role_id IS 'role that builds on another';
COMMENT ON COLUMN authz.role_base_roles.resource_type IS 'descendant type';
COMMENT ON COLUMN authz.role_base_roles.base_role_id IS 'role of that type';

CREATE TABLE authz.role_permissions (
    role_id    bigint NOT NULL,
    permission authz.permission NOT NULL,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (role_id, permission),
    CONSTRAINT role_permissions_role_id_fkey FOREIGN KEY (role_id) REFERENCES authz.roles (id),
    CONSTRAINT role_permissions_permission_fkey FOREIGN KEY (permission) REFERENCES authz.permissions (name) ON UPDATE CASCADE
);
CREATE INDEX role_permissions_permission_idx ON authz.role_permissions (permission, role_id);
COMMENT ON TABLE authz.role_permissions IS 'permissions that a role has of its own, besides those of the roles it builds on';
COMMENT ON COLUMN authz.role_permissions.role_id IS 'role';
COMMENT ON COLUMN authz.role_permissions.permission IS 'permission';

-- Delegated administration --------------------------------------------------
-- An operation is allowed to whoever holds one of its permissions or one of its
-- roles; without a row it is refused.  remove_member, create_resource and drop_resource are for
-- models that tell them from the rest: where they have no row, those of
-- manage_members and manage_resources count.
CREATE TABLE authz.management_permissions (
    resource_type text COLLATE "C" NOT NULL,
    operation     text COLLATE "C" NOT NULL,
    permission    authz.permission NOT NULL,
    CONSTRAINT management_permissions_pkey PRIMARY KEY (resource_type, operation, permission),
    CONSTRAINT management_permissions_resource_type_fkey FOREIGN KEY (resource_type) REFERENCES authz.resource_types (name),
    CONSTRAINT management_permissions_permission_fkey FOREIGN KEY (permission) REFERENCES authz.permissions (name) ON UPDATE CASCADE,
    CONSTRAINT management_permissions_operation_check CHECK (operation IN
        ('view_roles', 'create_role', 'alter_role', 'drop_role', 'assign_role', 'manage_members', 'remove_member', 'manage_resources', 'create_resource', 'drop_resource'))
);
CREATE INDEX management_permissions_permission_idx ON authz.management_permissions (permission);
COMMENT ON TABLE authz.management_permissions IS 'permissions that allow a delegated administrator an operation, each by itself';
COMMENT ON COLUMN authz.management_permissions.resource_type IS 'type of the resource that the operation concerns, or of the roles that it concerns';
COMMENT ON COLUMN authz.management_permissions.operation IS 'view_roles, create_role, alter_role, drop_role, assign_role, manage_members, remove_member, manage_resources, create_resource or drop_resource';
COMMENT ON COLUMN authz.management_permissions.permission IS 'permission, of this type or of an ancestor type: held on the resource, or on its ancestor of that type';

CREATE TABLE authz.management_roles (
    resource_type text COLLATE "C" NOT NULL,
    operation     text COLLATE "C" NOT NULL,
    role_id       bigint NOT NULL,
    CONSTRAINT management_roles_pkey PRIMARY KEY (resource_type, operation, role_id),
    CONSTRAINT management_roles_resource_type_fkey FOREIGN KEY (resource_type) REFERENCES authz.resource_types (name),
    CONSTRAINT management_roles_role_id_fkey FOREIGN KEY (role_id) REFERENCES authz.roles (id),
    CONSTRAINT management_roles_operation_check CHECK (operation IN
        ('view_roles', 'create_role', 'alter_role', 'drop_role', 'assign_role', 'manage_members', 'remove_member', 'manage_resources', 'create_resource', 'drop_resource'))
);
CREATE INDEX management_roles_role_id_idx ON authz.management_roles (role_id);
COMMENT ON TABLE authz.management_roles IS 'predefined roles whose holders are allowed an operation, where no permission that could be put into a custom role may do (GitHub: only owners assign organization roles)';
COMMENT ON COLUMN authz.management_roles.resource_type IS 'type of the resource that the operation concerns, or of the roles that it concerns';
COMMENT ON COLUMN authz.management_roles.operation IS 'as in authz.management_permissions';
COMMENT ON COLUMN authz.management_roles.role_id IS 'predefined role, of this type or of an ancestor type: held on the resource, or on its ancestor of that type';

-- Assignments ---------------------------------------------------------------
CREATE TABLE authz.assignments (
    id          bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    subject_id  bigint NOT NULL,
    role_id     bigint NOT NULL,
    resource_id bigint NOT NULL,
    source      text COLLATE "C" NOT NULL DEFAULT 'manual',
    granted_by  authz.subject,
    granted_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz,
    CONSTRAINT assignments_pkey PRIMARY KEY (id),
    -- Also what a cold check scans: the grants of one subject.
    CONSTRAINT assignments_key UNIQUE (subject_id, resource_id, role_id, source) INCLUDE (expires_at),
    CONSTRAINT assignments_subject_id_fkey FOREIGN KEY (subject_id) REFERENCES authz.subjects (id),
    CONSTRAINT assignments_role_id_fkey FOREIGN KEY (role_id) REFERENCES authz.roles (id),
    CONSTRAINT assignments_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES authz.resources (id),
    CONSTRAINT assignments_source_check CHECK (authz_internal.source_problem(source) IS NULL)
);
CREATE INDEX assignments_resource_id_idx ON authz.assignments (resource_id, role_id);
CREATE INDEX assignments_role_id_idx ON authz.assignments (role_id, resource_id);
COMMENT ON TABLE authz.assignments IS 'who holds which role on which resource, and which avenue (source) made it so';
COMMENT ON COLUMN authz.assignments.id IS 'surrogate key';
COMMENT ON COLUMN authz.assignments.subject_id IS 'holder';
COMMENT ON COLUMN authz.assignments.role_id IS 'role';
COMMENT ON COLUMN authz.assignments.resource_id IS 'resource of the type of the role, or an ancestor of such resources';
COMMENT ON COLUMN authz.assignments.source IS 'avenue that made it: manual, github, okta, ...; each is kept and revoked on its own';
COMMENT ON COLUMN authz.assignments.granted_by IS 'acting subject when it was made, NULL for none';
COMMENT ON COLUMN authz.assignments.granted_at IS 'when it was made';
COMMENT ON COLUMN authz.assignments.expires_at IS 'from this time on it grants nothing, NULL for never';

-- Tracked tables ------------------------------------------------------------
-- By name, because OIDs do not survive a dump.
CREATE TABLE authz.tracked_tables (
    id            bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    table_schema  name NOT NULL,
    table_name    name NOT NULL,
    resource_type text COLLATE "C" NOT NULL,
    id_column     name NOT NULL,
    parent_columns name[],
    parent_types  text[] COLLATE "C",
    creator_role_id bigint,
    moves         text COLLATE "C" NOT NULL DEFAULT 'checked',
    CONSTRAINT tracked_tables_pkey PRIMARY KEY (id),
    CONSTRAINT tracked_tables_table_key UNIQUE (table_schema, table_name),
    CONSTRAINT tracked_tables_resource_type_key UNIQUE (resource_type),
    CONSTRAINT tracked_tables_resource_type_fkey FOREIGN KEY (resource_type) REFERENCES authz.resource_types (name),
    CONSTRAINT tracked_tables_creator_role_id_fkey FOREIGN KEY (creator_role_id) REFERENCES authz.roles (id),
    CONSTRAINT tracked_tables_parents_check CHECK (coalesce(cardinality(parent_columns), 0) = coalesce(cardinality(parent_types), 0)
        AND array_position(parent_columns, NULL) IS NULL AND array_position(parent_types, NULL) IS NULL),
    CONSTRAINT tracked_tables_moves_check CHECK (moves IN ('checked', 'free'))
);
CREATE INDEX tracked_tables_creator_role_id_idx ON authz.tracked_tables (creator_role_id) WHERE creator_role_id IS NOT NULL;
COMMENT ON TABLE authz.tracked_tables IS 'tables of applications whose rows are resources, kept in step by triggers (authz.track)';
COMMENT ON COLUMN authz.tracked_tables.id IS 'surrogate key, the argument of the triggers';
COMMENT ON COLUMN authz.tracked_tables.table_schema IS 'schema of the table';
COMMENT ON COLUMN authz.tracked_tables.table_name IS 'name of the table';
COMMENT ON COLUMN authz.tracked_tables.resource_type IS 'type of the resources';
COMMENT ON COLUMN authz.tracked_tables.id_column IS 'column that holds their ids';
COMMENT ON COLUMN authz.tracked_tables.parent_columns IS 'columns that hold the ids of their parents: the first that is not NULL counts; NULL: their parents are set otherwise';
COMMENT ON COLUMN authz.tracked_tables.parent_types IS 'the types of these parents, in the same order';
COMMENT ON COLUMN authz.tracked_tables.creator_role_id IS 'predefined role that who inserts a row gets on its resource; NULL: none';
COMMENT ON COLUMN authz.tracked_tables.moves IS 'checked: a change of the parent needs what move_resource needs; free: the operations are the business of the table''s own policies';

-- Audit ---------------------------------------------------------------------
CREATE TABLE authz.audit_log (
    id             bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    event          text COLLATE "C" NOT NULL,
    actor          authz.subject,
    database_role  text COLLATE "C" NOT NULL,
    session_role   text COLLATE "C" NOT NULL,
    object         text NOT NULL,
    old            jsonb,
    new            jsonb,
    CONSTRAINT audit_log_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_log_at_idx ON authz.audit_log (at);
COMMENT ON TABLE authz.audit_log IS 'every change to a role, permission, membership, assignment or resource; append-only';
COMMENT ON COLUMN authz.audit_log.id IS 'order of the entries';
COMMENT ON COLUMN authz.audit_log.at IS 'when';
COMMENT ON COLUMN authz.audit_log.transaction_id IS 'transaction that made the change';
COMMENT ON COLUMN authz.audit_log.event IS 'what happened: table and action, such as assignment.create';
COMMENT ON COLUMN authz.audit_log.actor IS 'current subject, NULL for nobody';
COMMENT ON COLUMN authz.audit_log.database_role IS 'database role that called';
COMMENT ON COLUMN authz.audit_log.session_role IS 'database role that the session belongs to';
COMMENT ON COLUMN authz.audit_log.object IS 'what was changed, by name';
COMMENT ON COLUMN authz.audit_log.old IS 'values before, by name; NULL for a new row';
COMMENT ON COLUMN authz.audit_log.new IS 'values after, by name; NULL for a removed row';

-- Dump and restore: all data is the user's.  A statement of its own for each
-- relation, because each call updates the same row of pg_extension.
DO $$
DECLARE
    relation regclass;
BEGIN
    FOR relation IN
        SELECT oid
        FROM pg_catalog.pg_class
        WHERE relnamespace = 'authz'::regnamespace AND relkind IN ('r', 'S')
        ORDER BY relname
    LOOP
        PERFORM pg_catalog.pg_extension_config_dump(relation, '');
    END LOOP;
END
$$;
