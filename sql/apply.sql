-- Model documents: what apply does, and what it says that it did.  What it
-- refuses is in apply_errors, what it writes is in export.
\i sql/include/fresh.sql

\pset format unaligned

-- Nothing.
SELECT * FROM authz.apply('{}');
SELECT * FROM authz.apply('{"resource_types": [], "permissions": [], "roles": []}');
SELECT authz.export();

-- An application with documents in folders in workspaces.  Everything refers to
-- something that comes later.
SELECT '{
  "roles": [
    {"name": "admin", "resource_type": "workspace", "all_permissions": true, "base_roles": ["folder:editor", "owner"], "min_holders": 1, "protected": true},
    {"name": "guest", "resource_type": "workspace", "base_roles": ["viewer"], "protected": "workspace.invite"},
    {"name": "editor", "resource_type": "folder", "inherits": "viewer", "permissions": ["folder.edit"], "base_roles": ["document:owner"]},
    {"name": "viewer", "resource_type": "folder", "permissions": ["folder.view", "document.view"], "base_roles": ["document:commenter"]},
    {"name": "owner", "resource_type": "document", "description": "Does what they want", "all_permissions": true, "extensible": false},
    {"name": "commenter", "resource_type": "document", "permissions": ["document.comment"]},
    {"name": "reader", "resource_type": "document", "permissions": ["document.view"]}
  ],
  "permissions": [
    {"name": "document.share", "resource_type": "document", "requires": ["document.edit", "document.comment"], "status": "planned"},
    {"name": "document.edit", "resource_type": "document", "requires": ["document.view"], "category": "Writing"},
    {"name": "document.comment", "resource_type": "document"},
    {"name": "document.view", "resource_type": "document", "description": "See it", "assignable": false},
    {"name": "folder.edit", "resource_type": "folder"},
    {"name": "folder.view", "resource_type": "folder"},
    {"name": "folder.list", "resource_type": "folder"},
    {"name": "workspace.invite", "resource_type": "workspace"},
    {"name": "workspace.rename", "resource_type": "workspace"}
  ],
  "resource_types": [
    {"name": "document", "parent": "folder", "roles_for": "anyone", "exclusive_roles": true, "default_permission": "document.view",
     "management": {"assign_role": "document.share", "create_roles": "workspace.invite", "drop_role": null, "manage_resources": ["folder.edit", {"role": "workspace:admin"}]}},
    {"name": "folder", "parent": "workspace", "descendant_permissions": true},
    {"name": "workspace", "description": "Where people work", "has_members": true, "roles_for": "members", "max_custom_roles": 5,
     "base_permissions": ["none", "viewer"], "management": {"view_roles": ["workspace.invite", "workspace.rename"], "assign_roles": {"role": "admin"}}}
  ]
}' AS model \gset
SELECT * FROM authz.apply(:'model', dry_run => true);
SELECT count(*) FROM authz.apply(:'model', dry_run => NULL);
SELECT authz.export();
SELECT * FROM authz.apply(:'model');
-- A second time there is nothing to do.
SELECT * FROM authz.apply(:'model');
SELECT * FROM authz.apply(:'model', dry_run => true);
SELECT jsonb_pretty(authz.export());
SELECT * FROM authz.apply(authz.export());

-- What is not mentioned stays.
SELECT * FROM authz.apply('{"roles": [{"name": "viewer", "resource_type": "folder"}], "permissions": [{"name": "folder.view"}], "resource_types": [{"name": "folder"}]}');
SELECT * FROM authz.apply('{"roles": [{"name": "viewer", "resource_type": "folder", "description": "Reads"}],
                            "permissions": [{"name": "folder.view", "category": "Reading"}],
                            "resource_types": [{"name": "folder", "description": "A folder"}]}');
-- What is mentioned as empty goes.
SELECT * FROM authz.apply('{"roles": [{"name": "viewer", "resource_type": "folder", "description": null, "permissions": ["folder.view"]}, {"name": "guest", "resource_type": "workspace", "base_roles": [], "protected": false}],
                            "permissions": [{"name": "folder.view", "category": null}, {"name": "document.share", "requires": []}],
                            "resource_types": [{"name": "folder", "description": null}, {"name": "document", "default_permission": null, "management": {}}, {"name": "workspace", "base_permissions": null, "max_custom_roles": null}]}');

-- Lists are replaced, and so is the whole of the management of a type.
SELECT * FROM authz.apply('{"roles": [{"name": "viewer", "resource_type": "folder", "permissions": ["folder.list"], "base_roles": ["reader"]}],
                            "resource_types": [{"name": "workspace", "base_permissions": ["viewer", "none"], "management": {"view_roles": "workspace.rename", "assign_role": "workspace.invite"}}]}');
SELECT * FROM authz.apply('{"resource_types": [{"name": "workspace", "base_permissions": ["none", "viewer"], "management": {"view_roles": "workspace.rename"}}]}');

