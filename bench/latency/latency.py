# SPDX-License-Identifier: MIT
"""What handlers suffer because of a heap, on emulated boards: how many of its
instructions they would have to wait for, at each instruction of a run.

Three ways to let handlers allocate: irqgc; the C library's malloc with
interrupts masked around each call; and so a collector, the table.
"""

import collections
import os
import subprocess

import counts
from measure import Error, plugin_build, progress

OUT = "build/latency"
PLUGIN = f"{OUT}/latency.so"
BOARDS = {"M0": ("microbit-256k", "arm-none-eabi-"),
          "M4": ("mps2-an386", "arm-none-eabi-"),
          "RV32": ("virt", "riscv64-unknown-elf-")}
HEAPS = {"irqgc": "irqgc", "glibc": "malloc, masked",
         "table": "mark-sweep, masked"}
MARK = "bench_mark_"
QUANTILES = {"p99": 0.99, "p99.9": 0.999}


def run(*command, **variables):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          env={**os.environ, **variables})
    if done.returncode != 0:
        raise Error(f"{' '.join(command)}: status {done.returncode}\n"
                    + done.stdout)
    return done.stdout


def image_build(board, peer):
    folder = f"{OUT}/{board}"
    image = f"{folder}/latency-{peer}.elf"
    run("make", "-s", "--no-print-directory", f"BOARD={board}",
        f"BOARD_OUT={folder}", image, MAKEFLAGS="")
    return image


def marks_of(tools, image):
    """Their addresses, as options of the plugin."""
    symbols = map(str.split, run(tools + "nm", image).splitlines())
    marks = [(name[len(MARK):], int(address, 16) & ~1)
             for address, _, name in symbols if name.startswith(MARK)]
    return ",".join(f"{name}={address:x}" for name, address in marks)


def image_run(board, tools, image, few):
    """{level: {instructions: how often}}, {kind: [instructions]}"""
    out = image + ".latency"
    run("boards/qemu.sh", board, image, *(["few"] if few else []),
        QEMU=f"-plugin {PLUGIN},out={out},{marks_of(tools, image)}")
    delays = collections.defaultdict(dict)
    calls = collections.defaultdict(list)
    with open(out) as file:
        for line in file:
            what, name, *numbers = line.split()
            if what == "delay":
                delays[int(name)][int(numbers[0])] = int(numbers[1])
            else:
                calls[name].append(int(numbers[0]))
    return delays, calls


def curve(histogram):
    """(delay, share of the instants at which it is at least that), as many
    points as a plot with a logarithmic axis can show."""
    total = sum(histogram.values())
    points, left = [], total
    for delay, n in sorted(histogram.items()):
        if delay and (not points or delay > 1.1 * points[-1][0] or n == left):
            points.append((delay, left / total))
        left -= n
    return points


def figures(histogram):
    """Of all instants: the share with a delay at all; and delays."""
    total = sum(histogram.values())
    marks, passed = {}, 0
    for delay, n in sorted(histogram.items()):
        passed += n
        for name, share in QUANTILES.items():
            if passed >= share * total:
                marks.setdefault(name, delay)
    return {"share": f"{1 - histogram.get(0, 0) / total:.4f}", **marks,
            "worst": max(histogram)}


def measure(few):
    """The rows of three tables: delays, their curves, and calls."""
    plugin_build("bench/latency/plugin.c", PLUGIN)
    delay_rows, curve_rows, call_rows = [], [], []
    for core, (board, tools) in BOARDS.items():
        if few and core != "M4":
            continue
        for peer, heap in HEAPS.items():
            progress(f"bench: latency: {core}, {heap}")
            delays, calls = image_run(board, tools, image_build(board, peer),
                                      few)
            for level, histogram in sorted(delays.items()):
                key = {"core": core, "heap": heap, "level": level}
                delay_rows.append({**key, **figures(histogram)})
                curve_rows += [{**key, "delay": delay, "share": f"{share:.2e}"}
                               for delay, share in curve(histogram)]
            call_rows += [
                {"core": core, "heap": heap, "call": kind,
                 **counts.figures(values)}
                for kind, values in sorted(calls.items())]
    return delay_rows, curve_rows, call_rows
