# A subscriber of authz's tables answers locally, and a session there that has
# asked before sees a revoke as soon as it is applied.

use strict;
use warnings;

use Authz::Cluster;
use Test::More;

my $publisher = Authz::Cluster->new('publisher', allows_streaming => 'logical');
$publisher->start;
my $subscriber = Authz::Cluster->new('subscriber', allows_streaming => 'logical');
$subscriber->start;

$publisher->install;
$publisher->safe_psql('postgres', q{
	SELECT authz.create_team('team:x', 'organization:1');
	SELECT authz.create_team('team:y', 'organization:1', parent => 'team:x');
	SELECT authz.add_member('organization:1', 'user:alice');
	SELECT authz.add_member('team:y', 'user:alice');
	SELECT authz.grant_role('team:x', 'writer', 'project:1');
	SELECT authz.grant_role('user:bob', 'reader', 'project:2');
	CREATE PUBLICATION authz FOR TABLES IN SCHEMA authz;
});
$subscriber->safe_psql('postgres', 'CREATE EXTENSION authz');
my $connstr = $publisher->connstr . ' dbname=postgres';
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION authz CONNECTION '$connstr' PUBLICATION authz");
$subscriber->wait_for_subscription_sync($publisher, 'authz');

sub catch_up
{
	$publisher->wait_for_catchup('authz');
	return;
}

my $session = $subscriber->session;
is($session->query(q{SELECT authz.has_permission('user:alice', 'project.push', 1)}), 't', 'the initial copy answers');
is($session->query(q{SELECT authz.has_permission('user:bob', 'project.view', 2)}), 't', 'for all subjects');

# Remembered answers, inside a transaction, must go with what is applied.
$session->query('BEGIN ISOLATION LEVEL REPEATABLE READ');
$session->query(q{SELECT authz.has_permission('user:bob', 'project.view', 2)});
$publisher->safe_psql('postgres', q{SELECT authz.revoke_role('user:bob', 'reader', 'project:2')});
catch_up();
is($session->query(q{SELECT authz.has_permission('user:bob', 'project.view', 2)}), 'f', 'an applied revoke');
$session->query('COMMIT');

$publisher->safe_psql('postgres', q{SELECT authz.grant_role('user:bob', 'reader', 'project:3')});
catch_up();
is($session->query(q{SELECT authz.has_permission('user:bob', 'project.view', 3)}), 't', 'an applied grant');

$publisher->safe_psql('postgres', q{SELECT authz.remove_permissions(authz.role_id('writer', 'project'), '{project.push}')});
catch_up();
is($session->query(q{SELECT authz.has_permission('user:alice', 'project.push', 1)}), 'f', 'an applied change of a role');
is($session->query(q{SELECT authz.has_permission('user:alice', 'project.view', 1)}), 't', 'leaves the rest');

$publisher->safe_psql('postgres', q{
	SELECT authz.apply('{"resource_types": [{"name": "folder", "parent": ["folder", "organization"], "max_inherits": 2}],
		"permissions": [{"name": "folder.view", "resource_type": "folder"}, {"name": "folder.edit", "resource_type": "folder"}],
		"roles": [{"name": "v", "resource_type": "folder", "permissions": ["folder.view"]}, {"name": "e", "resource_type": "folder", "permissions": ["folder.edit"]},
		          {"name": "both", "resource_type": "folder", "inherits": ["v", "e"]}]}');
	SELECT authz.create_resource('folder:1', 'organization:1'), authz.create_resource('folder:2', 'folder:1'), authz.create_resource('folder:3', 'folder:2');
	SELECT authz.grant_role('user:carl', 'both', 'folder:1')});
catch_up();
my $carl = q{SELECT authz.permissions_on('user:carl'::authz.subject, 'folder:3'::authz.resource)};
is($session->query($carl), '{folder.edit,folder.view}', 'nested folders, and a role that inherits several');
$publisher->safe_psql('postgres', q{SELECT authz.set_inherits(authz.role_id('both', 'folder'), 'v')});
catch_up();
is($session->query($carl), '{folder.view}', 'an applied change of what a role inherits');
$publisher->safe_psql('postgres', q{SELECT authz.move_resource('folder:2', 'organization:1')});
catch_up();
is($session->query($carl), '{}', 'an applied move of a folder');

$publisher->safe_psql('postgres', q{SELECT authz.move_team('team:y', NULL)});
catch_up();
is($session->query(q{SELECT authz.has_permission('user:alice', 'project.view', 1)}), 'f', 'an applied move of a team');

$publisher->safe_psql('postgres', q{SELECT authz.create_resource('project:77', parent => 'organization:1')});
$publisher->safe_psql('postgres', q{SELECT authz.grant_role('user:alice', 'manager', 'organization:1')});
catch_up();
is($session->query(q{SELECT authz.has_permission('user:alice', 'project.view', 77)}), 't', 'an applied resource');

$publisher->safe_psql('postgres', q{SELECT authz.remove_member('organization:1', 'user:alice')});
catch_up();
is($session->query(q{SELECT authz.permitted_ids('user:alice', 'project.view', NULL::int)}), '{}', 'an applied removal of a member, with all that follows from it');

# The two hold the same: rows came over once, whatever triggers there are on both sides.
for my $table (split /\n/, $publisher->safe_psql('postgres', q{
		SELECT relname FROM pg_class WHERE relnamespace = 'authz'::regnamespace AND relkind = 'r' ORDER BY 1}))
{
	my $query = "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM authz.$table AS t";
	is($subscriber->safe_psql('postgres', $query), $publisher->safe_psql('postgres', $query), "$table is the same on both");
}

$session->quit;
$subscriber->stop;
$publisher->stop;
done_testing();
