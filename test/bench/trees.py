"""P25 and P26: resources that are nested 20 deep, and a move of a folder with much beneath it."""
import random

from databases import create_database
from libpq import Connection
from measure import median, timed

DEEP, SHALLOW = 20, 2
FOLDERS = 1_000


def measure(bench):
    load(bench)
    depth(bench)
    moves(bench)


def load(bench):
    """Two organizations with as many folders and projects: beneath each other, and beside each other."""
    projects = bench.size("listed")
    create_database("trees")
    admin = Connection("trees")
    admin.run("""
        CREATE EXTENSION authz;
        SELECT count(*) FROM authz.apply('{
            "resource_types": [{"name": "organization", "has_members": true},
                               {"name": "folder", "parent": ["folder", "organization"]},
                               {"name": "project", "parent": ["folder", "organization"]}],
            "permissions": [{"name": "project.view", "resource_type": "project"}, {"name": "folder.view", "resource_type": "folder"}],
            "roles": [{"name": "reader", "resource_type": "project", "permissions": ["project.view"]},
                      {"name": "viewer", "resource_type": "folder", "permissions": ["folder.view"], "base_roles": ["project:reader"]}]}');
        SELECT authz.create_resource('organization:deep'), authz.create_resource('organization:shallow')""")
    chains = FOLDERS // (DEEP - 1)
    for level in range(DEEP - 1):
        parent = f"'folder:deep-' || c || '-{level - 1}'" if level else "'organization:deep'"
        admin.run(f"""
            INSERT INTO authz.resources (resource, parent_id)
            SELECT ('folder:deep-' || c || '-{level}')::authz.resource, (SELECT id FROM authz.resources WHERE resource = ({parent})::authz.resource)
            FROM generate_series(1, {chains}) AS c""")
    admin.run(f"""
        INSERT INTO authz.resources (resource, parent_id)
        SELECT ('folder:shallow-' || c)::authz.resource, o.id
        FROM generate_series(1, {chains * (DEEP - 1)}) AS c, authz.resources AS o WHERE o.resource = 'organization:shallow';
        INSERT INTO authz.resources (resource, parent_id)
        SELECT ('project:' || {projects} * k.n + i)::authz.resource, f.id
        FROM (VALUES (0, 'folder:deep-%s-{DEEP - 2}', {chains}), (1, 'folder:shallow-%s', {chains * (DEEP - 1)})) AS k (n, folder, folders)
        CROSS JOIN generate_series(1, {projects}) AS i
        JOIN authz.resources AS f ON f.resource = format(k.folder, 1 + i % k.folders)::authz.resource;
        INSERT INTO authz.subjects (subject) SELECT ('user:' || k || i)::authz.subject FROM unnest('{{deep,shallow}}'::text[]) AS k, generate_series(1, 10000) AS i;
        INSERT INTO authz.assignments (subject_id, role_id, resource_id)
        SELECT s.id, authz.role_id('viewer', 'folder'), o.id
        FROM unnest('{{deep,shallow}}'::text[]) AS k
        JOIN authz.subjects AS s ON s.subject::text LIKE 'user:' || k || '%'
        JOIN authz.resources AS o ON o.resource = ('organization:' || k)::authz.resource""")
    admin.run("VACUUM ANALYZE")
    admin.close()


