"""P22 to P24: changes of roles among many tenants, a model of the size of Google Cloud's, explain."""
import json

from databases import create_database
from libpq import Connection
from measure import median, timed

ACTIONS = ("get", "list", "create", "update", "delete")


def measure(bench):
    role_changes(bench)
    large_model(bench)
    explain(bench)


def role_changes(bench):
    """P22: the same changes in a database with few roles and in one with those of many tenants."""
    tenants = bench.size("tenants")
    roles = {"roles_few": 1, "roles_many": tenants}
    statements = {
        "create_role": "SELECT authz.create_role('r' || $1::text, 'repository', owner => 'organization:me', inherits => 'read')",
        "add_permissions": "SELECT authz.add_permissions(authz.role_id('r' || $1::text, 'repository', 'organization:me'), "
                           "'{manage_webhooks}')",
        "set_inherits": "SELECT authz.set_inherits(authz.role_id('r' || $1::text, 'repository', 'organization:me'), 'triage')",
        "grant_role": "SELECT authz.grant_role('user:u', 'r' || $1::text, 'organization:me', role_type => 'repository')",
    }
    sessions = {}
    for name, owners in roles.items():
        create_database(name)
        admin = Connection(name)
        admin.run(f"""
            CREATE EXTENSION authz;
            SELECT authz.install_catalog('github');
            UPDATE authz.resource_types SET max_custom_roles = NULL;
            SELECT authz.create_resource('organization:me'), authz.add_member('organization:me', 'user:u');
            INSERT INTO authz.resources (resource) SELECT ('organization:o' || o)::authz.resource FROM generate_series(1, {owners}) AS o;
            INSERT INTO authz.roles (name, resource_type, owner_id, inherits_id)
                SELECT 'custom ' || n, 'repository', o.id, authz.role_id('read', 'repository')
                FROM authz.resources AS o, generate_series(1, 20) AS n
                WHERE o.resource::text LIKE 'organization:o%';""")
        admin.run("VACUUM ANALYZE")
        admin.close()
        session = bench.session(name)
        sessions[name] = session, {what: session.prepare(what, sql) for what, sql in statements.items()}
    count = 10 if bench.short else 40
    timings = {(name, what): [] for name in roles for what in statements}
    number = 0
    for turn in range(bench.rounds + 1):
        for what in statements:
            for name, (session, prepared) in sessions.items():
                runs = [timed(session, lambda n=n: prepared[what](n)) for n in range(number, number + count)]
                if turn > 0:
                    timings[name, what] += runs
        number += count
    bench.keep("P22", {f"{name} {what}": runs for (name, what), runs in timings.items()})
    cpu = {key: median(t.cpu for t in runs) for key, runs in timings.items()}
    for what in statements:
        few, many = cpu["roles_few", what], cpu["roles_many", what]
        bench.report("P22", f"{what} with {20 * tenants:,} roles of {tenants:,} tenants / 20 roles", 1.3, many / few,
                     f"{many * 1000:.2f} ms, {few * 1000:.2f} ms")


def large_model(bench):
    """P23: apply to an empty database, the same again, and the most that the backend has needed."""
    document = cloud_model(bench)
    rows = sum(len(role["permissions"]) for role in document["roles"])
    create_database("model_empty")
    admin = Connection("model_empty")
    admin.run("CREATE EXTENSION authz; CREATE TABLE document (document jsonb)")
    admin.run(f"INSERT INTO document VALUES ($document${json.dumps(document)}$document$)")
    admin.close()
    apply = "SELECT count(*) FROM document CROSS JOIN LATERAL authz.apply(document)"
    timings = {"first": [], "again": []}
    peaks = []
    for turn in range(max(3, bench.rounds)):
        name = f"model_{turn}"
        create_database(name, template="model_empty")
        session = Connection(name)
        changes = []
        timings["first"].append(timed(session, lambda s=session: changes.append(s.value(apply))))
        peaks.append(peak_memory(session))
        timings["again"].append(timed(session, lambda s=session: changes.append(s.value(apply))))
        assert int(changes[0]) >= len(document["permissions"]) and int(changes[1]) == 0, changes
        if turn > 0:
            session.run("VACUUM ANALYZE")
        session.close()
    bench.keep("P23", timings)
    cpu = {name: median(t.cpu for t in runs) for name, runs in timings.items()}
    size = f"{len(document['permissions']):,} permissions, {len(document['roles']):,} roles, {rows:,} rows"
    bench.report("P23", f"apply of {size}: s of CPU", 4, cpu["first"])
    bench.report("P23", "the same again, unchanged: s of CPU", 1, cpu["again"])
    bench.report("P23", "peak of the backend's own memory, MB", 300, median(peaks))


