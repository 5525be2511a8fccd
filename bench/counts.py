# SPDX-License-Identifier: MIT
"""Counts the instructions of single calls, in an emulator for programs.

Its plugin, calls/plugin.c, counts what runs inside the functions below, and
writes it down when the program comes to a mark: after each call that is
measured, a function for what kind it was. See heap.c.
"""

import collections
import json
import os
import subprocess
import tempfile

from measure import Error

PLUGIN, PLUGIN_SOURCE = "build/calls.so", "bench/calls/plugin.c"
COUNTED = ("peer_alloc", "peer_realloc", "peer_free", "peer_collect")
MARK = "bench_mark_"

Counted = collections.namedtuple("Counted", "ran tally calls")


def places_of(program):
    """Options of the plugin. A function may be in parts: peer_alloc.cold."""
    places = []
    symbols = subprocess.check_output(["nm", "-S", "--defined-only", program],
                                      text=True)
    for line in symbols.splitlines():
        address, *size, _, name = line.split()
        if size and name.split(".")[0] in COUNTED:
            places.append(f"call={address}+{size[0]}")
        elif name.startswith(MARK):
            kind = name[len(MARK):].replace("_", "+")
            places.append(f"{kind}={address}")
    return ",".join(places)


def count(command, folder):
    """Whether it had room; what the program prints; {kind: [instructions]}.

    The environment is empty: a collection scans the stack, which begins with
    it, and the counts are to be the same on the next run. The processor is one
    on which the C library clears memory by stores, which can be counted: not by
    one instruction that takes longer the more it clears.
    """
    handle, out = tempfile.mkstemp(dir=folder)
    os.close(handle)
    try:
        done = subprocess.run(
            ["qemu-x86_64", "-cpu", "max,-erms", "-plugin",
             f"{PLUGIN},out={out},{places_of(command[0])}"] + command,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin"})
        if done.returncode not in (0, 1):
            raise Error(f"{' '.join(command)}: {done.stderr.strip()}")
        if not done.stdout:
            return Counted(False, {}, {})
        with open(out) as file:
            return Counted(done.returncode == 0, json.loads(done.stdout),
                           calls_read(file))
    finally:
        os.remove(out)


def calls_read(lines):
    calls = collections.defaultdict(list)
    for line in lines:
        kind, n = line.split()
        calls[kind].append(int(n))
    return calls


def quantile(ordered, q):
    """The least value that a share `q` of all does not exceed."""
    return ordered[max(0, -(-int(q * 10000) * len(ordered) // 10000) - 1)]


def figures(values):
    ordered = sorted(values)
    return {"n": len(ordered), "mean": round(sum(ordered) / len(ordered), 1),
            "median": quantile(ordered, 0.5), "p99": quantile(ordered, 0.99),
            "p99.9": quantile(ordered, 0.999), "worst": ordered[-1]}
