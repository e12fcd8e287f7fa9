# A backend that has run out of memory, wherever it was, goes on with right answers.

use strict;
use warnings;

use Authz::Cluster;
use Test::More;

my $node = Authz::Cluster->new('memory');
$node->start;
$node->install;

# The n-th allocation fails: test/allocation/fail_allocation.c.
my $include = `$ENV{PG_CONFIG} --includedir-server`;
chomp $include;
my $module = "$ENV{TESTDATADIR}/fail_allocation.so";
PostgreSQL::Test::Utils::system_or_bail('cc', '-shared', '-fPIC', '-O1', '-g', "-I$include", '-o', $module,
	"$ENV{TESTDIR}/test/allocation/fail_allocation.c");
$node->safe_psql('postgres', qq{
	CREATE FUNCTION fail_allocation(bigint) RETURNS boolean LANGUAGE c AS '$module';
	CREATE FUNCTION allocations_left() RETURNS bigint LANGUAGE c AS '$module';
	SELECT authz.add_member('organization:1', 'user:m' || g) FROM generate_series(1, 3) AS g;
	SELECT authz.grant_role('user:m' || g, 'writer', 'project:' || g) FROM generate_series(1, 3) AS g;
	SELECT authz.grant_role('user:m1', 'reader', 'project:' || g) FROM generate_series(1, 10) AS g;
	SELECT authz.apply('{"resource_types": [{"name": "doc", "parent": "project"}],
	                     "permissions": [{"name": "doc.read", "resource_type": "doc"}],
	                     "roles": [{"name": "doc_reader", "resource_type": "doc", "permissions": ["doc.read"]}]}');
	SELECT authz.grant_role('user:m2', 'doc_reader', 'organization:1', role_type => 'doc');
	CREATE TABLE docs (id bigint PRIMARY KEY, project_id bigint, name text);
	INSERT INTO docs SELECT g, 1 + g % 3 FROM generate_series(1, 300) AS g;
	SELECT authz.track('docs', 'doc', 'id', 'project_id');
	CREATE TABLE expected AS
	    SELECT s, p, id, authz.has_permission(s::authz.subject, p, id) AS answer
	    FROM unnest('{user:m1,user:m2,user:m3,user:nobody}'::text[]) AS s,
	         unnest('{project.view,project.push,doc.read}'::text[]) AS p,
	         generate_series(1, 11) AS id;

	-- Runs the statement until none of its allocations fails; after each time it must
	-- work, and every answer be right.  Returns how many failed.
	-- (An abort of what has written something forgets everything: so each is a transaction.)
	CREATE PROCEDURE fail_each(statement text, prepare text, INOUT failed bigint) LANGUAGE plpgsql AS \$\$
	DECLARE
	    n bigint := 0;
	    step bigint := 1;
	    wrong text;
	BEGIN
	    LOOP
	        n := n + step;
	        EXECUTE prepare;
	        COMMIT;
	        BEGIN
	            PERFORM fail_allocation(n);
	            EXECUTE statement;
	            EXIT WHEN allocations_left() > 0;
	            RAISE EXCEPTION 'an error was lost';
	        EXCEPTION WHEN out_of_memory THEN
	            failed := failed + 1;
	        END;
	        PERFORM fail_allocation(0);
	        EXECUTE statement;
	        SELECT string_agg(concat_ws(' ', s, p, id), ', ') INTO wrong
	        FROM expected
	        WHERE answer IS DISTINCT FROM authz.has_permission(s::authz.subject, p, id);
	        IF wrong IS NOT NULL THEN
	            RAISE EXCEPTION 'wrong after % allocations: %', n, wrong;
	        END IF;
	        -- Most are at the beginning: names, plans, catalogs.
	        step := 1 + n / 400;
	    END LOOP;
	    PERFORM fail_allocation(0);
	END
	\$\$;
});

# Nothing is remembered after a change of one of the tables themselves.
my $forget = q{ALTER TABLE authz.permissions ALTER category SET STATISTICS 100};
my $all = q{FROM generate_series(1, 300) AS id, unnest('{user:m1,user:m2,user:m3}'::authz.subject[]) AS s};
my @cases = (
	[ 'first check', q{SELECT authz.has_permission('user:m1'::authz.subject, 'project.view', 1)}, $forget ],
	[ 'many subjects', q{SELECT count(authz.has_permission(('user:x' || id)::authz.subject, 'project.view', 1)) FROM generate_series(1, 300) AS id}, $forget ],
	[ 'many resources', qq{SELECT count(authz.has_permission(s, 'doc.read', id)) $all}, $forget ],
	[ 'many resources, text ids', qq{SELECT count(authz.has_permission(s, 'doc.read', id::text || 'x')) $all}, $forget ],
	[ 'uuids', q{SELECT count(authz.has_permission('user:m1'::authz.subject, 'doc.read', md5(id::text)::uuid)) FROM generate_series(1, 300) AS id}, $forget ],
	[ 'lists', q{SELECT count(authz.permitted_ids(s, 'doc.read', NULL::bigint)) FROM unnest('{user:m1,user:m2}'::authz.subject[]) AS s}, $forget ],
	[ 'sets', q{SELECT count(authz.permissions_on(s, r)) FROM unnest('{user:m1,user:m2}'::authz.subject[]) AS s, unnest('{project:1,organization:1,doc:1}'::authz.resource[]) AS r}, $forget ],
	[ 'members', q{SELECT count(*) FROM authz.list_subjects('project.view', 'project:1')}, $forget ],
	[ 'planner', q{SELECT count(*) FROM docs WHERE authz.has_permission('user:m1'::authz.subject, 'doc.read', id)}, $forget ],
	[ 'tracked rows', q{INSERT INTO docs SELECT g, 1 + g % 3 FROM generate_series(1001, 1040) AS g; UPDATE docs SET project_id = 3 WHERE id > 1020; DELETE FROM docs WHERE id > 1000}, 'SELECT' ],
	[ 'grant and revoke', q{SELECT authz.grant_role('user:y', 'reader', 'project:4'); SELECT authz.revoke_role('user:y', 'reader', 'project:4')}, 'SELECT' ]);
for my $case (@cases)
{
	my ($name, $statement, $prepare) = @$case;
	my ($status, $out, $err) = $node->psql('postgres', "CALL fail_each(\$q\$$statement\$q\$, \$q\$$prepare\$q\$, 0)");
	is($status, 0, "$name: every answer is right after a failure") or diag($err);
	cmp_ok($out || 0, '>', 10, "$name: " . ($out || 0) . ' allocations failed');
}
is($node->safe_psql('postgres', 'SELECT count(*) FROM authz.validate()'), '0', 'the rules hold');
is($node->safe_psql('postgres', q{SELECT count(*) FROM docs FULL JOIN authz.resources AS r ON r.resource = ('doc:' || docs.id)::authz.resource
	WHERE r.resource_type = 'doc' AND docs.id IS NULL OR r.id IS NULL}), '0', 'resources are those of the rows');
unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'no crash');
$node->stop;

done_testing();
