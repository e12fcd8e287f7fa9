# Tracked tables through logical replication: a subscriber that tracks the table
# makes the resources itself; one that receives authz's own tables leaves it to them.
# And through dump and restore.

use strict;
use warnings;

use Authz::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = Authz::Cluster->new('publisher', allows_streaming => 'logical');
$publisher->start;
my $subscriber = Authz::Cluster->new('subscriber', allows_streaming => 'logical');
$subscriber->start;

my $tables = q{
	CREATE TABLE things (id bigint PRIMARY KEY, owner integer, note text);
	CREATE TABLE parts (id bigint, region integer, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
	CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
};
my $model = q{
	SELECT count(*) FROM authz.apply('{"resource_types": [{"name": "owner"}, {"name": "thing", "parent": "owner"}, {"name": "part"}, {"name": "folder", "parent": ["folder", "owner"]}],
		"permissions": [{"name": "thing.view", "resource_type": "thing"}],
		"roles": [{"name": "viewer", "resource_type": "thing", "permissions": ["thing.view"]}]}');
};
my $resources = q{
	SELECT string_agg(r.resource::text || coalesce('<' || p.resource::text, ''), ' ' ORDER BY r.resource)
	FROM authz.resources r LEFT JOIN authz.resources p ON p.id = r.parent_id
	WHERE r.resource_type <> 'owner'
};

# The subscriber alone has authz.
$publisher->safe_psql('postgres', $tables);
$publisher->safe_psql('postgres', q{
	INSERT INTO things VALUES (1, 1), (2, 2);
	CREATE PUBLICATION app FOR TABLE things, parts;
});
$subscriber->safe_psql('postgres', "CREATE EXTENSION authz; $tables $model");
$subscriber->safe_psql('postgres', q{
	SELECT authz.create_resource('owner:1'), authz.create_resource('owner:2');
	SELECT authz.track('things', 'thing', 'id', 'owner'), authz.track('parts', 'part', 'id');
});
my $connstr = $publisher->connstr . ' dbname=postgres';
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION app CONNECTION '$connstr' PUBLICATION app");
$subscriber->wait_for_subscription_sync($publisher, 'app');
is($subscriber->safe_psql('postgres', $resources), 'thing:1<owner:1 thing:2<owner:2', 'the initial copy');

sub apply
{
	my ($sql, $expected, $name) = @_;
	$publisher->safe_psql('postgres', $sql);
	$publisher->wait_for_catchup('app');
	is($subscriber->safe_psql('postgres', $resources), $expected, $name);
	return;
}
apply('INSERT INTO things VALUES (3, 1), (4, NULL)', 'thing:1<owner:1 thing:2<owner:2 thing:3<owner:1 thing:4', 'an applied INSERT');
apply("UPDATE things SET note = 'x'", 'thing:1<owner:1 thing:2<owner:2 thing:3<owner:1 thing:4', 'an UPDATE of something else');
apply('UPDATE things SET owner = 2 WHERE id = 1', 'thing:1<owner:2 thing:2<owner:2 thing:3<owner:1 thing:4', 'an applied UPDATE of the parent');
$subscriber->safe_psql('postgres', q{SELECT authz.grant_role('user:a', 'viewer', 'thing:3')});
apply('UPDATE things SET id = 30 WHERE id = 3', 'thing:1<owner:2 thing:2<owner:2 thing:30<owner:1 thing:4', 'an applied UPDATE of the id');
is($subscriber->safe_psql('postgres', q{SELECT authz.has_permission('user:a', 'thing.view', 30)}), 't', 'what hangs on the resource stays');
apply('DELETE FROM things WHERE id IN (2, 30)', 'thing:1<owner:2 thing:4', 'an applied DELETE');
is($subscriber->safe_psql('postgres', 'SELECT count(*) FROM authz.assignments'), '0', 'takes along what hangs on the resource');
is($subscriber->safe_psql('postgres', q{SELECT count(*) FROM authz.audit_log WHERE event = 'assignment.drop'}), '1', 'which is audited');
apply('INSERT INTO parts VALUES (7, 1), (8, 1)', 'part:7 part:8 thing:1<owner:2 thing:4', 'rows of a partition');
apply('TRUNCATE parts', 'thing:1<owner:2 thing:4', 'an applied TRUNCATE of partitions');
apply('TRUNCATE things', '', 'an applied TRUNCATE');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION app');

# Both have authz, and the resources come with authz's own tables.
$publisher->safe_psql('postgres', "CREATE DATABASE second");
$subscriber->safe_psql('postgres', "CREATE DATABASE second");
$_->safe_psql('second', "CREATE EXTENSION authz; $tables") for ($publisher, $subscriber);
$publisher->safe_psql('second', $model);
$publisher->safe_psql('second', q{
	SELECT authz.create_resource('owner:1');
	SELECT authz.track('things', 'thing', 'id', 'owner');
	INSERT INTO things VALUES (1, 1);
	CREATE PUBLICATION everything FOR ALL TABLES;
});
# As after a schema-only copy: the same triggers, whose configuration is replicated.
$subscriber->safe_psql('second', q{
	SELECT authz_internal.add_track_triggers('things', 1, 'id', '{owner}');
});
$connstr = $publisher->connstr . ' dbname=second';
$subscriber->safe_psql('second', "CREATE SUBSCRIPTION everything CONNECTION '$connstr' PUBLICATION everything");
$subscriber->wait_for_subscription_sync($publisher, 'everything', 'second');
$publisher->safe_psql('second', q{
	INSERT INTO things VALUES (2, 1), (3, NULL);
	UPDATE things SET id = 4 WHERE id = 3;
	DELETE FROM things WHERE id = 1;
});
$publisher->wait_for_catchup('everything');
for my $query ($resources, 'SELECT max(id) FROM authz.resources', 'SELECT count(*) FROM authz.audit_log')
{
	is($subscriber->safe_psql('second', $query), $publisher->safe_psql('second', $query), 'resources come once: ' . substr($query, 0, 40) =~ s/\s+/ /gr);
}

# A dump brings triggers and configuration along, once.
$subscriber->safe_psql('postgres', 'INSERT INTO things VALUES (5, 1); INSERT INTO parts VALUES (6, 1)');
my $dump = $subscriber->basedir . '.dump';
my $triggers = q{SELECT string_agg(tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text, ', ' ORDER BY tgrelid::regclass::text, tgname)
	FROM pg_trigger WHERE tgfoid = 'authz.track_rows'::regproc};
command_ok([ 'pg_dump', '-Fc', '-f', $dump, '-d', $subscriber->connstr('postgres') ], 'dump');
for my $jobs (1, 2)
{
	$subscriber->safe_psql('postgres', "CREATE DATABASE restored$jobs");
	command_ok([ 'pg_restore', '-j', $jobs, '-d', $subscriber->connstr("restored$jobs"), $dump ], "restore by $jobs jobs");
	for my $query ($triggers, $resources, 'SELECT count(*) FROM authz.audit_log')
	{
		is($subscriber->safe_psql("restored$jobs", $query), $subscriber->safe_psql('postgres', $query), 'the same after it');
	}
	$subscriber->safe_psql("restored$jobs", 'DELETE FROM things; INSERT INTO parts_1 VALUES (9, 1)');
	is($subscriber->safe_psql("restored$jobs", $resources), 'part:6 part:9', 'and goes on being tracked');
}

# Schema and data by themselves: the triggers are there before the data, and the
# resources come once, with the dump, whatever comes first.
$publisher->safe_psql('postgres', 'CREATE DATABASE apart');
$publisher->safe_psql('apart', "CREATE EXTENSION authz; CREATE SCHEMA app; SET search_path = app; $tables $model");
$publisher->safe_psql('apart', q{
	SET search_path = app;
	CREATE TABLE zowner (id integer PRIMARY KEY);
	SELECT authz.track('zowner', 'owner', 'id'), authz.track('things', 'thing', 'id', 'owner'), authz.track('parts', 'part', 'id');
	INSERT INTO zowner VALUES (1), (2);
	INSERT INTO things SELECT n, n % 2 + 1 FROM generate_series(1, 20) n;
	INSERT INTO parts VALUES (6, 1);
	CREATE TABLE folders (id integer PRIMARY KEY, parent_id integer, owner_id integer);
	SELECT authz.track('folders', 'folder', 'id', 'folder:parent_id, owner:owner_id');
	INSERT INTO folders VALUES (4, 3, NULL), (3, 2, NULL), (2, 1, 2), (1, NULL, 1), (5, NULL, 2);
	SELECT authz.grant_role('user:a', 'viewer', 'thing:3');
	-- As if somebody had dropped resources by hand: they are made again.
	SELECT authz.drop_resource('thing:20'), authz.drop_resource('folder:2');
});
my $apart = $publisher->connstr('apart');
command_ok([ 'pg_dump', '-Fc', '--schema-only', '-f', "$dump.schema", '-d', $apart ], 'a dump of the schema');
command_ok([ 'pg_dump', '-Fc', '--data-only', '-f', "$dump.data", '-d', $apart ], 'a dump of the data');
command_ok([ 'pg_dump', '--data-only', '-f', "$dump.copy", '-d', $apart ], 'a dump of the data as a script');
command_ok([ 'pg_dump', '--data-only', '--inserts', '-f', "$dump.inserts", '-d', $apart ], 'a dump of the data as INSERTs');
my %same = map { ($_ => $publisher->safe_psql('apart', $_)) } (
	'SELECT string_agg(resource::text, chr(32) ORDER BY resource) FROM authz.resources WHERE resource <> authz.resource($$thing:20$$) AND resource_type <> $$folder$$',
	'SELECT string_agg(id || resource::text, chr(32) ORDER BY id) FROM authz.resources WHERE resource <> authz.resource($$thing:20$$) AND resource_type <> $$folder$$',
	'SELECT count(*) FROM authz.audit_log WHERE object <> $$thing:20$$ AND object NOT LIKE $$folder:%$$',
	'SELECT table_name, parent_columns, parent_types FROM authz.tracked_tables ORDER BY id',
	'SELECT authz.has_permission($$user:a$$, $$thing.view$$, 3)',
	'SELECT count(*) FROM authz.validate()');
# The third brings what the first brings, but the tables of the application before those of authz.
system_or_bail('bash', '-c', "pg_restore -l '$dump.data' | awk '/TABLE DATA app/ {print}' >'$dump.list'; pg_restore -l '$dump.data' | awk '!/TABLE DATA app/ {print}' >>'$dump.list'");
system_or_bail('bash', '-c', "pg_restore -l '$dump.data' | awk '!/TABLE DATA app/ {print}' >'$dump.last'; pg_restore -l '$dump.data' | awk '/TABLE DATA app/ {print}' >>'$dump.last'");
my @ways = (
	[ 'serial', 'pg_restore', '-d', 'DB', "$dump.data" ],
	[ 'two jobs', 'pg_restore', '-j', '2', '-d', 'DB', "$dump.data" ],
	[ 'application first', 'pg_restore', '-L', "$dump.list", '-d', 'DB', "$dump.data" ],
	[ 'application last', 'pg_restore', '-L', "$dump.last", '-d', 'DB', "$dump.data" ],
	[ 'script', 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', 'DB', '-f', "$dump.copy" ],
	[ 'one transaction', 'psql', '-Xq1', '-v', 'ON_ERROR_STOP=1', '-d', 'DB', '-f', "$dump.copy" ],
	[ 'INSERTs', 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', 'DB', '-f', "$dump.inserts" ]);
for my $i (0 .. $#ways)
{
	my ($way, @command) = @{ $ways[$i] };
	my $db = "apart$i";
	$publisher->safe_psql('postgres', "CREATE DATABASE $db");
	command_ok([ 'pg_restore', '-d', $publisher->connstr($db), "$dump.schema" ], "$way: the schema");
	command_ok([ map { $_ eq 'DB' ? $publisher->connstr($db) : $_ } @command ], "$way: the data");
	is($publisher->safe_psql($db, $_), $same{$_}, "$way: the same after it") for sort keys %same;
	$publisher->safe_psql($db, 'INSERT INTO app.things VALUES (21, 1); DELETE FROM app.things WHERE id = 1');
	is($publisher->safe_psql($db, q{SELECT string_agg(resource::text, ' ' ORDER BY resource) FROM authz.resources
		WHERE resource IN ('thing:1', 'thing:20', 'thing:21')}),
		'thing:20 thing:21', "$way: and goes on being tracked");
	is($publisher->safe_psql($db, $resources =~ s/<> 'owner'/= 'folder'/r), 'folder:1<owner:1 folder:2<folder:1 folder:3<folder:2 folder:4<folder:3 folder:5<owner:2',
		"$way: a table that refers to itself");
	is($publisher->safe_psql($db, 'SELECT count(*) FROM authz_internal.restored_tables'), '0', "$way: the restore is over");
}

# What is applied is never refused, in whatever order it comes; and what the publisher's
# foreign keys have done keeps what hangs on a row.
$_->safe_psql('postgres', 'CREATE DATABASE order_of_tables') for ($publisher, $subscriber);
my $two = 'CREATE TABLE owners (id bigint PRIMARY KEY); CREATE TABLE things (id text PRIMARY KEY, owner_id bigint);';
$publisher->safe_psql('order_of_tables', "$two ALTER TABLE things ADD FOREIGN KEY (owner_id) REFERENCES owners ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
	CREATE PUBLICATION two FOR TABLE owners, things");
$subscriber->safe_psql('order_of_tables', "CREATE EXTENSION authz; $two $model; SELECT authz.track('owners', 'owner', 'id'), authz.track('things', 'thing', 'id', 'owner_id')");
my $two_connstr = $publisher->connstr . ' dbname=order_of_tables';
$subscriber->safe_psql('order_of_tables', "CREATE SUBSCRIPTION two CONNECTION '$two_connstr' PUBLICATION two");
$subscriber->wait_for_subscription_sync($publisher, 'two', 'order_of_tables');
$publisher->safe_psql('order_of_tables', q{BEGIN; INSERT INTO things VALUES ('1', 1), (' no id ', 1); INSERT INTO owners VALUES (1), (2); COMMIT});
$publisher->wait_for_catchup('two');
is($subscriber->safe_psql('order_of_tables', $resources), 'thing:1', 'a row before its parent, and an id that no resource can have');
$publisher->safe_psql('order_of_tables', q{DELETE FROM things WHERE id = ' no id '});
$publisher->wait_for_catchup('two');
$subscriber->safe_psql('order_of_tables', q{SELECT authz.track('things', 'thing', 'id', 'owner_id')});
is($subscriber->safe_psql('order_of_tables', $resources), 'thing:1<owner:1', 'track gives it its parent');
$subscriber->safe_psql('order_of_tables', q{SELECT authz.grant_role('user:a', 'viewer', 'thing:1')});
$publisher->safe_psql('order_of_tables', 'DELETE FROM owners WHERE id = 1');
$publisher->wait_for_catchup('two');
is($subscriber->safe_psql('order_of_tables', $resources), 'thing:1', 'ON DELETE SET NULL');
is($subscriber->safe_psql('order_of_tables', q{SELECT authz.has_permission('user:a', 'thing.view', '1')}), 't', 'keeps what hangs on the row');
$subscriber->safe_psql('order_of_tables', 'DROP SUBSCRIPTION two');

# A table that refers to itself: in any order within a transaction.
my $folders = 'CREATE TABLE folders (id bigint PRIMARY KEY, parent_id bigint, owner_id bigint);';
$publisher->safe_psql('order_of_tables', "$folders ALTER TABLE folders ADD FOREIGN KEY (parent_id) REFERENCES folders ON DELETE CASCADE ON UPDATE CASCADE;
	INSERT INTO folders VALUES (3, 2), (2, 1), (1, NULL); CREATE PUBLICATION folders FOR TABLE folders");
$subscriber->safe_psql('order_of_tables', "$folders SELECT authz.track('folders', 'folder', 'id', 'folder:parent_id, owner:owner_id'); DROP TABLE things");
$subscriber->safe_psql('order_of_tables', "DELETE FROM authz.resources WHERE resource_type = 'thing'; CREATE SUBSCRIPTION folders CONNECTION '$two_connstr' PUBLICATION folders");
$subscriber->wait_for_subscription_sync($publisher, 'folders', 'order_of_tables');

sub apply_folders
{
	my ($sql, $expected, $name) = @_;
	$publisher->safe_psql('order_of_tables', $sql);
	$publisher->wait_for_catchup('folders');
	is($subscriber->safe_psql('order_of_tables', $resources), $expected, $name);
	return;
}
apply_folders('', 'folder:1 folder:2<folder:1 folder:3<folder:2', 'the initial copy of a table that refers to itself');
apply_folders('INSERT INTO folders VALUES (6, 5), (5, 4), (4, 1)', 'folder:1 folder:2<folder:1 folder:3<folder:2 folder:4<folder:1 folder:5<folder:4 folder:6<folder:5',
	'a row before its parent in a transaction');
apply_folders('UPDATE folders SET parent_id = CASE id WHEN 4 THEN 5 WHEN 5 THEN 6 WHEN 6 THEN 1 END WHERE id IN (4, 5, 6)',
	'folder:1 folder:2<folder:1 folder:3<folder:2 folder:4<folder:5 folder:5<folder:6 folder:6<folder:1', 'rows that change places');
apply_folders('UPDATE folders SET id = id + 10 WHERE id IN (1, 5)',
	'folder:11 folder:15<folder:6 folder:2<folder:11 folder:3<folder:2 folder:4<folder:15 folder:6<folder:11', 'ids that change, and the action of the foreign key');
apply_folders('DELETE FROM folders WHERE id = 6', 'folder:11 folder:2<folder:11 folder:3<folder:2', 'a cascade');
apply_folders('SET session_replication_role = replica; INSERT INTO folders VALUES (8, 7)', 'folder:11 folder:2<folder:11 folder:3<folder:2 folder:8', 'a row whose parent does not come');
$subscriber->wait_for_log(qr/the parent of 1 row has not come.*The first was "folder:8", whose parent is "folder:7"/s);
apply_folders('INSERT INTO folders VALUES (7, 3)', 'folder:11 folder:2<folder:11 folder:3<folder:2 folder:7<folder:3 folder:8', 'in a later transaction it is too late');
$subscriber->safe_psql('order_of_tables', q{SELECT authz.track('folders', 'folder', 'id', 'folder:parent_id, owner:owner_id')});
is($subscriber->safe_psql('order_of_tables', $resources), 'folder:11 folder:2<folder:11 folder:3<folder:2 folder:7<folder:3 folder:8<folder:7', 'but for track');
$subscriber->safe_psql('order_of_tables', 'DROP SUBSCRIPTION folders');

$subscriber->stop;
$publisher->stop;
done_testing();
