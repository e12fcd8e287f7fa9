"""P6 and P7: one row by its key, and the first question about a subject."""
import random

from measure import median, timed

# What an expert writes to answer has_permission(subject, permission, project) in
# one statement: teams by recursion, roles already flattened, every step by index.
RECURSIVE = """
    SELECT EXISTS (
        WITH RECURSIVE principal (id) AS (
            SELECT id FROM plain.subject WHERE name = $1
            UNION ALL
            SELECT m.group_id FROM plain.subject AS s JOIN plain.membership AS m ON m.member_id = s.id
            WHERE s.name = $1
            UNION
            SELECT parent.id FROM principal AS p,
                LATERAL (SELECT parent_id FROM plain.subject AS s WHERE s.id = p.id OFFSET 0) AS parent (id)
            WHERE parent.id IS NOT NULL
        )
        SELECT FROM principal AS p,
            LATERAL (SELECT * FROM plain.grants AS g WHERE g.subject_id = p.id OFFSET 0) AS g
        JOIN plain.flat_role_permission AS rp ON rp.role_id = g.role_id AND rp.permission = $2
        WHERE (g.project_id = $3 OR g.organization_id = (SELECT organization_id FROM plain.project WHERE id = $3))
          AND (g.expires_at IS NULL OR g.expires_at > now()))"""


def measure(bench):
    look_ups(bench)
    unseen_subjects(bench)


def look_ups(bench):
    """P6: the primary key under a policy, warm, prepared, rows that the subject sees."""
    query = "SELECT title FROM doc WHERE id = $1::bigint"
    count = 2_000 if bench.short else 10_000
    for subject, grants in (("u1", "38"), ("heavy", "1,050")):
        plain = bench.session(role="bench_none", subject=f"user:{subject}")
        authz = bench.session(role="bench_authz", subject=f"user:{subject}")
        visible = [row[0] for row in authz.run("SELECT id FROM doc")]
        ids = random.Random(1).choices(visible, k=count)
        cases = {}
        for name, connection in (("none", plain), ("authz", authz)):
            look_up = connection.prepare("look_up", query)
            cases[name] = (connection, lambda f=look_up: [f(i) for i in ids])
        times = bench.interleave(f"P6 {grants}", cases)
        loop = bench.interleave(f"P6 {grants} PL/pgSQL", {
            name: (connection, lambda c=connection: c.run(loop_over(ids)))
            for name, (connection, _) in cases.items()})
        # Judged where the policy is most of it: a statement of a client costs ten times the
        # look-up, and how much just then depends on who wakes whom.
        bench.report("P6", f"look-up by key in PL/pgSQL, {grants} grants: what the policy adds / the look-up", 0.25,
                     loop["authz"] / loop["none"] - 1,
                     f"look-up {loop['none'] / count * 1e6:.2f} us, policy adds "
                     f"{(loop['authz'] - loop['none']) / count * 1e9:.0f} ns")
        bench.report("", f"the same as a prepared statement of a client, {grants} grants", None,
                     times["authz"] / times["none"] - 1, f"look-up {times['none'] / count * 1e6:.1f} us")


def loop_over(ids):
    return f"""
        DO $$
        DECLARE
            key bigint;
            found text;
        BEGIN
            FOREACH key IN ARRAY '{{{','.join(ids)}}}'::bigint[] LOOP
                SELECT title INTO found FROM public.doc WHERE id = key;
            END LOOP;
        END
        $$"""


def unseen_subjects(bench):
    """P7: each question is about a subject that this backend has not seen."""
    # Neither is to pay for planning, which is most of what the hand-written query costs.
    generic = "SET plan_cache_mode = force_generic_plan;"
    authz = bench.session(setup=generic)
    plain = bench.session(setup=generic)
    check = authz.prepare("check", "SELECT authz.has_permission($1::authz.subject, $2, $3::bigint)")
    recursive = plain.prepare("check", RECURSIVE)
    questions = ask_about(bench, 100 if bench.short else 400)
    timings = {"authz": [], "recursive": []}
    for turn in range(bench.rounds + 1):
        batch = next(questions)
        answers = {name: [] for name in timings}
        for name, connection, ask in (("authz", authz, check), ("recursive", plain, recursive)):
            for user, project in batch:
                run = timed(connection, lambda: answers[name].append(ask(f"user:u{user}", "project.view", project)[0][0]))
                if turn > 0:
                    timings[name].append(run)
        assert answers["authz"] == answers["recursive"], "authz and the hand-written query differ"
    bench.keep("P7", timings)
    # The median statement: neither pays for what else the machine does now and then.
    cpu = {name: median(t.cpu for t in runs) for name, runs in timings.items()}
    bench.report("P7", "cold check of an unseen subject / hand-written recursive query", 0.9,
                 cpu["authz"] / cpu["recursive"],
                 f"{cpu['authz'] * 1e6:.0f} us, by hand {cpu['recursive'] * 1e6:.0f} us")


def ask_about(bench, count):
    """Batches of (user, project): users in order, each once, half of the answers yes."""
    organizations = bench.size("organizations")
    user = 3_000 if not bench.short else 2_000
    while True:
        batch = []
        for _ in range(count):
            user += 1
            own = (user - 1) % organizations
            batch.append((user, 20 * own + 1 + (user * 7) % 20))
        yield batch
