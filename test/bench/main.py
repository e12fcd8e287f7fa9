"""Runs the benchmark in the cluster that PGHOST and PGPORT name; see run."""
import argparse
import pathlib
import sys

import bulk
import changes
import models
import points
import rows
import scale
import trees
from databases import create_roles, load_application, load_model
from measure import Bench
from record import chart, record

HERE = pathlib.Path(__file__).parent
GROUPS = {"rows": rows, "points": points, "changes": changes, "bulk": bulk, "models": models, "trees": trees, "scale": scale}
# What makes its own databases.
APART = {"models", "trees", "scale"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--floor", required=True, help="floor.so, readable by the server")
    parser.add_argument("--short", action="store_true", help="a tenth of the data: a look, not a measurement")
    parser.add_argument("--record", action="store_true", help="write the result to doc/")
    parser.add_argument("--fast", action="store_true", help="without P5, whose contenders take a quarter of an hour")
    parser.add_argument("--rounds", type=int, help="interleaved runs of every case (5; short 3)")
    parser.add_argument("groups", nargs="*", default=[], help=" ".join(GROUPS))
    arguments = parser.parse_args()
    unknown = set(arguments.groups) - set(GROUPS)
    if unknown:
        parser.error(f"no such group: {', '.join(sorted(unknown))}")

    bench = Bench(arguments.floor, arguments.short, arguments.rounds or (3 if arguments.short else 5), arguments.fast)
    groups = arguments.groups or list(GROUPS)
    if arguments.record and (bench.short or "rows" not in groups):
        parser.error("only a full run with the group rows, whose chart belongs to it, is recorded")
    create_roles()
    if set(groups) - APART:
        load_base(bench)
    try:
        for name in groups:
            bench.say(f"group {name}")
            GROUPS[name].measure(bench)
            bench.close_sessions()
    finally:
        # Also what was measured before something failed.
        print("\n".join(bench.table()))
        print("\n".join(bench.plan_of_few()))
        bench.save(HERE / "results.json")
    if bench.scans:
        chart(bench, HERE / "performance.svg")
    if arguments.record:
        record(bench, groups, HERE / "performance.svg", HERE.parent.parent / "doc")
    return 1 if bench.failed() else 0


def load_base(bench):
    """1,000 organizations with 20,000 projects, 1,000,000 assignments, 1,000,000 documents."""
    admin = load_model("bench", bench.floor, organizations=bench.size("organizations"), users=bench.size("users"),
                       project_grants=27, special=True)
    load_application(admin, bench.size("docs"))
    admin.run("VACUUM ANALYZE")
    assignments = admin.value("SELECT count(*) FROM authz.assignments")
    bench.say(f"loaded: {bench.size('docs'):,} documents, {int(assignments):,} assignments")
    admin.close()


if __name__ == "__main__":
    sys.exit(main())
