# SPDX-License-Identifier: MIT
"""docs/benchmarks.md from its tables, and the picture's text in the README."""

import math
import os
import platform
import re
import subprocess
import textwrap

import plots
from plots import different, having, size_name

PAGE = "docs/benchmarks.md"
README = "README.md"
FIGURES = ["mean", "median", "p99", "p99.9", "worst"]
HEADS = ["mean", "median", "99 %", "99.9 %", "worst"]


# --- Cells and tables --------------------------------------------------------

def number(value):
    if value in ("", None):
        return "-"
    if isinstance(value, float) and value < 1000:
        return f"{value:,.1f}"
    return f"{round(value):,}"


def table(head, rows, texts=1):
    """The first columns, so many, are text."""
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in
                     [head, ["---"] * texts + ["---:"] * (len(head) - texts)]
                     + rows)


def pivot(rows, down, across, value):
    """A line for each value of the key `down`."""
    columns = different(rows, across)
    cells = {(row[down], row[across]): row[value] for row in rows}
    return table([""] + columns, [
        [line] + [number(cells.get((line, column))) for column in columns]
        for line in different(rows, down)])


def calls(rows, *keys):
    return table([*keys, "calls", *HEADS], [
        [row[key] for key in keys] + [number(row["n"])]
        + [number(row[figure]) for figure in FIGURES] for row in rows],
        len(keys))


def sized(rows):
    return [{**row, "heap": size_name(row["kib"])} for row in rows]


def paragraph(text):
    return textwrap.fill(" ".join(text.split()), 79, break_on_hyphens=False)


# --- Sections ----------------------------------------------------------------

def picture(name, text):
    return f"![{text}](benchmarks/{name}.svg)"


def latency(tables):
    rows = [[row["core"], row["heap"], row["level"],
             f"{100 * row['share']:.1f} %"]
            + [number(row[key]) for key in ("p99", "p99.9", "worst")]
            for row in tables["latency"]]
    return [
        "## What handlers wait for because of the heap",
        paragraph("""A thread and three handlers allocate, each for itself, in
            64 KiB. Every instruction of the run, but those of the handler
            itself, is taken for one at which it may be requested; it begins
            when nothing is masked and nothing more urgent runs. Counted are
            those instructions until then that are the heap's, exactly, in an
            emulator: of masked windows, and of calls that more urgent handlers
            make. The other two let handlers allocate by masking interrupts
            around each call: the C library's malloc (newlib, on RV32
            picolibc), which has no collector, and a plain mark-sweep, which
            collects when it is full. Priority 3 is the most urgent."""),
        picture("latency", "Share of instants at which a handler would wait "
                           "for so many instructions of the heap"),
        table(["core", "heap", "priority", "waits at all", *HEADS[2:]], rows,
              2),
        paragraph("The calls of that run, without the handlers in them:"),
        calls(tables["boards"], "core", "heap", "call")]


def programs(tables):
    rows = having(tables["instructions"], work="replay")
    total = having(rows, call="operation")
    return [
        "## Recorded programs",
        paragraph("""Instructions an operation, everything included:
            collections, and the clearing of memory, which all peers do. An
            operation is a line of the trace: an allocation, a reallocation, or
            the end of an object, by a free or dropped for the collector to
            find; peers without a collector free it. Heaps are small enough
            that most programs collect."""),
        picture("programs", "Instructions an operation"),
        pivot(total, "what", "peer", "mean"),
        paragraph(means(total, "mean")),
        paragraph("Single calls of one of them, "
                  + different(rows, "what")[0] + ":"),
        calls([row for row in having(rows, what=different(rows, "what")[0])
               if row["call"] != "operation"], "peer", "call")]


def means(rows, value):
    """irqgc / peer, of the programs that ran on both."""
    of = {(row["peer"], row["what"]): row[value] for row in rows}
    told = []
    for peer in different(rows, "peer"):
        ratios = [of["irqgc", what] / of[peer, what]
                  for what in different(rows, "what") if (peer, what) in of]
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        told.append(f"{peer} {mean:.2f}")
    return ("irqgc beside each peer, geometric mean of the ratios: "
            + ", ".join(told[1:]) + ".")


