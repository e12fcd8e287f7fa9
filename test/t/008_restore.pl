# A dump brings everything back by every way of restoring it, the audit log and the
# sequences unchanged; what is broken in it makes the restore fail; and what tells a
# restore from other work is no way in for others.

use strict;
use warnings;

use Authz::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = Authz::Cluster->new('main');
$node->start;
$node->install;
$node->safe_psql('postgres', q{
	SELECT authz.create_resource('organization:2'), authz.create_resource('project:21', parent => 'organization:2');
	SELECT authz.add_member('organization:1', 'user:' || u) FROM unnest('{alice,bob}'::text[]) AS u;
	SELECT authz.create_team('team:all', 'organization:1'), authz.create_team('team:part', 'organization:1', parent => 'team:all');
	SELECT authz.add_member('team:part', 'bob');
	-- A role that builds on one with a greater id, so that no order of rows is right.
	SELECT authz.create_role('upper', 'project', owner => 'organization:1');
	SELECT authz.create_role('lower', 'project', owner => 'organization:1', permissions => '{project.view}');
	SELECT authz.set_inherits(authz.role_id('upper', 'project', 'organization:1'), 'lower');
	SELECT authz.grant_role('team:all', 'upper', 'project:3');
	SELECT authz.grant_role('alice', 'manager', 'organization:1', expires_at => '2999-01-01');
	SELECT authz.grant_role('bob', 'writer', 'project:4');
	SELECT authz.revoke_role('bob', 'writer', 'project:4');
});

my $before = $node->contents('postgres');
my $dir = $node->basedir;
my $connstr = $node->connstr('postgres');
my $count = 0;

# Restores into a new database; returns its name, the exit status and stderr.
sub restore
{
	my (@command) = @_;
	my $database = 'restored' . ++$count;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run([ @command, '-d', $node->connstr($database) ], '<', \'', '>', \$out, '2>', \$err);
	return ($database, $ok, $err);
}

command_ok([ 'pg_dump', '-Fc', '-f', "$dir/custom", $connstr ], 'a dump in custom format');
command_ok([ 'pg_dump', '-f', "$dir/plain", $connstr ], 'a plain dump');
command_ok([ 'pg_dump', '--inserts', '-f', "$dir/inserts", $connstr ], 'a dump of INSERT commands');

my @psql = ('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1');
foreach my $way (
	[ 'pg_restore', 'pg_restore', '-e', "$dir/custom" ],
	[ 'pg_restore -j4', 'pg_restore', '-e', '-j4', "$dir/custom" ],
	[ 'pg_restore -1', 'pg_restore', '-1', "$dir/custom" ],
	[ 'psql', @psql, '-f', "$dir/plain" ],
	[ 'psql -1', @psql, '-1', '-f', "$dir/plain" ],
	[ 'psql with INSERT commands', @psql, '-f', "$dir/inserts" ])
{
	my ($name, @command) = @$way;
	my ($database, $ok, $err) = restore(@command);
	ok($ok, "$name succeeds") or diag($err);
	is($node->contents($database), $before, "$name brings every row and sequence back");
	is($node->ask('user:bob', 'project.view', 3, $database), 't', "has_permission answers after $name");

	# Ordinary life goes on: rules hold, changes are audited.
	$node->safe_psql($database, q{SELECT authz.grant_role('carol', 'reader', 'project:5')});
	is($node->safe_psql($database, q{SELECT sentence FROM authz.audit_trail ORDER BY id DESC LIMIT 1}) =~ /granted "user:carol"/, 1, "changes are audited after $name");
	my ($status, $stdout, $stderr) = $node->psql($database, q{SELECT authz.grant_role('team:all', 'reader', 'project:21')});
	like($stderr, qr/team:all cannot hold roles on project:21/, "rules hold after $name");
	is($node->safe_psql($database, 'SELECT count(*) FROM authz_internal.restored_tables'), '0', "nothing is pending after $name");
}

# With replica mode for all of it, as some do to save time.
{
	local $ENV{PGOPTIONS} = '-c session_replication_role=replica';
	my ($database, $ok, $err) = restore('pg_restore', '-e', "$dir/custom");
	ok($ok, 'a restore in replica mode succeeds') or diag($err);
	is($node->contents($database), $before, 'and brings everything back');
}

# Data only, into a database that has the extension.
command_ok([ 'pg_dump', '-Fc', '--data-only', '-f', "$dir/data", $connstr ], 'a dump of data only');
$node->safe_psql('postgres', 'CREATE DATABASE data_only');
$node->safe_psql('data_only', 'CREATE EXTENSION authz');
command_ok([ 'pg_restore', '-e', '-j2', '-d', $node->connstr('data_only'), "$dir/data" ], 'data only are restored');
is($node->contents('data_only'), $before, 'and are all there');

# A dump that somebody has changed.
sub tampered
{
	my ($from, $to) = @_;
	my $dump = slurp_file("$dir/plain");
	$dump =~ s/$from/$to/ or die "the dump has no $from";
	open(my $file, '>', "$dir/tampered") or die;
	print $file $dump;
	close($file);
	return restore(@psql, '-f', "$dir/tampered");
}

