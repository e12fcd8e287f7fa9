"""P9 to P11: what a change costs those who ask, and what it costs to change."""
import time

from databases import copy_table
from measure import Timing, median, timed

CHECK = "authz.has_permission($1::authz.subject, 'project.view', $2::bigint)"


def measure(bench):
    after_one_change(bench)
    under_a_stream_of_grants(bench)
    grant_and_revoke(bench)
    role_edit(bench)


def after_one_change(bench):
    """P9: one other session commits one change, then this backend asks.

    The reader's transaction is open, so nothing but the check itself takes notice of
    the change, and the clock before and after it sees all of it.
    """
    reader = bench.session()
    writer = bench.session()
    check = reader.prepare("check", f"SELECT floor.clock(), {CHECK}, floor.clock()")
    statement = reader.prepare("statement", f"SELECT {CHECK}")
    rounds = 60 if bench.short else 300

    def home(user):
        """A project of the first organization of a user, on which the user holds nothing of these sources."""
        return 20 * ((user - 1) % bench.size("organizations")) + 20

    def grant(user, source="bench"):
        return f"SELECT authz.grant_role('user:u{user}', 'Reader', 'project:{home(user)}', source => '{source}')"

    def revoke(user):
        return f"SELECT authz.revoke_role('user:u{user}', 'Reader', 'project:{home(user)}', source => 'bench')"

    # Of each case: who is asked about in round n, whether the reader has seen them
    # before the change, and the change.  Where the reader has nothing to take notice
    # of, the writer does the same work in vain.
    def in_vain(n):
        return f"BEGIN; {grant(1_300 + n, 'vain')}; ROLLBACK"

    def own(n):
        return grant(1_300 + n // 2) if n % 2 == 0 else revoke(1_300 + n // 2)

    cases = {"warm": (lambda n: 1, True, in_vain),
             "others": (lambda n: 1, True, lambda n: grant(700 + n)),
             "own": (lambda n: 1_300 + n // 2, True, own),
             "cold": (lambda n: 2_000 + n, False, in_vain)}
    inside = {name: [] for name in cases}
    whole = {name: [] for name in cases}
    for n in range(2 * rounds):
        for name, (subject, seen, change) in cases.items():
            user = subject(n)
            question = (f"user:u{user}", home(user))
            check("user:u1", question[1])
            within_call = n % 4 < 2
            if within_call:
                reader.run("BEGIN")
            if seen:
                check(*question)
            writer.run(change(n))
            if within_call:
                before, _, after = check(*question)[0]
                inside[name].append(int(after) - int(before))
                reader.run("COMMIT")
            else:
                whole[name].append(timed(reader, lambda q=question: statement(*q)))
    bench.raw["P9 check"] = inside
    bench.keep("P9 statement", whole)
    check_ns = {name: median(runs) for name, runs in inside.items()}
    statement_us = {name: median(t.cpu for t in runs) * 1e6 for name, runs in whole.items()}
    for what, name, against, target in (
            ("first check after a grant to somebody else / warm", "others", "warm", 2),
            ("first check after a change of one's own / cold", "own", "cold", 1.0)):
        bench.report("P9", what, target, statement_us[name] / statement_us[against],
                     f"statement {statement_us[name]:.1f} us, {against} {statement_us[against]:.1f} us")
        bench.report("", "the same, within the call alone", None, check_ns[name] / check_ns[against],
                     f"call {check_ns[name]:.0f} ns, {against} {check_ns[against]:.0f} ns")


def under_a_stream_of_grants(bench):
    """P9: another session grants 10,000 roles a second, ten to a transaction."""
    reader = bench.session()
    writer = bench.session(setup="SET synchronous_commit = off;")
    statement = reader.prepare("statement", f"SELECT {CHECK}")
    # Inside the server: what a statement of a client costs depends on who else is at work.
    loop = """
        DO $$
        BEGIN
            FOR n IN 1..200000 LOOP
                PERFORM authz.has_permission('user:u1', 'project.view', 20::bigint);
            END LOOP;
        END
        $$"""
    scan = "SELECT count(*) FROM doc WHERE authz.has_permission('user:u1', 'project.view', project_id)"
    reader.run("SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off")
    writer.run("""
        CREATE PROCEDURE floor.grant_stream(per_second int, seconds float8, INOUT next bigint)
            LANGUAGE plpgsql
        AS $$
        DECLARE
            started timestamptz := clock_timestamp();
            first bigint := next;
            passed float8 := 0;
        BEGIN
            WHILE passed < seconds LOOP
                INSERT INTO authz.assignments (subject_id, role_id, resource_id, source)
                    SELECT 2 + g % others, (SELECT id FROM authz.roles WHERE name = 'Reader' AND resource_type = 'project'),
                           20 * ((1 + g % others) % model.size('organizations')) + 1 + g / others % 20, 'stream'
                    FROM generate_series(next, next + 9) AS g, LATERAL (SELECT model.size('users') - 1 AS others) AS users;
                COMMIT;
                next := next + 10;
                passed := extract(epoch FROM clock_timestamp() - started);
                IF (next - first) / per_second::float8 > passed + 0.001 THEN
                    PERFORM pg_sleep((next - first) / per_second::float8 - passed);
                END IF;
            END LOOP;
        END
        $$""")
    seconds = 0.5 if bench.short else 2
    per_second = 10_000
    granted = 0
    rates = []
    timings = {f"{label}{what}": [] for label in ("quiet", "loud") for what in ("", " client", " scan")}

    def ask(label):
        timings[label].append(timed(reader, lambda: reader.run(loop)))
        timings[f"{label} client"].append(timed(reader, lambda: [statement("user:u1", 20) for _ in range(2_000)]))
        timings[f"{label} scan"].append(timed(reader, lambda: reader.run(scan)))

    for _ in range(bench.rounds):
        ask("quiet")
        writer.send(f"CALL floor.grant_stream({per_second}, {seconds}, {granted})")
        time.sleep(0.1)
        ask("loud")
        before, granted = granted, int(writer.collect()[0][0])
        rates.append((granted - before) / seconds)
    bench.keep("P9 stream", timings)
    cpu = {label: median(t.cpu for t in runs) for label, runs in timings.items()}
    bench.report("P9", "check under 10,000 grants a second to others / warm", 2, cpu["loud"] / cpu["quiet"],
                 f"{cpu['loud'] / 200_000 * 1e9:.0f} ns in PL/pgSQL, warm {cpu['quiet'] / 200_000 * 1e9:.0f} ns; "
                 f"{median(rates):,.0f} grants a second came")
    bench.report("", "the same, prepared statements of a client", None, cpu["loud client"] / cpu["quiet client"])
    bench.report("", "the same, one scan that checks every row", None, cpu["loud scan"] / cpu["quiet scan"])


def grant_and_revoke(bench):
    """P10: a statement and its commit, against one-row changes of a copy of the table."""
    authz = bench.session()
    plain = bench.session()
    copy_table(plain, "authz.assignments", "bench_assignments")
    plain.run("INSERT INTO bench_assignments OVERRIDING USER VALUE SELECT * FROM authz.assignments")
    plain.run("VACUUM ANALYZE bench_assignments")
    grant = authz.prepare("grant", "SELECT authz.grant_role($1, 'Reader', $2, source => 'p10')")
    revoke = authz.prepare("revoke", "SELECT authz.revoke_role($1, 'Reader', $2, source => 'p10')")
    role = plain.value("SELECT id FROM authz.roles WHERE name = 'Reader' AND resource_type = 'project'")
    insert = plain.prepare("insert", "INSERT INTO bench_assignments (subject_id, role_id, resource_id, source) "
                                     "VALUES ($1, $2, $3, 'p10')")
    delete = plain.prepare("delete", "DELETE FROM bench_assignments WHERE subject_id = $1 AND role_id = $2 "
                                     "AND resource_id = $3 AND source = 'p10'")
    organizations = bench.size("organizations")
    users = range(1_000, 1_000 + (50 if bench.short else 300))

    def home(user):
        return 20 * ((user - 1) % organizations) + 1 + user % 20

    cases = {
        "grant": (authz, lambda u: grant(f"user:u{u}", f"project:{home(u)}")),
        "insert": (plain, lambda u: insert(u, role, home(u))),
        "revoke": (authz, lambda u: revoke(f"user:u{u}", f"project:{home(u)}")),
        "delete": (plain, lambda u: delete(u, role, home(u))),
    }
    timings = {name: [] for name in cases}
    for turn in range(bench.rounds + 1):
        for name, (connection, action) in cases.items():
            runs = [timed(connection, lambda u=user: action(u)) for user in users]
            if turn > 0:
                timings[name] += runs
    bench.keep("P10", timings)
    # The median statement: one that waits for a slow disk must not decide.
    cpu = {name: median(t.cpu for t in runs) for name, runs in timings.items()}
    wall = {name: median(t.wall for t in runs) for name, runs in timings.items()}
    for ours, theirs in (("grant", "insert"), ("revoke", "delete")):
        for identifier, unit, target, times in (("P10", "with commit", 2, wall), ("", "CPU of the backend", None, cpu)):
            bench.report(identifier, f"{ours}_role / one-row {theirs}, {unit}", target, times[ours] / times[theirs],
                         f"{times[ours] * 1e6:.0f} us, {theirs} {times[theirs] * 1e6:.0f} us")
    plain.run("DROP TABLE bench_assignments")


def role_edit(bench):
    """P11: a role changes; how long until four backends, warm for all its holders, answer anew."""
    admin = bench.session()
    many = bench.size("holders")
    few = many // 100
    roles = {}
    for holders, first in ((few, 5), (many, 5 + few)):
        name = f"Bench {holders}"
        role = admin.value(f"SELECT authz.create_role('{name}', 'project', permissions => '{{project.view}}')")
        admin.run(f"""
            INSERT INTO authz.assignments (subject_id, role_id, resource_id, source)
                SELECT u, {role}, 20 * ((u - 1) % model.size('organizations')) + 3, 'p11'
                FROM generate_series({first}, {first + holders - 1}) AS t,
                     LATERAL (SELECT 1 + (t - 1) % model.size('users') AS u) AS turn""")
        roles[holders] = (role, 1 + (first + holders // 2 - 1) % bench.size("users"))
    readers = [bench.session() for _ in range(4)]
    permission = "project.people.remove"

    def question(user):
        project = 20 * ((user - 1) % bench.size("organizations")) + 3
        return f"SELECT authz.has_permission('user:u{user}', '{permission}', {project}::bigint)"

    warm = f"""
        SELECT count(*) FROM (SELECT s.subject, a.resource_id FROM authz.assignments AS a
                              JOIN authz.subjects AS s ON s.id = a.subject_id WHERE a.source = 'p11') AS holder
        WHERE authz.has_permission(subject, '{permission}', resource_id)"""
    timings = {holders: [] for holders in roles}
    for edit in ("add_permissions", "remove_permissions") * ((bench.rounds + 1) // 2):
        for holders, (role, user) in roles.items():
            for reader in readers:
                reader.run(warm)
            expected = "t" if edit == "add_permissions" else "f"
            started = time.perf_counter()
            admin.run(f"SELECT authz.{edit}({role}, '{{{permission}}}')")
            for reader in readers:
                reader.send(question(user))
            answers = [reader.collect()[0][0] for reader in readers]
            timings[holders].append(Timing(0, time.perf_counter() - started))
            assert answers == [expected] * len(readers), f"{edit}: answers {answers}"
    bench.keep("P11", {str(holders): runs for holders, runs in timings.items()})
    wall = {holders: median(t.wall for t in runs) for holders, runs in timings.items()}
    bench.report("P11", f"role edit until four backends answer anew: {many:,} holders / {few:,}", 1.25,
                 wall[many] / wall[few], f"{wall[many] * 1000:.2f} ms, {wall[few] * 1000:.2f} ms")