def times(tables):
    rows = having(tables["times"], work="replay")
    other = sized(row for row in tables["times"] if row["work"] != "replay")
    return [
        "## Times",
        paragraph("""Nanoseconds of processor time an operation, what the
            program itself does included; peers take turns. Bars are medians,
            whiskers the quartiles. Tables: lower quartile, median, upper
            quartile; of shapes, milliseconds of a whole collection, the pause
            of a program that waits for it."""),
        picture("times", "Nanoseconds an operation"),
        spread_table(rows, "what"),
        paragraph(means(rows, "median")),
        spread_table([{**row, "case": f"{row['work']} {row['what']}, "
                       f"{row['heap']}"} for row in other], "case")]


def spread_table(rows, down):
    cells = {(row[down], row["peer"]): spread(row) for row in rows}
    peers = different(rows, "peer")
    return table([""] + peers, [
        [line] + [cells.get((line, peer), "-") for peer in peers]
        for line in different(rows, down)])


def spread(row):
    unit = 1e6 if row["work"] == "shape" else 1
    digits = 3 if row["work"] == "shape" else 1
    return " / ".join(f"{row[key] / unit:,.{digits}f}"
                      for key in ("lower", "median", "upper"))


def churn(tables):
    rows = sized(having(tables["instructions"], work="churn"))
    return [
        "## Churn",
        paragraph("""A random object is freed, one of 16 to 64 bytes allocated,
            with 50, 90 or 98 % of as many objects alive as the peer can hold.
            `refused`: there was room, in pieces. Lines: mean; dotted: worst.
            Above 1 MiB there are too few of them for first fit (`table`) to
            have used up the low room that the thinning left."""),
        picture("churn", "Instructions an allocation, by size of the heap"),
        calls([row for row in rows if row["call"] != "operation"
               and row["kib"] == min(1024, max(different(rows, "kib")))],
              "what", "heap", "peer", "call")]


def worst(tables):
    rows = [row for row in sized(having(tables["instructions"], work="worst"))
            if row["call"] != "operation"]
    for row in rows:
        row["case"] = f"{row['what']}, {row['heap']}"
    return [
        "## Constructed worst cases",
        paragraph("""One allocation in a heap full of objects of four words.
            `far`: the last of them was freed. `holes`: every other one was,
            and two side by side at the far end, where the two it takes are.
            `refused`: every other one was; a collector collects in vain, a
            peer without a bound takes new memory. `merge`: all were, it takes
            a quarter of the heap."""),
        picture("worst", "Instructions of one allocation"),
        pivot(rows, "case", "peer", "worst")]


def shapes(tables):
    rows = sized(having(tables["instructions"], work="shape", call="collect"))
    for row in rows:
        row["case"] = f"{row['what']}, {row['heap']}"
    return [
        "## Collections",
        paragraph("""Instructions of one collection. The heap is nine tenths
            full, every second object is live; objects have four words. `empty`:
            never used; `none`: garbage alone; `tree`, binary, and `list` in
            the order of addresses; `shuffled`: a list in random order; `graph`:
            a shuffled tree with two more links from each object; `wide`: all
            in one array; `arrays`: a chain of arrays of 128 words, each full
            of objects. bdwgc sweeps later, in allocations."""),
        picture("shapes", "Instructions of a collection, by size of the heap"),
        pivot(rows, "case", "peer", "mean")]


def large(tables):
    rows = having(tables["instructions"], work="large")
    for row in rows:
        row["case"] = f"{row['call']} {row['what']:,} B"
    grow = having(tables["instructions"], work="grow")
    return [
        "## Large objects, and arrays that grow",
        paragraph("""Allocated, cleared and freed beside small objects that
            fill half of the heap:"""),
        picture("large", "Instructions of a large object"),
        pivot([row for row in rows if row["call"] in ("alloc", "free")],
              "case", "peer", "mean"),
        paragraph(f"""An array grows by a word at a time to
            {different(grow, 'what')[0]:,} bytes, other objects are allocated
            meanwhile:"""),
        calls(having(grow, call="realloc"), "peer", "call")]


