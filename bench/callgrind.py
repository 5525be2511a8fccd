# SPDX-License-Identifier: MIT
"""Reads the calls out of a callgrind profile.

The format has a line `fn=` for the function that the following lines belong
to, and for each of its callees `cfn=`, `calls=` and a line with the cost of
these calls, callees of callees included. A name stands in full where it comes
first, `(7) irqgc_alloc`, and as `(7)` from then on.
"""

import collections
import re
import subprocess

from measure import Error

# `callee` goes on with its callers, `f'caller'caller's caller`, for the one
# function that `run` is told to separate.
Call = collections.namedtuple("Call", "caller callee calls instructions")


def run(command, separated, out):
    """Runs a command and returns its output and the calls that it made while
    it had the instrumentation started.

    The environment is empty: a collection scans the stack, which begins with
    it, and the counts are to be the same on the next run.
    """
    done = subprocess.run(
        ["valgrind", "-q", "--tool=callgrind",
         "--instr-atstart=no", "--callgrind-out-file=" + out,
         "--separate-callers9=" + separated] + command,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={
            "PATH": "/usr/local/bin:/usr/bin:/bin"})
    if done.returncode != 0:
        raise Error(done.stderr.strip() or "callgrind failed")
    with open(out) as profile:
        return done.stdout, list(calls(profile))


def calls(profile):
    names = {}
    caller = callee = None
    count = 0
    for line in profile:
        if count:
            cost = line.split()[1:]
            yield Call(caller, callee, count, int(cost[0]) if cost else 0)
            count = 0
        elif line.startswith("fn="):
            caller = name_of(line, names)
        elif line.startswith("cfn="):
            callee = name_of(line, names)
        elif line.startswith("calls="):
            count = int(line[len("calls="):].split()[0])


def name_of(line, names):
    key, name = re.match(r"c?fn=(\(\d+\))(?: (.*))?", line).groups()
    if name is not None:
        names[key] = name
    return names[key]
