"""The chart, and the numbers in doc/performance.md."""
import shutil
import subprocess
import tempfile

from databases import HERE
from measure import number
from rows import SHARES, SHARE_TEXT

BEGIN, END = "<!-- recorded by make bench RECORD=1 -->\n", "<!-- end of the record -->\n"

# Columns of the chart: a contender and how readers know it.
CONTENDERS = (("authz", "authz"), ("any", "= ANY (ARRAY(SELECT ...))"), ("in", "IN (SELECT ...)"),
              ("floor", "C function that returns true"), ("exists", "naive EXISTS"),
              ("sql", "SQL function"), ("plpgsql", "PL/pgSQL function"))


def chart(bench, path):
    """Draw count(*) under each policy as a multiple of no policy."""
    with tempfile.NamedTemporaryFile("w", suffix=".dat", encoding="utf-8") as data:
        print("share", *(f'"{title}"' for _, title in CONTENDERS), file=data)
        for subject in SHARES:
            times = bench.scans["vacuumed"][subject]
            print(f'"sees {SHARE_TEXT[subject]}"',
                  *(times[name] / times["none"] if name in times else "NaN" for name, _ in CONTENDERS), file=data)
        data.flush()
        subprocess.run(["gnuplot", "-e", f"data = '{data.name}'; columns = {len(CONTENDERS)}; "
                                         f"rows = '{bench.size('docs'):,}'",
                        "-e", f"set output '{path}'", HERE / "chart.gp"], check=True)


def kept_lines(page, measured):
    """Lines of the earlier record about what this run has not measured, each with those without an id below it."""
    kept, keep = [], False
    for line in page.splitlines():
        if not line.startswith("| ") or line.startswith("| id "):
            continue
        identifier = line.split("|")[1].strip()
        if identifier:
            keep = identifier not in measured
        if keep:
            kept.append(line)
    return kept


def record(bench, groups, svg, doc):
    """Put the result between the marks in doc/performance.md, and the chart beside it.

    What this run has not measured stays as it was recorded before.
    """
    page = doc / "performance.md"
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    earlier, after = rest.split(END)
    kept = kept_lines(earlier, {r["id"] for r in bench.rows})
    lines = ["![count(*) under each policy](performance.svg)", "",
             f"Groups {', '.join(groups)}; at least {bench.rounds} interleaved runs of each case."]
    if kept:
        names = sorted({line.split("|")[1].strip() for line in kept} - {""}, key=lambda name: int(name[1:]))
        lines += [f"Not measured in this run, and kept from an earlier one: {', '.join(names)}."]
    lines += [""]
    lines += ["| id | what | at most | measured | holds |", "|---|---|---|---|---|"]
    lines += [f"| {r['id']} | {r['what']}{' (' + r['note'] + ')' if r['note'] else ''} | {number(r['target'])} "
              f"| {number(r['measured'])} | {r['holds']} |" for r in bench.rows]
    lines += kept
    caption, *plan = bench.plan_of_few()[1:]
    lines += ["", caption, "", "```", *plan, "```"]
    page.write_text(before + BEGIN + "\n".join(lines) + "\n" + END + after, encoding="utf-8")
    shutil.copy(svg, doc / "performance.svg")