def heaps(tables):
    rows = tables["heaps"]
    return [
        "## Smallest heaps",
        paragraph("""Bytes in which a program still runs, all that the peer
            needs for itself included, by bisection; for peers that have a
            bound. The last of the rows never have more than 64 KiB alive, in
            sizes chosen so that what is freed does not fit what comes next.
            (`make fragmentation` has more, for 32 bits.)"""),
        pivot(rows, "what", "peer", "bytes")]


SECTIONS = [latency, programs, times, churn, worst, shapes, large, heaps]


# --- The page ----------------------------------------------------------------

INTRO = """Printed by `make bench`, on x86-64 ({processor}; {compiler}, -O2) and,
where it says so, on emulated boards. Instructions are counted exactly, in an
emulator: all that runs inside the allocator; of single calls where a table has mean,
median, 99th and 99.9th percentile and worst. All numbers:
{files}."""
PEERS = """Peers: glibc {libc6}, mimalloc {libmimalloc-dev}, jemalloc
{libjemalloc-dev}, bdwgc {libgc-dev} (the Boehm-Demers-Weiser collector), and
`table`, a plain mark-sweep of our own that walks a table with two bits for
each block: MicroPython's algorithm, for which it stands. jemalloc gives memory
back by the clock, so its counts vary a little; all others are the same each
time. None but irqgc may be
called by a handler that has interrupted it. A peer is one file of
`bench/peers/`."""


def processor():
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def version(package):
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package],
                          text=True, capture_output=True).stdout.split("-")[0]


def intro(tables):
    compiler = subprocess.check_output(["cc", "--version"], text=True)
    packages = re.findall(r"\{(lib[\w-]+)\}", PEERS)
    return [
        "# Benchmarks",
        paragraph(INTRO.format(
            processor=processor(), compiler="gcc " + re.search(
                r"(\d+\.\d+)\.\d+", compiler)[1],
            files=", ".join(f"[{name}](benchmarks/{name}.csv)"
                            for name in tables))),
        paragraph(PEERS.format(**{name: version(name) for name in packages}))]


def missing_from(tables, drawn, peers):
    """What there should be a number of and is none."""
    missing = [f"plot {name}" for name, n in drawn.items() if n == 0]
    missing += [f"table {name}" for name, rows in tables.items() if not rows]
    for name in ("instructions", "times"):
        missing += [f"{peer.name}, {name} of a program" for peer in peers
                    if not having(tables[name], work="replay",
                                  peer=peer.name)]
    return missing + [f"{peer.name}, a smallest heap" for peer in peers
                      if peer.bounded
                      and not having(tables["heaps"], peer=peer.name)]


def write(page, tables, peers, readme):
    """Returns what is missing."""
    drawn = plots.write(os.path.splitext(page)[0], tables)
    missing = missing_from(tables, drawn, peers)
    if not missing:
        with open(page, "w") as file:
            file.write("\n\n".join(intro(tables) + [
                part for section in SECTIONS for part in section(tables)])
                + "\n")
        if readme:
            readme_write(tables)
    return missing


# --- The README --------------------------------------------------------------

README_PICTURE = ("[![Waiting for the heap](docs/benchmarks/latency.svg)]"
                  "(docs/benchmarks.md)\n")
README_CORE = "M4"


def readme_write(tables):
    """The paragraph that begins with the picture."""
    with open(README) as file:
        before, _, rest = file.read().partition(README_PICTURE)
    with open(README, "w") as file:
        file.write(before + README_PICTURE + readme_text(tables) + "\n\n"
                   + rest.partition("\n\n")[2])


def readme_text(tables):
    rows = having(tables["latency"], level=3, core=README_CORE)
    worst = "; ".join(f"{row['heap']} {number(row['worst'])}" for row in rows)
    return textwrap.fill(
        f"The longest that the most urgent handler waits for the heap, in "
        f"instructions of {README_CORE}: {worst}.", 80)
