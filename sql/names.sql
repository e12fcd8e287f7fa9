-- Names as other systems write them, with upper case and slashes, and the longest
-- ones there can be: every place takes them, exactly, and says which one was meant.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;

-- 255 bytes, three of them: the last ones differ in the case of one letter.
SELECT 'L/' || repeat('n', 252) || 'A' AS long1, 'L/' || repeat('n', 252) || 'a' AS long2, repeat('M', 255) AS long3, repeat('M', 256) AS too_long \gset
SELECT count(*) FROM authz.apply(jsonb_build_object(
    'resource_types', '[{"name": "account", "has_members": true, "management": {"assign_role": "iam:PutRolePolicy", "create_role": ["iam:CreateRole"]}},
                        {"name": "bucket", "parent": "account", "default_permission": "s3:ListBucket"}]'::jsonb,
    'permissions', '[{"name": "iam:PutRolePolicy", "resource_type": "account"}, {"name": "iam:CreateRole", "resource_type": "account"},
                     {"name": "Microsoft.Compute/virtualMachines/read", "resource_type": "account"},
                     {"name": "Microsoft.Compute/virtualMachines/write", "resource_type": "account", "requires": ["Microsoft.Compute/virtualMachines/read"]},
                     {"name": "s3:GetObject", "resource_type": "bucket"}, {"name": "s3:getobject", "resource_type": "bucket"},
                     {"name": "s3:ListBucket", "resource_type": "bucket"}, {"name": "s3/GetObject", "resource_type": "bucket"}]'::jsonb
                   || jsonb_build_array(jsonb_build_object('name', :'long1', 'resource_type', 'bucket'), jsonb_build_object('name', :'long2', 'resource_type', 'bucket'),
                                        jsonb_build_object('name', :'long3', 'resource_type', 'bucket', 'requires', jsonb_build_array(:'long1'))),
    'roles', jsonb_build_array(
        '{"name": "Admin", "resource_type": "account", "permissions": ["Microsoft.Compute/virtualMachines/read", "Microsoft.Compute/virtualMachines/write"], "base_roles": ["long"]}'::jsonb,
        '{"name": "reader", "resource_type": "bucket", "permissions": ["s3:GetObject"], "protected": "iam:PutRolePolicy"}'::jsonb,
        '{"name": "other", "resource_type": "bucket", "permissions": ["s3:getobject", "s3/GetObject"]}'::jsonb,
        jsonb_build_object('name', 'long', 'resource_type', 'bucket', 'permissions', jsonb_build_array(:'long1', :'long3')))));
SELECT count(*) FROM authz.apply(authz.export());

SELECT authz.create_resource('account:1'), authz.create_resource('bucket:1', 'account:1'), authz.create_resource('bucket:2', 'account:1');
SELECT authz.grant_role('ann', 'reader', 'bucket:1') > 0, authz.grant_role('bob', 'other', 'bucket:1') > 0, authz.grant_role('cid', 'Admin', 'account:1') > 0;
SELECT authz.create_role('mine', 'bucket', 'account:1', ARRAY['s3:GetObject', :'long2']) > 0, authz.grant_role('dan', 'mine', 'bucket:2') > 0;

-- Exact, cold and warm.
CREATE VIEW answers AS
SELECT s.subject, left(p.name, 40) || CASE WHEN length(p.name) > 40 THEN '...' || right(p.name, 1) ELSE '' END AS permission, r.id,
       authz.has_permission(s.subject::authz.subject, p.name, r.id) AS granted
FROM unnest('{user:ann,user:bob,user:cid,user:dan}'::text[]) AS s (subject),
     (SELECT name::text FROM authz.permissions UNION SELECT unnest('{S3:GetObject,s3.GetObject,s3:GETOBJECT,microsoft.compute/virtualmachines/read}'::text[])) AS p (name),
     unnest('{1,2}'::text[]) AS r (id);
SELECT * FROM answers WHERE granted ORDER BY subject, permission COLLATE "C", id;
SELECT count(*) FROM answers WHERE granted;
SELECT authz.has_permission('bob'::authz.subject, 's3:GetObject', 1), authz.has_permission('bob'::authz.subject, 's3:getobject', 1),
    authz.has_any_permission('ann'::authz.subject, '{s3:getobject,s3/GetObject}', 1), authz.has_any_permission('ann'::authz.subject, '{s3:getobject,s3:GetObject}', 1);
SELECT authz.permissions_on('bob', 'bucket:1'), authz.permissions_on('ann', 'bucket:1'), authz.permission_count(authz.permissions_on('cid', 'bucket:2')),
    authz.permissions_on('cid', 'bucket:2') @> :'long1'::authz.permission, authz.permissions_on('cid', 'bucket:2') @> :'long2'::authz.permission;
SELECT authz.permitted_ids('cid'::authz.subject, :'long1', NULL::int), authz.permitted_ids('dan'::authz.subject, :'long1', NULL::int), authz.permitted_ids('dan'::authz.subject, :'long2', NULL::int);
SELECT r FROM authz.list_resources('bob'::authz.subject, 's3/GetObject') AS r;
SELECT r FROM authz.list_subjects('Microsoft.Compute/virtualMachines/write', 'account:1') AS r;
SELECT left(grants::text, 30), role_path, resource, reason FROM authz.explain('cid', :'long3', 'bucket:1');
SELECT grants, role_path, resource, reason FROM authz.explain('cid', 'Microsoft.Compute/virtualMachines/read', 'account:1');
SELECT grants, reason FROM authz.explain('bob', 'S3:GetObject', 'bucket:1');

