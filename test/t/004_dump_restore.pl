# A dump contains everything, and a restore of it, plain, serial or parallel,
# gives a database that holds the same rows and answers the same.  The audit log
# is the one that was dumped: a restore adds nothing to it.

use strict;
use warnings;

use Authz::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = Authz::Cluster->new('main');
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->install('source');
$node->safe_psql('source', q{
	SELECT authz.add_member('organization:1', 'user:' || id) FROM generate_series(1, 50) AS id;
	SELECT authz.create_team('team:parent', 'organization:1');
	-- Children that come before their parents in the order of their keys.
	SELECT authz.create_team('team:child', 'organization:1');
	SELECT authz.move_team('team:parent', 'team:child');
	SELECT authz.add_member('team:parent', 'user:1');
	SELECT authz.create_role('low', 'project', owner => 'organization:1', inherits => 'reader');
	SELECT authz.create_role('high', 'project', owner => 'organization:1', inherits => 'reader', permissions => '{project.push}');
	SELECT authz.set_inherits(authz.role_id('low', 'project', 'organization:1'), 'high');
	SELECT authz.grant_role('user:' || id, 'low', 'project:' || id % 10 + 1) FROM generate_series(2, 40) AS id;
	SELECT authz.grant_role('team:child', 'writer', 'project:3', expires_at => now() + interval '1 day');
	SELECT authz.grant_role('user:*', 'reader', 'project:10', source => 'public');
	SELECT authz.revoke_role('user:5', 'low', 'project:6');
	-- Names with upper case and slashes, and the longest one.
	SELECT authz.apply(jsonb_build_object('permissions', jsonb_agg(jsonb_build_object('name', n, 'resource_type', 'project')),
		'roles', jsonb_build_array(jsonb_build_object('name', 'Foreign', 'resource_type', 'project', 'permissions', jsonb_agg(n)))))
	FROM unnest(ARRAY['s3:GetObject', 'Microsoft.Compute/virtualMachines/read', 'NULL', repeat('Z/', 127) || 'z']) AS n;
	SELECT authz.grant_role('user:9', 'Foreign', 'project:7');
	CREATE VIEW readable AS SELECT id FROM generate_series(1, 10) AS id WHERE authz.has_permission('9', 'Microsoft.Compute/virtualMachines/read', id);
	-- Types in a cycle, folders of which the lower one is older, and a role that inherits several.
	SELECT authz.apply('{"resource_types": [{"name": "folder", "parent": ["folder", "organization", "shelf"], "max_inherits": 2}, {"name": "shelf", "parent": "folder"}],
		"permissions": [{"name": "folder.view", "resource_type": "folder"}, {"name": "folder.edit", "resource_type": "folder"}],
		"roles": [{"name": "v", "resource_type": "folder", "permissions": ["folder.view"]}, {"name": "e", "resource_type": "folder", "permissions": ["folder.edit"]},
		          {"name": "both", "resource_type": "folder", "inherits": ["v", "e"]}]}');
	SELECT authz.create_resource('folder:1', 'organization:1'), authz.create_resource('folder:2', 'organization:1'), authz.create_resource('shelf:1', 'folder:2');
	SELECT authz.move_resource('folder:1', 'shelf:1'), authz.grant_role('user:11', 'both', 'folder:2');
	-- An application's table under a policy is restored along with authz.
	CREATE TABLE projects (id int PRIMARY KEY);
	INSERT INTO projects SELECT generate_series(1, 10);
	ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
	CREATE POLICY may_view ON projects FOR SELECT USING (authz.has_permission('project.view', id));
	CREATE ROLE web LOGIN;
	GRANT SELECT ON projects TO web;
	GRANT SET ON PARAMETER authz.subject TO web;
	GRANT EXECUTE ON FUNCTION authz.create_role TO web;
	GRANT SELECT ON authz.audit_log TO web;
});

my @tables = split /\n/, $node->safe_psql('source', q{
	SELECT relname FROM pg_class WHERE relnamespace = 'authz'::regnamespace AND relkind = 'r' ORDER BY 1});
cmp_ok(scalar @tables, '>', 10, 'there are tables to compare');
cmp_ok($node->safe_psql('source', 'SELECT count(*) FROM authz.audit_log'), '>', 50, 'and an audit log');

sub contents
{
	my ($database, $table) = @_;
	return $node->safe_psql($database, "SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM authz.$table AS t");
}

my $answers = q{
	SELECT md5(string_agg(format('%s %s %s', s.subject, r.resource, authz.permissions_on(s.subject, r.resource)), '|' ORDER BY s.id, r.id))
	FROM authz.subjects AS s CROSS JOIN authz.resources AS r};

