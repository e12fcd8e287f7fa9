"""P8: cold checks in databases with ten and a hundred times as many users and assignments."""
from databases import load_model
from measure import median

MODELS = ("scale_small", "scale_medium", "scale_large")

CHECK = "authz.has_permission($1::authz.subject, 'project.view', $2::bigint)"

# The same question by hand over the same tables, as a control: what becomes slower
# here too is the machine's memory.
BY_HAND = """EXISTS (
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
    )"""


def metered(question, first=""):
    """What it takes, to the pages and nanoseconds; evaluated from the left to the right."""
    return f"SELECT {first} floor.pages(), floor.clock(), {question}, floor.clock(), floor.pages()"


def measure(bench):
    users = {name: bench.size("scale") // divisor for name, divisor in zip(MODELS, (100, 10, 1))}
    for name in MODELS:
        load(bench, name, users[name])
    count = 30 if bench.short else 500
    apart = count // 25             # of them, to be asked with empty caches of the processor
    sessions = {}
    for name in MODELS:
        session = bench.session(name)
        ask = {"authz": session.prepare("check", metered(CHECK)),
               "by hand": session.prepare("by_hand", metered(BY_HAND)),
               "emptied": session.prepare("emptied", metered(CHECK, "floor.empty_caches(),"))}
        questions = list(ask_about(users[name], count * bench.rounds))
        # Ask everything once, so that the pages are in the buffers and mapped into
        # this process; then drop what the engine remembers (every change of a table of
        # authz itself does) and let it read what all questions share.
        for question in questions:
            ask["authz"](*question)
            ask["by hand"](*question)
        session.run("GRANT SELECT ON authz.resource_types TO bench_none")
        for question in ask_about(users[name], 20, first=2):
            ask["authz"](*question)
        sessions[name] = (ask, questions)
    times = {(name, way): [] for name in MODELS for way in ("authz", "by hand", "emptied")}
    pages = {key: [] for key in times}
    def ask_in(name, way, question):
        page, clock, _, clock_after, page_after = map(number_of, sessions[name][0][way](*question)[0][-5:])
        times[name, way].append(clock_after - clock)
        pages[name, way].append(page_after - page)

    for turn in range(bench.rounds):
        for name, (ask, questions) in sessions.items():
            batch = questions[turn * count:(turn + 1) * count]
            # Each question in one way only: the second would find the rows in the
            # processor's caches.
            for n, question in enumerate(batch[:-apart]):
                ask_in(name, "authz" if n % 2 == 0 else "by hand", question)
            answers = [(ask["authz"](*question)[0][2], ask["by hand"](*question)[0][2]) for question in batch[:-apart]]
            assert all(ours == theirs for ours, theirs in answers), "authz and the hand-written query differ"
    # At the end: what has been asked before would be in the caches otherwise.
    for turn in range(bench.rounds):
        for name, (_, questions) in sessions.items():
            for question in questions[(turn + 1) * count - apart:(turn + 1) * count]:
                ask_in(name, "emptied", question)
    bench.raw["P8"] = {f"{name} {way}": runs for (name, way), runs in times.items()}
    cold = {key: median(runs) for key, runs in times.items()}
    read = {key: median(runs) for key, runs in pages.items()}
    large = "scale_large"
    for name in ("scale_small", "scale_medium"):
        sizes = f"{users[large]:,} users / {users[name]:,}"
        for way, what, target in (("authz", "cold check", 1.5), ("by hand", "the same by hand", None),
                                  ("emptied", "the same, the processor's caches emptied before", None)):
            bench.report("P8" if target else "", f"{what}, {sizes}", target, cold[large, way] / cold[name, way],
                         f"{cold[large, way] / 1000:.1f} us, {cold[name, way] / 1000:.1f} us")
        bench.report("", f"the same in pages looked at, {sizes}", None, read[large, "authz"] / read[name, "authz"],
                     f"{read[large, 'authz']:.0f} and {read[name, 'authz']:.0f}")


def number_of(text):
    """t and f are answers, of no interest here."""
    return int(text) if text.isdigit() else None


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
