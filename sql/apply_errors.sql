-- What apply refuses: malformed documents with the place in the document,
-- references to what is not there, and dropping what is in use.  Nothing is
-- changed then.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never

CREATE FUNCTION pg_temp.refusal(document jsonb)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    detail text;
    hint   text;
BEGIN
    PERFORM authz.apply(document);
    RETURN 'accepted';
EXCEPTION
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
        RETURN concat_ws(' / ', SQLSTATE, SQLERRM, NULLIF(detail, ''), NULLIF(hint, ''));
END;
$$;

-- The model that the documents meet.
SELECT count(*) FROM authz.apply('{
    "resource_types": [{"name": "org", "has_members": true, "base_permissions": ["none", "read"], "management": {"assign_role": {"role": "boss"}, "create_role": "org.roles"}},
                       {"name": "repo", "parent": "org", "default_permission": "repo.view"},
                       {"name": "wiki", "parent": "org"}],
    "permissions": [{"name": "org.roles", "resource_type": "org"}, {"name": "repo.view", "resource_type": "repo"}, {"name": "repo.push", "resource_type": "repo"},
                    {"name": "repo.force", "resource_type": "repo", "requires": ["repo.push"]}, {"name": "wiki.view", "resource_type": "wiki"}, {"name": "free", "resource_type": "org"}],
    "roles": [{"name": "boss", "resource_type": "org", "all_permissions": true, "base_roles": ["write"]},
              {"name": "read", "resource_type": "repo", "permissions": ["repo.view"]},
              {"name": "write", "resource_type": "repo", "inherits": "read", "permissions": ["repo.push"]},
              {"name": "page", "resource_type": "repo"}, {"name": "page", "resource_type": "wiki"}, {"name": "idle", "resource_type": "wiki"}]}');
SELECT authz.export() AS before \gset

CREATE TEMPORARY TABLE documents (n integer GENERATED ALWAYS AS IDENTITY, document jsonb);
-- The shape.
INSERT INTO documents (document) VALUES
    (NULL),
    ('null'),
    ('[]'),
    ('"github"'),
    ('1'),
    ('{"types": []}'),
    ('{"Permissions": []}'),
    ('{"permissions": null}'),
    ('{"permissions": {"name": "a"}}'),
    ('{"resource_types": "org"}'),
    ('{"permissions": ["a"]}'),
    ('{"roles": [[]]}'),
    ('{"roles": [null]}'),
    ('{"permissions": [{}]}'),
    ('{"resource_types": [{"parent": "org"}]}'),
    ('{"roles": [{"name": "a"}]}'),
    ('{"roles": [{"resource_type": "org"}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org"}, {"name": "b", "resource_type": "org"}, {"name": "c", "resource_type": "org"}, {"name": 3, "resource_type": "org"}]}'),
    ('{"permissions": [{"name": null, "resource_type": "org"}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "type": "x"}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "Status": "active"}]}'),
    ('{"resource_types": [{"name": "x", "permissions": []}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "base_role": "write"}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "status": null}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "requires": "free"}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "requires": [["free"]]}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "requires": ["free", 7]}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "assignable": "no"}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "drop": 1}]}'),
    ('{"resource_types": [{"name": "x", "has_members": null}]}'),
    ('{"resource_types": [{"name": "x", "exclusive_roles": "true"}]}'),
    ('{"resource_types": [{"name": "x", "max_custom_roles": "20"}]}'),
    ('{"resource_types": [{"name": "x", "base_permissions": "none"}]}'),
    ('{"resource_types": [{"name": "x", "base_permissions": [null]}]}'),
    ('{"resource_types": [{"name": "x", "management": []}]}'),
    ('{"resource_types": [{"name": "x", "management": {"delete_role": "free"}}]}'),
    ('{"resource_types": [{"name": "x", "management": {"drop_role": true}}]}'),
    ('{"resource_types": [{"name": "x", "management": {"drop_role": ["free", 1]}}]}'),
    ('{"resource_types": [{"name": "x", "management": {"drop_role": {"permission": "free"}}}]}'),
    ('{"resource_types": [{"name": "x", "management": {"drop_role": {"role": "boss", "type": "org"}}}]}'),
    ('{"resource_types": [{"name": "x", "management": {"drop_role": {"role": null}}}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "permissions": {}}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "permissions": [{"name": "free"}]}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "inherits": [1]}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "inherits": {"role": "boss"}}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "inherits": ["boss", "boss"]}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "base_roles": {"repo": "read"}}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "protected": null}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "min_holders": true}]}');
