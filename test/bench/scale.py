"""P8: cold checks in databases with ten and a hundred times as many users and assignments."""
from databases import load_model
from measure import median

MODELS = ("scale_small", "scale_medium", "scale_large")

CHECK = """
    SELECT floor.clock(), authz.has_permission($1::authz.subject, 'project.view', $2::bigint), floor.clock()"""

# The same question by hand over the same tables, as a control: what becomes slower
# here too is the machine's memory.
BY_HAND = """
    SELECT floor.clock(), EXISTS (
        WITH RECURSIVE principal (id) AS (
            SELECT id FROM authz.subjects WHERE subject = $1::authz.subject
            UNION ALL
            SELECT m.group_id FROM authz.subjects AS s JOIN authz.memberships AS m ON m.member_id = s.id
            WHERE s.subject = $1::authz.subject
            UNION
            SELECT parent.id FROM principal AS p,
                LATERAL (SELECT parent_id FROM authz.subjects AS s WHERE s.id = p.id OFFSET 0) AS parent (id)
            WHERE parent.id IS NOT NULL
        ), target (id, parent_id) AS (
            SELECT id, parent_id FROM authz.resources WHERE resource = ('project:' || $2)::authz.resource
            UNION ALL
            SELECT parent.id, parent.parent_id FROM target,
                LATERAL (SELECT * FROM authz.resources AS r WHERE r.id = target.parent_id OFFSET 0) AS parent
        )
        SELECT FROM principal AS p,
            LATERAL (SELECT * FROM authz.assignments AS a WHERE a.subject_id = p.id OFFSET 0) AS a
        WHERE a.resource_id IN (SELECT id FROM target)
          AND (a.expires_at IS NULL OR a.expires_at > statement_timestamp())
          AND a.role_id IN (SELECT id FROM authz.roles WHERE name IN ('Owner', 'Admin', 'Contributor', 'Reader'))
    ), floor.clock()"""


def measure(bench):
    users = {name: bench.size("scale") // divisor for name, divisor in zip(MODELS, (100, 10, 1))}
    for name in MODELS:
        load(bench, name, users[name])
    count = 30 if bench.short else 500
    sessions = {}
    for name in MODELS:
        session = bench.session(name)
        check, by_hand = session.prepare("check", CHECK), session.prepare("by_hand", BY_HAND)
        questions = list(ask_about(users[name], count * bench.rounds))
        # Ask everything once, so that the pages are in the buffers and mapped into
        # this process; then drop what the engine remembers (every change of a table of
        # authz itself does) and let it read what all questions share.
        for question in questions:
            check(*question)
            by_hand(*question)
        session.run("GRANT SELECT ON authz.resource_types TO bench_none")
        for question in ask_about(users[name], 20, first=2):
            check(*question)
        sessions[name] = (check, by_hand, questions)
    timings = {(name, way): [] for name in MODELS for way in ("authz", "by hand")}
    for turn in range(bench.rounds):
        for name, (check, by_hand, questions) in sessions.items():
            batch = questions[turn * count:(turn + 1) * count]
            # Each question in one way only: the second would find the rows in the
            # processor's caches.
            for n, question in enumerate(batch):
                way, ask = ("authz", check) if n % 2 == 0 else ("by hand", by_hand)
                before, _, after = ask(*question)[0]
                timings[name, way].append(int(after) - int(before))
            answers = [(check(*question)[0][1], by_hand(*question)[0][1]) for question in batch]
            assert all(ours == theirs for ours, theirs in answers), "authz and the hand-written query differ"
    bench.raw["P8"] = {f"{name} {way}": runs for (name, way), runs in timings.items()}
    cold = {key: median(runs) for key, runs in timings.items()}
    large = "scale_large"
    for name in ("scale_small", "scale_medium"):
        sizes = f"{users[large]:,} users / {users[name]:,}"
        for way, what, target in (("authz", "cold check", 1.5), ("by hand", "the same by hand", None)):
            bench.report("P8" if target else "", f"{what}, {sizes}", target, cold[large, way] / cold[name, way],
                         f"{cold[large, way] / 1000:.1f} us, {cold[name, way] / 1000:.1f} us")


def organizations(users):
    """So many that resources number about as many as users."""
    return max(users // 21, 50)


def load(bench, name, users):
    admin = load_model(name, bench.floor, organizations=organizations(users), users=users,
                       project_grants=7, special=False)
    admin.run("VACUUM ANALYZE")
    assignments = int(admin.value("SELECT count(*) FROM authz.assignments"))
    bench.say(f"{name}: {users:,} users, {assignments:,} assignments")
    admin.close()


def ask_about(users, count, first=1):
    """(subject, project): users spread over the whole model, each asked once."""
    step = users // (count + 1)
    for n in range(count):
        user = first + n * step
        yield f"user:u{user}", 20 * ((user - 1) % organizations(users)) + 1 + (user * 7) % 20