my $team = $node->safe_psql('postgres', q{SELECT id FROM authz.subjects WHERE subject = 'team:all'});
my $elsewhere = $node->safe_psql('postgres', q{SELECT id FROM authz.resources WHERE resource = 'project:21'});
my $row = $node->safe_psql('postgres', qq{SELECT id || E'\\t' || subject_id || E'\\t' || role_id || E'\\t' FROM authz.assignments WHERE subject_id = $team});
my $home = $node->safe_psql('postgres', qq{SELECT resource_id FROM authz.assignments WHERE subject_id = $team});
my ($database, $ok, $err) = tampered(qr/^\Q$row\E$home\t/m, "$row$elsewhere\t");
ok(!$ok, 'a row that breaks a rule makes the restore fail');
like($err, qr/restored data of authz break rule "assignment_owner"/, 'by its name');
like($err, qr/role "upper" cannot be assigned on project:21/, 'in words');
($database, $ok, $err) = tampered(qr/^(\d+)\tuser:bob\t.*\n/m, '');
ok(!$ok, 'a missing row makes the restore fail');
like($err, qr/violates foreign key constraint/, 'by its foreign key');

# Not all tables: checked before the next ordinary write.
command_ok([ 'pg_dump', '-Fc', '--exclude-table-data=authz.audit_log', '-f', "$dir/partial", $connstr ], 'a dump without the audit log');
($database, $ok, $err) = restore('pg_restore', '-e', "$dir/partial");
ok($ok, 'is restored');
isnt($node->safe_psql($database, 'SELECT count(*) FROM authz_internal.restored_tables'), '0', 'is not checked yet');
$node->safe_psql($database, q{SELECT authz.grant_role('carol', 'reader', 'project:5')});
is($node->safe_psql($database, 'SELECT count(*) FROM authz_internal.restored_tables'), '0', 'is checked before the next write');
command_ok([ 'pg_dump', '-Fc', '--exclude-table-data=authz.memberships', '-f', "$dir/partial", $connstr ], 'a dump without members');
($database, $ok, $err) = restore('pg_restore', '-e', "$dir/partial");
ok($ok, 'is restored, too');
is($node->safe_psql($database, 'SELECT count(*) FROM authz.validate()'), '0', 'here nothing needs them');
$node->safe_psql($database, q{
	SET session_replication_role = replica;
	DELETE FROM authz.subjects WHERE subject = 'team:all'});
my ($status, $stdout, $stderr) = $node->psql($database, q{SELECT authz.grant_role('carol', 'reader', 'project:5')});
like($stderr, qr/restored data of authz break rule/, 'what does not fit together is not written on');

# What tells a restore from other work gives nothing to anybody else.
my $settings = q{SET search_path = ''; SET row_security = off; SET check_function_bodies = off;};
$node->safe_psql('postgres', q{
	CREATE ROLE writer LOGIN;
	GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA authz TO writer;
	GRANT USAGE ON ALL SEQUENCES IN SCHEMA authz TO writer;
	CREATE DATABASE empty;
});
$node->safe_psql('empty', q{
	CREATE EXTENSION authz;
	GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA authz TO writer;
	GRANT USAGE ON ALL SEQUENCES IN SCHEMA authz TO writer;
	-- A function of the owner that anybody may call.
	CREATE FUNCTION public.add_type() RETURNS void LANGUAGE sql SECURITY DEFINER AS
		'INSERT INTO authz.resource_types (name, parent, other_parents) VALUES (''a'', ''a'', ''{b}'')';
});
($status, $stdout, $stderr) = $node->psql('empty', "$settings INSERT INTO authz.resource_types (name, parent, other_parents) VALUES ('a', 'a', '{b}')",
	extra_params => [ '-U', 'writer' ]);
like($stderr, qr/cannot be a parent of resource type/, 'an administrator who is not the owner cannot pass by the rules');
($status, $stdout, $stderr) = $node->psql('empty', "$settings SELECT public.add_type()", extra_params => [ '-U', 'writer' ]);
like($stderr, qr/cannot be a parent of resource type/, 'nor can anybody through a function of the owner');
($status, $stdout, $stderr) = $node->psql('empty', "$settings INSERT INTO authz.audit_log (event, database_role, object) VALUES ('x', 'y', 'z')",
	extra_params => [ '-U', 'writer' ]);
like($stderr, qr/the audit log is append-only/, 'the audit log takes nothing from them');
($status, $stdout, $stderr) = $node->psql('postgres', "$settings INSERT INTO authz.audit_log (event, database_role, object) VALUES ('x', 'y', 'z')");
like($stderr, qr/the audit log is append-only/, 'nor from the owner where it is in use');
($status, $stdout, $stderr) = $node->psql('postgres', "$settings INSERT INTO authz.resource_types (name, parent, other_parents) VALUES ('a', 'a', '{b}')");
like($stderr, qr/cannot be a parent of resource type/, 'the owner cannot pass by the rules by accident where tables are in use');
is($node->contents('postgres'), $before, 'nothing of this left a trace');

# A session that has restored a dump is an ordinary one afterwards.
$node->safe_psql('postgres', 'CREATE DATABASE session');
$node->safe_psql('session', "\\i $dir/plain\nDELETE FROM authz.assignments; SELECT authz.grant_role('carol', 'reader', 'project:5');");
is($node->safe_psql('session', q{SELECT count(*) FROM authz.audit_log WHERE event = 'assignment.create' AND object LIKE '%carol%'}), '1',
	'a session audits again when the restore is over');

$node->stop;
done_testing();
