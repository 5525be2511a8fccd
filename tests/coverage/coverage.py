#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which branches of src/ the suites take, asserts off.

coverage.py [--print]

Builds the unit, model and regress tests, the explorer, the fuzz programs and
some torture suites with clang's instrumentation, runs them, the explorer and
those suites for a part of what they do, the fuzz programs on their corpora, and
adds up. A branch is one outcome of one condition, also inside `&&` and `||`.

Every branch that none of them takes is in untaken.txt, with the reason. Exit:
0 it is, and all those in it are untaken, but for those with a reason that begins
with "sometimes": by where an environment puts a stack; 1 otherwise, and then the lines that
are missing or wrong are printed; with --print all untaken branches are.

Not counted: what only a build with asserts evaluates. Left out of the suites:
preempt, which would step through the counters too.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "build/coverage"
UNTAKEN = ROOT / "tests/coverage/untaken.txt"
LLVM = "-14"  # of Debian 12
SUITES = ("word", "hints", "heap", "collect", "misuse", "oom", "stack", "stacks",
          "exchange", "extents", "faults", "dict", "brk", "slices", "posix")
KITS = "dict", "stacks", "exchange"
# Of the explorer, beside its regress lines: what does not depend on the clock.
EXPLORED = ("graph", "--depth", "1"), ("random", "--runs", "10000")

INSTRUMENT = "-fprofile-instr-generate -fcoverage-mapping"
# The explorer's -fsanitize=thread would have clang count by atomics, for which
# it calls the sanitizer.
CLANG = f"clang {INSTRUMENT} -fprofile-update=single"

LINE = re.compile(r"(src/\S+):(\w+): `(.*)`, never (true|false): (\S.*)")


def run(*command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True,
                          errors="replace", check=False,
                          env={**os.environ, "LLVM_PROFILE_FILE":
                               str(OUT / "raw/%p-%m.profraw")})
    if done.returncode != 0:
        sys.exit(f"{done.stdout[-2000:]}{done.stderr[-2000:]}\nFAIL "
                 f"{' '.join(command)}")
    return done.stdout


# ---- Running the suites -----------------------------------------------------


def unit_run(out, tests, *variables):
    """Returns the first of the programs."""
    programs = [f"{out}/{test.with_suffix('')}" for test in tests]
    run("make", "-s", "unit", f"O={out}", "CFLAGS=-O1", f"CC={CLANG}",
        f"TESTS={' '.join(programs)}", *variables)
    return programs[0]


def suites_run():
    """Returns a program that has all of the core."""
    tests = [pathlib.Path(f"tests/unit/test_{suite}.c") for suite in SUITES]
    for folder in "model", "regress":
        tests += [test.relative_to(ROOT)
                  for test in sorted(ROOT.glob(f"tests/{folder}/test_*.c"))]
    program = unit_run(OUT / "unit", tests)
    # Where a group does not fill a word.
    unit_run(OUT / "unit-4", [pathlib.Path("tests/unit/test_heap.c")],
             "EXTRA=-DIRQGC_GROUP_BLOCKS=4")
    tortured = [f"{OUT}/unit/tests/coverage/{kit}" for kit in KITS]
    run("make", "-s", f"O={OUT}/unit", "CFLAGS=-O1", f"CC={CLANG}", *tortured)
    for kit in tortured:
        run(kit)
    run("make", "-s", "-C", "tests/explore", "regress",
        f"BUILD={OUT}/explore", f"CC={CLANG}")
    for scenario in EXPLORED:
        run(f"{OUT}/explore/explore", "--scenario", *scenario)
    run("make", "-s", "-C", "tests/fuzz", "replay", f"BUILD={OUT}/fuzz",
        f"CLANG={CLANG}")
    return program


def counts_of(program):
    """What llvm-cov makes of all runs, by the core as `program` has it."""
    profile = OUT / "merged.profdata"
    run(f"llvm-profdata{LLVM}", "merge", "-sparse", "-o", str(profile),
        *map(str, (OUT / "raw").glob("*.profraw")))
    return json.loads(run(f"llvm-cov{LLVM}", "export", program,
                          f"-instr-profile={profile}"))["data"][0]["functions"]


# ---- Branches ---------------------------------------------------------------

# A condition: where it is, and in which function; its text.
Place = collections.namedtuple("Place", "file line column function text")


def source_text(lines, region):
    first, start, last, end = region[:4]
    text = lines[first - 1:last]
    text[-1] = text[-1][:end - 1]
    text[0] = text[0][start - 1:]
    return " ".join(" ".join(text).split())


def is_of_core(function):
    """Static functions are named after the file that they are compiled in."""
    unit, _, _ = function["name"].rpartition(":")
    return unit == "" or (ROOT / "src" / pathlib.Path(unit).name).exists()


def branches_of(functions):
    """How often each condition was true, and false, over all copies."""
    counts = collections.Counter()
    sources = {}
    for function in filter(is_of_core, functions):
        name = function["name"].rpartition(":")[2]
        for branch in function["branches"]:
            path = pathlib.Path(function["filenames"][branch[6]]).resolve()
            if path.parent != ROOT / "src":
                continue
            lines = sources.setdefault(path, path.read_text().split("\n"))
            if re.search(r"ASSERT\(|IRQGC_DEBUG", lines[branch[0] - 1]):
                continue
            place = Place(f"src/{path.name}", branch[0], branch[1], name,
                          source_text(lines, branch))
            counts[place, "true"] += branch[4]
            counts[place, "false"] += branch[5]
    return counts


def line_of(place, outcome):
    return f"{place.file}:{place.function}: `{place.text}`, never {outcome}"


# ---- The list ---------------------------------------------------------------


def listed():
    """The lines of untaken.txt without their reasons, and those of them that
    may be taken."""
    lines = []
    may_be_taken = set()
    for number, line in enumerate(UNTAKEN.read_text().split("\n"), 1):
        if line == "" or line.startswith("#"):
            continue
        found = LINE.fullmatch(line)
        if not found:
            sys.exit(f"FAIL {UNTAKEN.relative_to(ROOT)}:{number}: no "
                     f"condition, outcome and reason: {line}")
        lines.append(line[:found.start(5) - 2])
        if found[5].startswith("sometimes"):
            may_be_taken.add(lines[-1])
    return collections.Counter(lines), may_be_taken


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--print", action="store_true", dest="all")
    options = parser.parse_args()
    shutil.rmtree(OUT / "raw", ignore_errors=True)
    counts = branches_of(counts_of(suites_run()))
    untaken = collections.Counter(
        line_of(*key) for key, count in sorted(counts.items()) if count == 0)
    if options.all:
        print(*untaken.elements(), sep="\n")
    known, may_be_taken = listed()
    for line in may_be_taken - set(untaken):
        del known[line]
    for line in (untaken - known).elements():
        print(f"FAIL not in untaken.txt: {line}: (reason)")
    for line in (known - untaken).elements():
        print(f"FAIL taken, but in untaken.txt: {line}")
    print(f"{len(counts) - untaken.total()} of {len(counts)} branches taken, "
          f"{known.total()} listed with a reason why not")
    return untaken != known or not counts


if __name__ == "__main__":
    sys.exit(main())
