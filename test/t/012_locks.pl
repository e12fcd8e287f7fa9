# Who waits for whom.  An apply that only waits keeps nobody waiting, a long transaction of one
# tenant no other tenant; and single calls never end in a deadlock.
#
# AUTHZ_MIX_SECONDS makes the random mix longer.

use strict;
use warnings;

use Authz::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = $ENV{AUTHZ_MIX_SECONDS} // 8;
my $node = Authz::Cluster->new('locks');
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION authz;
	SELECT FROM authz.apply('{"resource_types": [
	    {"name": "organization", "has_members": true, "base_permissions": ["none", "reader"], "max_custom_roles": 20},
	    {"name": "project", "parent": "organization", "roles_for": "anyone", "exclusive_roles": true}],
	  "permissions": [
	    {"name": "organization.view", "resource_type": "organization"},
	    {"name": "project.view", "resource_type": "project"},
	    {"name": "project.push", "resource_type": "project"}],
	  "roles": [
	    {"name": "reader", "resource_type": "project", "permissions": ["project.view"]},
	    {"name": "writer", "resource_type": "project", "inherits": "reader"},
	    {"name": "owner", "resource_type": "organization", "permissions": ["organization.view"], "base_roles": ["project:reader"], "min_holders": 1}]}');
});
$node->safe_psql('postgres', PostgreSQL::Test::Utils::slurp_file("$ENV{TESTDIR}/test/locks/$_.sql")) for qw(outcomes mix);
$node->safe_psql('postgres', q{
	SELECT authz.add_member('organization:' || o, 'user:m' || o || '_' || n) FROM generate_series(1, 4) AS o, generate_series(1, 3) AS n;
	SELECT authz.grant_role('user:m' || o || '_' || n, 'owner', 'organization:' || o) FROM generate_series(1, 4) AS o, generate_series(1, 2) AS n;
	SELECT authz.create_role('kept', 'project', owner => 'organization:' || o) FROM generate_series(1, 4) AS o;
	SELECT authz.create_team('team:kept' || o, 'organization:' || o) FROM generate_series(1, 4) AS o;
});

# What the other tenants, 1 and 2, do meanwhile; project 4 is of organization 1.
my @calls = (
	q{authz.has_permission('user:m1_1'::authz.subject, 'project.view', 4)},
	q{authz.grant_role('user:m1_1', 'reader', 'project:4')},
	q{authz.grant_role('user:newcomer', 'reader', 'project:4')},
	q{authz.revoke_role('user:m1_1', 'reader', 'project:4')},
	q{authz.grant_role('user:m1_3', 'owner', 'organization:1')},
	q{authz.revoke_role('user:m1_1', 'owner', 'organization:1')},
	q{authz.add_member('organization:1', 'user:newcomer')},
	q{authz.remove_member('organization:1', 'user:m1_3')},
	q{authz.create_team('team:new', 'organization:1')},
	q{authz.move_team('team:kept1', NULL)},
	q{authz.create_role('new', 'project', owner => 'organization:1')},
	q{authz.add_permissions(authz.role_id('kept', 'project', 'organization:1'), '{project.push}')},
	q{authz.rename_role(authz.role_id('kept', 'project', 'organization:1'), 'renamed')},
	q{authz.set_inherits(authz.role_id('kept', 'project', 'organization:1'), 'reader')},
	q{authz.drop_role(authz.role_id('kept', 'project', 'organization:1'))},
	q{authz.set_base_permission('organization:1', 'reader')},
	q{authz.drop_user('user:m1_3')},
	q{authz.explain('user:m1_1', 'project.view', 'project:4')});

sub nobody_waits
{
	my ($name) = @_;
	my @waits;
	for my $call (@calls)
	{
		my ($status, $out, $err) = $node->psql('postgres', "BEGIN; SET LOCAL lock_timeout = '300ms'; SELECT $call; ROLLBACK");
		push @waits, "$call: $err" if $err =~ /ERROR/;
	}
	my ($status, $out, $err) = $node->psql('postgres', q{BEGIN; SET LOCAL lock_timeout = '300ms'; INSERT INTO docs VALUES (9999, 2); ROLLBACK});
	push @waits, "INSERT: $err" if $err =~ /ERROR/;
	is(join("\n", @waits), '', $name);
}

my $document = q{(SELECT authz.export())};
my $holder = $node->session;
my $other = $node->session;

# A transaction that goes on and on, and an apply: of what is so already, ...
$holder->query(q{BEGIN; SELECT authz.grant_role('user:m3_1', 'reader', 'project:2')});
is($other->query("SET lock_timeout = '300ms'; SELECT count(*) FROM authz.apply($document)"), '0', 'an apply that changes nothing needs no lock');
is($other->query("SELECT count(*) FROM authz.apply($document, dry_run => true)"), '0', 'nor does its dry run');
is($other->query(q{UPDATE authz.permissions SET description = 'x' WHERE name = 'project.view' RETURNING 'done'}), 'done', 'nor another description');
is($other->query(q{UPDATE authz.resource_types SET description = 'x' WHERE name = 'project' RETURNING 'done'}), 'done', 'of a type as well');

