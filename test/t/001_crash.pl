# After a crash the answers are those of the last commits: nothing that was
# committed is lost, nothing that was not is granted or revoked.

use strict;
use warnings;

use Authz::Cluster;
use Test::More;

my $node = Authz::Cluster->new('crash');
# The crash must find the commits in the WAL and nowhere else.
$node->append_conf('postgresql.conf', 'checkpoint_timeout = 1h');
$node->start;
$node->install;

$node->safe_psql('postgres', q{
	SELECT authz.grant_role('user:alice', 'writer', 'project:1');
	SELECT authz.grant_role('user:carol', 'writer', 'project:1');
	SELECT authz.revoke_role('user:carol', 'writer', 'project:1');
	SELECT authz.grant_role('user:dave', 'reader', 'project:1');
});

my $open = $node->session;
$open->query('BEGIN');
$open->query(q{SELECT authz.grant_role('user:bob', 'writer', 'project:1')});
$open->query(q{SELECT authz.revoke_role('user:dave', 'reader', 'project:1')});
$open->query(q{SELECT authz.remove_permissions(authz.role_id('writer', 'project'), ARRAY['project.push'])});
is($open->query(q{SELECT authz.has_permission('user:bob', 'project.view', 1)}), 't', 'the open transaction sees its grant');
is($open->query(q{SELECT authz.has_permission('user:dave', 'project.view', 1)}), 'f', 'and its revoke');
is($open->query(q{SELECT authz.has_permission('user:alice', 'project.push', 1)}), 'f', 'and its change of a role');

# What was written by the open transaction must be in the WAL, or the crash would prove nothing.
$node->safe_psql('postgres', q{SELECT authz.grant_role('user:erin', 'reader', 'project:2')});

# The postmaster and every process of it, as a power cut would.
my @processes = split /\n/, $node->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity');
$node->kill9;
kill 'KILL', @processes;
$open->quit;
# The shared memory of the dead server is free once they are all gone.
for (1 .. 100)
{
	last unless grep { kill 0, $_ } @processes;
	select undef, undef, undef, 0.1;
}
$node->start;

is($node->ask('user:alice', 'project.push', 1), 't', 'a committed grant survives');
is($node->ask('user:carol', 'project.view', 1), 'f', 'a committed revoke survives');
is($node->ask('user:erin', 'project.view', 2), 't', 'the last commit before the crash survives');
is($node->ask('user:bob', 'project.view', 1), 'f', 'an uncommitted grant is gone');
is($node->ask('user:dave', 'project.view', 1), 't', 'an uncommitted revoke is gone');
is($node->safe_psql('postgres', q{
		SELECT count(*) FROM authz.audit_log WHERE object LIKE '%bob%'
	}), '0', 'and so is its audit row');

# The surrogate keys go on from where they were.
$node->safe_psql('postgres', q{SELECT authz.grant_role('user:bob', 'reader', 'project:1')});
is($node->ask('user:bob', 'project.view', 1), 't', 'a new grant works');
is($node->ask('user:bob', 'project.push', 1), 'f', 'and gives what it says');

$node->stop;
done_testing();