sub check_copy
{
	my ($database) = @_;
	my @different = grep { contents('source', $_) ne contents($database, $_) } @tables;
	is("@different", '', "$database: every table has the same rows");
	is($node->safe_psql($database, $answers), $node->safe_psql('source', $answers), "$database: the same answers");
	is($node->safe_psql($database, 'SELECT count(*) FROM authz.validate()'), '0', "$database: every rule holds");
	is($node->safe_psql($database, q{SET ROLE web; SET authz.subject = '3'; SELECT string_agg(id::text, ',' ORDER BY id) FROM projects}),
		'4,10', "$database: the policy works");
	is($node->safe_psql($database, q{SELECT string_agg(id::text, ',') FROM readable}), '7', "$database: a view that names a permission works");
	is($node->safe_psql($database, q{
			SELECT has_function_privilege('web', 'authz.create_role(text, text, text, text[], authz.role_names, text, text)', 'EXECUTE'),
			       has_table_privilege('web', 'authz.audit_log', 'SELECT')}), 't|t', "$database: privileges on authz's objects");

	# What is changed from now on is checked and audited again, with new keys.
	my $audited = $node->safe_psql($database, 'SELECT count(*) FROM authz.audit_log');
	$node->safe_psql($database, q{SELECT authz.grant_role('user:new', 'reader', 'project:1')});
	is($node->ask('user:new', 'project.view', 1, $database), 't', "$database: a new grant");
	cmp_ok($node->safe_psql($database, 'SELECT count(*) FROM authz.audit_log'), '>', $audited, "$database: and its audit row");
	my ($status, $out, $err) = $node->psql($database, q{SELECT authz.set_inherits(authz.role_id('high', 'project', 'organization:1'), 'low')});
	isnt($status, 0, "$database: a cycle of roles is refused");
	return;
}

my $dump = $node->basedir . '/dump';
command_ok([ 'pg_dump', '-Fp', '-f', "$dump.sql", '-d', $node->connstr('source') ], 'plain dump');
command_ok([ 'pg_dump', '-Fd', '-f', "$dump.dir", '-d', $node->connstr('source') ], 'directory dump');

$node->safe_psql('postgres', "CREATE DATABASE $_ TEMPLATE template0") for qw(plain serial parallel single);
command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', "$dump.sql", '-d', $node->connstr('plain') ], 'plain restore');
command_ok([ 'pg_restore', '-e', '-d', $node->connstr('serial'), "$dump.dir" ], 'serial restore');
command_ok([ 'pg_restore', '-e', '-j', '4', '-d', $node->connstr('parallel'), "$dump.dir" ], 'parallel restore');
command_ok([ 'pg_restore', '-e', '-1', '-d', $node->connstr('single'), "$dump.dir" ], 'restore in one transaction');
check_copy($_) for qw(plain serial parallel single);

# A dump of a restored database is restored as well.
command_ok([ 'pg_dump', '-Fd', '-f', "$dump.again", '-d', $node->connstr('parallel') ], 'dump of a restored database');
$node->safe_psql('postgres', 'CREATE DATABASE again TEMPLATE template0');
command_ok([ 'pg_restore', '-e', '-j', '4', '-d', $node->connstr('again'), "$dump.again" ], 'its restore');
is(contents('again', 'assignments'), contents('parallel', 'assignments'), 'has the same assignments');

# A dump that has lost a row is not let in silently: neither a foreign key nor a
# rule is waived for good.
sub restore_without
{
	my ($table, $pattern) = @_;
	my $broken = $node->basedir . "/without_$table.sql";
	my ($inside, $left_out) = (0, 0);
	open my $in, '<', "$dump.sql" or die $!;
	open my $out, '>', $broken or die $!;
	while (my $line = <$in>)
	{
		$inside = 1 if $line =~ /^COPY authz\.$table /;
		$inside = 0 if $line =~ /^\\\.$/;
		if ($inside && !$left_out && $line =~ $pattern) { $left_out = 1; next }
		print $out $line;
	}
	close $out;
	is($left_out, 1, "a row of $table left out");
	$node->safe_psql('postgres', "CREATE DATABASE without_$table TEMPLATE template0");
	command_fails([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-f', $broken, '-d', $node->connstr("without_$table") ],
		"a dump without a row of $table is refused");
	return;
}
restore_without('resources', qr/project:4\t/);
restore_without('memberships', qr/^\d+\t\d+$/);

$node->stop;
done_testing();