# ... and of something else, which tries again and again, while everybody goes on, ...
my $n = 0;
for my $dry ('true', 'false')
{
	my $change = sprintf q{SELECT count(*) FROM authz.apply('{"permissions": [{"name": "project.later%d", "resource_type": "project"}]}', dry_run => %s)}, $n++, $dry;

	$other->query("SET lock_timeout = '60s'");
	$other->send($change);
	nobody_waits("nobody waits for an apply that waits (dry run: $dry)");
	$holder->query('COMMIT');
	is($other->result, '1', 'it goes on when the other transaction is over');

	# ... and gives up.
	$holder->query(q{BEGIN; SELECT authz.grant_role('user:m3_1', 'writer', 'project:2'), authz.grant_role('user:m3_1', 'reader', 'project:2')});
	$change =~ s/later/never/;
	$other->query("SET lock_timeout = '200ms'; $change");
	like($other->errors, qr/could not lock the model of authz within 200 ms/, 'or gives up');
}
$holder->query('ROLLBACK');

# Much in one transaction, of tenants 3 and 4.
for my $much (
	q{SELECT count(authz.grant_role('user:n' || g, 'reader', 'project:' || 2 + 4 * (g % 9))) FROM generate_series(1, 1100) AS g},
	q{INSERT INTO authz.assignments (subject_id, role_id, resource_id, source)
	  SELECT s.id, r.id, x.id, 'bulk' || g FROM authz.subjects AS s, authz.roles AS r, authz.resources AS x, generate_series(1, 100) AS g
	  WHERE s.subject = 'user:m3_1' AND r.name = 'reader' AND x.resource::text ~ '^project:' AND x.parent_id = (SELECT o.id FROM authz.resources AS o WHERE o.resource = 'organization:3')},
	q{DO $$ BEGIN FOR i IN 1..1100 LOOP PERFORM authz.rename_role(r.id, 'name' || i) FROM authz.roles AS r JOIN authz.resources AS o ON o.id = r.owner_id WHERE o.resource = 'organization:3' AND r.name <> 'x'; END LOOP; END $$},
	q{DELETE FROM authz.assignments AS a USING authz.resources AS r WHERE r.id = a.resource_id AND r.parent_id = (SELECT o.id FROM authz.resources AS o WHERE o.resource = 'organization:3')},
	q{SELECT authz.remove_member('organization:3', 'user:m3_2'), authz.drop_resource('organization:4')})
{
	$holder->query("BEGIN; $much");
	unlike($holder->errors, qr/ERROR/, substr($much, 0, 50));
	nobody_waits('keeps no other tenant waiting');
	$holder->query('ROLLBACK');
}
$_->quit for ($holder, $other);

# Everything at once: whatever single calls end with, it is not a deadlock.
$node->append_conf('postgresql.conf', "deadlock_timeout = 100\nlock_timeout = 2000\nclient_min_messages = error\n");
$node->reload;
my $script = $node->basedir . "/mix.sql";
PostgreSQL::Test::Utils::append_to_file($script, "SELECT mix();\n");
$node->safe_psql('postgres', 'CREATE DATABASE tree');
$node->safe_psql('tree', 'CREATE EXTENSION authz');
$node->safe_psql('tree', PostgreSQL::Test::Utils::slurp_file("$ENV{TESTDIR}/test/locks/$_.sql")) for qw(outcomes tree);
for my $database ('postgres', 'tree')
{
	command_ok([ 'pgbench', '-n', '-c', 8, '-j', 2, '-T', $seconds, '-f', $script, '-d', $node->connstr($database) ], "a mix of single calls in $database");
	my $count = $node->safe_psql($database, 'SELECT count(*) FROM outcomes');
	cmp_ok($count, '>', 100 * $seconds, "of $count calls");
	is($node->safe_psql($database, q{SELECT message FROM outcomes WHERE state = '40P01'}), '', 'none is a deadlock');
	is($node->safe_psql($database, q{SELECT DISTINCT message FROM outcomes WHERE state ~ '^XX' OR state IN ('23503', '23505', '40001', '53200')}), '', 'and none an internal error');
	is($node->safe_psql($database, q{SELECT DISTINCT call FROM outcomes WHERE state = '55P03'}) =~ s/^apply$//r, '', 'nobody but apply gives up');
	is($node->safe_psql($database, q{SELECT string_agg(call, ' ') FROM (SELECT call FROM outcomes GROUP BY call HAVING bool_and(state <> '00000')) AS c}), '', 'every call has worked at times');
	is($node->safe_psql($database, 'SELECT string_agg(rule || message, chr(10)) FROM authz.validate()'), '', 'the rules hold');
}
$node->stop;

done_testing();
