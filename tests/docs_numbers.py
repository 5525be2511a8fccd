#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the numbers in docs/ against the sources that they are about.

docs_numbers.py            as far as that takes no more than seconds
docs_numbers.py --write    puts today's in, those of `make fragmentation`, too

A page has tables between `<!-- NAME -->` and `<!-- /NAME -->`, and numbers in
sentences: those are the first group of a pattern below. Exit: 0 all are
today's; 1 some are not.
"""
import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/spin"),
                str(ROOT / "tests/target")]
import faults as model_faults  # noqa: E402
import mutants                 # noqa: E402
import planted                 # noqa: E402
import run as spin             # noqa: E402
import transitions             # noqa: E402

# A folder of its own, for other checks come at the same time.
LAYOUT = "build/docs"
CLOCKS = (16, 48, 160)  # MHz
BOARDS = {"M0": "Cortex-M0", "M4": "Cortex-M4", "RV32": "RV32"}
FAST = ("pidigits", "hexiom", "every other, then twice")


def run(*command):
    return subprocess.run(command, cwd=ROOT, check=True, text=True,
                          capture_output=True).stdout


def text_of(*paths):
    return "".join(path.read_text() for path in paths)


# ---- Tables ----------------------------------------------------------------


def table(heads, rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in
                     [heads, ["---:"] * len(heads), *rows]) + "\n"


def overhead():
    found = re.findall(r"^metadata: ([\d.]+) % of (\d+) KiB, (\d+) bytes",
                       run("make", "-s", "metadata", f"LAYOUT={LAYOUT}"), re.MULTILINE)
    return table(
        ["heap, KiB", "its own data, bytes", "percent", "left, blocks of 16"],
        [[kib, f"{int(own):,}", percent,
          f"{(int(kib) * 1024 - int(own)) // 16:,}"]
         for percent, kib, own in found])


def figures():
    """The page that has the figures of `make figures`."""
    for page in (ROOT / "docs/figures.md", ROOT / "README.md"):
        if page.exists() and "collect 64 KiB" in page.read_text():
            return page.read_text()
    sys.exit("docs: no page has the figures")


def row(name):
    """{board: what the row of the figures says}, as the head above names it."""
    lines = figures().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"| {name}"))
    head = next(line for line in reversed(lines[:at]) if "<br>" in line)
    cells = [[cell.strip() for cell in line.strip("|").split("|")]
             for line in (head, lines[at])]
    return {board.split("<br>")[0]: cell
            for board, cell in zip(cells[0][1:], cells[1][1:])}


def pauses():
    taken = row("collect 64 KiB, half dead")
    rows = []
    for board, name in BOARDS.items():
        n = int(taken[board].replace(",", ""))
        rows.append([name, f"{n:,}", f"{n / 64:,.0f}",
                     *[f"{n / clock / 1000:.1f} ms" for clock in CLOCKS]])
    return table(["core", "instructions, 64 KiB", "each KiB",
                  *[f"at {clock} MHz" for clock in CLOCKS]], rows)


def fragmentation(*programs):
    program = f"{LAYOUT}/bench/sizing/fragmentation"
    run("make", "-s", f"LAYOUT={LAYOUT}", program)
    return run(program, "rig/traces", *programs)


TABLES = {"overhead": overhead, "pauses": pauses,
          "fragmentation": fragmentation}


def block_of(name):
    return re.compile(rf"(<!-- {name} -->\n)(.*?)(<!-- /{name} -->)", re.DOTALL)


def fragmentation_differs(there):
    """Rows of the programs that take no time, which the page lacks."""
    return [line for line in fragmentation(*FAST).splitlines()
            if line not in there.splitlines()]


def tables_check(page, text, write):
    """The page with today's tables, and what was wrong."""
    wrong = []
    for name, make in TABLES.items():
        found = block_of(name).search(text)
        if not found:
            continue
        if write:
            text = block_of(name).sub(
                lambda m, new=make(): m[1] + new + m[3], text)
        elif name == "fragmentation":
            wrong += [f"{page}: {name}: not there: {line}"
                      for line in fragmentation_differs(found[2])]
        elif found[2] != make():
            wrong.append(f"{page}: {name}: not today's")
    return text, wrong


# ---- Numbers in sentences --------------------------------------------------


def listed(word):
    """What the preemption suite has of these: scenarios, actions."""
    run("make", "-s", "-C", "tests/preempt")
    return len(re.findall(rf"^{word} ", run("build/preempt/preempt", "--list"),
                          re.MULTILINE))


def unit_tests():
    """Functions that a suite of cmocka runs."""
    suites = [*ROOT.glob("tests/unit/test_*.c"),
              *ROOT.glob("tests/model/test_*.c"),
              *ROOT.glob("tests/regress/test_*.c")]
    return len(re.findall(r"^static void test_\w+\(", text_of(*suites),
                          re.MULTILINE))


def lines(*patterns):
    files = [path for pattern in patterns for path in ROOT.glob(pattern)]
    return text_of(*files).count("\n")


def core_lines():
    return round(lines("src/*.[ch]"), -3)


def test_lines():
    return round(lines(*(f"{folder}/**/*.{ext}" for ext in
                         ("c", "h", "py", "sh") for folder in
                         ("tests", "torture", "rig"))), -4)