SELECT pg_temp.refusal(document) FROM documents ORDER BY n;
TRUNCATE documents;

-- The values.
INSERT INTO documents (document) VALUES
    ('{"resource_types": [{"name": ""}]}'),
    ('{"resource_types": [{"name": "Org"}]}'),
    ('{"resource_types": [{"name": "org:unit"}]}'),
    (jsonb_build_object('resource_types', jsonb_build_array(jsonb_build_object('name', repeat('x', 64))))),
    ('{"resource_types": [{"name": "x", "roles_for": "everybody"}]}'),
    ('{"resource_types": [{"name": "x", "max_custom_roles": -1}]}'),
    ('{"resource_types": [{"name": "x", "max_custom_roles": 1.5}]}'),
    ('{"resource_types": [{"name": "x", "max_custom_roles": 1e10}]}'),
    ('{"resource_types": [{"name": "x", "base_permissions": ["none", "none"]}]}'),
    ('{"resource_types": [{"name": "x", "management": {"drop_role": ["free", "free"]}}]}'),
    ('{"resource_types": [{"name": "x", "management": {"drop_role": "free", "drop_roles": "org.roles"}}]}'),
    ('{"resource_types": [{"name": "x", "default_permission": "x..view"}]}'),
    ('{"resource_types": [{"name": "x", "management": {"drop_role": "free!"}}]}'),
    ('{"resource_types": [{"name": "x"}, {"name": "y"}, {"name": "x"}]}'),
    ('{"permissions": [{"name": "", "resource_type": "org"}]}'),
    ('{"permissions": [{"name": "org.roles ", "resource_type": "org"}]}'),
    ('{"permissions": [{"name": "org,roles", "resource_type": "org"}]}'),
    (jsonb_build_object('permissions', jsonb_build_array(jsonb_build_object('name', repeat('x', 256), 'resource_type', 'org')))),
    ('{"permissions": [{"name": "a", "resource_type": "org", "requires": ["a b"]}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "requires": ["a"]}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "requires": ["free", "free"]}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "status": "Active"}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "renamed_from": "A+"}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "renamed_from": "a"}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "renamed_from": "free"}, {"name": "free"}]}'),
    ('{"permissions": [{"name": "a", "renamed_from": "free"}, {"name": "b", "renamed_from": "free"}]}'),
    ('{"permissions": [{"name": "a", "renamed_from": "free", "drop": true}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org"}, {"name": "a", "drop": true}]}'),
    ('{"roles": [{"name": "", "resource_type": "org"}]}'),
    (jsonb_build_object('roles', jsonb_build_array(jsonb_build_object('name', repeat('ä', 128), 'resource_type', 'org')))),
    ('{"roles": [{"name": "a", "resource_type": "org", "min_holders": -1}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "min_holders": 0.5}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "permissions": ["free", "org.roles", "free"]}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "permissions": ["free", "org roles"]}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "protected": "yes!"}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org"}, {"name": "a", "resource_type": "repo"}, {"name": "a", "resource_type": "org"}]}');
SELECT pg_temp.refusal(document) FROM documents ORDER BY n;
TRUNCATE documents;