\set VERBOSITY default
-- Which one was meant: what differs only in case or separators comes before all edits.
SELECT authz.has_permission('S3:Getobject', 1);
SELECT authz.has_permission('S3.listbucket', 1);
SELECT authz.has_permission('s3/getobject', 1);
SELECT authz.has_permission('s3:GetObjects', 1);
SELECT authz.has_permission('microsoft.compute:virtualmachines:READ', 1);
SELECT authz.has_permission('Microsoft/Compute/virtualMachine/rite', 1);
SELECT authz.has_permission('IAM/CREATEROLE', 1);
SELECT authz.has_permission('Admin', 1);
SELECT authz.has_permission(:'too_long', 1);
SELECT left(authz_internal.nearest_name(lower(:'long3'), ARRAY['x', :'long1', :'long3']), 3), authz_internal.nearest_name(:'too_long', ARRAY[:'long3']);
SELECT authz_internal.nearest_name(n, '{a.b,a/b,A/b,a:B,ab}') FROM unnest('{A.B,A/B,a:b,A:B,a|b,aXb,AB}'::text[]) AS n;
SELECT authz_internal.nearest_name('ROLES', '{roles,rules}'), authz_internal.nearest_name('a', '{A}'), authz_internal.nearest_name('', '{A,b}'), authz_internal.nearest_name('éA', '{ÉA,éa}');
SELECT authz.create_role('x', 'bucket', 'account:1', '{s3:GetObject,s3:listbucket}');
SELECT authz.add_permissions(authz.role_id('mine', 'bucket', 'account:1'), '{s3.getObject}');
SELECT authz.grant_role('ann', 'admin', 'account:1');
SELECT authz.apply('{"roles": [{"name": "reader", "resource_type": "bucket", "permissions": ["S3:GETOBJECT", "IAM:putrolepolicy"]}]}');

\set VERBOSITY terse

-- 256 bytes are refused.
INSERT INTO authz.permissions (name, resource_type) VALUES (:'too_long', 'bucket');
SELECT authz.add_permissions(authz.role_id('mine', 'bucket', 'account:1'), ARRAY[:'too_long']);
SELECT p, authz.has_permission('cid'::authz.subject, :'too_long' || p, '1') FROM unnest('{"",x}'::text[]) AS p;

-- Policies, index conditions, views.
CREATE TABLE objects (id int PRIMARY KEY, bucket int NOT NULL);
INSERT INTO objects SELECT i, 1 + i % 1000 FROM generate_series(1, 20000) AS i;
CREATE INDEX ON objects (bucket);
ANALYZE objects;
SELECT count(authz.create_resource('bucket:' || i, 'account:1')) FROM generate_series(3, 1000) AS i;
CREATE ROLE regress_authz_web;
GRANT SELECT ON objects TO regress_authz_web;
GRANT SET ON PARAMETER authz.subject TO regress_authz_web;
SELECT authz.protect('objects', 'bucket', for_select => 's3/GetObject', for_update => :'long1', for_delete => 's3:getObject');
SELECT authz.protect('objects', 'bucket', for_select => 's3/GetObject', for_update => :'long1', for_delete => 's3:GetObject');
SET ROLE regress_authz_web;
SET authz.subject = 'user:bob';
EXPLAIN (COSTS OFF) SELECT * FROM objects;
SELECT count(*), min(bucket), max(bucket) FROM objects;
SET authz.subject = 'user:ann';
SELECT count(*) FROM objects;
RESET authz.subject;
RESET ROLE;
CREATE VIEW seen AS SELECT id FROM objects WHERE authz.has_permission('s3:GetObject', bucket);
\set VERBOSITY default
DELETE FROM authz.permissions WHERE name = 's3:GetObject';
\set VERBOSITY terse

-- A rename that changes nothing but the case: everything that is no constant follows, and the constants are named.
\set VERBOSITY default
SELECT * FROM authz.apply('{"permissions": [{"name": "S3:GetObject", "renamed_from": "s3:GetObject"}]}');
SELECT * FROM authz.apply('{"permissions": [{"name": "S3/getObject", "renamed_from": "s3/GetObject"}]}');
\set VERBOSITY terse
SELECT authz.has_permission('ann'::authz.subject, 'S3:GetObject', 1), authz.has_permission('bob'::authz.subject, 'S3/getObject', 1);
\set VERBOSITY default
SELECT authz.has_permission('ann'::authz.subject, 's3:GetObject', 1);
\set VERBOSITY terse
SELECT authz.permissions_on('ann', 'bucket:1'), authz.permissions_on('bob', 'bucket:1');
SET ROLE regress_authz_web;
SET authz.subject = 'user:bob';
SELECT count(*) FROM objects;
RESET authz.subject;
RESET ROLE;
UPDATE authz.permissions SET name = 's3/GetObject' WHERE name = 'S3/getObject';
SET ROLE regress_authz_web;
SET authz.subject = 'user:bob';
SELECT count(*) FROM objects;
RESET authz.subject;
RESET ROLE;

-- The audit log has the names as they are written.
SELECT event, object, old ->> 'name', new ->> 'name' FROM authz.audit_log WHERE event = 'permission.alter' ORDER BY id;
SELECT event, count(*) FROM authz.audit_log WHERE object = :'long1' OR new ->> 'permission' = :'long1' OR new ->> 'requires' = :'long1' GROUP BY event ORDER BY event;
SELECT count(*) FROM authz.validate();

DROP TABLE objects CASCADE;
DROP OWNED BY regress_authz_web;
DROP ROLE regress_authz_web;
