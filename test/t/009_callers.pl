# Who calls where no client does: autovacuum runs a stranger's index expression, and
# workers of logical replication apply to tracked tables, with and without
# run_as_owner, without stopping.

use strict;
use warnings;

use Authz::Cluster;
use Test::More;

my $publisher = Authz::Cluster->new('publisher', allows_streaming => 'logical');
$publisher->append_conf('postgresql.conf', "autovacuum_naptime = 1s\n");
$publisher->start;
my $subscriber = Authz::Cluster->new('subscriber', allows_streaming => 'logical');
$subscriber->start;
my $major = int($publisher->safe_psql('postgres', 'SHOW server_version_num') / 10000);

# Autovacuum ----------------------------------------------------------------------
$publisher->install;
$publisher->safe_psql('postgres', q{
	CREATE ROLE stranger;
	CREATE SCHEMA lab AUTHORIZATION stranger;
	GRANT EXECUTE ON FUNCTION authz.add_member TO stranger;
	SET ROLE stranger;
	CREATE TABLE lab.t (x int) WITH (autovacuum_enabled = false, autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0);
	CREATE FUNCTION lab.f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
	CREATE INDEX ON lab.t (lab.f(x));
	INSERT INTO lab.t SELECT generate_series(1, 100);
	CREATE FUNCTION lab.climb() RETURNS void LANGUAGE plpgsql AS $$
	BEGIN
		PERFORM authz.add_member('organization:1', 'user:mallory');
		RAISE LOG 'the stranger has climbed';
	EXCEPTION WHEN insufficient_privilege THEN
		RAISE LOG 'the stranger was refused: %', SQLERRM;
	END $$;
	CREATE OR REPLACE FUNCTION lab.f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
	BEGIN
		PERFORM lab.climb();
		RETURN $1;
	END $$;
	ALTER TABLE lab.t SET (autovacuum_enabled = true);
});
my $refused = 'LOG:  the stranger was refused: cannot execute function "authz.add_member" within security-restricted operation';
my $log = '';
for (1 .. 600)
{
	$log = PostgreSQL::Test::Utils::slurp_file($publisher->logfile);
	last if $log =~ /LOG:  the stranger (has climbed|was refused)/;
	select(undef, undef, undef, 0.1);
}
like($log, qr/\Q$refused\E/, 'autovacuum lends no power to the owner of a table');
unlike($log, qr/LOG:  the stranger has climbed/, 'not once');
is($publisher->safe_psql('postgres', q{SELECT count(*) FROM authz.memberships}), '0', 'and nothing was written');

