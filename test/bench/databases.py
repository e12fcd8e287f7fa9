"""The databases that are measured: roles, the floor functions, the model, the application's table."""
import pathlib

from libpq import Connection

HERE = pathlib.Path(__file__).parent

# A database role for each contender: doc.sql gives each its policy.
ROLES = ("bench_floor", "bench_authz", "bench_any", "bench_in", "bench_exists", "bench_sql", "bench_plpgsql")


def create_roles():
    """Roles belong to the whole cluster."""
    postgres = Connection("postgres")
    for role in ROLES:
        postgres.run(f"CREATE ROLE {role}")
    postgres.run("CREATE ROLE bench_none BYPASSRLS")


def create_database(name, template=None):
    postgres = Connection("postgres")
    postgres.run(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    postgres.close()


def load_model(name, floor, organizations, users, project_grants, special):
    """A database with the extension and the model; returns a session of the superuser."""
    create_database(name)
    postgres = Connection("postgres")
    for setting, value in (("organizations", organizations), ("users", users),
                           ("project_grants", project_grants), ("special", int(special))):
        postgres.run(f"ALTER DATABASE {name} SET bench.{setting} = '{value}'")
    postgres.close()

    admin = Connection(name, "SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'; SET synchronous_commit = off;")
    admin.run(f"""
        CREATE SCHEMA floor;
        CREATE FUNCTION floor.always(text, anyelement) RETURNS boolean
            LANGUAGE c STABLE STRICT LEAKPROOF PARALLEL SAFE AS '{floor}', 'floor_true';
        CREATE FUNCTION floor.clock() RETURNS bigint
            LANGUAGE c VOLATILE AS '{floor}', 'floor_clock';
        CREATE FUNCTION floor.pages() RETURNS bigint
            LANGUAGE c VOLATILE AS '{floor}', 'floor_pages';
        CREATE FUNCTION floor.empty_caches() RETURNS void
            LANGUAGE c VOLATILE AS '{floor}', 'floor_empty_caches';
        CREATE EXTENSION authz;
        SELECT authz.install_catalog('semaphore');""")
    script(admin, "model.sql")
    script(admin, "authz.sql")
    return admin


def script(connection, name):
    connection.run((HERE / "sql" / name).read_text(encoding="utf-8"))


def load_application(admin, docs):
    """The hand-written tables and the application's table with all its policies."""
    admin.run(f"SET bench.docs = '{docs}'")
    script(admin, "plain.sql")
    script(admin, "doc.sql")


def copy_table(connection, original, copy):
    """An empty table with the keys, indexes and foreign keys of another, and nothing else."""
    connection.run(f"CREATE TABLE {copy} (LIKE {original} INCLUDING ALL)")
    for (definition,) in connection.run(
            f"SELECT pg_get_constraintdef(oid) FROM pg_constraint "
            f"WHERE conrelid = '{original}'::regclass AND contype = 'f' ORDER BY conname"):
        connection.run(f"ALTER TABLE {copy} ADD {definition}")
