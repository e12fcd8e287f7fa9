"""P12 to P14: a million of something: rows loaded, pairs checked, ids listed."""
from databases import copy_table, create_database
from measure import median, number, timed


def measure(bench):
    load(bench)
    memory(bench)
    lists(bench)


def load(bench):
    """P12: COPY into authz.assignments with everything on, in a database of its own.

    The rows are the model's own assignments, in the order in which they came.
    """
    create_database("bench_copy", template="bench")
    admin = bench.session("bench_copy", setup="SET max_parallel_maintenance_workers = 0;")
    columns = "subject_id, role_id, resource_id, source"
    # Where the server may write whoever runs it: beside its own data.
    file = admin.value("SELECT current_setting('data_directory')") + "/bench.copy"
    admin.run(f"COPY (SELECT {columns} FROM authz.assignments ORDER BY id LIMIT {bench.size('copied')}) TO '{file}'")
    empty = """
        SET session_replication_role = replica;
        TRUNCATE authz.assignments;
        RESET session_replication_role"""
    admin.run(empty)
    copy_table(admin, "authz.assignments", "bench_assignments")
    timings = {"authz": [], "plain": []}
    for _ in range(bench.rounds):
        for name, table in (("authz", "authz.assignments"), ("plain", "bench_assignments")):
            admin.run("CHECKPOINT")
            timings[name].append(timed(admin, lambda t=table: admin.run(f"COPY {t} ({columns}) FROM '{file}'")))
        admin.run(empty + "; TRUNCATE bench_assignments")
        bench.say("P12 " + ", ".join(f"{name} {runs[-1].cpu:.1f} s" for name, runs in timings.items()))
    bench.keep("P12", timings)
    cpu = {name: median(t.cpu for t in runs) for name, runs in timings.items()}
    bench.report("P12", f"COPY of {bench.size('copied'):,} assignments / into a plain copy of the table", 2,
                 cpu["authz"] / cpu["plain"], f"{cpu['authz']:.1f} s, {cpu['plain']:.1f} s")


def memory(bench):
    """P13: ever new subjects, 20 projects each; what the backend then holds.

    Not a temporary table: its buffers are the backend's own memory.
    """
    session = bench.session()
    pairs = bench.size("checked")
    users = bench.size("users")
    session.run(f"""
        CREATE UNLOGGED TABLE bench_pair AS
            SELECT ('user:u' || (1 + p / 20 % {users}))::authz.subject AS subject,
                   1 + (hashint8(p)::bigint & 2147483647) % {20 * bench.size('organizations')} AS project_id
            FROM generate_series(0, {pairs - 1}) AS p""")
    session.run("SELECT count(*) FROM bench_pair WHERE authz.has_permission(subject, 'project.view', project_id)")
    session.run("DROP TABLE bench_pair")
    megabyte = 1 << 20
    contexts = int(session.value("SELECT sum(total_bytes) FROM pg_backend_memory_contexts")) / megabyte
    cache = int(session.value("SELECT pg_size_bytes(current_setting('authz.cache_size'))")) / megabyte
    with open(f"/proc/{session.pid}/status", encoding="ascii") as status:
        private = next(int(line.split()[1]) / 1024 for line in status if line.startswith("RssAnon"))
    bench.report("P13", f"MB in a backend after {pairs:,} checked pairs", cache + 4, contexts,
                 f"private pages of the process: {number(private)} MB")


def lists(bench):
    """P14: permitted_ids, for 100,000 roles on projects one by one and for one role on their organization."""
    session = bench.session()
    writer = bench.session()
    count = bench.size("listed")
    first = 500_000_001
    session.run(f"""
        SET session_replication_role = replica;
        INSERT INTO authz.resources (id, resource, parent_id) VALUES (1600000000, 'organization:1600000000', NULL);
        INSERT INTO authz.resources (id, resource, parent_id)
            SELECT p, ('project:' || p)::authz.resource, 1600000000
            FROM generate_series({first}, {first + count - 1}) AS p;
        INSERT INTO authz.subjects (id, subject) VALUES
            (1600000001, 'user:lists_direct'), (1600000002, 'user:lists_organization');
        INSERT INTO authz.subjects (id, subject, resource_id) VALUES
            (1600000003, 'organization:1600000000#member', 1600000000);
        INSERT INTO authz.memberships (group_id, member_id) VALUES (1600000003, 1600000001), (1600000003, 1600000002);
        INSERT INTO authz.assignments (subject_id, role_id, resource_id)
            SELECT 1600000001, r.id, p FROM authz.roles AS r, generate_series({first}, {first + count - 1}) AS p
            WHERE r.name = 'Reader' AND r.resource_type = 'project';
        INSERT INTO authz.assignments (subject_id, role_id, resource_id)
            SELECT 1600000002, r.id, 1600000000 FROM authz.roles AS r
            WHERE r.name = 'Admin' AND r.resource_type = 'organization';
        RESET session_replication_role;
        CREATE TABLE plain.permitted (subject_id bigint, id bigint, PRIMARY KEY (subject_id, id));
        INSERT INTO plain.permitted
            SELECT s, p FROM generate_series(1, 10) AS s, generate_series({first}, {first + count - 1}) AS p""")
    for table in ("authz.resources", "authz.subjects", "authz.memberships", "authz.assignments", "plain.permitted"):
        session.run(f"VACUUM ANALYZE {table}")
    by_table = "SELECT cardinality(array_agg(id)) FROM plain.permitted WHERE subject_id = 5"
    for name, subject, text, target in (("lists_direct", 1600000001, "roles on each", 2.2),
                                        ("lists_organization", 1600000002, "one role on the organization", 1.3)):
        by_authz = f"SELECT cardinality(authz.permitted_ids('user:{name}', 'project.view', NULL::bigint))"
        for query in (by_table, by_authz):
            assert int(session.value(query)) == count, query
        timings = {"cold": [], "warm": [], "table": []}
        for n in range(bench.rounds):
            # A change of this subject's own: its next question starts from nothing.
            writer.run(f"UPDATE authz.assignments SET expires_at = '2100-01-01'::timestamptz + interval '{n} days' "
                       f"WHERE subject_id = {subject} AND resource_id IN ({first}, 1600000000)")
            for run, query in (("table", by_table), ("cold", by_authz), ("warm", by_authz)):
                timings[run].append(timed(session, lambda q=query: session.run(q)))
        bench.keep(f"P14 {name}", timings)
        cpu = {run: median(t.cpu for t in runs) for run, runs in timings.items()}
        bench.report("P14", f"permitted_ids of {count:,} ids, {text}, cold / array_agg from a table", target,
                     cpu["cold"] / cpu["table"], f"{cpu['cold'] * 1000:.1f} ms, table {cpu['table'] * 1000:.1f} ms")
        bench.report("", "the same, asked again", None, cpu["warm"] / cpu["table"], f"{cpu['warm'] * 1000:.1f} ms")