-- The references.
INSERT INTO documents (document) VALUES
    ('{"permissions": [{"name": "new"}]}'),
    ('{"resource_types": [{"name": "x", "parent": "y"}]}'),
    ('{"resource_types": [{"name": "x", "parent": "Y!"}]}'),
    ('{"resource_types": [{"name": "x", "parent": ["org", "y"]}]}'),
    ('{"resource_types": [{"name": "x", "parent": ["org", "org"]}]}'),
    ('{"resource_types": [{"name": "x", "max_inherits": -1}]}'),
    ('{"resource_types": [{"name": "x", "max_inherits": 1.5}]}'),
    ('{"roles": [{"name": "a", "resource_type": "repo", "base_roles": ["repo:write"]}]}'),
    ('{"resource_types": [{"name": "x", "default_permission": "x.view"}]}'),
    ('{"resource_types": [{"name": "x", "default_permission": "repo.view"}]}'),
    ('{"resource_types": [{"name": "x", "base_permissions": ["none", "read"]}]}'),
    ('{"resource_types": [{"name": "org", "base_permissions": ["boss"]}]}'),
    ('{"resource_types": [{"name": "x", "management": {"drop_role": "x.drop"}}]}'),
    ('{"resource_types": [{"name": "x", "management": {"drop_role": "Free"}}]}'),
    ('{"resource_types": [{"name": "x", "management": {"drop_role": {"role": "boss"}}}]}'),
    ('{"resource_types": [{"name": "org", "management": {"drop_role": [{"role": "boss"}, {"role": "write"}]}}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "x"}]}'),
    ('{"permissions": [{"name": "a", "resource_type": "org", "requires": ["free", "b"]}]}'),
    ('{"roles": [{"name": "a", "resource_type": "x"}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "permissions": ["free", "org.role"]}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "permissions": ["ORG/Roles", "FREE"]}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "protected": "a"}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "inherits": "chief"}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "inherits": "read"}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "inherits": "org:boss"}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "base_roles": ["read", "maintain"]}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "base_roles": ["page"]}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "base_roles": ["wiki:page", "read", "write"]}]}'),
    ('{"roles": [{"name": "a", "resource_type": "org", "base_roles": ["boss"]}]}'),
    ('{"roles": [{"name": "a", "resource_type": "repo", "base_roles": ["wiki:page"]}]}'),
    -- What the document drops or renames is not there either.
    ('{"resource_types": [{"name": "wiki", "drop": true}], "permissions": [{"name": "wiki.edit", "resource_type": "wiki"}]}'),
    ('{"permissions": [{"name": "free", "drop": true}], "roles": [{"name": "page", "resource_type": "wiki", "permissions": ["free"]}]}'),
    ('{"permissions": [{"name": "freed", "renamed_from": "free"}], "roles": [{"name": "page", "resource_type": "wiki", "permissions": ["free"]}]}'),
    ('{"roles": [{"name": "idle", "resource_type": "wiki", "drop": true}, {"name": "page", "resource_type": "wiki", "inherits": "idle"}]}'),
    ('{"permissions": [{"name": "repo.push", "renamed_from": "free"}]}'),
    ('{"permissions": [{"name": "Free", "renamed_from": "free"}], "roles": [{"name": "page", "resource_type": "wiki", "permissions": ["free"]}]}');
SELECT pg_temp.refusal(document) FROM documents ORDER BY n;
TRUNCATE documents;

