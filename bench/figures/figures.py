#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Exact instruction counts of irqgc on emulated boards, and beside it of the C
library's malloc and of khash, a hash table, in masked windows.

    bench/figures/figures.py                     all boards, into docs/figures.md,
                                               a few into README.md
    bench/figures/figures.py --check mps2-an386  the bounds only, on one board
    bench/figures/figures.py --tables            dictionaries and khash only
    boards/qemu.sh mps2-an386 build/figures/mps2-an386-O2/figures.elf
                                                 then all figures of that board

Writes all figures to build/figures.json, or build/figures/BOARD.json. Exit
status: 0, 1 if a bound is broken, 2 if it could not be measured.
"""

import argparse
import dataclasses
import itertools
import json
import os
import re
import subprocess
import sys
import textwrap

sys.dont_write_bytecode = True  # no __pycache__ among the sources
sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

from measure import Error, plugin_build, progress  # noqa: E402

OUT = "build/figures"
PLUGIN = f"{OUT}/windows.so"
JSON = "build/figures.json"
README, FIGURES = "README.md", "docs/figures.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"

FILLS = ["0%", "50%", "95%"]
SAMPLES_LEAST = 200  # what a median may be of

# Keys in the tables: beside khash, where both have room to spare; and on all
# boards as many as fill up the index, so that chains are as long as they get.
KEYS = ["64", "4096"]
KEYS_FULL = "96"


@dataclasses.dataclass
class Board:
    name: str
    core: str
    window: int  # bound of a masked window
    libraries: list[str]  # C libraries whose malloc is measured
    tools: str = "arm-none-eabi-"


BOARDS = [
    Board("microbit-256k", "M0", 30, ["newlib", "nano"]),
    Board("mps2-an385", "M3", 24, ["newlib", "nano"]),
    Board("mps2-an386", "M4", 24, ["newlib", "nano"]),
    Board("mps2-an500", "M7", 24, ["newlib", "nano"]),
    Board("mps2-an505", "M33", 24, ["newlib", "nano"]),
    Board("virt", "RV32", 24, ["picolibc"], "riscv64-unknown-elf-"),
]
BOUNDS_BOARD = "mps2-an386"  # which the bounds below are for


def run(*command, **variables):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          env={**os.environ, **variables})
    if done.returncode != 0:
        raise Error(f"{' '.join(command)}: status {done.returncode}\n"
                    + done.stdout)
    return done.stdout


# --- Measuring ---------------------------------------------------------------

def built(board, target, optimise):
    folder = f"{OUT}/{board.name}{optimise}"
    run("make", "-s", "--no-print-directory", f"BOARD={board.name}",
        f"BOARD_OUT={folder}", f"BOARD_OPTIMISE={optimise}",
        f"{folder}/{target}", MAKEFLAGS="")
    return f"{folder}/{target}"


def image_run(board, image, *arguments):
    """What an image prints, and its windows."""
    out = image + ".windows"
    if os.path.exists(out):
        os.remove(out)
    text = run("boards/qemu.sh", board.name, image, *arguments,
               QEMU=f"-plugin {PLUGIN},out={out}",
               TIMEOUT=os.environ.get("TIMEOUT", "300"))
    figures = lines_read(text)
    figures["windows"] = windows_read(board, image, out)
    return figures


def lines_read(text):
    """calls[name][size][fill] = n, best, median, worst; per[name][case] =
    instructions, units; value[name][case] = number."""
    figures = {"calls": {}, "per": {}, "value": {}}
    for line in text.splitlines():
        kind, name, *words = line.split()
        if kind == "calls":
            size, fill, *numbers = words
            figures[kind].setdefault(name, {}).setdefault(size, {})[fill] = (
                dict(zip(("n", "best", "median", "worst"), map(int, numbers))))
        elif kind == "per":
            which, instructions, units = words
            figures[kind].setdefault(name, {})[which] = {
                "instructions": int(instructions), "units": int(units)}
        elif kind == "value":
            which, number = words
            figures[kind].setdefault(name, {})[which] = int(number)
        else:
            raise Error(f"not a figure: {line}")
    return figures


def windows_read(board, image, out):
    """A window for each place: the function and line that opens it, how often
    it was executed, and its most instructions."""
    if not os.path.exists(out):
        raise Error("the emulator has not run windows.so; QEMU 7.2 does")
    with open(out) as file:
        windows = [line.split() for line in file]
    windows.sort(key=lambda window: int(window[0], 16))
    return [{**place_of(board, image, address), "count": int(count),
             "longest": int(longest)} for address, count, longest in windows]


def place_of(board, image, address):
    """Who called port_irq_save, which is always inlined."""
    lines = run(board.tools + "addr2line", "-f", "-i", "-e", image,
                "0x" + address).splitlines()
    for function, where in zip(lines[::2], lines[1::2]):
        file, line = where.split(" ")[0].rsplit(":", 1)
        if not file.endswith("irqgc_port.h"):
            return {"function": function, "line": line,
                    "file": os.path.relpath(file)}
    raise Error(f"who masks at {address} of {image}?")


def sizes_of(board, archive):
    """Bytes: flash of heap and collector, flash and static RAM of all."""
    core = flash = ram = 0
    for line in run(board.tools + "size", archive).splitlines()[1:]:
        text, data, bss, _, _, member, *_ = line.split()
        flash += int(text) + int(data)
        ram += int(data) + int(bss)
        # Not the port, and not what a program links only if it uses it.
        if member not in ("check.o", "inspect.o", "dict.o", "brk.o",
                          "stacks.o", "exchange.o", "mask.o", "debug.o",
                          "cortex_m_stack.o", "cortex_m_brk.o",
                          "cortex_m_context.o", "riscv_stack.o",
                          "riscv_brk.o", "riscv_context.o"):
            core += int(text) + int(data)
    return {"core": core, "flash": flash, "ram": ram}


def board_measure(board, libraries, optimise="-O2"):
    figures = {"core": board.core}
    images = {"irqgc": "figures.elf"}
    images.update((name, f"figures-{name}.elf") for name in libraries)
    for name, image in images.items():
        progress(f"figures: {board.name}, {name}")
        figures[name] = image_run(board, built(board, image, optimise))
    figures["dict"] = tables_measure(board, "table.elf", [KEYS_FULL], optimise)
    progress(f"figures: {board.name}, break")
    figures["break"] = image_run(board, built(board, "break.elf", optimise))
    progress(f"figures: {board.name}, sizes")
    figures["size"] = {o: sizes_of(board, built(board, "libirqgc.a", o))
                       for o in (optimise, "-Os")}
    return figures


def tables_measure(board, image, keys, optimise="-O2"):
    """Of an image that measures a table, with so many keys each."""
    progress(f"figures: {board.name}, {image}")
    image = built(board, image, optimise)
    return {n: image_run(board, image, n) for n in keys}


def peers_measure():
    """Dictionaries, and khash in masked windows, on the board of the bounds."""
    board = next(board for board in BOARDS if board.name == BOUNDS_BOARD)
    return {"irqgc": tables_measure(board, "table.elf", KEYS),
            "khash": tables_measure(board, "table-khash.elf", KEYS)}


# --- Reading figures ---------------------------------------------------------

def heap_kib(figures):
    return figures["irqgc"]["value"]["heap"]["kib"]


def metadata_percent(figures):
    return (figures["irqgc"]["value"]["metadata"]["bytes"]
            / (heap_kib(figures) * 1024) * 100)


def longest_window(figures, without=()):
    return max(w["longest"] for w in figures["windows"]
               if w["function"] not in without)


def quotient(per):
    return per["instructions"] / per["units"]


def calls_of(figures, name):
    """All rows of a name, whatever the size and the fill level."""
    return [row for rows in figures["calls"].get(name, {}).values()
            for row in rows.values()]


def worst_per(figures, name, cases=None):
    return max(quotient(per) for case, per in figures["per"][name].items()
               if cases is None or cases(case))


def per_of(figures, name, case):
    return quotient(figures["per"][name][case])


# --- Bounds ------------------------------------------------------------------

@dataclasses.dataclass
class Bound:
    """The brief's figure, and what is reached where that is missed."""
    what: str
    brief: float
    measure: callable  # of a board's figures
    is_below: bool = False  # below the brief's figure; else at most
    ceiling: float | None = None

    def is_met(self, figure):
        return figure < self.brief if self.is_below else figure <= self.brief

    def is_broken(self, figure):
        if self.ceiling is None:
            return not self.is_met(figure)
        return not self.is_met(figure) and round(figure, 2) > self.ceiling