# Logical replication ---------------------------------------------------------------
# The application's own tables are applied to a database that has authz, and follows
# them there.  Their owner is no administrator; since 16 a worker applies as that
# owner, within a security-restricted operation, unless run_as_owner is set.
my $tables = q{
	CREATE TABLE organizations (id bigint PRIMARY KEY);
	CREATE TABLE projects (id bigint PRIMARY KEY, organization_id bigint);
};
$publisher->safe_psql('postgres', $tables . 'CREATE PUBLICATION app FOR TABLE organizations, projects');
$subscriber->install;
$subscriber->safe_psql('postgres', $tables . q{
	SELECT authz.track('organizations', 'organization', 'id');
	SELECT authz.track('projects', 'project', 'id', 'organization_id');
	CREATE ROLE app;
	ALTER TABLE organizations OWNER TO app;
	ALTER TABLE projects OWNER TO app;
});
my $connstr = $publisher->connstr . ' dbname=postgres';
for my $option ($major >= 16 ? ('run_as_owner = false', 'run_as_owner = true') : (''))
{
	my $with = $option eq '' ? '' : "WITH ($option)";
	my $id = $option =~ /true/ ? 200 : 100;
	my $name = $option eq '' ? 'apply' : $option;

	$publisher->safe_psql('postgres', 'TRUNCATE organizations, projects');
	$publisher->safe_psql('postgres', "INSERT INTO organizations VALUES ($id)");
	$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION app CONNECTION '$connstr' PUBLICATION app $with");
	$subscriber->wait_for_subscription_sync($publisher, 'app');
	$publisher->safe_psql('postgres', "INSERT INTO projects SELECT i, $id FROM generate_series($id, $id + 9) AS i");
	$publisher->safe_psql('postgres', "UPDATE projects SET id = $id + 50 WHERE id = $id");
	$publisher->safe_psql('postgres', "DELETE FROM projects WHERE id = $id + 1");
	$publisher->wait_for_catchup('app');
	is($subscriber->safe_psql('postgres', qq{
			SELECT count(*), count(*) FILTER (WHERE resource::text = 'project:' || $id + 50) FROM authz.resources AS r
			WHERE r.parent_id = (SELECT id FROM authz.resources WHERE resource = 'organization:$id')}),
		'9|1', "$name: rows are followed");
	is($subscriber->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL AND relid IS NULL}), '1', "$name: the worker goes on");
	is($subscriber->safe_psql('postgres', qq{
			SELECT DISTINCT actor IS NULL FROM authz.audit_log WHERE event = 'resource.create' AND object LIKE 'project:$id%'}),
		't', "$name: on nobody's behalf");
	$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION app');
	$subscriber->safe_psql('postgres', 'TRUNCATE organizations, projects');
}

# authz's own tables, the list of restored tables among them: a restore elsewhere
# empties it, which is applied, too.
$publisher->safe_psql('postgres', "CREATE DATABASE $_") for qw(source copy);
$publisher->install('source');
$publisher->safe_psql('copy', 'CREATE EXTENSION authz');
$publisher->safe_psql('copy', 'CREATE PUBLICATION authz FOR TABLES IN SCHEMA authz');
$subscriber->safe_psql('postgres', 'CREATE DATABASE copy');
$subscriber->safe_psql('copy', 'CREATE EXTENSION authz');
my $copy = $publisher->connstr . ' dbname=copy';
$subscriber->safe_psql('copy', "CREATE SUBSCRIPTION authz CONNECTION '$copy' PUBLICATION authz");
$subscriber->wait_for_subscription_sync($publisher, 'authz', 'copy');
my $dump = $publisher->basedir . '/dump.sql';
PostgreSQL::Test::Utils::system_or_bail('pg_dump', '-f', $dump, '--data-only', '-d', $publisher->connstr('source'));
$publisher->safe_psql('copy', PostgreSQL::Test::Utils::slurp_file($dump));
$publisher->wait_for_catchup('authz');
is($subscriber->ask('user:x', 'project.view', 1, 'copy'), 'f', 'a restore is applied elsewhere');
is($subscriber->safe_psql('copy', 'SELECT count(*) FROM authz.resources'), '11', 'as a whole');

# Claims ----------------------------------------------------------------------------
# In a database of another encoding no claim is an error, whatever its document has.
for my $encoding (qw(LATIN1 SQL_ASCII))
{
	my $database = lc $encoding;

	$publisher->safe_psql('postgres', "CREATE DATABASE $database ENCODING $encoding LOCALE 'C' TEMPLATE template0");
	is($publisher->safe_psql($database, q{
			CREATE EXTENSION authz;
			SET authz.subject_source = 'request.jwt.claims->>sub';
			SET request.jwt.claims = '{"name": "\u4e2d\\\\u4e2d", "sub": "alice"}';
			SELECT authz.current_subject();
			SET request.jwt.claims = '{"sub": "al\u4e2dice"}';
			SELECT authz.current_subject() IS NULL;
			SET request.jwt.claims = '{"sub": "\u0061lice"}';
			SELECT authz.current_subject()}),
		"user:alice\nt\nuser:alice", "claims in $encoding");
}

$subscriber->stop;
$publisher->stop;
done_testing();
