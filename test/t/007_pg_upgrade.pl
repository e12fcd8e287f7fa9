# pg_upgrade, here to a new cluster of the same version, keeps rows, sequences,
# triggers, privileges, settings and answers; so does pg_dumpall, which also
# brings what belongs to the cluster.

use strict;
use warnings;

use Authz::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $old = Authz::Cluster->new('old');
$old->start;
$old->install;
$old->safe_psql('postgres', q{
	SELECT authz.add_member('organization:1', 'user:' || u) FROM unnest('{alice,bob}'::text[]) AS u;
	SELECT authz.create_team('team:all', 'organization:1'), authz.create_team('team:part', 'organization:1', parent => 'team:all');
	SELECT authz.add_member('team:part', 'bob');
	SELECT authz.create_role('custom', 'project', owner => 'organization:1', inherits => 'reader', permissions => '{project.push}');
	SELECT authz.grant_role('team:all', 'custom', 'project:3');
	SELECT authz.grant_role('alice', 'manager', 'organization:1', expires_at => '2999-01-01');
	SELECT authz.grant_role('bob', 'writer', 'project:4', source => 'okta');
	SELECT authz.revoke_role('bob', 'writer', 'project:4', source => 'okta');
	SELECT authz.purge_audit_log('2001-01-01');
	CREATE TABLE projects (id int PRIMARY KEY, organization int NOT NULL, owner text);
	INSERT INTO projects SELECT id, 1 FROM generate_series(1, 10) AS id;
	SELECT authz.track('projects', 'project', 'id', 'organization');
	SELECT authz.protect('projects', 'id', for_select => 'project.view', for_update => 'project.push');
	CREATE VIEW mine AS SELECT name FROM unnest(authz.permissions_on('project:3')::authz.permission[]) AS name;
	CREATE TABLE typed (subject authz.subject PRIMARY KEY, resource authz.resource, permission authz.permission, permissions authz.permission_set);
	INSERT INTO typed VALUES ('alice', 'project:1', 'project.view', '{project.view,project.push}');
	CREATE ROLE web LOGIN;
	GRANT SELECT, UPDATE ON projects TO web;
	GRANT SELECT ON mine TO web;
	GRANT SET ON PARAMETER authz.subject TO web;
	GRANT EXECUTE ON FUNCTION authz.grant_role TO web;
	GRANT SELECT ON authz.audit_trail TO web;
	ALTER ROLE web SET authz.cache_size = '8MB';
	ALTER ROLE web SET authz.index_threshold = 0.5;
	CREATE DATABASE other;
	ALTER DATABASE other SET authz.subject_source = 'request.jwt.claims->>sub';
});

# What must be the same, as lines of text.
sub state_of
{
	my ($node) = @_;
	return $node->contents . "\n" . $node->safe_psql('postgres', q{
		SELECT s.subject, r.resource, authz.permissions_on(s.subject, r.resource)
		FROM authz.subjects AS s CROSS JOIN authz.resources AS r
		ORDER BY s.id, r.id;
		SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2;
		SELECT oid::regprocedure::text, proacl FROM pg_proc WHERE pronamespace IN ('authz'::regnamespace, 'authz_internal'::regnamespace) ORDER BY 1;
		SELECT oid::regclass::text, relacl FROM pg_class WHERE relnamespace IN ('authz'::regnamespace, 'authz_internal'::regnamespace) ORDER BY 1;
		SELECT pg_describe_object(classid, objid, objsubid)
		FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
		  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'authz')
		ORDER BY 1;
		SELECT parname, paracl FROM pg_parameter_acl ORDER BY 1;
		SELECT setrole::regrole, setconfig FROM pg_db_role_setting WHERE setdatabase = 0 ORDER BY 1;
		SELECT datname, setconfig FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase ORDER BY 1;
		SELECT extversion FROM pg_extension WHERE extname = 'authz';
		SELECT * FROM typed WHERE subject = 'alice'});
}

sub check_works
{
	my ($node, $what) = @_;
	is($node->safe_psql('postgres', 'SELECT count(*) FROM authz.validate()'), '0', "$what: every rule holds");
	is($node->safe_psql('postgres', q{SET ROLE web; SET authz.subject = 'bob'; SELECT string_agg(id::text, ',' ORDER BY id) FROM projects; SELECT name FROM mine}),
		"3\nproject.push\nproject.view", "$what: policies and views work");
	is($node->safe_psql('postgres', 'SET SESSION AUTHORIZATION web; SET authz.subject = alice; SELECT authz.current_subject()'),
		'user:alice', "$what: the grant to set who asks");
	is($node->safe_psql('postgres', q{
			INSERT INTO projects VALUES (11, 1);
			SELECT FROM authz.grant_role('user:new', 'reader', 'project:11');
			SELECT authz.has_permission('user:new', 'project.view', 11);
			SELECT database_role || ' ' || event FROM authz.audit_log ORDER BY id DESC LIMIT 1}),
		"t\n" . $node->safe_psql('postgres', 'SELECT current_user') . ' assignment.create', "$what: a new row is followed, granted and audited");
	my ($status) = $node->psql('postgres', q{DELETE FROM authz.audit_log});
	isnt($status, 0, "$what: the audit log is append-only");
	return;
}

my $before = state_of($old);
command_ok([ 'pg_dumpall', '--no-sync', '-f', $old->basedir . '/all.sql', '-d', $old->connstr('postgres') ], 'pg_dumpall');
$old->stop;

my $new = Authz::Cluster->new('new');
my $bindir = $old->config_data('--bindir');
chomp $bindir;
chdir $new->basedir or die $!;
my ($out, $err) = run_command(
	[
		'pg_upgrade', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $bindir, '-B', $bindir,
		'-s', $new->host, '-p', $old->port, '-P', $new->port
	]);
unless (ok($out =~ /^Upgrade Complete/m, 'pg_upgrade'))
{
	my @logs = grep { -s } glob $new->data_dir . '/pg_upgrade_output.d/*/log/pg_upgrade_dump_*.log';
	diag($out, $err, map { slurp_file($_) =~ /^(pg_restore: (?:error|while|from).*)/ms ? substr($1, 0, 1500) : () } @logs);
	BAIL_OUT('nothing to look at');
}
$new->start;
is(state_of($new), $before, 'pg_upgrade: everything is as it was');
check_works($new, 'pg_upgrade');
$new->stop;

my $restored = Authz::Cluster->new('restored');
$restored->start;
# Our role is there already, which is the one expected error.
($out, $err) = run_command([ 'psql', '-X', '-q', '-f', $old->basedir . '/all.sql', '-d', $restored->connstr('postgres') ]);
my @errors = grep { /ERROR|FATAL/ && !/role ".*" already exists/ } split /\n/, $err;
is("@errors", '', 'a dump of the cluster is restored');
is(state_of($restored), $before, 'pg_dumpall: everything is as it was');
check_works($restored, 'pg_dumpall');
$restored->stop;

done_testing();