-- Another permission becomes the default, in one step; a role changes what it builds on.
SELECT * FROM authz.apply('{"resource_types": [{"name": "document", "default_permission": "document.view"}]}');
SELECT * FROM authz.apply('{"resource_types": [{"name": "document", "default_permission": "document.comment"}],
                            "roles": [{"name": "editor", "resource_type": "folder", "inherits": null, "permissions": ["folder.view", "folder.edit"]},
                                      {"name": "viewer", "resource_type": "folder", "inherits": "editor", "permissions": []}]}');
SELECT * FROM authz.apply('{"resource_types": [{"name": "document", "default_permission": null}]}');

-- The life of a permission: planned, active, renamed, deprecated, dropped.
SELECT * FROM authz.apply('{"permissions": [{"name": "document.print", "resource_type": "document", "status": "planned"}],
                            "roles": [{"name": "commenter", "resource_type": "document", "permissions": ["document.comment", "document.print"]}]}');
SELECT * FROM authz.apply('{"permissions": [{"name": "document.print", "status": "active"}]}');
SELECT * FROM authz.apply('{"permissions": [{"name": "document.export", "renamed_from": "document.print", "description": "Print or save"}]}', dry_run => true);
SELECT * FROM authz.apply('{"permissions": [{"name": "document.export", "renamed_from": "document.print", "description": "Print or save"}]}');
SELECT * FROM authz.apply('{"permissions": [{"name": "document.export", "renamed_from": "document.print", "description": "Print or save"}]}');
SELECT name, resource_type, description, status FROM authz.permissions WHERE name IN ('document.print', 'document.export');
SELECT r.name FROM authz.role_permissions AS p JOIN authz.roles AS r ON r.id = p.role_id WHERE p.permission = 'document.export';
-- On a database that never had the old name it is a new permission.
SELECT * FROM authz.apply('{"permissions": [{"name": "folder.sort", "resource_type": "folder", "renamed_from": "folder.order"}]}');
SELECT * FROM authz.apply('{"permissions": [{"name": "document.export", "status": "deprecated"}]}');
SELECT * FROM authz.apply('{"permissions": [{"name": "document.export", "drop": true}, {"name": "folder.sort", "drop": true}],
                            "roles": [{"name": "commenter", "resource_type": "document", "permissions": ["document.comment"]}]}', dry_run => true);
SELECT * FROM authz.apply('{"permissions": [{"name": "document.export", "drop": true}, {"name": "folder.sort", "drop": true}],
                            "roles": [{"name": "commenter", "resource_type": "document", "permissions": ["document.comment"]}]}');
-- What is not there need not be dropped; "drop": false says nothing.
SELECT * FROM authz.apply('{"permissions": [{"name": "document.export", "drop": true}, {"name": "document.view", "drop": false}],
                            "roles": [{"name": "nobody", "resource_type": "nothing", "drop": true}], "resource_types": [{"name": "nothing", "drop": true}]}');

-- A permission that no role has may move to another type.
SELECT * FROM authz.apply('{"permissions": [{"name": "folder.lock", "resource_type": "folder"}]}');
SELECT * FROM authz.apply('{"permissions": [{"name": "folder.lock", "resource_type": "workspace"}]}');
-- A tree may grow at its root while there are resources.
INSERT INTO authz.resources (resource) VALUES ('workspace:1');
SELECT * FROM authz.apply('{"resource_types": [{"name": "company"}, {"name": "workspace", "parent": "company"}]}');
DELETE FROM authz.resources;

-- Custom roles are no part of the model.
INSERT INTO authz.resources (resource) VALUES ('workspace:1');
INSERT INTO authz.roles (name, resource_type, owner_id, description) SELECT 'tester', 'folder', id, 'of the workspace' FROM authz.resources;
SELECT * FROM authz.apply('{"roles": [{"name": "tester", "resource_type": "folder", "drop": true}]}');
SELECT authz.export() @? '$.roles[*] ? (@.name == "tester")' AS exported;
DELETE FROM authz.roles WHERE owner_id IS NOT NULL;
DELETE FROM authz.resources;

-- Everything goes, in any order.
SELECT * FROM authz.apply((
    SELECT jsonb_object_agg(section.key, (SELECT jsonb_agg(entry || '{"drop": true}') FROM jsonb_array_elements(section.value) AS entry))
    FROM jsonb_each(authz.export()) AS section));
SELECT authz.export();

-- What an entry says by not saying it is what the tables say by default.
INSERT INTO authz.resource_types (name) VALUES ('bare');
INSERT INTO authz.permissions (name, resource_type) VALUES ('bare', 'bare');
INSERT INTO authz.roles (name, resource_type) VALUES ('bare', 'bare');
SELECT section, object, entry - ARRAY(SELECT d.key FROM jsonb_each(authz_internal.entry_defaults(section)) AS d WHERE d.value = entry -> d.key) AS rest
FROM authz_internal.model_entries()
ORDER BY section;
SELECT * FROM authz.apply('{"resource_types": [{"name": "bare", "drop": true}], "permissions": [{"name": "bare", "drop": true}], "roles": [{"name": "bare", "resource_type": "bare", "drop": true}]}');
