#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rig's live display on a terminal of several widths: no line is longer
than the terminal is wide, so that none wraps, the picture stays within its
height, and it is all there, with its legends.

  tests/rig/display.py RIG [COLUMNS]    with COLUMNS: shows the last picture
"""
import fcntl
import os
import re
import struct
import subprocess
import sys
import termios

# (columns, rows, what the environment says): rows and columns 0 if the
# terminal does not tell.
TERMINALS = [
    (40, 24, {}),
    (80, 24, {}),
    (200, 50, {}),
    (0, 0, {"COLUMNS": "52", "LINES": "30"}),
    (0, 0, {}),
]

# What is to be read in a picture, whatever the width.
TEXTS = [
    "irqgc rig:",
    "collections/s",
    "lost: ticks that the host was too slow for; no room: calls refused, as no "
    "free run was long enough",
    "fewest so far",
    "a character: blank is free, .:-=+*#% ever fuller, @ full",
]
COLUMNS = ["level", "ticks", "lost", "no room"]
WIDE = ["allocs/s", "events/s", "trace"]

ESCAPE = re.compile(r"\x1b\[(\d*;?\d*)([A-Za-z])")


def size_set(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ,
                struct.pack("HHHH", rows, columns, 0, 0))


def run(rig, columns, rows, environment, later=None):
    """What the rig writes to a terminal of this size in two seconds; `later`
    is its size from the first picture on."""
    master, slave = os.openpty()
    size_set(slave, columns, rows)
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("COLUMNS", "LINES")} | environment
    process = subprocess.Popen([rig, "--seconds", "2", "--seed", "1"],
                               stdout=slave, env=environment)
    os.close(slave)
    output = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        output += part
        if later and b"\x1b[J" in output:
            size_set(master, *later)
            later = None
    os.close(master)
    if process.wait() != 0:
        raise SystemExit(f"display: the rig ended with {process.returncode}")
    return output.decode().replace("\r\n", "\n")


def pictures(output):
    """The pictures, each a list of lines, and the lines of the summary."""
    shown, lines = [], []
    *before, summary = output.split("\x1b[J")
    for text in before:
        lines = ESCAPE.sub("", text).split("\n")
        shown.append(lines[:-1])
    return shown, ESCAPE.sub("", summary).rstrip("\n").split("\n")


def faults(output, columns, rows):
    shown, summary = pictures(output)
    if len(shown) < 3:
        yield f"{len(shown)} pictures in two seconds"
        return
    unknown = {m.group(2) for m in ESCAPE.finditer(output)} - set("AJKH")
    if unknown or "\x1b" in ESCAPE.sub("", output):
        yield f"an escape sequence that this test does not know: {unknown}"
    for line in sum(shown, summary):
        if len(line) > columns and "replay:" not in line:
            yield f"{len(line)} characters: {line!r}"
    for picture in shown:
        if len(picture) >= rows:
            yield f"{len(picture)} lines"
    ups = [int(n) for n in re.findall(r"\x1b\[(\d+)A", output)]
    if ups != [len(picture) for picture in shown[:-1]]:
        yield f"not drawn over what was there: up {ups}"
    text = " ".join(shown[-1])
    for part in TEXTS + COLUMNS + (WIDE if columns >= 80 else []):
        if part not in text:
            yield f"not there: {part!r}"
    titles = next((line.replace("no room", "no_room").split()
                   for line in shown[-1] if line.startswith("level")), [])
    if set(titles) - {name.replace(" ", "_") for name in COLUMNS + WIDE}:
        yield f"a column is cut: {titles}"
    if sum(line.startswith("|") for line in shown[-1]) < 5:
        yield "no map"


def verdict(name, found):
    found = list(found)
    print(f"{'FAIL' if found else 'ok'} - display: {name} columns")
    for fault in found[:10]:
        print(f"    {fault}")
    return bool(found)


def main():
    rig = sys.argv[1]
    if len(sys.argv) > 2:
        shown, summary = pictures(run(rig, int(sys.argv[2]), 24, {}))
        print("\n".join(shown[-1] + summary))
        return 0
    # Of a terminal that has become narrower, what comes after the clearing.
    output = run(rig, 80, 24, {}, later=(40, 20)).partition("\x1b[2J")[2]
    failed = verdict("from 80 to 40", faults(output, 40, 20))
    for columns, rows, environment in TERMINALS:
        output = run(rig, columns, rows, environment)
        width = columns or int(environment.get("COLUMNS", 80))
        height = rows or int(environment.get("LINES", 24))
        failed |= verdict(f"{width}", faults(output, width, height))
    return failed


if __name__ == "__main__":
    sys.exit(main())