# The bounds, for a heap of 256 KiB on Cortex-M4.
#
# `brief` is what is promised. Where the code still misses it, `ceiling` is the
# figure reached today, rounded up to two places at most: it may get better, and
# the ceiling is then to be lowered, but not worse. The report says "missed"
# until the brief's figure is reached; the ceiling is to be removed then.
BOUNDS = [
    Bound("allocation that a hint finds: worst", 320,
          lambda f: max(row["worst"]
                        for row in calls_of(f["irqgc"], "alloc-hinted")),
          ceiling=570),
    Bound("allocation that a hint finds: median, at the worst fill level", 90,
          lambda f: max(row["median"]
                        for row in calls_of(f["irqgc"], "alloc-hinted")),
          is_below=True, ceiling=310),
    Bound("search without a hint, one block: each group", 6,
          lambda f: per_of(f["irqgc"], "search", "1")),
    Bound("search without a hint, more blocks: each group", 30,
          lambda f: worst_per(f["irqgc"], "search")),
    Bound("free, in one group: worst", 160,
          lambda f: max(row["worst"]
                        for row in calls_of(f["irqgc"], "free-in-one-group")),
          is_below=True, ceiling=420),
    Bound("sweep, each block", 2,
          lambda f: worst_per(f["irqgc"], "sweep"), is_below=True,
          ceiling=2.65),
    # The brief asks for a constant; these two are what it is taken to mean.
    Bound("mark, each object: a heap four times as large", 1.1,
          lambda f: per_of(f["irqgc"], "mark-object", "fan-16")
          / per_of(f["irqgc"], "mark-object", "fan-16-quarter")),
    Bound("mark, each object: the worst shape beside the best", 1.5,
          lambda f: worst_per(f["irqgc"], "mark-object")
          / min(map(quotient, f["irqgc"]["per"]["mark-object"].values()))),
    Bound("metadata, percent of the heap", 3.5,
          metadata_percent),
    Bound("flash of heap and collector", 8192,
          lambda f: next(iter(f["size"].values()))["core"]),
]


