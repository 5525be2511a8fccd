#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which suites find which transition of DESIGN.md broken: docs/transitions.md.

transitions.py              that the table has all of today's transitions and
                            faults
transitions.py --write [T4 ...] [unit ...]
                            plants each fault of these transitions in each of
                            these suites alone (default: all), for some seconds,
                            and writes the table; more than an hour
Exit: 0 all is well, 1 the table is not today's, 2 a fault fits no more.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/spin")]
import faults as model_faults  # noqa: E402
import functions as model      # noqa: E402
import mutants                 # noqa: E402
import run as spin             # noqa: E402

TABLE = ROOT / "docs/transitions.md"
SECONDS = 8
CORE = ("explore", "preempt", "unit", "fuzz")
SUITES = CORE + ("torture", "boards", "models")

# Only these suites know of what is linked by who uses it.
KITS = {"src/stacks.c": "stacks", "src/exchange.c": "exchange"}

# Faults whose names do not say which transition they leave out or break.
MORE = {"trap 2:": "T11", "bug 1:": "T15", "object_end: ": "T15",
        "trap 16:": "T3", "hints: ": "T4", "clear: ": "T9", "claim: ": "T1", "trap 1:": "T11",
        "sweep: ": "T11", "trap 9:": "T5", "trap 6:": "T8", "bug 3:": "T16",
        "root_add: ": "T16", "stacks: taken off": "T22", "exchange: ": "T23",
        "compare and store: ": "T24", "overflow: ": "T14", "collect: a sweep": "T8"}

# Its comment is not at its function.
MORE_WINDOWS = {"count": "T18"}

HEAD = """# Who finds a transition broken

Faults planted in each transition of [DESIGN.md](../DESIGN.md#transitions), one
at a time: its masked window left out, what it compares not compared, what it
does not done, done elsewhere or in another order. A cell says how many of
those planted each suite finds *alone*, in some {seconds} seconds; longer runs
find more. On a board (mps2-an386) only the windows are left out, and SPIN has
faults of its own, in the model. A blank: none planted; `?`: not counted since
one was added.

`tests/transitions.py --write` plants them and writes this table, and `make test`
sees that it has today's transitions and faults. `make mutants` sees that each
of them is found by the suites that are named for it.

| | transition | {suites} |
| --- | --- |{rule}
"""


def transitions():
    """{"T1": what it does}, by DESIGN.md."""
    rows = re.findall(r"^\| (T\d+) \| [^|]* \| ([^|]*) \|", model.ROOT.joinpath(
        "DESIGN.md").read_text(), re.MULTILINE)
    return {name: what.strip() for name, what in rows}


def window_transition(fault):
    """By the comment above the function whose window is left out."""
    text = (ROOT / fault.file).read_text()
    at = re.search(rf"^[^\n/]*\b{fault.becomes}\(", text, re.MULTILINE).start()
    named = re.findall(r"^// (T\d+) ", text[:at], re.MULTILINE)
    return named[-1] if named else None


def core_transition(fault):
    if fault.text is mutants.UNMASK:
        return MORE_WINDOWS.get(fault.becomes) or window_transition(fault)
    named = re.search(r"\b(T\d+)\b", fault.name)
    more = [t for start, t in MORE.items() if fault.name.startswith(start)]
    return named[1] if named else more[0] if more else None


def model_transition(fault):
    """By the comment above what is changed in the model."""
    text = model.MODEL.read_text()
    at = max(text.find(old) for old, _ in fault.changes)
    named = re.findall(r"^    /\* (T\d+)\b", text[:at], re.MULTILINE)
    return named[-1] if named else None


def planted():
    """{(transition, suite): faults}"""
    cells = collections.defaultdict(list)
    for fault in mutants.FAULTS:
        t = core_transition(fault)
        is_service = fault.file in KITS
        for suite in (("unit", "torture") if is_service else CORE) if t else ():
            cells[t, suite].append(fault)
        if t and not is_service and fault.text is mutants.UNMASK:
            cells[t, "boards"].append(fault)
    for fault in model_faults.FAULTS:
        t = model_transition(fault)
        if t and not fault.harmless:
            cells[t, "models"].append(fault)
    return cells


# ---- Planting ---------------------------------------------------------------


def program(suite, fault):
    return KITS[fault.file] if suite == "torture" else suite


def cell_count(cell, of, sound, pool):
    """How many of a cell's faults its suite finds."""
    if cell[1] == "models":
        results = map(spin.fault_check, of)
    else:
        results = pool.map(lambda fault: mutants.look_for(
            fault._replace(suites=(program(cell[1], fault),)), sound,
            SECONDS), of)
    n = 0
    for line, result in results:
        n += result if cell[1] == "models" else result == 0
        if result == 2:
            sys.exit(line)
        print(*cell, line, flush=True)
    return n


def cells_count(cells):
    """Writes the table after each cell; the others stay as they are."""
    counts = {(t, suite): cell for t, row in told().items()
              for suite, cell in row.items()}
    with tempfile.TemporaryDirectory() as name, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        sound = pathlib.Path(name) / "sound"
        mutants.sound_make(sound, {program(suite, fault)
                                   for (_, suite), of in cells.items()
                                   for fault in of if suite != "models"})
        for cell, of in cells.items():
            n = cell_count(cell, of, sound, pool)
            counts[cell] = f"{n} of {len(of)}"
            TABLE.write_text(table(counts))


# ---- The table --------------------------------------------------------------


def table(counts):
    lines = [HEAD.format(seconds=SECONDS, suites=" | ".join(SUITES),
                         rule=" ---: |" * len(SUITES))]
    for t, what in transitions().items():
        cells = [counts.get((t, suite), "") for suite in SUITES]
        lines.append(f"| {t} | {what} | {' | '.join(cells)} |\n")
    return "".join(lines)


def chosen(words):
    named = set(words)
    rows, columns = named & set(transitions()), named & set(SUITES)
    if named - rows - columns:
        sys.exit(f"no transition or suite: {named - rows - columns}")
    return {(t, suite): of for (t, suite), of in planted().items()
            if (not rows or t in rows) and (not columns or suite in columns)}


def told():
    """{transition: {suite: cell}}, as the table has it."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in TABLE.read_text().splitlines() if line.startswith("|")]
    columns = rows[0][2:]
    return {row[0]: dict(zip(columns, row[2:])) for row in rows
            if re.fullmatch(r"T\d+", row[0])}


def check():
    """What the table lacks."""
    cells = planted()
    rows = told()
    bad = []
    for t in transitions():
        if t not in rows:
            bad.append(f"{t} has no row")
            continue
        for suite in SUITES:
            cell = rows[t].get(suite, "")
            n = len(cells.get((t, suite), ()))
            if (cell.rpartition(" ")[2] or "0") != str(n):
                bad.append(f"{t}, {suite}: {n} planted, the table: {cell!r}")
        if not any(cell[0] == t for cell in cells):
            bad.append(f"{t}: no fault is planted in it")
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    if options.write:
        cells_count(chosen(options.words))
    bad = check()
    for line in bad:
        print(f"FAIL {line}")
    print(f"{len(transitions())} transitions, "
          f"{sum(map(len, planted().values()))} faults planted in suites")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