-- What is in use.
INSERT INTO authz.resources (resource) VALUES ('org:1');
INSERT INTO authz.resources (resource, parent_id) SELECT 'repo:1', id FROM authz.resources;
INSERT INTO authz.roles (name, resource_type, owner_id, inherits_id)
SELECT 'pusher', 'repo', o.id, r.id FROM authz.resources AS o, authz.roles AS r WHERE o.resource = 'org:1' AND r.name = 'write';
INSERT INTO authz.role_permissions SELECT id, 'repo.force' FROM authz.roles WHERE name = 'pusher';
INSERT INTO authz.subjects (subject) VALUES ('user:ann'), ('user:bob');
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, r.id, o.id
FROM (VALUES ('user:ann', 'page', 'repo:1'), ('user:bob', 'page', 'repo:1')) AS v (subject, role, resource)
JOIN authz.subjects AS s ON s.subject = v.subject::authz.subject
JOIN authz.roles AS r ON r.name = v.role AND r.resource_type = 'repo'
JOIN authz.resources AS o ON o.resource = v.resource::authz.resource;
INSERT INTO documents (document) VALUES
    ('{"resource_types": [{"name": "repo", "drop": true}]}'),
    ('{"resource_types": [{"name": "wiki", "drop": true}]}'),
    ('{"resource_types": [{"name": "wiki", "drop": true}], "permissions": [{"name": "wiki.view", "drop": true}]}'),
    ('{"resource_types": [{"name": "repo", "parent": null}]}'),
    ('{"resource_types": [{"name": "repo", "parent": null}, {"name": "org", "base_permissions": null}]}'),
    ('{"resource_types": [{"name": "repo", "parent": "wiki"}, {"name": "org", "base_permissions": null}]}'),
    ('{"permissions": [{"name": "repo.force", "drop": true}]}'),
    ('{"permissions": [{"name": "repo.push", "drop": true}]}'),
    ('{"permissions": [{"name": "repo.push", "drop": true}], "roles": [{"name": "write", "resource_type": "repo", "permissions": []}]}'),
    ('{"permissions": [{"name": "repo.view", "drop": true}], "roles": [{"name": "read", "resource_type": "repo", "permissions": []}]}'),
    ('{"permissions": [{"name": "org.roles", "drop": true}]}'),
    ('{"permissions": [{"name": "repo.view", "resource_type": "wiki"}]}'),
    ('{"roles": [{"name": "page", "resource_type": "repo", "drop": true}]}'),
    ('{"roles": [{"name": "write", "resource_type": "repo", "drop": true}]}'),
    ('{"roles": [{"name": "write", "resource_type": "repo", "drop": true}, {"name": "boss", "resource_type": "org", "drop": true}]}'),
    ('{"roles": [{"name": "boss", "resource_type": "org", "drop": true}]}'),
    ('{"roles": [{"name": "read", "resource_type": "repo", "drop": true}, {"name": "write", "resource_type": "repo", "inherits": null}]}');
SELECT pg_temp.refusal(document) FROM documents ORDER BY n;
TRUNCATE documents;

-- The rules of the model, also for the custom roles that build on it.
INSERT INTO documents (document) VALUES
    ('{"roles": [{"name": "write", "resource_type": "repo", "permissions": []}]}'),
    ('{"roles": [{"name": "write", "resource_type": "repo", "extensible": false}]}'),
    ('{"roles": [{"name": "pusher", "resource_type": "repo"}]}'),
    ('{"roles": [{"name": "read", "resource_type": "repo", "inherits": "write"}]}'),
    ('{"roles": [{"name": "page", "resource_type": "wiki", "permissions": ["repo.push"]}]}'),
    ('{"roles": [{"name": "idle", "resource_type": "org", "permissions": ["wiki.view"]}]}'),
    ('{"permissions": [{"name": "repo.force", "assignable": false}]}'),
    ('{"permissions": [{"name": "repo.push", "requires": ["wiki.view"]}]}'),
    ('{"resource_types": [{"name": "org", "max_custom_roles": 0}, {"name": "repo", "max_custom_roles": 0}]}');
SELECT pg_temp.refusal(document) FROM documents ORDER BY n;
-- They count at the end, not on the way: the custom role always has repo.push.
SELECT * FROM authz.apply('{"roles": [{"name": "write", "resource_type": "repo", "permissions": []}, {"name": "read", "resource_type": "repo", "permissions": ["repo.view", "repo.push"]}]}', dry_run => true);
SELECT * FROM authz.apply('{"roles": [{"name": "write", "resource_type": "repo", "inherits": null, "permissions": ["repo.push"]},
                                      {"name": "read", "resource_type": "repo", "inherits": "write", "permissions": ["repo.view"]}]}', dry_run => true);

