-- protect and unprotect.
\i sql/include/fresh.sql
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/documents.sql'
\set ECHO none
\i :include
\set ECHO all

CREATE ROLE regress_authz_owner;
CREATE ROLE regress_authz_web;
GRANT SET ON PARAMETER authz.subject TO regress_authz_web;
ALTER TABLE documents OWNER TO regress_authz_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON documents TO regress_authz_web;

-- The owner of a table protects it.
SET ROLE regress_authz_owner;
SELECT authz.protect('documents', 'project_id', for_select => 'project.view', for_insert => 'project.edit',
                     for_update => 'project.edit', for_delete => 'project.remove');
SELECT policyname, cmd, qual, with_check FROM pg_policies WHERE tablename = 'documents' ORDER BY policyname;

SET ROLE regress_authz_web;
SELECT count(*) FROM documents;
SET authz.subject = 'user:one';
SELECT count(*) FROM documents;
BEGIN;
UPDATE documents SET title = 'changed';
INSERT INTO documents VALUES (0, 7, 'one', 'new');
DELETE FROM documents;
ROLLBACK;
INSERT INTO documents VALUES (0, 8, 'one', 'new');
UPDATE documents SET project_id = 8;
EXPLAIN (COSTS OFF) SELECT * FROM documents;

-- Again: what is given is replaced, what is not stays.
SET ROLE regress_authz_owner;
SELECT authz.protect('documents', 'project_id', for_select => 'project.edit');
SELECT policyname, cmd, qual FROM pg_policies WHERE tablename = 'documents' ORDER BY policyname;

-- Policies of others stay in force.
CREATE POLICY own ON documents USING (owner = 'owner5');
SELECT authz.unprotect('documents');
SELECT policyname FROM pg_policies WHERE tablename = 'documents';
SELECT relrowsecurity FROM pg_class WHERE relname = 'documents';
DROP POLICY own ON documents;
SELECT authz.unprotect('documents');
SELECT relrowsecurity FROM pg_class WHERE relname = 'documents';

-- A hash index takes no array of ids.
RESET ROLE;
DROP INDEX documents_project_id_idx;
CREATE INDEX documents_hash ON documents USING hash (project_id);
SET ROLE regress_authz_owner;
SELECT authz.protect('documents', 'project_id', for_select => 'project.view');
SELECT authz.unprotect('documents');

-- Mistakes.
DROP INDEX documents_hash;
SELECT authz.protect('documents', 'project_id', for_select => 'project.view');
SELECT authz.unprotect('documents');
SELECT authz.protect('documents', 'project_id');
SELECT authz.protect('documents', 'project', for_select => 'project.view');
SELECT authz.protect('documents', 'project_id', for_select => 'projct.view');
CREATE TEMP TABLE odd (project_id numeric);
SELECT authz.protect('odd', 'project_id', for_select => 'project.view');
SELECT authz.protect(NULL, 'project_id', for_select => 'project.view');
SET ROLE regress_authz_web;
SELECT authz.protect('documents', 'project_id', for_select => 'project.view');
SELECT authz.unprotect('documents');
RESET ROLE;

-- A policy or a view names a permission: it is not dropped, and a rename warns.
DROP TABLE odd;
SELECT authz.protect('comments', 'id', for_select => 'project.view');
CREATE VIEW edited AS SELECT * FROM documents WHERE authz.has_any_permission(ARRAY['project.edit', 'project.view'], project_id);
CREATE VIEW removed AS
SELECT d.*, 'project.view' AS not_asked FROM documents AS d
WHERE EXISTS (SELECT FROM comments AS c WHERE authz.has_permission('user:one', 'project.remove', d.project_id::text));
CREATE VIEW compared AS
SELECT id FROM documents WHERE authz.permissions_on(authz.resource('project:' || project_id)) @> 'project.edit'::authz.permission
    OR authz.permissions_on(authz.resource('project:' || project_id)) && '{project.remove}'::authz.permission_set;
SELECT name, ARRAY(SELECT authz_internal.permission_namers(name::text) ORDER BY 1) AS named_by
FROM authz.permissions WHERE resource_type = 'project' ORDER BY name;
BEGIN;
DELETE FROM authz.role_permissions WHERE permission::text IN ('project.remove', 'project.edit');
DELETE FROM authz.permission_requirements;
SAVEPOINT taken;
DELETE FROM authz.permissions WHERE name = 'project.remove';
ROLLBACK TO taken;
SELECT authz.apply('{"permissions": [{"name": "project.edit", "drop": true}]}');
ROLLBACK TO taken;
SELECT * FROM authz.apply('{"permissions": [{"name": "project.write", "renamed_from": "project.edit"}]}');
UPDATE authz.permissions SET name = 'project.edit' WHERE name = 'project.write';
DROP VIEW removed, compared;
DELETE FROM authz.permissions WHERE name = 'project.remove';
ROLLBACK;
DROP VIEW edited, removed, compared;

DROP TABLE documents, comments;
REVOKE SET ON PARAMETER authz.subject FROM regress_authz_web;
DROP ROLE regress_authz_web, regress_authz_owner;
