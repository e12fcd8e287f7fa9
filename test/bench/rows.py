"""P1 to P5: has_permission for every row of a table, as a filter and as a policy."""
from measure import become, number

PERMISSION = "project.view"
SHARES = ("sees_01", "sees_1", "sees_10", "sees_100")
SHARE_TEXT = {"sees_01": "0.1 %", "sees_1": "1 %", "sees_10": "10 %", "sees_100": "100 %"}
COUNT = "SELECT count(*) FROM doc"


# As a table is after a load, and after VACUUM: only then an index alone can answer,
# and all plans change.
STATES = {
    "loaded": "VACUUM FULL doc; ANALYZE doc",
    "vacuumed": "VACUUM ANALYZE doc",
}


def measure(bench):
    warm_checks(bench)
    for state in STATES:
        policies(bench, state)
        judge_policies(bench, state)


def warm_checks(bench):
    """P1: what one check adds to a scan; no index can help, each row is asked.

    IS NOT NULL lets every row pass whatever the answer: the cost of counting it would
    otherwise be a part of the difference.
    """
    no_index = "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off;"
    session = bench.session(role="bench_none", setup=no_index)
    relation_owner = session.value("SELECT 'bench_floor'::regrole::oid")
    current = f"authz.has_permission('{PERMISSION}', project_id)"
    ask = {
        "id <> 0": ("user:u1", "id <> 0"),
        "C function": ("user:u1", f"floor.always('{PERMISSION}', project_id)"),
        "has_table_privilege": ("user:u1", f"has_table_privilege({relation_owner}::oid, relation, 'SELECT')"),
        "fixed": ("user:u1", current),
        "heavy": ("user:heavy", current),
        "varying": ("user:u1", f"authz.has_permission(owner, '{PERMISSION}', project_id)"),
    }
    cases = {}
    for name, (subject, condition) in ask.items():
        # A session each: what one case caches must not serve another.
        connection = bench.session(role="bench_none", subject=subject, setup=no_index)
        query = f"{COUNT} WHERE ({condition}) IS NOT NULL"
        cases[name] = (connection, lambda c=connection, q=query: c.run(q))
    times = bench.interleave("P1", cases)
    rows = bench.size("docs")

    def added(name):
        return times[name] - times["id <> 0"]

    def per_row(name):
        return f"{added(name) / rows * 1e9:.0f} ns a row"

    base = added("has_table_privilege")
    bench.report("P1", "warm check, fixed subject / has_table_privilege", 0.35, added("fixed") / base,
                 f"{per_row('fixed')}; has_table_privilege {per_row('has_table_privilege')}; "
                 f"C function {per_row('C function')}")
    bench.report("P1", "warm check, 2,000 subjects in turn / has_table_privilege", 0.8, added("varying") / base,
                 per_row("varying"))
    bench.report("", "warm check, heavy subject / has_table_privilege", None, added("heavy") / base, per_row("heavy"))


def policies(bench, state):
    """count(*) under every policy, for subjects that see more and more."""
    admin = bench.session()
    for statement in STATES[state].split(";"):
        admin.run(statement)
    contenders = {name: bench.session(role=f"bench_{name}")
                  for name in ("none", "floor", "authz", "any", "in", "exists", "sql", "plpgsql")}
    bench.scans[state] = {}
    for subject in SHARES:
        # The slowest take minutes: one state, and the 1 % that their targets name.
        slow = ["exists", "sql", "plpgsql"] if (state, subject) == ("vacuumed", "sees_1") else []
        counts, cases, slow_cases = {}, {}, {}
        for name in ["none", "floor", "authz", "any", "in"] + slow:
            connection = contenders[name]
            become(connection, f"bench_{name}", f"user:{subject}")
            counts[name] = connection.value(COUNT)
            bench.plans[f"{state} {subject} {name}"] = explain(connection)
            kind = slow_cases if name in slow else cases
            kind[name] = (connection, lambda c=connection: c.run(COUNT))
        different = {n: c for n, c in counts.items() if n not in ("none", "floor") and c != counts["authz"]}
        if different:
            raise AssertionError(f"{subject}: authz counts {counts['authz']}, others {different}")
        times = bench.interleave(f"count(*) {state} {subject}", cases)
        if slow:
            slow_cases["authz"] = cases["authz"]
            slow_times = bench.interleave(f"count(*) {state} {subject}, slow", slow_cases, repeat=False)
            times |= {name: slow_times[name] for name in slow}
        bench.say(f"{state}, {subject} ({counts['authz']} rows): " +
                  ", ".join(f"{n} {number(t * 1000)} ms" for n, t in times.items()))
        bench.scans[state][subject] = times


def explain(connection):
    return [line for (line,) in connection.run(f"EXPLAIN (COSTS OFF) {COUNT}")]


def judge_policies(bench, state):
    times = bench.scans[state]

    def ratio(subject, against):
        return times[subject]["authz"] / times[subject][against]

    def report(identifier, what, target, measured, note=""):
        bench.report(identifier, f"{what} ({state})", target, measured, note)

    everything = times["sees_100"]
    report("P2", "count(*), sees 100 % / policy of a C function that returns true", 1.15, ratio("sees_100", "floor"),
           f"{number(everything['authz'] * 1000)} ms; no policy {number(everything['none'] * 1000)} ms")
    for subject, target in (("sees_01", 0.01), ("sees_1", 0.3), ("sees_10", 0.9)):
        report("P3", f"count(*), sees {SHARE_TEXT[subject]} / no policy", target, ratio(subject, "none"),
               f"{number(times[subject]['authz'] * 1000)} ms; by hand {number(times[subject]['any'] * 1000)} ms")
    for subject in ("sees_01", "sees_1", "sees_10"):
        report("P4", f"count(*), sees {SHARE_TEXT[subject]} / = ANY (ARRAY(SELECT ...))", 1.1, ratio(subject, "any"))
    best = min(("any", "in"), key=everything.get)
    report("P4", "count(*), sees 100 % / best hand-written", 0.6, ratio("sees_100", best),
           f"best: {'= ANY' if best == 'any' else 'IN'}, {number(everything[best] * 1000)} ms; C function that returns true "
           f"{number(everything['floor'] / everything[best])}, no policy {number(everything['none'] / everything[best])}")
    if "exists" in times["sees_1"]:
        report("P5", "count(*), sees 1 % / naive EXISTS", 0.02, ratio("sees_1", "exists"))
        report("P5", "count(*), sees 1 % / PL/pgSQL function", 0.001, ratio("sees_1", "plpgsql"))
        report("", "count(*), sees 1 % / SQL function", None, ratio("sees_1", "sql"))
