# A hot standby answers as of what it has replayed: a session there that has
# asked before, and remembers, sees a revoke as soon as the standby has it.

use strict;
use warnings;

use Authz::Cluster;
use Test::More;

my $primary = Authz::Cluster->new('primary', allows_streaming => 1);
$primary->start;
$primary->install;
$primary->safe_psql('postgres', q{
	SELECT authz.grant_role('user:alice', 'writer', 'project:1');
	SELECT authz.grant_role('user:bob', 'reader', 'project:1');
	CREATE TABLE projects (id int PRIMARY KEY);
	INSERT INTO projects SELECT generate_series(1, 10);
	ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
	CREATE POLICY may_view ON projects FOR SELECT USING (authz.has_permission('project.view', id));
	CREATE ROLE web LOGIN;
	GRANT SELECT ON projects TO web;
	GRANT SET ON PARAMETER authz.subject TO web;
});

$primary->backup('backup');
my $standby = Authz::Cluster->adopt(PostgreSQL::Test::Cluster->new('standby'));
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;

sub catch_up
{
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
	return;
}

catch_up();
my $session = $standby->session;
is($session->query(q{SELECT authz.has_permission('user:alice', 'project.push', 1)}), 't', 'the standby answers');
is($session->query(q{SELECT authz.permissions_on('user:bob', 'project:1')}), '{project.view}', 'and lists');
# In one transaction of the standby, whose snapshot is older than the revoke.
$session->query('BEGIN ISOLATION LEVEL REPEATABLE READ');
$session->query(q{SELECT authz.has_permission('user:alice', 'project.view', 1)});

$primary->safe_psql('postgres', q{SELECT authz.revoke_role('user:alice', 'writer', 'project:1')});
catch_up();
is($session->query(q{SELECT authz.has_permission('user:alice', 'project.push', 1)}), 'f', 'a replayed revoke is seen inside a transaction');
is($session->query(q{SELECT authz.has_permission('user:bob', 'project.view', 1)}), 't', 'others keep what they have');
$session->query('COMMIT');

$primary->safe_psql('postgres', q{SELECT authz.grant_role('user:carol', 'manager', 'organization:1') FROM authz.add_member('organization:1', 'user:carol')});
catch_up();
is($session->query(q{SELECT cardinality(authz.permitted_ids('user:carol', 'project.view', NULL::int))}), '10', 'a replayed grant is seen');

# Row-level security through a login role.
my $web = Authz::Session->new($standby->connstr('postgres') . ' user=web');
$web->query(q{SET authz.subject = 'user:carol'});
is($web->query('SELECT count(*) FROM projects'), '10', 'row-level security on the standby');
$primary->safe_psql('postgres', q{SELECT authz.remove_member('organization:1', 'user:carol')});
catch_up();
is($web->query('SELECT count(*) FROM projects'), '0', 'and after leaving the organization');

# A change of a role reaches its holders, a rolled back one does not.
$primary->safe_psql('postgres', q{SELECT authz.add_permissions(authz.role_id('reader', 'project'), '{project.push}')});
catch_up();
is($session->query(q{SELECT authz.has_permission('user:bob', 'project.push', 1)}), 't', 'a changed role');
$primary->safe_psql('postgres', q{BEGIN; SELECT authz.remove_permissions(authz.role_id('reader', 'project'), '{project.push}'); ROLLBACK});
catch_up();
is($session->query(q{SELECT authz.has_permission('user:bob', 'project.push', 1)}), 't', 'a rollback');

# Nothing can be changed there, and the refusal is PostgreSQL's.
my ($result, $out, $err) = $standby->psql('postgres', q{SELECT authz.grant_role('user:eve', 'reader', 'project:1')});
like($err, qr/read-only transaction/, 'a standby grants nothing');

$_->quit for $session, $web;

# Promoted, it goes on as the primary.
$primary->stop;
$standby->promote;
$standby->safe_psql('postgres', q{SELECT authz.revoke_role('user:bob', 'reader', 'project:1')});
is($standby->ask('user:bob', 'project.view', 1), 'f', 'the promoted standby takes changes');
$standby->stop;
done_testing();
