# In a cluster that has counted beyond 2^31 the OIDs of our own tables look like the
# keys under which changes are announced: they are told apart.

use strict;
use warnings;

use Authz::Cluster;
use Test::More;

for my $next (2200000000, 2952790016)
{
	my $node = Authz::Cluster->new("oids_$next");
	PostgreSQL::Test::Utils::system_or_bail('pg_resetwal', '-o', $next, $node->data_dir);
	$node->start;
	$node->install;
	cmp_ok($node->safe_psql('postgres', q{SELECT min(oid::bigint) FROM pg_class WHERE relnamespace = 'authz'::regnamespace}),
		'>=', 2**31, 'the tables have high OIDs');
	$node->safe_psql('postgres', q{SELECT authz.grant_role('user:alice', 'reader', 'project:' || i) FROM generate_series(1, 9) AS i});

	my $session = $node->session;
	is($session->query(q{SELECT authz.has_permission('user:alice', 'project.view', 1)}), 't', 'granted');
	my $id = 1;
	for my $utility (
		(map { "REINDEX TABLE CONCURRENTLY authz.$_" } qw(resources assignments subjects roles permissions memberships)),
		'VACUUM FULL authz.assignments', 'CLUSTER authz.resources USING resources_pkey', 'REINDEX SCHEMA authz',
		'ALTER TABLE authz.roles ADD COLUMN note text', 'ANALYZE authz.subjects')
	{
		$node->safe_psql('postgres', $utility);
		is($session->query("SELECT authz.has_permission('user:alice', 'project.view', " . ($id++ % 9 + 1) . ')'), 't', "after $utility");
		is($session->query("SELECT authz.has_permission('user:bob', 'project.view', $id)"), 'f', 'and no more');
	}

	# Changes are noticed, where the trigger of a table is off as well.
	$node->safe_psql('postgres', q{SELECT authz.revoke_role('user:alice', 'reader', 'project:1')});
	is($session->query(q{SELECT authz.has_permission('user:alice', 'project.view', 1)}), 'f', 'a revoke');
	$node->safe_psql('postgres', q{ALTER TABLE authz.assignments DISABLE TRIGGER a_invalidate});
	is($session->query(q{SELECT authz.has_permission('user:alice', 'project.view', 2)}), 't', 'nothing is remembered');
	$node->safe_psql('postgres', q{SELECT authz.revoke_role('user:alice', 'reader', 'project:2')});
	is($session->query(q{SELECT authz.has_permission('user:alice', 'project.view', 2)}), 'f', 'without announcements');
	is($session->query(q{SELECT count(*) FROM authz.validate()}), '0', 'the rules hold');
	$session->quit;
	$node->stop;
}

done_testing();
