#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks all states of src/collect.pml with SPIN.

run.py            the searches that `make test` makes: two minutes, 3 GB
run.py NAME ...   these
run.py --list     what there is
run.py --accept   says that the model was compared with the source as it is
run.py --mutants [WORD ...]  plants faults.py in the model, one at a time

A search is good if it is complete, finds no error, and reaches every step. A
failure prints how the contexts went there, and the command that prints it again
with all variables.

Exit: 0 all is well, 1 an error, 2 it could not be looked for.
"""
import argparse
import collections
import pathlib
import re
import shlex
import subprocess
import sys
import time
import typing

import faults
import functions

BUILD = functions.ROOT / "build/spin"
MEMORY = 4500  # MB, at most; 3000 for what `make test` searches
DEPTH = 10000  # steps of a run; a longer one is an error

# COLLAPSE keeps every state, in fewer bytes. Contexts that wait for others
# leave no order to choose, so there is nothing to reduce.
PAN = ["-O2", "-w", "-DNOREDUCE", "-DCOLLAPSE", f"-DMEMLIM={MEMORY}"]


class Search(typing.NamedTuple):
    name: str
    defines: str
    cycles: bool = False  # looks for a cycle of states instead of assertions
    branches: bool = False  # ... and that each branch of a step is taken
    daily: bool = False


SEARCHES = [
    Search("one", "", daily=True, branches=True),
    Search("one-cycles", "", cycles=True, daily=True),
    Search("handler-calls-twice", "-DCALLS_1=2"),
    Search("higher-collects-twice", "-DMAY_0=1 -DMAY_1=2 -DCALLS_1=2 "
           "-DMAY_2=1 -DSHOTS_2=2", daily=True),
    Search("any-heap", "-DANY_HEAP -DCALLS_1=2 -DSHOTS_2=0", daily=True),
    Search("four-blocks", "-DBLOCKS=4 -DMAY_0=1 -DMAY_1=2 -DCALLS_1=3 "
           "-DSHOTS_2=0", daily=True),
    Search("helpers-stop", "-DHELPERS_STOP -DMAY_0=1 -DMAY_1=2 -DCALLS_1=2 "
           "-DMAY_2=2", daily=True),
    Search("collect-above", "-DBLOCKS=4 -DMAY_0=2 -DMAY_1=1 -DMAY_2=2 "
           "-DCALLS_2=2"),
    Search("four-blocks-one", "-DBLOCKS=4"),
    Search("handlers-mutate", "-DMAY_0=1 -DMAY_1=2 -DSHOTS_1=2 -DMAY_2=2"),
    Search("handler-mutates", "-DMAY_0=1 -DMAY_1=2 -DCALLS_1=3 -DMAY_2=1"),
    Search("higher-mutates", "-DMAY_0=1 -DMAY_1=1 -DMAY_2=2 -DCALLS_2=3"),
    Search("higher-calls-twice", "-DCALLS_2=2"),
    Search("higher-comes-twice", "-DMAY_0=1 -DSHOTS_2=2"),
    Search("thread-calls-twice", "-DCALLS_0=2"),
]


class Broken(Exception):
    """A tool failed."""


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                          errors="replace", check=False)
    if done.returncode != 0:
        raise Broken(f"{shlex.join(map(str, command))}:\n{done.stdout}"
                     f"{done.stderr}"[:2000])
    return done.stdout


def search_build(search, text, folder):
    """Builds what searches this text of the model. SPIN tells which statements
    of an atomic sequence it has never met, but not of a faster d_step."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.trail"):
        old.unlink()
    model = folder / "collect.pml"
    model.write_text(text.replace("d_step", "atomic") if search.branches
                     else text)
    run(["spin", *search.defines.split(), "-o3", "-a", model], folder)
    kind = "-DNP" if search.cycles else "-DSAFETY"
    run(["gcc", *PAN, kind, "-o", "pan", "pan.c"], folder)


def number(pattern, text):
    found = re.search(pattern, text)
    return float(found[1]) if found else 0


def unreached(said, folder):
    """(line, statement) of those that no copy of an inline function reached."""
    missed = collections.Counter(re.findall(
        r'^\t\S+:(\d+), state \d+, "(.*)"$', said, re.MULTILINE))
    copies = collections.Counter(
        (line, text) for _, line, text in set(re.findall(
            r"\[id +(\d+) .*:(\d+) => (.*)$", run(["./pan", "-d"], folder),
            re.MULTILINE)))
    return sorted(key for key, n in missed.items() if n >= copies[key])