-- A dry run refuses the same.
SELECT authz.apply('{"permissions": [{"name": "repo.force", "drop": true}]}', dry_run => true);
SELECT authz.apply('{"permissions": [{"name": 1}]}', dry_run => true);

-- All that is wrong in one kind of places is told at once, the first ten places of it.
SELECT pg_temp.refusal('{"roles": [{"name": "reader", "resource_type": "repo", "permissions": ["repo.vew", "repo.push", "repo.pusch", "wikki"]},
                                   {"name": "writer", "resource_type": "repo", "inherits": "raeder"}]}');
SELECT pg_temp.refusal(jsonb_build_object('roles', jsonb_build_array(jsonb_build_object(
    'name', 'reader', 'resource_type', 'repo', 'permissions', (SELECT jsonb_agg('nothing' || n) FROM generate_series(1, 1000) AS n)))));
SELECT pg_temp.refusal('{"permissions": [{"name": "repo.push ", "resource_type": "repo"}, {"name": "repo", "resource_type": "repo", "requires": ["a|b", "", " repo.view"]}],
                         "roles": [{"name": "reader", "resource_type": "repo", "permissions": ["repo.push", "repo.push", "repo..view"]}]}');
SELECT pg_temp.refusal('{"resource_types": [{"name": "A"}, {"name": "b", "roles_for": "x"}, {"name": "c", "max_custom_roles": -1}]}');
-- Malformed names and those that are not there, in one error; what the document renames counts as renamed.
SELECT pg_temp.refusal('{"resource_types": [{"name": "org", "management": {"drop_role": ["Free", "free?"]}}, {"name": "X"}],
                         "permissions": [{"name": "Free", "renamed_from": "free"}, {"name": "repo.Push", "resource_type": "rebo", "requires": ["repo.push", "free", "Repo/Push"]}],
                         "roles": [{"name": "reader ", "resource_type": "Repo", "permissions": ["Free", "repo:view"]}, {"name": "r", "resource_type": "repo", "inherits": "WRITE"}]}');
-- A line has an end, whatever is in the place of a name.
SELECT length(pg_temp.refusal(jsonb_build_object(
    'permissions', (SELECT jsonb_agg(jsonb_build_object('name', repeat(c, 100000), 'resource_type', repeat(c, 100000))) FROM unnest('{a,b,c,d,e,f,g,h}'::text[]) AS c),
    'roles', jsonb_build_array(jsonb_build_object('name', repeat('a', 100000), 'resource_type', repeat('b', 100000), 'permissions', jsonb_build_array(repeat('c', 100000))))))) < 12000;
-- Nothing of all this was done.
SELECT authz.export() = :'before' AS unchanged;

-- Catalogs that are not there.
SELECT authz.install_catalog('gitlab');
SELECT authz.install_catalog(NULL);
SELECT authz.install_catalog('GitHub');

-- Only administrators: EXECUTE is not for everybody, and is not enough.
CREATE ROLE regress_authz_model;
SET ROLE regress_authz_model;
SELECT authz.apply('{}');
SELECT authz.export();
SELECT authz.install_catalog('github');
RESET ROLE;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA authz, authz_internal TO regress_authz_model;
SET ROLE regress_authz_model;
SELECT authz.apply('{}');
SELECT authz.export();
SELECT authz.install_catalog('github');
RESET ROLE;
-- Whoever may write the tables may.
GRANT ALL ON ALL TABLES IN SCHEMA authz TO regress_authz_model;
SET ROLE regress_authz_model;
SELECT * FROM authz.apply('{"roles": [{"name": "idle", "resource_type": "wiki", "permissions": ["wiki.view"]}]}');
RESET ROLE;
DROP OWNED BY regress_authz_model;
DROP ROLE regress_authz_model;
