#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures irqgc and its peers, and writes docs/benchmarks.md.

    bench/bench.py --peers build/host/bench/peers       all of it
    ... --long       heaps of up to 4 GiB, too
    ... --report     writes the page and the plots anew, from the tables
    ... --few DIR    a little of everything, into DIR: whether it works

Numbers go to docs/benchmarks/*.csv, and from there into page and plots. Exit
status: 0, 1 if anything is missing in them, 2 if it could not be measured.
"""

import argparse
import concurrent.futures
import csv
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # no __pycache__ among the sources

import counts  # noqa: E402
from latency import latency  # noqa: E402
import plan  # noqa: E402
import report  # noqa: E402
from measure import Error, plugin_build, progress  # noqa: E402

ROUNDS, LONG_ROUNDS = 9, 3
JOBS = 2  # what is counted does not mind company
STEP = 64  # bytes; a heap that is so much smaller is too small
RUN_KEYS = ["work", "what", "kib", "peer"]
KEYS = {
    "instructions": RUN_KEYS + ["call", "n", "mean", "median", "p99", "p99.9",
                                "worst"],
    "times": RUN_KEYS + ["least", "lower", "median", "upper", "most"],
    "heaps": ["work", "what", "peer", "bytes"],
    "latency": ["core", "heap", "level", "share", "p99", "p99.9", "worst"],
    "latency-curves": ["core", "heap", "level", "delay", "share"],
    "boards": ["core", "heap", "call", "n", "mean", "median", "p99", "p99.9",
               "worst"],
}


def peers_find(folder):
    """All programs there, ours first; what a peer can do, it says itself."""
    peers = []
    for name in sorted(os.listdir(folder), key=lambda x: (x != "irqgc", x)):
        program = os.path.join(folder, name)
        if os.access(program, os.X_OK) and not os.path.isdir(program):
            traits = json.loads(subprocess.check_output([program, "--traits"]))
            peers.append(plan.Peer(name, program, **traits))
    return peers


def command(peer, run, *options):
    return [peer.program, "--heap", str(run.kib * 1024), *options, run.work,
            run.what]


# --- Instructions ------------------------------------------------------------

def count(peer, run, folder):
    """The rows of one run: one for each kind of call, and all together."""
    counted = counts.count(command(peer, run), folder)
    rows = [row_of(run, peer, call=kind, **counts.figures(values))
            for kind, values in sorted(counted.calls.items())]
    if counted.ran and counted.tally["operations"]:
        n = counted.tally["operations"]
        total = sum(map(sum, counted.calls.values()))
        rows.append(row_of(run, peer, call="operation", n=n,
                           mean=round(total / n, 1)))
    return rows


def row_of(run, peer, **values):
    return {"work": run.work, "what": run.what, "kib": run.kib,
            "peer": peer.name, **values}


def count_all(peers, runs):
    todo = [(peer, run) for run in runs for peer in peers
            if plan.is_for(run, peer)]
    rows = []
    plugin_build(counts.PLUGIN_SOURCE, counts.PLUGIN)
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        jobs = [pool.submit(count, peer, run, folder) for peer, run in todo]
        for i, (job, (peer, run)) in enumerate(zip(jobs, todo)):
            progress(f"bench: instructions: {i + 1} of {len(todo)}: "
                     f"{run.work} {run.what}, {run.kib} KiB, {peer.name}")
            rows += job.result()
    return rows


# --- Times -------------------------------------------------------------------

def time_once(peer, run, times):
    """Nanoseconds of processor time an operation, or a collection; None if
    there was no room."""
    done = subprocess.run(command(peer, run, "--times", str(times)), text=True,
                          stdout=subprocess.PIPE)
    if done.returncode == 1:
        return None
    done.check_returncode()
    tally = json.loads(done.stdout)
    return tally["ns"] / max(tally["operations"], 1)


def time_run(peers, run, times, rounds):
    """The peers in turns, so that all of them see the machine alike."""
    able = [peer for peer in peers if plan.is_for(run, peer)]
    taken = {peer: [] for peer in able}
    for _ in range(rounds):
        for peer in able:
            taken[peer].append(time_once(peer, run, times))
    rows = []
    for peer, ns in taken.items():
        if None not in ns:
            marks = [counts.quantile(sorted(ns), q)
                     for q in (0, 0.25, 0.5, 0.75, 1)]
            rows.append(row_of(run, peer, **dict(zip(
                KEYS["times"][-5:], (round(x, 1) for x in marks)))))
    return rows


def time_all(peers, runs, is_few):
    rows = []
    for i, (run, times) in enumerate(runs):
        progress(f"bench: times: {i + 1} of {len(runs)}: {run.work} "
                 f"{run.what}, {run.kib} KiB")
        is_short = is_few or run.kib > max(plan.SIZES)
        rows += time_run(peers, run, times,
                         LONG_ROUNDS if is_short else ROUNDS)
    return rows


# --- Smallest heaps ----------------------------------------------------------

def runs_in(peer, run, size):
    return subprocess.run([peer.program, "--heap", str(size), run.work,
                           run.what], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def smallest_of(peer, run):
    """By bisection, from a heap that is too small to one that is not."""
    low, high = 0, run.kib * 1024
    while not runs_in(peer, run, high):
        low, high = high, high * 2
    while high - low > STEP:
        middle = (low + high) // 2 // STEP * STEP
        if runs_in(peer, run, middle):
            high = middle
        else:
            low = middle
    return high


def smallest_all(peers, runs):
    progress("bench: smallest heaps")
    return [{"work": run.work, "what": run.what, "peer": peer.name,
             "bytes": smallest_of(peer, run)}
            for run in runs for peer in peers if peer.bounded]


# --- Tables on disk ----------------------------------------------------------

def table_write(folder, name, rows):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name + ".csv"), "w", newline="") as file:
        writer = csv.DictWriter(file, KEYS[name], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def tables_read(folder):
    tables = {}
    for name in KEYS:
        with open(os.path.join(folder, name + ".csv")) as file:
            tables[name] = [{key: value_read(value) for key, value
                             in row.items()} for row in csv.DictReader(file)]
    return tables


def value_read(text):
    try:
        return int(text) if text.isdigit() else float(text)
    except ValueError:
        return text


# --- The command line --------------------------------------------------------

def options_parse():
    parser = argparse.ArgumentParser(
        description="Measures irqgc and its peers.")
    parser.add_argument("--peers", metavar="DIR", required=True,
                        help="where their programs are")
    parser.add_argument("--long", action="store_true",
                        help="time heaps of up to 4 GiB, too")
    parser.add_argument("--report", action="store_true",
                        help="only write page and plots anew")
    parser.add_argument("--few", metavar="DIR",
                        help="measure a little of everything, into DIR")
    return parser.parse_args()


def measure(options, peers, folder):
    is_few = options.few is not None
    counted = plan.few() if is_few else list(plan.counted())
    timed = ([(run, 1) for run in plan.few()] if is_few
             else list(plan.timed(options.long)))
    smallest = ([plan.Run("fragment", "growing", 64)] if is_few
                else list(plan.smallest()))
    table_write(folder, "instructions", count_all(peers, counted))
    table_write(folder, "heaps", smallest_all(peers, smallest))
    for name, rows in zip(("latency", "latency-curves", "boards"),
                          latency.measure(few=is_few)):
        table_write(folder, name, rows)
    table_write(folder, "times", time_all(peers, timed, is_few))


def main():
    options = options_parse()
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    page = (report.PAGE if options.few is None
            else os.path.join(options.few, "benchmarks.md"))
    folder = os.path.splitext(page)[0]
    try:
        peers = peers_find(options.peers)
        if not options.report:
            measure(options, peers, folder)
        progress("")
        missing = report.write(page, tables_read(folder), peers,
                               readme=options.few is None)
    except (Error, OSError, subprocess.CalledProcessError) as error:
        progress("")
        print(f"bench: {error}", file=sys.stderr)
        return 2
    for what in missing:
        print(f"bench: nothing of {what}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
