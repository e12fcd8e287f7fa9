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
    warm_checks_of_uuids(bench)
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
    bench.report("P1", "warm check, 2,000 subjects in turn / has_table_privilege", 0.7, added("varying") / base,
                 per_row("varying"))
    bench.report("", "warm check, heavy subject / has_table_privilege", None, added("heavy") / base, per_row("heavy"))


def warm_checks_of_uuids(bench):
    """P1: the same with uuid ids, in a table of its own; the resources go again, or lists would be longer."""
    no_index = "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off;"
    admin = bench.session()
    admin.run("""
        SET session_replication_role = replica;
        INSERT INTO authz.resources (id, resource, parent_id)
            SELECT 700000000 + id, ('project:' || md5(id::text)::uuid)::text::authz.resource, 1000000000 + organization_id FROM model.project;
        RESET session_replication_role;
        CREATE TABLE doc_uuid AS SELECT id, md5(project_id::text)::uuid AS project_id, relation FROM doc;
        GRANT SELECT ON doc_uuid TO PUBLIC""")
    admin.run("VACUUM ANALYZE doc_uuid")
    relation_owner = admin.value("SELECT 'bench_floor'::regrole::oid")
    cases = {}
    for name, condition in (("id <> 0", "id <> 0"),
                            ("has_table_privilege", f"has_table_privilege({relation_owner}::oid, relation, 'SELECT')"),
                            ("uuid", f"authz.has_permission('{PERMISSION}', project_id)")):
        connection = bench.session(role="bench_none", subject="user:u1", setup=no_index)
        query = f"SELECT count(*) FROM doc_uuid WHERE ({condition}) IS NOT NULL"
        cases[name] = (connection, lambda c=connection, q=query: c.run(q))
    times = bench.interleave("P1 uuid", cases)
    added = {name: times[name] - times["id <> 0"] for name in times}
    bench.report("P1", "warm check, fixed subject, uuid ids / has_table_privilege", 0.5, added["uuid"] / added["has_table_privilege"],
                 f"{added['uuid'] / bench.size('docs') * 1e9:.0f} ns a row")
    admin.run("""
        DROP TABLE doc_uuid;
        SET session_replication_role = replica;
        DELETE FROM authz.resources WHERE id BETWEEN 700000001 AND 799999999;
        RESET session_replication_role""")
    admin.run("VACUUM ANALYZE authz.resources")


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
        slow = ["exists", "sql", "plpgsql"] if (state, subject) == ("vacuumed", "sees_1") and not bench.fast else []
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
    report("P2", "count(*), sees 100 % / policy of a C function that returns true", 1.3, ratio("sees_100", "floor"),
           f"{number(everything['authz'] * 1000)} ms; no policy {number(everything['none'] * 1000)} ms")
    for subject, target in (("sees_01", 0.015), ("sees_1", 0.3), ("sees_10", 0.9)):
        report("P3", f"count(*), sees {SHARE_TEXT[subject]} / no policy", target, ratio(subject, "none"),
               f"{number(times[subject]['authz'] * 1000)} ms; by hand {number(times[subject]['any'] * 1000)} ms")
    for subject in ("sees_01", "sees_1", "sees_10"):
        report("P4", f"count(*), sees {SHARE_TEXT[subject]} / = ANY (ARRAY(SELECT ...))", 1.1, ratio(subject, "any"))
    best = min(("any", "in"), key=everything.get)
    report("P4", "count(*), sees 100 % / best hand-written", {"loaded": 0.7, "vacuumed": 1.0}[state], ratio("sees_100", best),
           f"best: {'= ANY' if best == 'any' else 'IN'}, {number(everything[best] * 1000)} ms; C function that returns true "
           f"{number(everything['floor'] / everything[best])}, no policy {number(everything['none'] / everything[best])}")
    if "exists" in times["sees_1"]:
        report("P5", "count(*), sees 1 % / naive EXISTS", 0.02, ratio("sees_1", "exists"))
        report("P5", "count(*), sees 1 % / PL/pgSQL function", 0.001, ratio("sees_1", "plpgsql"))
        report("", "count(*), sees 1 % / SQL function", None, ratio("sees_1", "sql"))
