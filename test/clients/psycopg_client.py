"""What psycopg 3 and the frameworks on it (SQLAlchemy, Django) send."""
import psycopg
from psycopg import errors

failures = 0


def check(name, got, wanted):
    global failures
    if got != wanted:
        failures += 1
        print(f"{name}: got {got!r}, wanted {wanted!r}")


def refused(connection, name, error, statement, parameters=()):
    try:
        with connection.transaction():
            connection.execute(statement, parameters)
    except error:
        return
    check(name, "done", error.__name__)


def session(subject, **options):
    connection = psycopg.connect(autocommit=True, **options)
    connection.execute("SET SESSION AUTHORIZATION regress_authz_app")
    connection.execute("SELECT set_config('authz.subject', %s, false)", (subject,))
    return connection


for binary in (False, True):
    olga, otto = session("user:olga"), session("user:otto")
    base = 2000 if binary else 1000

    def run(statement, *parameters, prepare=None):
        return olga.execute(statement, parameters, prepare=prepare, binary=binary).fetchall()

    create = "INSERT INTO projects (id, organization_id, name) VALUES (%s, %s, %s) RETURNING id, organization_id, name"
    check("create", run(create, base, 1, f"a{base}"), [(base, 1, f"a{base}")])
    # The same statement many times: prepared from the fifth on.
    for i in range(1, 12):
        check("prepared", run(create, base + i, 1, f"a{base + i}", prepare=True), [(base + i, 1, f"a{base + i}")])
    upsert = ("INSERT INTO projects VALUES (%s, %s, %s) ON CONFLICT (id) DO UPDATE SET name = excluded.name "
              "RETURNING name, (xmax = 0)")
    check("upsert of a new row", run(upsert, base + 50, 1, f"new{base}"), [(f"new{base}", True)])
    check("upsert of an old row", run(upsert, base + 50, 1, f"old{base}"), [(f"old{base}", False)])
    check("nothing", run("INSERT INTO projects VALUES (%s, 1, 'x') ON CONFLICT DO NOTHING RETURNING id", base), [])
    # What an object mapper sends when anything has changed: every column.
    check("update of all columns",
          run("UPDATE projects SET id = %s, organization_id = %s, name = %s WHERE id = %s RETURNING name",
              base, 1, f"b{base}", base), [(f"b{base}",)])
    with olga.cursor() as cursor:
        cursor.executemany("INSERT INTO projects VALUES (%s, 1, %s) RETURNING id",
                           [(base + 100 + i, f"m{base}{i}") for i in range(20)], returning=True)
        got = []
        while True:
            got += cursor.fetchall()
            if not cursor.nextset():
                break
        check("executemany", got, [(base + 100 + i,) for i in range(20)])
    with olga.pipeline():
        pending = [olga.execute(create, (base + 200 + i, 1, f"p{base}{i}"), binary=binary) for i in range(10)]
    check("pipeline", [c.fetchone()[0] for c in pending], [base + 200 + i for i in range(10)])
    check("question", run("SELECT authz.has_permission('project.edit', %s), authz.has_permission('project.edit', %s::text)",
                          base, str(base)), [(True, True)])

    refused(otto, "another's organization", errors.InsufficientPrivilege, create, (base + 400, 1, f"z{base}"))
    refused(otto, "another's row", errors.InsufficientPrivilege, upsert, (base, 2, "taken"))
    refused(olga, "a move to where she may do nothing", errors.UndefinedObject,
            "UPDATE projects SET organization_id = 2 WHERE id = %s", (base,))
    check("not seen", otto.execute("UPDATE projects SET name = 'x' WHERE id = %s", (base,)).rowcount, 0)
    check("delete", olga.execute("DELETE FROM projects WHERE id >= %s AND id < %s", (base, base + 1000)).rowcount, 43)
    olga.close()
    otto.close()

raise SystemExit(1 if failures else 0)