def search_run(search, folder):
    """How it went in a line, what is wrong, and which steps are missing."""
    begun = time.monotonic()
    said = subprocess.run(["./pan", "-b", f"-m{DEPTH}", "-w26"] +
                          ["-l"] * search.cycles, cwd=folder,
                          capture_output=True, text=True, errors="replace",
                          check=False).stdout
    error = re.search(r"^pan:\d+: (.{0,200})", said, re.MULTILINE)
    complete = "Search not completed" not in said and \
        "unreached in proctype" in said
    wrong = []
    if number(r"errors: (\d+)", said) != 0 or error:
        wrong.append(error[1] if error else "an error")
    elif not complete:
        wrong.append("the search is not complete")
    missing = [] if wrong else [f"line {line} is never reached: {text}"
                                for line, text in unreached(said, folder)]
    states = number(r"(\d+) states, stored", said)
    transitions = number(r"(\d+) transitions", said)
    depth = number(r"depth reached (\d+)", said)
    memory = number(r"([\d.]+)\ttotal actual", said)
    line = (f"{search.name}: {states:,.0f} states, {transitions:,.0f} "
            f"transitions, depth {depth:.0f}, {memory:.0f} MB, "
            f"{time.monotonic() - begun:.0f} s, "
            f"{'complete' if complete else 'not complete'}")
    return line, wrong, missing


def trail_command(search, folder):
    trail = next(folder.glob("*.trail"), None)
    return trail and ["spin", *search.defines.split(), "-k", str(trail), "-t",
                      "-p", "-g", "-l", str(folder / "collect.pml")]


def trail_print(command, folder):
    """The steps, as "context STEP"."""
    steps = []
    for context, step in re.findall(r"proc +(\d) .*\[\(+(?:.*?)pc==(\w+)\)",
                                    run(command, folder)):
        steps.append(f"{context} {step}")
    for i in range(0, len(steps), 5):
        print("    " + "".join(f"{s:<15}" for s in steps[i:i + 5]))
    print("  " + shlex.join(command))


def searches_check(searches):
    failed = False
    for search in searches:
        folder = BUILD / search.name
        search_build(search, functions.MODEL.read_text(), folder)
        line, wrong, missing = search_run(search, folder)
        print(line, flush=True)
        for what in wrong + missing:
            print(f"FAIL {search.name}: {what}")
        command = wrong and trail_command(search, folder)
        if command:
            trail_print(command, folder)
        failed |= bool(wrong + missing)
    return failed


# ---- Planted faults ---------------------------------------------------------


def fault_check(fault):
    """Its line, and whether it went as it should."""
    text = functions.MODEL.read_text()
    for old, new in fault.changes:
        if text.count(old) != 1:
            raise Broken(f"{fault.name}: {text.count(old)} times in the model: "
                         f"{old!r}")
        text = text.replace(old, new)
    begun = time.monotonic()
    for name in fault.searches:
        search = next(s for s in SEARCHES if s.name == name)
        folder = BUILD / "faults"
        search_build(search._replace(branches=False), text, folder)
        _, wrong, _ = search_run(search, folder)
        if wrong:
            break
    seconds = time.monotonic() - begun
    if fault.harmless:
        return (f"{'FOUND ' if wrong else 'same  '} {fault.name} "
                f"({seconds:.0f} s): {wrong[0][:60] if wrong else ''}"
                f"{fault.harmless}", not wrong)
    if wrong:
        return f"found  {fault.name} ({seconds:.0f} s): {wrong[0][:70]}", True
    return f"MISSED {fault.name} ({seconds:.0f} s)", False


def faults_check(words):
    chosen = [f for f in faults.FAULTS
              if not words or any(w in f.name for w in words)]
    if not chosen:
        raise Broken("no such fault")
    good = 0
    for fault in chosen:
        line, is_good = fault_check(fault)
        print(line, flush=True)
        good += is_good
    print(f"{good} of {len(chosen)} faults as they should be")
    return good < len(chosen)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--mutants", action="store_true")
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    if options.list:
        for s in SEARCHES:
            print(f"{s.name:<24}{'daily' if s.daily else '':<8}{s.defines}")
        return 0
    if options.accept:
        functions.accept()
    if options.mutants:
        return faults_check(options.words)
    differences = functions.differences()
    for line in differences:
        print(f"FAIL {line}; read both, then run `tests/spin/run.py --accept`")
    if options.accept or differences:
        return bool(differences)
    chosen = [s for s in SEARCHES
              if (s.name in options.words if options.words else s.daily)]
    if len(chosen) < len(options.words):
        raise Broken("no such search; --list tells all")
    return searches_check(chosen)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Broken, OSError) as why:
        print(why)
        sys.exit(2)