def bounds_of(boards):
    """(bound, figure) of each, as far as boards were measured."""
    measured = [board for board in BOARDS if board.name in boards]
    pairs = [(Bound(f"longest masked window, {board.name}", board.window, None),
              longest_window(boards[board.name]["irqgc"]))
             for board in measured]
    pairs += [(Bound(f"longest masked window of dictionaries, {board.name}",
                     board.window, None),
               longest_window(boards[board.name]["dict"][KEYS_FULL]))
              for board in measured]
    if BOUNDS_BOARD in boards:
        pairs += [(bound, bound.measure(boards[BOUNDS_BOARD]))
                  for bound in BOUNDS]
    return pairs


def number(value):
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def verdict(bound, figure):
    if bound.is_met(figure):
        return "met"
    return "BROKEN" if bound.is_broken(figure) else "missed"


def bounds_print(boards):
    """Returns how many are broken."""
    said = []
    for bound, figure in bounds_of(boards):
        said.append(verdict(bound, figure))
        ceiling = ("" if bound.ceiling is None
                   else f", ceiling {number(bound.ceiling)}")
        print(f"{said[-1]:7} {bound.what}: {number(figure)} of "
              f"{number(bound.brief)}{ceiling}")
    return said.count("BROKEN")


# --- Tables ------------------------------------------------------------------

def table(head, rows):
    return "\n".join("| " + " | ".join(cells) + " |" for cells in
                     [head, ["---"] + ["---:"] * (len(head) - 1)] + rows)


def columns_table(columns):
    """Of (head, rows), all with the same titles."""
    return table([""] + [head for head, _ in columns],
                 [[rows[0][0]] + [cell for _, cell in rows]
                  for rows in zip(*(rows for _, rows in columns))])


def calls_cell(figures, name, size, fill):
    row = figures["calls"].get(name, {}).get(size, {}).get(fill)
    if row is None:
        return "no room"
    if row["n"] < SAMPLES_LEAST:
        return f"({row['n']} calls)"
    return " / ".join(number(row[k]) for k in ("best", "median", "worst"))


CALLS = [
    ("alloc", "16", "alloc 16 B"), ("alloc", "64", "64 B"),
    ("alloc", "512", "512 B"), ("alloc", "4096", "4 KiB"),
    ("alloc-cleared", "16", "alloc and clear 16 B"),
    ("alloc-cleared", "512", "512 B"),
    ("free", "16", "free 16 B"), ("free", "64", "64 B"),
    ("free", "512", "512 B"), ("free", "4096", "4 KiB"),
    ("realloc-grow", "64", "realloc 16 to 64 B"),
    ("realloc-shrink", "64", "64 to 16 B"),
    ("realloc-grow", "512", "64 to 512 B"),
    ("realloc-shrink", "512", "512 to 64 B"),
]
FILL_NAMES = ["empty", "half full", "95 % full"]


