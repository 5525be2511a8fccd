#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""irqgc beside the C library's malloc, on recorded programs: what an operation
takes, in nanoseconds and in instructions.

    bench/bench.py build/host/bench/bench [--json FILE] [--heap KIB] ...

Times come from the program `bench` run as it is, instructions from the same
program in callgrind. Exit status: 0, or 2 if it could not be measured.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # no __pycache__ among the sources

import callgrind  # noqa: E402
from measure import Error, progress  # noqa: E402

COUNTED_STEPS = 300000

# The kinds of call, and which lines of a trace make them.
CALLS = {"alloc": ("allocs",), "realloc": ("reallocs",), "free": ("frees",)}
GLIBC_CALLS = {**CALLS, "free": ("frees", "drops")}

NOTES = """\
operation    a line of the trace: an allocation, a reallocation, or the end of
             an object, by a free or dropped for the collector to find
irqgc        contains its collections, which the default policy runs when no
             room is left; memory comes zeroed
malloc       has no collector: it frees what the trace drops; memory comes as
             it is
subtracted   what the replay takes without an allocator, from all times;
             instructions are those inside the allocators alone
()           on average; of irqgc's calls without the collections in them"""


# --- Measuring ---------------------------------------------------------------

def times(command, rounds):
    """Medians over the rounds, in ns per operation."""
    done = subprocess.run(command + ["--rounds", str(rounds)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise Error(done.stderr.strip() or f"{command[0]} failed")
    figures = json.loads(done.stdout)
    n = figures["operations"] * figures["replays"]

    def median(of):
        return statistics.median(of(r) for r in figures["rounds"]) / n

    figures["ns"] = {
        "irqgc": median(lambda r: r["irqgc"] - r["empty"]),
        "irqgc_without_collections":
            median(lambda r: r["irqgc"] - r["collect"] - r["empty"]),
        "glibc": median(lambda r: r["glibc"] - r["empty"]),
        "replay": median(lambda r: r["empty"]),
    }
    figures["ratio"] = statistics.median(
        (r["irqgc"] - r["empty"]) / (r["glibc"] - r["empty"])
        for r in figures["rounds"])
    return figures


def instructions(command, folder):
    """Counts by callgrind: per operation, and per call of each function."""
    out, calls = callgrind.run(
        command + ["--count", "--steps", str(COUNTED_STEPS)],
        "__wrap_irqgc_collect", os.path.join(folder, "callgrind.out"))
    run = json.loads(out)
    collected = collections_of(calls)
    check("collections", sum(c.calls for c in collected), run["collections"])
    irqgc = peer_counts(calls, "irqgc", CALLS, run, collected)
    collect = sum(c.instructions for c in collected)
    n = run["operations"] * run["replays"]
    irqgc["collect"] = collect / run["collections"] if collected else None
    irqgc["collections"] = run["collections"]
    irqgc["operations"] = n
    irqgc["collect_per_operation"] = collect / n
    irqgc["per_operation"] += collect / n
    return {"irqgc": irqgc,
            "glibc": peer_counts(calls, "glibc", GLIBC_CALLS, run, [])}


def collections_of(calls):
    return [c for c in calls
            if c.callee.split("'")[0] == "__wrap_irqgc_collect" and c.calls]


def peer_counts(calls, peer, kinds, run, collected):
    """Instructions per call of each kind, collections left out."""
    counts = {}
    total = 0
    for kind, lines in kinds.items():
        wrapper = f"{peer}_peer_{kind}"
        n = sum(run[line] for line in lines) * run["replays"]
        made = [c for c in calls if c.caller == wrapper]
        check(wrapper, sum(c.calls for c in made), n)
        cost = sum(c.instructions for c in made) - sum(
            c.instructions for c in collected
            if wrapper in c.callee.split("'"))
        counts[kind] = cost / n if n else None
        total += cost
    counts["per_operation"] = total / (run["operations"] * run["replays"])
    return counts


def check(what, counted, expected):
    if counted != expected:
        raise Error(f"{what}: callgrind saw {counted} calls, "
                    f"the program made {expected}")


def measure(options, folder):
    """The figures of each trace."""
    figures = {}
    for i, trace in enumerate(options.traces):
        command = [options.bench, "--heap", str(options.heap), trace]
        where = f"bench: {i + 1} of {len(options.traces)}, {trace}: "
        progress(where + "time")
        figures[trace] = times(command, options.rounds)
        progress(where + "instructions")
        figures[trace]["instructions"] = instructions(command, folder)
    progress("")
    return figures


# --- Printing ----------------------------------------------------------------

def processor():
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def conditions(options, figures):
    one = next(iter(figures.values()))
    return {"machine": processor(), "system": platform.machine(),
            "compiler": one["compiler"], "flags": one["flags"],
            "libc": one["libc"], "heap_kib": options.heap,
            "rounds": options.rounds}


def number(value, digits):
    return "-" if value is None else f"{value:,.{digits}f}"


def table(head, rows):
    rows = [head] + rows
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        print(row[0].ljust(widths[0]), *(
            cell.rjust(width) for cell, width in zip(row[1:], widths[1:])),
            sep="  ")


def times_print(figures):
    print("nanoseconds per operation")
    table(["trace", "operations", "irqgc", "without coll.", "malloc",
           "irqgc/malloc"],
          [[trace, number(f["operations"], 0), number(f["ns"]["irqgc"], 1),
            number(f["ns"]["irqgc_without_collections"], 1),
            number(f["ns"]["glibc"], 1), number(f["ratio"], 2)]
           for trace, f in figures.items()])


def instructions_print(figures):
    print("instructions per operation, and () per call")
    rows = []
    for trace, f in figures.items():
        ours, theirs = f["instructions"]["irqgc"], f["instructions"]["glibc"]
        rows.append(
            [trace, number(ours["per_operation"], 0),
             number(ours["per_operation"] - ours["collect_per_operation"], 0)]
            + [number(ours[k], 0) for k in [*CALLS, "collect"]]
            + [number(theirs["per_operation"], 0)]
            + [number(theirs[k], 0) for k in CALLS])
    table(["trace", "irqgc", "without coll.", "alloc()", "realloc()",
           "free()", "collect()", "malloc", "malloc()", "realloc()",
           "free()"], rows)


def report(figures, where):
    print(f"{where['machine']}, {where['compiler']}, {where['flags']}, "
          f"{where['libc']}\nheap of {where['heap_kib']} KiB, medians of "
          f"{where['rounds']} rounds, processor time\n")
    times_print(figures)
    print()
    instructions_print(figures)
    print("\n" + NOTES)


# --- The command line --------------------------------------------------------

def options_parse():
    parser = argparse.ArgumentParser(
        description="Compares irqgc with malloc on recorded programs.")
    parser.add_argument("bench", help="the compiled program")
    parser.add_argument("--traces", default="json,compile,chaos,logger,"
                        "pidigits,hexiom", type=lambda text: text.split(","),
                        help="names in rig/traces, or paths")
    parser.add_argument("--heap", type=int, default=512, metavar="KIB",
                        help="memory for irqgc (512)")
    parser.add_argument("--rounds", type=int, default=9,
                        help="each allocator's turns (9)")
    parser.add_argument("--json", metavar="FILE",
                        help="write the figures, too")
    return parser.parse_args()


def main():
    options = options_parse()
    try:
        out = open(options.json, "w") if options.json else None
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(options, folder)
        where = conditions(options, figures)
        if out:
            json.dump({**where, "traces": figures}, out, indent=1)
            out.write("\n")
            out.close()
    except (Error, OSError) as error:
        progress("")
        text = str(error).removeprefix("rig: ")  # as its sources say
        print(f"bench: {text}", file=sys.stderr)
        return 2
    report(figures, where)
    return 0


if __name__ == "__main__":
    sys.exit(main())