def depth(bench):
    projects = bench.size("listed")
    generic = "SET plan_cache_mode = force_generic_plan;"
    trees = {"deep": 0, "shallow": projects}
    sessions = {name: bench.session("trees", setup=generic) for name in trees}
    checks = {name: session.prepare("check", "SELECT authz.has_permission($1::authz.subject, 'project.view', $2::bigint)")
              for name, session in sessions.items()}
    draw = random.Random(25)
    count = 100 if bench.short else 400
    cold = {name: [] for name in trees}
    user = 0
    for turn in range(bench.rounds + 1):
        batch = [(user + n + 1, draw.randint(1, projects)) for n in range(count)]
        user = (user + count) % 9_000
        for name, first in trees.items():
            answers = []
            runs = [timed(sessions[name], lambda u=u, p=p, n=name, f=first: answers.append(checks[n](f"user:{n}{u}", f + p)[0][0]))
                    for u, p in batch]
            assert answers == ["t"] * count
            if turn > 0:
                cold[name] += runs
    bench.keep("P25 cold", cold)
    cpu = {name: median(t.cpu for t in runs) for name, runs in cold.items()}
    bench.report("P25", f"cold check of a project {DEEP} deep / {SHALLOW} deep", 2, cpu["deep"] / cpu["shallow"],
                 f"{cpu['deep'] * 1e6:.0f} us, {cpu['shallow'] * 1e6:.0f} us")

    warm = {}
    for name, first in trees.items():
        session = bench.session("trees", subject=f"user:{name}1")
        session.run(f"CREATE TEMP TABLE ids AS SELECT i::bigint AS id FROM generate_series({first} + 1, {first} + {min(projects, 20_000)}) AS i; ANALYZE ids")
        # As a filter of a scan, every id again and again.
        warm[name] = (session, lambda s=session: s.value("SELECT count(*) FROM ids WHERE authz.has_permission('project.view', id + 0)"))
    cpu = bench.interleave("P25 warm", warm)
    bench.report("P25", f"warm check, {DEEP} deep / {SHALLOW} deep", 1.0, cpu["deep"] / cpu["shallow"])

    lists = {name: (session, lambda s=session, n=name: listed(s, n)) for name, session in sessions.items()}
    cpu = bench.interleave("P25 lists", lists)
    bench.report("P25", f"permitted_ids of {projects:,} projects, {DEEP} deep / {SHALLOW} deep", 1.5, cpu["deep"] / cpu["shallow"],
                 f"{cpu['deep'] * 1000:.1f} ms, {cpu['shallow'] * 1000:.1f} ms")


def listed(session, name):
    # Each time for somebody else, so that nothing is cached.
    listed.user = getattr(listed, "user", 0) % 9_000 + 1
    session.run(f"SELECT cardinality(authz.permitted_ids('user:{name}{listed.user}', 'project.view', NULL::bigint))")


def moves(bench):
    """P26: a folder with everything beneath, between two folders of one organization, against a grant."""
    projects = bench.size("listed")
    admin = bench.session("trees")
    admin.run(f"""
        SELECT authz.create_resource('folder:here', 'organization:shallow'), authz.create_resource('folder:there', 'organization:shallow'),
               authz.create_resource('folder:big', 'folder:here'), authz.create_resource('folder:empty', 'folder:here');
        UPDATE authz.resources SET parent_id = (SELECT id FROM authz.resources WHERE resource = 'folder:big') WHERE resource::text LIKE 'folder:shallow-%'""")
    admin.run("VACUUM ANALYZE authz.resources")
    move = admin.prepare("move", "SELECT authz.move_resource($1, $2)")
    grant = admin.prepare("grant", "SELECT authz.grant_role($1, 'viewer', 'folder:here', source => 'p26')")
    count = 20 if bench.short else 100
    timings = {"big": [], "empty": [], "grant": []}
    for turn in range(bench.rounds + 1):
        for name in ("big", "empty"):
            runs = [timed(admin, lambda n=name, i=i: move(f"folder:{n}", ("folder:there", "folder:here")[i % 2])) for i in range(count)]
            if turn > 0:
                timings[name] += runs
        runs = [timed(admin, lambda u=turn * count + i: grant(f"user:deep{u + 1}")) for i in range(count)]
        if turn > 0:
            timings["grant"] += runs
    bench.keep("P26", timings)
    wall = {name: median(t.wall for t in runs) for name, runs in timings.items()}
    cpu = {name: median(t.cpu for t in runs) for name, runs in timings.items()}
    bench.report("P26", f"move of a folder with {projects:,} projects beneath / of an empty one, with commit", 1.3, wall["big"] / wall["empty"],
                 f"{wall['big'] * 1e6:.0f} us, {wall['empty'] * 1e6:.0f} us")
    bench.report("P26", "move of that folder / grant_role, with commit", 2, wall["big"] / wall["grant"], f"grant_role {wall['grant'] * 1e6:.0f} us")
    bench.report("", "the same, CPU of the backend", None, cpu["big"] / cpu["grant"], f"{cpu['big'] * 1e6:.0f} us, {cpu['grant'] * 1e6:.0f} us")