def calls_table(figures):
    peers = ["irqgc", "newlib"]
    return table(
        [""] + [f"{peer}, {fill}" for peer in peers for fill in FILL_NAMES],
        [[title] + [calls_cell(figures[peer], name, size, fill)
                    for peer in peers for fill in FILLS]
         for name, size, title in CALLS])


def median_cell(figures, name, size, fill="50%"):
    row = figures["calls"][name][size][fill]
    return f"{number(row['median'])} / {number(row['worst'])}"


def library_window(figures, library):
    """Without calloc: one may clear memory with interrupts enabled."""
    if library not in figures:
        return "-"
    return number(longest_window(figures[library], ("masked_calloc",)))


def boards_rows(figures):
    """(title, cell) for a board."""
    f = figures["irqgc"]
    stack = f["value"]["stack"]
    rows = [("heap, KiB", str(heap_kib(figures)))]
    rows += [(f"{name} {size} B, half full: median / worst",
              median_cell(f, name, size))
             for name in ("alloc", "free") for size in ("16", "512")]
    rows += [(f"{name} 64 B across two groups, full: median / worst",
              median_cell(f, name + "-across-groups", "64", "100%"))
             for name in ("alloc", "free")]
    rows += [
        ("search in vain, 1 block / more: each group",
         f"{per_of(f, 'search', '1'):.1f} / {worst_per(f, 'search'):.1f}"),
        ("mark: each word, NULL", f"{per_of(f, 'mark-word', 'null'):.1f}"),
        ("each object of 4 words, one a pointer: list / overflowing",
         f"{per_of(f, 'mark-object', 'list-16'):.0f} / "
         f"{per_of(f, 'mark-object', 'fan-16'):.0f}"),
        ("sweep, each block: empty / mixed / worst",
         " / ".join(f"{x:.2f}" for x in (
             per_of(f, "sweep", "empty"), per_of(f, "sweep", "mix-half-lives"),
             worst_per(f, "sweep")))),
        ("collect 64 KiB, half dead",
         number(f["value"]["collect"]["64KiB"])),
        ("128 KiB", number(f["value"]["collect"]["128KiB"])),
        ("longest masked window", number(longest_window(f))),
        ("of masked windows executed",
         number(sum(w["count"] for w in f["windows"]))),
        ("longest of newlib's malloc", library_window(figures, "newlib")),
        ("of newlib-nano's", library_window(figures, "nano")),
        ("of picolibc's", library_window(figures, "picolibc")),
    ]
    rows += [(f"flash, bytes, {o}: heap and collector / all",
              f"{number(size['core'])} / {number(size['flash'])}")
             for o, size in figures["size"].items()]
    rows += [
        ("static RAM, bytes", number(figures["size"]["-O2"]["ram"])),
        ("stack, bytes: alloc / realloc / free / collect",
         " / ".join(number(x) for x in (
             stack["alloc"], stack["realloc"], stack["free"],
             max(stack["collect"], stack["alloc-collects"])))),
    ]
    return rows + break_rows(figures["break"])


# What is measured of a table: its name, its title, and what of it is told.
MEDIAN, MEAN = "median / worst", "mean / worst"
TABLE = [
    ("get-hit", "get, the key is there", MEDIAN),
    ("get-miss", "get, it is not", MEDIAN),
    ("set", "set, the key is there", MEDIAN),
    ("delete", "delete", MEDIAN),
    ("fresh", "insert, with room for it", MEDIAN),
    ("dead", "insert, where one was deleted", MEDIAN),
    ("grow", "insert, from none to all, growing", MEAN),
    ("exchange", "insert, each after a delete, again and again", MEAN),
]


# The same of a break.
BREAK = [
    ("break: hold / release / poll, nothing waits",
     ["hold", "release", "poll"]),
    ("request", ["request"]),
    ("from a request to the delivery / and back", ["delivered", "returned"]),
]


def break_rows(figures):
    """(title, cell) for breaks."""
    value = figures["value"]["break"]
    return [(title, " / ".join(number(value[name]) for name in names))
            for title, names in BREAK]


def table_cell(figures, name, told):
    (keys, fills), = figures["calls"][name].items()
    row = fills["-"]
    middle = (row["median"] if told == MEDIAN
              else round(per_of(figures, name, keys)))
    return f"{number(middle)} / {number(row['worst'])}"


