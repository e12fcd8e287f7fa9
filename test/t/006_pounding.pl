# Readers of every isolation level ask all the time while a writer revokes and
# grants.  Once the COMMIT of a revoke has returned, no answer may be the old one.
#
# A sequence says, outside all transactions, what the writer is doing: 0 (mod 4)
# is granted, 2 is revoked, odd is in between.  An answer is judged if the
# sequence stood still around it.  AUTHZ_POUND_SECONDS makes it longer.

use strict;
use warnings;

use Authz::Cluster;
use Test::More;

my $seconds = $ENV{AUTHZ_POUND_SECONDS} // 5;
my $node = Authz::Cluster->new('pounding');
$node->start;
$node->install;
$node->safe_psql('postgres', q{
	CREATE SEQUENCE epoch MINVALUE 0 START 0;
	SELECT nextval('epoch');
	CREATE TABLE marker (granted boolean NOT NULL, n int NOT NULL);
	INSERT INTO marker VALUES (true, 0);
	SELECT authz.grant_role('user:alice', 'reader', 'project:1');

	-- Each change and its row in marker are one transaction.
	CREATE PROCEDURE write(seconds int) LANGUAGE plpgsql
	AS $$
	DECLARE
		n bigint := 0;
		until timestamptz := clock_timestamp() + seconds * interval '1 s';
	BEGIN
		WHILE clock_timestamp() < until LOOP
			PERFORM setval('epoch', n + 1);
			PERFORM authz.revoke_role('user:alice', 'reader', 'project:1');
			UPDATE marker SET granted = false, n = marker.n + 1;
			COMMIT;
			PERFORM setval('epoch', n + 2);
			PERFORM pg_sleep(0.001);
			COMMIT;
			PERFORM setval('epoch', n + 3);
			PERFORM authz.grant_role('user:alice', 'reader', 'project:1');
			UPDATE marker SET granted = true, n = marker.n + 1;
			COMMIT;
			n := n + 4;
			PERFORM setval('epoch', n);
			PERFORM pg_sleep(0.001);
			COMMIT;
		END LOOP;
	END
	$$;

	CREATE PROCEDURE read(seconds int, commits boolean) LANGUAGE plpgsql
	AS $$
	DECLARE
		before bigint;
		after bigint;
		answer boolean;
		judged int := 0;
		wrong int := 0;
		until timestamptz := clock_timestamp() + seconds * interval '1 s';
	BEGIN
		WHILE clock_timestamp() < until LOOP
			SELECT last_value INTO before FROM epoch;
			answer := authz.has_permission('user:alice', 'project.view', 1);
			SELECT last_value INTO after FROM epoch;
			IF before = after AND before % 2 = 0 THEN
				judged := judged + 1;
				wrong := wrong + (answer <> (before % 4 = 0))::int;
			END IF;
			IF commits THEN
				COMMIT;
			END IF;
		END LOOP;
		RAISE NOTICE 'judged % wrong %', judged, wrong;
	END
	$$;

	-- Judged by what a snapshot shows of the writer's transactions.
	CREATE PROCEDURE read_strictly(seconds int) LANGUAGE plpgsql
	AS $$
	DECLARE
		before marker;
		after marker;
		answer boolean;
		judged int := 0;
		wrong int := 0;
		until timestamptz := clock_timestamp() + seconds * interval '1 s';
	BEGIN
		WHILE clock_timestamp() < until LOOP
			SELECT * INTO before FROM marker;
			answer := authz.has_permission('user:alice', 'project.view', 1);
			SELECT * INTO after FROM marker;
			IF before = after THEN
				judged := judged + 1;
				wrong := wrong + (answer <> before.granted)::int;
			END IF;
		END LOOP;
		RAISE NOTICE 'judged % wrong %', judged, wrong;
	END
	$$;
});

# Runs the readers beside the writer; each is [name, statement before, call].
sub pound
{
	my (@readers) = @_;
	my $writer = $node->session;
	my @sessions = map { $node->session } @readers;

	for my $i (0 .. $#readers)
	{
		$sessions[$i]->query($readers[$i][1]);
		$sessions[$i]->send($readers[$i][2]);
	}
	$writer->send("CALL write($seconds)");
	$writer->result;
	for my $i (0 .. $#readers)
	{
		$sessions[$i]->result;
		my ($judged, $wrong) = $sessions[$i]->errors =~ /judged (\d+) wrong (\d+)/;
		note("$readers[$i][0]: ", $judged // 'nothing', ' answers judged');
		cmp_ok($judged // 0, '>', 100, "$readers[$i][0]: enough answers judged");
		is($wrong, 0, "$readers[$i][0]: none of them stale");
		$sessions[$i]->quit;
	}
	$writer->quit;
	return;
}

my $call = "CALL read($seconds, false)";
pound(
	[ 'a transaction per answer', 'SELECT 1', "CALL read($seconds, true)" ],
	[ 'READ COMMITTED', 'BEGIN ISOLATION LEVEL READ COMMITTED', $call ],
	[ 'REPEATABLE READ', 'BEGIN ISOLATION LEVEL REPEATABLE READ', $call ],
	[ 'SERIALIZABLE', 'BEGIN ISOLATION LEVEL SERIALIZABLE', $call ]);

# The instant in which a commit is visible and not yet announced.
pound(map { [ "strict, reader $_", 'SET authz.strict = on', "CALL read_strictly($seconds)" ] } 1 .. 2);

$node->stop;
done_testing();
