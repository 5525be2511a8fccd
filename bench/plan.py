# SPDX-License-Identifier: MIT
"""What is measured, of which peers."""

import collections

Run = collections.namedtuple("Run", "work what kib")

# Bytes of the heap where a peer has a bound: each program is to collect there.
TRACES = {"chaos": 128, "compile": 256, "hexiom": 192, "json": 192,
          "logger": 192, "pidigits": 64}
SIZES = [64, 1024, 16 * 1024, 64 * 1024]
LONG_SIZES = [256 * 1024, 1024 * 1024, 4096 * 1024]
LONG_SHAPES = ["none", "list", "graph"]
SHAPE_SIZES = [64, 256, 1024, 4096, 16 * 1024, 64 * 1024]
SHAPES = ["empty", "none", "tree", "list", "shuffled", "graph", "wide",
          "arrays"]
FILLS = ["50", "90", "98"]
WORST = ["far", "holes", "refused", "merge"]
LARGE = [4096, 16384, 65536, 262144, 1048576]
GROW = 65536
FRAGMENT = ["alternate", "growing", "checkerboard"]


def counted():
    """Every call of these is counted by itself."""
    yield from (Run("replay", trace, kib) for trace, kib in TRACES.items())
    for kib in SIZES:
        yield from (Run("churn", fill, kib) for fill in FILLS
                    if fill != "98" or kib <= 1024)
        yield from (Run("worst", case, kib) for case in WORST)
    yield from (Run("shape", shape, kib)
                for shape in SHAPES for kib in SHAPE_SIZES)
    yield from (Run("large", str(size), 8192) for size in LARGE)
    yield Run("grow", str(GROW), 1024)


def timed(is_long):
    """And how often each is done to be timed once."""
    yield from ((Run("replay", trace, kib), 20)
                for trace, kib in TRACES.items())
    for kib in SIZES + (LONG_SIZES if is_long else []):
        shapes = SHAPES if kib in SIZES else LONG_SHAPES
        yield Run("churn", "90", kib), 10
        yield from ((Run("shape", shape, kib), 1) for shape in shapes)


def smallest():
    """These run in a heap as small as they can. `kib` is where to begin."""
    yield from (Run("replay", trace, kib) for trace, kib in TRACES.items())
    yield from (Run("fragment", pattern, 256) for pattern in FRAGMENT)


def few():
    """One of each, in seconds: whether all that there is can be measured."""
    return [Run("replay", "pidigits", 64), Run("churn", "90", 64),
            Run("worst", "holes", 64), Run("shape", "graph", 64),
            Run("large", "4096", 256), Run("grow", "4096", 64)]


def is_for(run, peer):
    """Graphs are for collectors."""
    if run.work == "shape" and not peer.collects:
        return False
    if peer.slow and run.work == "shape" and run.what == "arrays":
        return run.kib <= 1024
    return not peer.slow or run.work != "churn" or run.kib <= 64 * 1024


Peer = collections.namedtuple("Peer", "name program collects bounded slow")