def table_rows(figures):
    """(title, cell) for a table with so many keys."""
    rows = [(f"{title}: {told}", table_cell(figures, name, told))
            for name, title, told in TABLE]
    (keys, per), = figures["per"]["bytes"].items()
    return rows + [
        ("memory, bytes for each key", f"{quotient(per):.1f}"),
        ("longest masked window", number(longest_window(figures)))]


def dicts_table(boards):
    return columns_table([
        (f"{f['core']}<br>{name}", table_rows(f["dict"][KEYS_FULL]))
        for name, f in boards.items()])


def peers_table(peers):
    return columns_table([
        (f"{name}, {int(keys):,} keys", table_rows(figures))
        for name, tables in peers.items() for keys, figures in tables.items()])


def boards_table(boards):
    return columns_table([(f"{f['core']}<br>{name}", boards_rows(f))
                          for name, f in boards.items()])


def bounds_table(boards):
    return table(["", "measured", "bound", ""], [
        [bound.what, number(figure),
         ("below " if bound.is_below else "") + number(bound.brief),
         verdict(bound, figure)] for bound, figure in bounds_of(boards)])


CALLS_TEXT = """\
Printed by `make figures`: instructions, counted exactly in an emulator ({qemu},
gcc {gcc} -O2); each run prints the same. First, best / median / worst of at
least {least} calls on {board} (Cortex-M4), with {kib} KiB: empty, or filled
with a mix of sizes and then thinned at random. Beside irqgc newlib's malloc
with interrupts masked around each call, the way in which firmware lets handlers
use it today; it has no collector."""
BOARDS_TEXT = """\
On each board. A masked window is what is executed behind the masking
instruction, up to the one that restores; every window counts, those of handlers
too."""
DICTS_TEXT = """\
Dictionaries, with {keys} keys: that many fill the index up, so chains are as
long as they get. Keys are random words, compared as such. The worst insertions
are those that make the index anew. Memory is what a collection leaves."""
PEERS_TEXT = """\
On {board}, with room to spare, beside khash (htslib {htslib}, newlib's malloc),
open-addressed, too, with interrupts masked around each call: what one has to do
who lets handlers use it. khash takes fewer instructions on average, and less
memory. But it masks interrupts for as long as it takes to make the table anew,
and moves what is in it. (`make bench-dict` prints these two tables alone.)"""
BOUNDS_TEXT = """\
The bounds, for {board} where no other board is named. What is missed may not
get worse."""


def paragraph(text, **values):
    return textwrap.fill(text.format(**values), 79)


def package_version(name):
    return run("dpkg-query", "-W", "-f", "${Version}", name).split("+")[0]


def tables_report(boards, peers):
    return "\n\n".join([
        paragraph(DICTS_TEXT, keys=KEYS_FULL), dicts_table(boards),
        paragraph(PEERS_TEXT, board=BOUNDS_BOARD,
                  htslib=package_version("libhts-dev")),
        peers_table(peers)])


def report(boards, peers):
    figures = boards[BOUNDS_BOARD]
    version = re.search(r"version (\S+)", run("qemu-system-arm", "--version"))
    return "\n\n".join([
        paragraph(CALLS_TEXT, qemu=f"QEMU {version[1]}",
                  gcc=run("arm-none-eabi-gcc", "-dumpversion").strip(),
                  least=SAMPLES_LEAST, board=BOUNDS_BOARD,
                  kib=heap_kib(figures)),
        calls_table(figures), paragraph(BOARDS_TEXT), boards_table(boards),
        tables_report(boards, peers),
        paragraph(BOUNDS_TEXT, board=BOUNDS_BOARD), bounds_table(boards)])


# --- The README ---------------------------------------------------------------

README_BOARDS = {"microbit-256k": "M0", BOUNDS_BOARD: "M4", "virt": "RV32"}
README_CLOCK = 64  # MHz
README_TEXT = """\
Instructions in an emulator (gcc {gcc} -O2), half-full heap; ms at {clock} MHz if
each took a cycle; bytes of flash and RAM, percent of the heap for itself.
`make figures` prints them and [many more]({figures})."""