def corpus(kind):
    return len([*(ROOT / "tests/fuzz/corpus" / kind).iterdir()])


def untaken():
    page = (ROOT / "tests/coverage/untaken.txt").read_text()
    return sum(1 for line in page.splitlines() if line.startswith("src/"))


def regress_lines():
    page = (ROOT / "tests/explore/regress.txt").read_text()
    return sum(1 for line in page.splitlines() if line and line[0] != "#")


def readme(pattern):
    found = re.search(pattern, " ".join((ROOT / "README.md").read_text().split()))
    return found[1] if found else "none in the README"


def derived_functions():
    found = re.search(r"Of ([\d,]+) functions none is unsafe",
                      (ROOT / "DESIGN.md").read_text())
    return found[1]


def quotients(column, *names):
    """Of programs in the table of docs/sizing.md; default: the recorded ones."""
    found = block_of("fragmentation").search(
        (ROOT / "docs/sizing.md").read_text())[2]
    cells = [[cell.strip() for cell in line.strip("|").split("|")]
             for line in found.splitlines()[2:]]
    names = names or [cell[0] for cell in cells if cell[0].isalpha()]
    return [cell[column] for cell in cells if cell[0] in names]


PLAIN, EARLY = 5, 8
NOT_THE_WORST = ("json", "compile", "chaos", "logger", "pidigits", "hexiom",
                 "records, 16 to 64 bytes", "sizes from 16 to 4,096",
                 "records and frames", "growing by doubling")

# Page, pattern, number.
NUMBERS = [
    ("sizing", r"multiply by: ([\d.]+) to", lambda: min(quotients(PLAIN))),
    ("sizing", r"([\d.]+) in recorded", lambda: max(quotients(PLAIN))),
    ("sizing", r"it takes ([\d.]+) to",
     lambda: min(quotients(EARLY, *NOT_THE_WORST))),
    ("sizing", r"to ([\d.]+) times then",
     lambda: max(quotients(EARLY, *NOT_THE_WORST))),
    ("sizing", r"among them: ([\d.]+) times",
     lambda: quotients(PLAIN, "records and frames")[0]),
    ("testing", r"some ([\d,]+) lines of C", core_lines),
    ("testing", r"some ([\d,]+) lines that test", test_lines),
    ("testing", r"([\d,]+) unit tests", unit_tests),
    ("testing", r"([\d,]+) scenarios and [\d,]+ actions",
     lambda: listed("scenario")),
    ("testing", r"scenarios and ([\d,]+) actions", lambda: listed("action")),
    ("testing", r"([\d.]+) million points",
     lambda: readme(r"([\d.]+) million points")),
    ("testing", r"([\d,]+) faults planted in the code",
     lambda: len(mutants.FAULTS)),
    ("testing", r"([\d,]+) in the model", lambda: len(model_faults.FAULTS)),
    ("testing", r"([\d,]+) of these are harmless",
     lambda: sum(1 for f in model_faults.FAULTS if f.harmless)),
    ("testing", r"([\d,]+) on the boards, in", lambda: len(planted.FAULTS)),
    ("testing", r"([\d,]+) transitions", lambda: len(transitions.transitions())),
    ("testing", r"([\d,]+) searches", lambda: len(spin.SEARCHES)),
    ("testing", r"([\d,]+) of them by `make models`",
     lambda: sum(1 for s in spin.SEARCHES if s.daily)),
    ("testing", r"([\d,]+) runs that have once", regress_lines),
    ("testing", r"([\d,]+) programs of handlers", lambda: corpus("handlers")),
    ("testing", r"([\d,]+) of the model heap", lambda: corpus("model")),
    ("testing", r"([\d,]+) of set-ups", lambda: corpus("init")),
    ("testing", r"([\d,]+) branches are listed", untaken),
    ("testing", r"points in ([\d,]+) scenarios", lambda: listed("scenario")),
    ("testing", r"`make mutants` \| ([\d,]+) \|",
     lambda: sum(map(len, (mutants.FAULTS, model_faults.FAULTS,
                           planted.FAULTS)))),
    ("testing", r"([\d,]+) inputs kept",
     lambda: sum(map(corpus, ("handlers", "model", "init")))),
    ("testing", r"([\d,]+) bounds are missed",
     lambda: figures().count("| missed |")),
    ("testing", r"([\d,]+) functions of the corpus", derived_functions),
]


def numbers_check(page, text, write):
    wrong = []
    for where, pattern, count in NUMBERS:
        if where != page.stem:
            continue
        pattern = pattern.replace(" ", r"\s+")
        number = count()
        number = f"{number:,}" if isinstance(number, int) else number
        found = re.findall(pattern, text)
        if not found:
            wrong.append(f"{page}: no longer says: {pattern}")
        elif set(found) != {number} and not write:
            wrong.append(f"{page}: {found}, but it is {number}: {pattern}")
        text = re.sub(pattern, lambda m, n=number: m[0].replace(m[1], n, 1),
                      text)
    return text, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    wrong = []
    for page in sorted((ROOT / "docs").glob("*.md")):
        before = text = page.read_text()
        for check in (tables_check, numbers_check):
            text, more = check(page, text, options.write)
            wrong += more
        if options.write and text != before:
            page.write_text(text)
    for line in wrong:
        print("docs:", line)
    print(f"docs: {len(NUMBERS)} numbers, {len(wrong)} wrong")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
