#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants one fault at a time in a copy of the core; the suites must find it.

mutants.py [--seconds N] [WORD ...]   those whose name contains one of the
                                      words; default: all

Faults whose name begins with "trap" are those that broke earlier designs. Each
fault is looked for by the explorer, first its regress lines, then for N seconds
(12); by the preemption suite, single-stepping, for as long; or, where that is
the place for it, by the unit tests. Exit: 0 all found, 1 not, 2 a fault fits
the source no more.
"""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COPIED = ("include", "src", "ports", "tests", "Makefile")
UNIT = "unit"

# Name, file, text, what it becomes; UNIT: for the unit tests.
FAULTS = [
    # Once bugs: regress.txt.
    ("bug 1: torn extent", "src/object.c", "const truth_t t = group_truth(h, k);",
     "const truth_t t = {now(&h->groups[k].head), now(&h->groups[k].body)};"),
    ("bug 2: torn hints", "src/hints.c", "const truth_t t = group_truth(h, k);",
     "const truth_t t = {now(&h->groups[k].head), now(&h->groups[k].body)};"),
    ("bug 3: root added twice", "src/barrier.c",
     "const bool unchanged = h->roots == first;",
     "const bool unchanged = true; (void)first;"),
    ("bug 4: SWEEP_ON gives up", "src/alloc.c", "        sweep(h, s);\n    }",
     "        sweep(h, s);\n    } else {\n        return false;\n    }"),
    ("bug 5: no retry in place", "src/alloc.c",
     "room_make(h, flags) && object_fit", "room_make(h, flags) && object_move"),
    # Guards of windows.
    ("T1 claims what is taken", "src/claim.c", "if ((used & run) == 0) {",
     "if (true) {"),
    ("trap 8, T1 colour: always white", "src/claim.c", "black = k < h->unswept",
     "black = false"),
    ("T1 colour: cursor off by one", "src/claim.c", "black = k < h->unswept",
     "black = k <= h->unswept && h->unswept != 0"),
    ("trap 7, T1 no record", "src/claim.c", "        op->object = b;\n", ""),
    ("T1 counts one less", "src/claim.c",
     "        h->taken += n;\n        op->object",
     "        h->taken += n - 1;\n        op->object"),
    ("T2 claims what is taken", "src/claim.c",
     "if (((head | body) & run) == 0) {", "if (true) {"),
    ("T3 trusts the caller", "src/release.c",
     "const bool ours = (body & ~head & run) == run;",
     "const bool ours = true;"),
    ("T4 keeps the record", "src/release.c", "        op->object = NO_BLOCK;\n",
     ""),
    ("T4 trusts the caller", "src/release.c",
     "const bool ours = (head & run) == bit && ((body | bit) & run) == run;",
     "const bool ours = true;"),
    ("trap 10, T5 any state", "src/mark.c",
     "const bool valid = h->state == mine;\n    const bool white",
     "const bool valid = true;\n    const bool white"),
    ("T5 blackens what is no head", "src/mark.c",
     "valid && (g->head & ~g->body & bit) != 0", "valid"),
    ("T6 any state", "src/mark.c",
     "const bool valid = h->state == mine;\n    if (valid) {\n"
     "        const word_t depth",
     "const bool valid = true;\n    if (valid) {\n        const word_t depth"),
    ("T6 no overflow bit", "src/mark.c", "            *overflow |= bit;\n",
     "            (void)overflow;\n            (void)bit;\n"),
    ("T8 any state", "src/collect.c", "const bool unchanged = h->state == s;",
     "const bool unchanged = true;"),
    ("trap 6, T8 always MARK", "src/collect.c", "== IDLE ? MARK : CLEAR", "== IDLE ? MARK : MARK"),
    ("T8 keeps the stack", "src/collect.c", "        h->mark_depth = 0;\n", ""),
    ("T8 keeps the number", "src/collect.c", "+ CYCLE_ONE + phase", "+ phase"),
    ("T9 any state", "src/collect.c",
     "const bool valid = h->state == mine;\n    if (valid) {\n"
     "        g->body &=", "const bool valid = true;\n    (void)mine;\n"
     "    if (valid) {\n        g->body &="),
    ("T10 ends with work left", "src/mark.c", "if (valid && !waits) {",
     "if (valid) {"),
    ("trap 12, T10 any state", "src/mark.c", "if (valid && !waits) {", "if (!waits) {"),
    ("trap 3, T11 words not compared", "src/sweep.c",
     "g->head == read->head && g->body == read->body",
     "true"),
    ("T11 heads not compared", "src/sweep.c",
     "g->head == read->head && g->body == read->body",
     "g->body == read->body"),
    ("T11 bodies not compared", "src/sweep.c",
     "g->head == read->head && g->body == read->body",
     "g->head == read->head"),
    ("trap 4, T11 cursor not compared", "src/sweep.c",
     "h->state == mine && h->unswept == k + 1 &&", "h->state == mine &&"),
    ("T11 state not compared", "src/sweep.c",
     "h->state == mine && h->unswept == k + 1 &&",
     "mine != 0 && h->unswept == k + 1 &&"),
    ("T12 any state", "src/sweep.c", "if (h->state == mine && h->unswept == 0)",
     "if (h->unswept == 0)"),
    ("T12 cursor not compared", "src/sweep.c",
     "if (h->state == mine && h->unswept == 0)", "if (h->state == mine)"),
    ("T13 any state", "src/collect.c",
     "if (h->state == mine) {\n        h->state = mine - CLEAR",
     "if (true) {\n        h->state = mine - CLEAR"),
    ("T14 any words", "src/hints.c",
     "const bool unchanged = (g->head | g->body) == used;",
     "const bool unchanged = true; (void)g; (void)used;"),
    ("T16 torn verdict", "src/sweep.c", "const truth_t t = group_truth(h, k);",
     "const word_t body = now(&h->groups[k].body);\n"
     "        const truth_t t = {now(&h->groups[k].head), body};"),
    # Orders and verdicts.
    ("sweep: verdict of the wrong colour", "src/sweep.c",
     "const word_t white = t.head & ~t.body;",
     "const word_t white = t.head & t.body;"),
    ("trap 1, sweep: verdict kept too long", "src/sweep.c",
     "if (leads && k <= lead->head_group)",
     "if (leads && (lead->head_group == h->n_groups))"),
    ("sweep: hints forgotten", "src/sweep.c", "&& swept != 0) {\n        const",
     "&& swept == 0) {\n        const"),
    ("sweep: counts a block less", "src/sweep.c", "        h->given += n;",
     "        h->given += n - (n > 1);"),
    ("claim: backs out head first", "src/claim.c",
     "            tails_release(h, end, b);\n",
     "            (void)tails_release;\n"),
    ("claim: forgets to back out", "src/claim.c",
     "        object_release(h, op, b + here);\n", ""),
    ("trap 14, claim: one pass only", "src/claim.c",
     "while (now(&h->given) != given);", "while (false);"),
    ("claim: own back-outs not told apart", "src/claim.c",
     "            given += claimed;\n", ""),
    ("release: the first group first", "src/release.c",
     "const word_t k = block_group(end - 1);\n"
     "        const block_t start = k * GROUP_BLOCKS;\n"
     "        const block_t from = start > first ? start : first;",
     "const word_t k = block_group(first);\n"
     "        const block_t from = first;\n"
     "        const block_t last = (k + 1) * GROUP_BLOCKS;\n"
     "        if (last < end) {\n"
     "            group_release_tails(h, k, word_run(block_index(from),"
     " last - from), last - from);\n"
     "            first = last;\n            continue;\n        }"),
    ("dying: cursor before the colour", "src/object.c",
     "const bool black = (now(&h->groups[k].body) & block_bit(b)) != 0;\n"
     "    return !black && k < now(&h->unswept);",
     "const bool ahead = k < now(&h->unswept);\n"
     "    return ahead && (now(&h->groups[k].body) & block_bit(b)) == 0;"),
    ("dying: never", "src/object.c", "return !black && k < now(&h->unswept);",
     "return !black && k < now(&h->unswept) && false;"),
    ("trap 15, record: linked after the look", "src/alloc.c",
     "record_names(op->below, op->object)", "false"),
    ("record: let go before clearing", "src/alloc.c",
     "        blocks_clear(object, n);\n    }\n    record_unlink(h, &op);",
     "        record_unlink(h, &op);\n        blocks_clear(object, n);\n"
     "        return object;\n    }\n    record_unlink(h, &op);"),
    ("move: gives back before copying", "src/alloc.c",
     "        __builtin_memcpy(object,",
     "        object_release(h, op, op->object + n_old);\n"
     "        op->object = to.object;\n        __builtin_memcpy(object,"),
    ("trap 9, alloc: not shaded in MARK", "src/alloc.c",
     "    block_barrier(h, op->object);\n", ""),
    ("trap 16, alloc: attributes of the last tenant", "src/alloc.c",
     "    attributes_write(h, op->object, attributes);\n",
     "    (void)attributes_write;\n    (void)attributes;\n"),
    ("trap 10, store: no barrier", "src/barrier.c", "    words_barrier(h, &value, 1);\n",
     "    (void)h;\n"),
    ("root_add: not shaded in MARK", "src/barrier.c",
     "    words_barrier(h, root->start, root->n_words);\n", ""),
    ("trap 7, mark: records are no roots", "src/mark.c",
     "!held_shade(h, mine) || !records_shade(h, mine)",
     "!held_shade(h, mine) || (records_shade, false)"),
    ("trap 11, mark: an overflow bit cleared after the work", "src/mark.c",
     "if (!overflow_clear(h, mine, &h->overflow[i], bits & (0 - bits)) ||\n"
     "                !group_rescan(h, mine, k)) {",
     "if (!group_rescan(h, mine, k) ||\n"
     "                !overflow_clear(h, mine, &h->overflow[i],"
     " bits & (0 - bits))) {"),
    ("collect: content with what began before", "src/collect.c",
     "state_phase(s) != IDLE || !state_is_later(s, called)",
     "state_phase(s) != IDLE || s == called"),
    ("realloc: tail end not zeroed", "src/alloc.c",
     "if (n > n_old && (flags & IRQGC_NOT_ZEROED) == 0)",
     "if (n > n_old + 1 && (flags & IRQGC_NOT_ZEROED) == 0)"),
    # Traps that are no guard above.
    ("trap 2, cursor in a window of its own", "src/sweep.c",
     "        h->unswept = k;\n    }\n    port_irq_restore(irq);\n",
     "    }\n    port_irq_restore(irq);\n    if (unchanged) {\n"
     "        *(volatile word_t *)&h->unswept = k;\n    }\n"),
    ("trap 11, overflowed cleared after the work", "src/mark.c",
     "    if (!overflow_clear(h, mine, &h->overflowed, 1)) {\n"
     "        return false;\n    }\n    for", "    for"),
    ("trap 13, held objects are no roots", "src/mark.c",
     "!held_shade(h, mine) || !records_shade(h, mine)",
     "(held_shade, false) || !records_shade(h, mine)", UNIT),
    ("trap 13, one past the end is no pointer", "src/mark.c",
     "(pointer % BLOCK_BYTES != 0 ||\n"
     "            containing_shade(h, mine, pointer - 1))",
     "true", UNIT),
    ("trap 13, registers are not spilled", "ports/posix/stack.c",
     "    __builtin_unwind_init();\n", "", UNIT),
    ("trap 17, a bare enable", "ports/posix/irqgc_port.h",
     "    irqgc_posix_close(before);\n", "    irqgc_posix_close(0);\n", UNIT),
]


def plant(tree, fault):
    """A copy of the project with the fault; False if its text is not there."""
    for name in COPIED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tree / name)
    _, file, old, new = fault[:4]
    text = (tree / file).read_text()
    if text.count(old) != 1:
        return False
    (tree / file).write_text(text.replace(old, new))
    return True


def run(tree, *command, timeout=None):
    """The last line of what fails, or None. A hang is a failure, too."""
    try:
        done = subprocess.run(command, cwd=tree, capture_output=True,
                              text=True, check=False, timeout=timeout)
    except subprocess.TimeoutExpired:
        return "hangs"
    lines = (done.stdout + done.stderr).splitlines()
    if done.returncode == 0:
        return None
    return next((line for line in lines if "FAILED" in line or "@" in line),
                lines[-1] if lines else f"exit status {done.returncode}")


def build(tree, suite):
    warnings = ["WARNINGS=-w", "CFLAGS=-O2 -g"] if suite == UNIT else []
    goal = [] if suite == UNIT else ["-C", f"tests/{suite}"]
    if suite != UNIT:
        makefile = tree / "tests" / suite / "Makefile"
        makefile.write_text(makefile.read_text().replace("-Werror", "-w"))
    return ["make", "-s", *goal, *warnings]


def explored(tree, seconds):
    subprocess.run(build(tree, "explore"), cwd=tree, check=True)
    return (run(tree, *build(tree, "explore"), "regress", timeout=60) or
            run(tree, "build/explore/explore", "--seconds", str(seconds),
                timeout=20 * seconds + 60))


def stepped(tree, seconds):
    subprocess.run(build(tree, "preempt"), cwd=tree, check=True)
    return run(tree, "build/preempt/preempt", "--quiet", "--seconds",
               str(seconds), timeout=20 * seconds + 60)


def tested(tree, _seconds):
    return run(tree, "env", "STRIDE=100000", *build(tree, UNIT), "unit",
               timeout=600)


def look_for(fault, seconds):
    """Its line of the report, and the exit status."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        tree = pathlib.Path(name)
        if not plant(tree, fault):
            return f"{fault[0]}: fits the source no more", 2
        suites = {"unit": tested} if UNIT in fault[4:] else {
            "explore": explored, "preempt": stepped}
        for suite, find in suites.items():
            found = find(tree, seconds)
            if found:
                return (f"found  {fault[0]} ({suite}, "
                        f"{time.monotonic() - begun:.0f} s): {found[:90]}"), 0
    return f"MISSED {fault[0]}", 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=int, default=12)
    parser.add_argument("words", nargs="*", default=[])
    options = parser.parse_args()
    chosen = [f for f in FAULTS
              if not options.words or any(w in f[0] for w in options.words)]
    results = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for line, status in pool.map(
                lambda f: look_for(f, options.seconds), chosen):
            print(line, flush=True)
            results.append(status)
    print(f"{results.count(0)} of {len(chosen)} faults found")
    return max(results, default=2)


if __name__ == "__main__":
    sys.exit(main())
