#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Opens the assembly that gcc for x86-64 makes of irqgc.c to the suites.

  open_names.py as_it_is.s opened.s

Static names get external, with the prefix that they have in src/. A call that
goes from one source to another, and that a suite wraps (ld --wrap, which knows
only of calls between files), goes by the wrapper's name, which is otherwise the
function itself. No instruction changes.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def found(pattern, *globs):
    return sorted({name for glob in globs for path in ROOT.glob(glob)
                   for name in re.findall(pattern, path.read_text())})


def functions_beside(name):
    """Those that are defined in the source that defines this one."""
    for path in [*ROOT.glob("src/*.c"), *ROOT.glob("ports/posix/*.c")]:
        functions = re.findall(r"^(?:[A-Za-z_].*[ *])?(\w+)\(",
                               path.read_text(), re.M)
        if name in functions:
            return functions
    raise LookupError(name)


def wrap(lines, wrapped):
    name = wrapped.removeprefix("irqgc_core_")
    beside = functions_beside(name)
    call = re.compile(rf"\t(call|jmp)\t{name}(@PLT)?$")
    within, n = "", 0
    for i, line in enumerate(lines):
        if label := re.match(r"([A-Za-z_]\w*)[.\w]*:", line):
            within = label[1]
        elif call.match(line) and within not in beside:
            lines[i] = call.sub(rf"\t\1\t__wrap_{wrapped}", line)
            n += 1
    if n == 0:
        sys.exit(f"no call of {name} is left")
    lines += ["\t.text", f"\t.weak\t__wrap_{wrapped}", f"__wrap_{wrapped}:",
              f"\tjmp\t{name}"]


def main():
    text = pathlib.Path(sys.argv[1]).read_text()
    # Static variables are labels, which can get external.
    text = re.sub(r"\t\.local\t.*\n\t\.comm\t(\w+),(\d+),(\d+)",
                  r"\t.pushsection .bss\n\t.balign \3\n\1:\t.zero \2\n"
                  r"\t.popsection", text)
    lines = text.splitlines()
    for wrapped in found(r"--wrap=(\w+)", "tests/*/test_*.c",
                         "tests/preempt/Makefile"):
        wrap(lines, wrapped)
    for name in found(r"CORE_NAME\((\w+)\);", "src/*.h"):
        lines += [f"\t.globl\tirqgc_core_{name}",
                  f"\t.set\tirqgc_core_{name}, {name}"]
    for name in found(r"irqgc_posix_\w+", "ports/posix/irqgc_port.h"):
        lines.append(f"\t.globl\t{name}")
    pathlib.Path(sys.argv[2]).write_text("\n".join(lines) + "\n")


main()