def readme_cells(figures):
    """(title, cell) for a board."""
    f = figures["irqgc"]
    libraries = [name for name in ("newlib", "picolibc") if name in figures]
    collect = f["value"]["collect"]["64KiB"]
    size = figures["size"]["-O2"]
    return [
        ("alloc 16 B: median / worst",
         median_cell(f, "alloc", "16")),
        ("free 16 B", median_cell(f, "free", "16")),
        ("collect 64 KiB (ms)",
         f"{number(collect)} ({collect / README_CLOCK / 1000:.1f})"),
        ("longest window; malloc's",
         f"{number(longest_window(f))}; "
         f"{library_window(figures, libraries[0])}"),
        ("flash: collector / all",
         f"{number(size['core'])} / {number(size['flash'])}"),
        ("static RAM; of the heap",
         f"{size['ram']}; {metadata_percent(figures):.1f} %"),
    ]


def readme_table(boards):
    text = README_TEXT.format(
        clock=README_CLOCK, figures=FIGURES,
        gcc=run("arm-none-eabi-gcc", "-dumpversion").strip())
    return text + "\n\n" + columns_table([
        (core, readme_cells(boards[name]))
        for name, core in README_BOARDS.items()])


def block_write(where, text):
    """Between the two lines that mark it."""
    with open(where) as file:
        whole = file.read()
    before, begin, rest = whole.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise Error(f"{where} has no lines {BEGIN} and {END}")
    with open(where, "w") as file:
        file.write(f"{before}{BEGIN}\n{text}\n{END}{after}")


def stale(board, figures):
    """What docs/figures.md says of this board and is not so any more."""
    head = f"{figures['core']}<br>{board}"
    with open(FIGURES) as file:
        lines = [line.strip("|\n ").split(" | ") for line in file]
    first = next(i for i, line in enumerate(lines) if head in line)
    column = 1 + lines[first].index(head)  # the titles' head is empty
    rows = itertools.takewhile(lambda line: len(line) > 1, lines[first:])
    said = {row[0]: row[column] for row in rows if len(row) > column}
    return [f"{title}: {said.get(title)}, is {cell}"
            for title, cell in boards_rows(figures)
            if cell != "-" and said.get(title) != cell]


# --- The command line --------------------------------------------------------

def options_parse():
    parser = argparse.ArgumentParser(
        description="Counts instructions on emulated boards.")
    parser.add_argument("--check", metavar="BOARD", choices=[
        board.name for board in BOARDS],
        help="only measure irqgc on this board, and check the bounds")
    parser.add_argument("--optimise", metavar="-O2", default="-O2",
                        help="with --check: what to compile with")
    parser.add_argument("--tables", action="store_true",
                        help="only measure dictionaries, and khash beside them")
    return parser.parse_args()


def all_measure():
    boards = {board.name: board_measure(board, board.libraries)
              for board in BOARDS}
    peers = peers_measure()
    progress("")
    text = report(boards, peers)
    block_write(FIGURES, text)
    block_write(README, readme_table(boards))
    print(text + "\n")
    return boards, peers


def tables_print():
    boards = {board.name: {"core": board.core, "dict": tables_measure(
        board, "table.elf", [KEYS_FULL])} for board in BOARDS}
    peers = peers_measure()
    progress("")
    print(tables_report(boards, peers))


def one_measure(name, optimise):
    board = next(board for board in BOARDS if board.name == name)
    boards = {name: board_measure(board, [], optimise)}
    progress("")
    return boards


def figures_write(where, figures):
    with open(where, "w") as file:
        json.dump(figures, file, indent=1)
        file.write("\n")


def stale_print(board, figures):
    """Returns how many; for what the tables are made with alone."""
    lines = stale(board, figures)
    for line in lines:
        print(f"STALE   {FIGURES}, {board}, {line}; make figures")
    return len(lines)


def main():
    options = options_parse()
    n_stale = 0
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "..", ".."))
    os.makedirs(OUT, exist_ok=True)
    try:
        plugin_build("bench/figures/windows.c", PLUGIN)
        if options.tables:
            tables_print()
            return 0
        if options.check:
            boards = one_measure(options.check, options.optimise)
            figures_write(f"{OUT}/{options.check}.json", boards)
            if options.optimise == "-O2":
                n_stale = stale_print(options.check, boards[options.check])
        else:
            boards, peers = all_measure()
            figures_write(JSON, {**boards, "tables": peers})
    except (Error, OSError) as error:
        progress("")
        print(f"figures: {error}", file=sys.stderr)
        return 2
    n_broken = bounds_print(boards)
    if n_broken:
        print(f"figures: {n_broken} bounds broken", file=sys.stderr)
    return 1 if n_broken or n_stale else 0


if __name__ == "__main__":
    sys.exit(main())
