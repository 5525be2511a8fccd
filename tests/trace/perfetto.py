#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether what examples/trace/perfetto.c has written is a trace that makes
sense: slices nest, contexts preempt as priorities tell, allocations balance,
and the heap's own counts agree. Then leaves events out, one of each kind, to
see that this would have been noticed.

  tests/trace/perfetto.py TRACE.json
"""
import collections
import json
import sys

INSTANTS = ("alloc", "free", "refused")
BLOCK = 4 * 8  # of a 64-bit host


def slices(events):
    """Slices end in the order of nesting; nothing less urgent goes on while a
    handler runs."""
    open_slices = collections.defaultdict(list)
    for event in events:
        track, phase = event["tid"], event["ph"]
        for other, names in open_slices.items():
            if other > track and names:
                yield f"track {track} goes on at {event['ts']} below {other}"
        if phase == "B":
            open_slices[track].append(event["name"])
        elif phase == "E":
            if not open_slices[track] or (
                    open_slices[track].pop() != event["name"]):
                yield f"an end without beginning at {event['ts']}"
        elif track > 0 and "handler" not in open_slices[track]:
            yield f"{event['name']} outside of a handler at {event['ts']}"
    for track, names in open_slices.items():
        if names:
            yield f"track {track} ends in {names}"


class Memory:
    """The objects that may be live, and which of them has which block."""

    def __init__(self):
        self.sizes, self.born, self.owners = {}, {}, {}

    def put(self, at, size, born):
        self.sizes[at], self.born[at] = size, born
        for block in range(at, at + size, BLOCK):
            self.owners[block] = at

    def take(self, at):
        size = self.sizes.pop(at, 0)
        for block in range(at, at + size, BLOCK):
            del self.owners[block]
        return size

    def below(self, at, size):
        return {self.owners[block] for block in range(at, at + size, BLOCK)
                if block in self.owners}


def objects(events, in_use):
    """Each free is of an object that is there. What is allocated over another
    tells that a collection has freed that one, which was under way when it was
    allocated or has begun since."""
    memory, n_begun, n_open = Memory(), 0, 0
    for event in events:
        if event["name"] == "collect":
            n_begun += event["ph"] == "B"
            n_open += 1 if event["ph"] == "B" else -1
        elif event["name"] == "free":
            at, size = place_of(event)
            if memory.take(at) != size:
                yield f"free of what is not there, {at:#x}, {size} bytes"
        elif event["name"] == "alloc":
            at, size = place_of(event)
            for other in memory.below(at, size):
                if memory.born[other] == (n_begun, 0):
                    yield f"{at:#x} allocated twice, and no collection between"
                memory.take(other)
            memory.put(at, size, (n_begun, n_open))
    live = sum(memory.sizes.values())
    if live < in_use:
        yield f"{live} bytes live, but {in_use} in use"


def place_of(event):
    return int(event["args"]["address"], 16), event["args"]["bytes"]


def counts(events, told):
    """Of the events, and of the heap."""
    for who, expected in told.items():
        here = [e for e in events if (e["tid"] > 0) == (who == "handlers")]
        found = {name: sum(e["name"] == name and e["ph"] == "i" for e in here)
                 for name in INSTANTS}
        found["collect"] = sum(
            e["name"] == "collect" and e["ph"] == "E" for e in here)
        for name, n in found.items():
            if n != expected[name]:
                yield f"{who}: {n} of {name}, the heap counts {expected[name]}"
            if n == 0:
                yield f"{who}: no {name} at all"


def faults(trace):
    events = [e for e in trace["traceEvents"] if e["ph"] in "BEi"]
    told = dict(trace["otherData"])
    in_use = told.pop("in_use")
    times = [e["ts"] for e in events]
    if times != sorted(times):
        yield "time goes back"
    yield from slices(events)
    yield from objects(events, in_use)
    yield from counts(events, told)


def without(trace, index):
    events = trace["traceEvents"]
    return trace | {"traceEvents": events[:index] + events[index + 1:]}


def main():
    with open(sys.argv[1]) as file:
        trace = json.load(file)
    found = list(faults(trace))
    for fault in found[:10]:
        print(f"    {fault}")
    kinds = {}
    for i, event in enumerate(trace["traceEvents"]):
        if event["ph"] in "BEi":
            kinds.setdefault((event["name"], event["ph"], event["tid"]), i)
    for kind, i in kinds.items():
        if not any(faults(without(trace, i))):
            found.append(kind)
            print(f"    left out, and not noticed: {kind}")
    print(f"{'FAIL' if found else 'ok'} - perfetto: "
          f"{len(trace['traceEvents'])} events, {len(kinds)} kinds left out")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