def peak_memory(session):
    """MB: the most that the process had mapped, without the shared buffers that it has touched."""
    with open(f"/proc/{session.pid}/status", encoding="ascii") as status:
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in status if line.startswith(("VmHWM", "RssShmem"))}
    return (kilobytes["VmHWM"] - kilobytes["RssShmem"]) / 1024


def explain(bench):
    """P24: explain in the large model, and through 20 levels of types, teams and roles."""
    session = bench.session("model_1")
    session.run("""
        SELECT authz.create_resource('organization:1'), authz.create_resource('folder:1', 'organization:1'),
               authz.create_resource('project:1', 'folder:1'), authz.add_member('organization:1', 'user:u');
        SELECT authz.grant_role('user:u', 'role10', 'project:1'), authz.grant_role('user:u', 'role20', 'project:1')""")
    granted = session.value("SELECT min(permission::text) FROM authz.role_permissions WHERE role_id = authz.role_id('role10', 'project')")
    denied = session.value("SELECT min(name::text) FROM authz.permissions AS p WHERE NOT EXISTS (SELECT FROM authz.role_permissions AS x "
                           "WHERE x.permission = p.name AND x.role_id IN (authz.role_id('role10', 'project'), authz.role_id('role20', 'project')))")
    levels = 20
    types = [{"name": f"type{n}", **({"parent": f"type{n - 1}"} if n else {"has_members": True})} for n in range(levels)]
    roles = [{"name": f"level{n}", "resource_type": f"type{levels - 1}", "permissions": [f"deep.p{n}"],
              **({"inherits": f"level{n - 1}"} if n else {})} for n in range(levels)]
    document = {"resource_types": types, "roles": roles,
                "permissions": [{"name": f"deep.p{n}", "resource_type": f"type{levels - 1}"} for n in range(levels)]}
    session.run(f"SELECT count(*) FROM authz.apply($document${json.dumps(document)}$document$)")
    for n in range(levels):
        session.run(f"SELECT authz.create_resource('type{n}:1'{f', $$type{n - 1}:1$$' if n else ''})")
        session.run(f"SELECT authz.create_team('team:t{n}', 'type0:1'{f', parent => $$team:t{n - 1}$$' if n else ''})")
    session.run(f"SELECT authz.add_member('type0:1', 'user:u'), authz.add_member('team:t{levels - 1}', 'user:u'), "
                f"authz.grant_role('team:t0', 'level{levels - 1}', 'type0:1', role_type => 'type{levels - 1}')")
    cases = {
        "granted, in the large model": ("project:1", granted, "t"),
        "denied, in the large model": ("project:1", denied, "f"),
        f"through {levels} levels of types, teams and roles": (f"type{levels - 1}:1", "deep.p0", "t"),
    }
    for _, (resource, permission, answer) in cases.items():
        assert session.value(f"SELECT authz.has_permission('user:u', '{permission}', '{resource}'::authz.resource)") == answer, permission
    actions = {name: (session, lambda r=resource, p=permission: session.run(f"SELECT * FROM authz.explain('user:u', '{p}', '{r}')"))
               for name, (resource, permission, _) in cases.items()}
    cpu = bench.interleave("P24", actions)
    for name in cases:
        bench.report("P24", f"explain {name}: ms", 10, cpu[name] * 1000)


def cloud_model(bench):
    """A model document of the shape of Google Cloud's: three roles with much of everything, many small ones."""
    count, roles, rows = bench.size("permissions"), bench.size("roles"), bench.size("role_permissions")
    services = 300
    names = [f"service{n % services}.thing{n // services // len(ACTIONS)}.{ACTIONS[n // services % len(ACTIONS)]}" for n in range(count)]
    sizes = [count * 3 // 4, count * 2 // 3, count * 2 // 5]
    small = roles - len(sizes)
    sizes += [(rows - sum(sizes)) // small + (n < (rows - sum(sizes)) % small) for n in range(small)]
    return {
        "resource_types": [{"name": "organization", "has_members": True}, {"name": "folder", "parent": ["folder", "organization"]},
                           {"name": "project", "parent": ["folder", "organization"]}],
        "permissions": [{"name": name, "resource_type": "project"} for name in names],
        # Steps without a common factor with the number of names: no name comes twice.
        "roles": [{"name": f"role{n}", "resource_type": "project", "permissions": [names[(n * 31 + 11 * i) % count] for i in range(size)]}
                  for n, size in enumerate(sizes)],
    }
