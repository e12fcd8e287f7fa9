"""Timing, medians and the table of results: what every group of measurements shares."""
import json
import statistics
import sys
import time

from libpq import Connection


class Timing:
    """What one run of something cost."""

    def __init__(self, cpu, wall):
        self.cpu = cpu
        self.wall = wall


def timed(connection, action, times=1):
    """Run action so often; what one costs in the backend of connection (CPU) and the caller (wall)."""
    cpu, wall = connection.cpu(), time.perf_counter()
    for _ in range(times):
        action()
    return Timing((connection.cpu() - cpu) / times, (time.perf_counter() - wall) / times)


def median(values):
    return statistics.median(values)


class Bench:
    """One run of the benchmark: its size, its sessions, its results."""

    # Rows of a table, users of a model: full size, and of the short form.
    SIZES = {
        "docs": (1_000_000, 100_000),
        "organizations": (1_000, 100),
        "users": (34_000, 3_400),
        "copied": (1_000_000, 100_000),
        "listed": (100_000, 10_000),
        "checked": (1_000_000, 100_000),
        "holders": (20_000, 2_000),
        "tenants": (1_000, 100),
        "permissions": (13_790, 1_379),
        "roles": (2_461, 247),
        "role_permissions": (165_179, 16_517),
        "scale": (1_000_000, 30_000),
    }

    def __init__(self, floor, short, rounds, fast=False):
        self.floor = floor          # path of floor.so
        self.short = short
        self.rounds = rounds
        self.fast = fast            # without the slowest contenders
        self.rows = []              # the lines of the result
        self.raw = {}               # every single timing
        self.plans = {}             # what EXPLAIN says of each policy
        self.scans = {}             # state -> subject -> contender -> seconds: for the chart
        self._sessions = []
        self._started = time.monotonic()

    def size(self, name):
        return self.SIZES[name][self.short]

    def say(self, text):
        print(f"[{time.monotonic() - self._started:6.0f} s] {text}", file=sys.stderr, flush=True)

    def session(self, database="bench", role=None, subject=None, setup=""):
        """A connection as a database role that acts for a subject, in both systems."""
        connection = Connection(database, "LOAD 'authz'; SET search_path = public;" + setup)
        self._sessions.append(connection)
        become(connection, role, subject)
        return connection

    def close_sessions(self):
        """End every session: the next group of measurements opens its own."""
        for connection in self._sessions:
            connection.close()
        self._sessions.clear()

    # What takes less than this is run several times in a turn.  Once would measure how
    # much of the processor's caches the case before it has taken, and nothing else.
    TURN = 0.03
    # There are as many turns as fit into this, but never fewer than asked for.
    ENOUGH = 4.0
    MOST_TURNS = 15

    def interleave(self, label, cases, repeat=True):
        """Run every case in turn, again and again.

        cases maps a name to a pair (connection, action).  Returns name -> median
        CPU seconds of one run, and keeps every single timing under the label.  With
        repeat every case runs once unmeasured; without, only as often as asked for.
        """
        times = {name: 1 for name in cases}
        rounds = self.rounds
        if repeat:
            first = {name: timed(connection, action).wall for name, (connection, action) in cases.items()}
            for name, wall in first.items():
                times[name] = max(1, min(100, int(self.TURN / wall)))
            turn = sum(max(wall, self.TURN) for wall in first.values())
            rounds = max(rounds, min(self.MOST_TURNS, int(self.ENOUGH / turn)))
        timings = {name: [] for name in cases}
        for _ in range(rounds):
            for name, (connection, action) in cases.items():
                timings[name].append(timed(connection, action, times[name]))
        self.keep(label, timings)
        return {name: median(t.cpu for t in runs) for name, runs in timings.items()}

    def keep(self, label, timings):
        """Remember single timings for results.json."""
        self.raw[label] = {name: {"cpu": [t.cpu for t in runs], "wall": [t.wall for t in runs]}
                           for name, runs in timings.items()}

    def report(self, identifier, what, target, measured, note=""):
        """One line of the result; target None: for information, not judged."""
        holds = "" if target is None else "yes" if measured <= target else "NO"
        self.rows.append({"id": identifier, "what": what, "target": target,
                          "measured": measured, "holds": holds, "note": note})
        self.say(f"{identifier} {what}: {number(measured)} {note} {holds}")

    def table(self):
        """The result as lines of text, columns aligned."""
        cells = [("id", "what", "at most", "measured", "holds", "note")]
        cells += [(r["id"], r["what"], number(r["target"]), number(r["measured"]), r["holds"], r["note"])
                  for r in self.rows]
        widths = [max(len(row[i]) for row in cells) for i in range(6)]
        lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                 for row in cells]
        lines.insert(1, "-+-".join("-" * width for width in widths))
        return lines

    def plan_of_few(self):
        """What EXPLAIN says of the policy for the subject who sees 0.1 %, as lines of text."""
        plan = self.plans.get("vacuumed sees_01 authz")
        return ["", "EXPLAIN SELECT count(*) FROM doc, for who sees 0.1 %:"] + plan if plan else []

    def failed(self):
        return [row for row in self.rows if row["holds"] == "NO"]

    def save(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"short": self.short, "rounds": self.rounds, "rows": self.rows,
                       "timings": self.raw, "plans": self.plans}, file, indent=1)


def become(connection, role, subject):
    """Let a superuser's session act as a database role for a subject."""
    if subject:
        connection.run(f"RESET ROLE; SET authz.subject = '{subject}'; SET app.subject = '{subject}'")
    if role:
        connection.run(f"SET ROLE {role}")


def number(value):
    """A ratio with the digits that matter."""
    if value is None:
        return ""
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    if value >= 0.1:
        return f"{value:.2f}"
    if value >= 0.001:
        return f"{value:.4f}"
    return f"{value:.2g}"
