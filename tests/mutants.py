#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants one fault at a time in a copy of the core; the suites must find it.

mutants.py [--seconds N] [WORD ...]   those whose name contains one of the
                                      words; default: all

Each fault is looked for by the explorer, first its regress lines, then for N
seconds (12); then by the preemption suite, single-stepping, for as long; or,
where that is the place for it, by the unit tests. "trap N" stands for one of
the traps that broke earlier designs, T for a transition of DESIGN.md.

Exit: 0 all found, 1 one is missed, 2 one fits the source no more: adapt it.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent
COPIED = ("include", "src", "ports", "tests", "Makefile")
EITHER, PREEMPT, UNIT = ("explore", "preempt"), ("preempt",), ("unit",)
WINDOW = "40"  # instructions, on the host


class Fault(typing.NamedTuple):
    name: str
    file: str
    text: str  # occurs once, or UNMASK
    becomes: str  # or the function
    suites: tuple  # in the order in which they look, with options


FAULTS = []
UNMASK = object()


def fault(name, file, text, becomes, suites=EITHER):
    FAULTS.append(Fault(name, file, text, becomes, suites))


def unmasked(file, function):
    """The function without its masked window."""
    FAULTS.append(Fault(f"unmasked: {function}", file, UNMASK, function,
                        EITHER))


# ---- The traps of the design ----------------------------------------------

fault("trap 1: a verdict carried past its object", "src/sweep.c",
      "if (leads && k <= lead->head_group)",
      "if (leads && (lead->head_group == h->n_groups))")
fault("trap 2: planes first, the cursor after the window", "src/sweep.c",
      "        h->unswept = k;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (unchanged) {\n"
      "        *(volatile word_t *)&h->unswept = k;\n"
      "    }\n")
fault("trap 2: the cursor first, planes in a window after", "src/sweep.c",
      "    if (unchanged) {\n"
      "        g->head = head;",
      "    if (unchanged) {\n"
      "        h->unswept = k;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    const port_irq_t again = port_irq_save();\n"
      "    (void)again;\n"
      "    if (unchanged && h->unswept == k) {\n"
      "        g->head = head;")
fault("trap 3: T11 words not compared", "src/sweep.c",
      "g->head == read->head && g->body == read->body",
      "true")
fault("trap 3: T11 heads not compared", "src/sweep.c",
      "g->head == read->head && g->body == read->body",
      "g->body == read->body")
fault("trap 3: T11 bodies not compared", "src/sweep.c",
      "g->head == read->head && g->body == read->body",
      "g->head == read->head")
fault("trap 3: T11 neither state nor cursor compared", "src/sweep.c",
      "h->state == mine && h->unswept == k + 1 &&",
      "")
fault("trap 4: T11 cursor not compared", "src/sweep.c",
      "h->state == mine && h->unswept == k + 1 &&",
      "h->state == mine &&")
fault("trap 5: T16 a verdict of words read apart, body first", "src/sweep.c",
      "const truth_t t = group_truth(h, k);",
      "const word_t body = now(&h->groups[k].body);\n"
      "        const truth_t t = {now(&h->groups[k].head), body};")
fault("trap 5: T16 a verdict of words read apart, head first", "src/sweep.c",
      "const truth_t t = group_truth(h, k);",
      "const word_t head = now(&h->groups[k].head);\n"
      "        const truth_t t = {head, now(&h->groups[k].body)};")
fault("trap 6: T8 always to MARK", "src/collect.c",
      "== IDLE ? MARK : CLEAR",
      "== IDLE ? MARK : MARK")
fault("trap 7: T1 without a record", "src/claim.c",
      "        op->object = b;\n",
      "")
fault("trap 7: records are no roots", "src/mark.c",
      "!held_shade(h, mine) || !records_shade(h, mine)",
      "!held_shade(h, mine) || (records_shade, false)")
fault("trap 7: T1 record written after the window", "src/claim.c",
      "        h->taken += n;\n"
      "        op->object = b;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "        h->taken += n;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if ((used & run) == 0) {\n"
      "        op->object = b;\n"
      "    }\n")
fault("trap 8: T1 always white", "src/claim.c",
      "black = k < h->unswept",
      "black = false")
fault("trap 8: T1 always black", "src/claim.c",
      "const bool black = k < h->unswept;",
      "const bool black = true;")
fault("trap 8: T1 colour chosen before the window", "src/claim.c",
      "    const port_irq_t irq = port_irq_save();\n"
      "    const word_t used = g->head | g->body;\n"
      "    if ((used & run) == 0) {\n"
      "        const bool black = k < h->unswept;\n",
      "    const bool black = k < now(&h->unswept);\n"
      "    const port_irq_t irq = port_irq_save();\n"
      "    const word_t used = g->head | g->body;\n"
      "    if ((used & run) == 0) {\n")
fault("trap 9: alloc does not shade in MARK", "src/alloc.c",
      "    block_barrier(h, op->object);\n",
      "")
fault("trap 10: T5 in any state", "src/mark.c",
      "const bool valid = h->state == mine;\n"
      "    const bool white",
      "const bool valid = true;\n"
      "    const bool white")
fault("trap 10: T6 in any state", "src/mark.c",
      "const bool valid = h->state == mine;\n"
      "    if (valid) {\n"
      "        const word_t depth",
      "const bool valid = true;\n"
      "    if (valid) {\n"
      "        const word_t depth")
fault("trap 10: store without a barrier", "src/barrier.c",
      "    words_barrier(h, &value, 1);\n",
      "    (void)h;\n")
fault("trap 11: an overflow bit cleared after the work", "src/mark.c",
      "if (!overflow_clear(h, mine, &h->overflow[i], bits & (0 - bits)) ||\n"
      "                !group_rescan(h, mine, k)) {",
      "if (!group_rescan(h, mine, k) ||\n"
      "                !overflow_clear(h, mine, &h->overflow[i], bits & (0 "
      "- bits))) {")
fault("trap 11: `overflowed` never cleared before the work", "src/mark.c",
      "    if (!overflow_clear(h, mine, &h->overflowed, 1)) {\n"
      "        return false;\n"
      "    }\n"
      "    for",
      "    for")
fault("trap 12: T10 in any state", "src/mark.c",
      "if (valid && !waits) {",
      "if (!waits) {")
fault("trap 13: held objects are no roots", "src/mark.c",
      "!held_shade(h, mine) || !records_shade(h, mine)",
      "(held_shade, false) || !records_shade(h, mine)",
      suites=UNIT)
fault("trap 13: one past the end is no pointer", "src/mark.c",
      "(pointer % BLOCK_BYTES != 0 ||\n"
      "            containing_shade(h, mine, pointer - 1))",
      "true",
      suites=UNIT)
fault("trap 13: registers are not spilled", "ports/posix/stack.c",
      "    __builtin_unwind_init();\n",
      "",
      suites=UNIT)
fault("trap 13: held objects black, not scanned", "src/mark.c",
      "if (!block_shade(h, mine, k * GROUP_BLOCKS + word_lowest(held))) {",
      "(void)mine;\n"
      "            h->groups[k].body |= held & (0 - held);\n"
      "            if (false) {")
fault("trap 13: pointers into the middle are no roots", "src/mark.c",
      "if (!interior_shade(scan->heap, scan->mine, pointer)) {",
      "const block_t b = address_object(scan->heap, pointer);\n"
      "        if (b != NO_BLOCK && !block_shade(scan->heap, scan->mine, "
      "b)) {")
fault("trap 13: stacks are no roots", "src/mark.c",
      "    port_scan_stacks(stack_shade, &scan);\n",
      "    (void)scan;\n"
      "    (void)stack_shade;\n")
fault("trap 14: NULL after one pass", "src/claim.c",
      "while (now(&h->given) != given);",
      "while (false);")
fault("trap 15: a second free is not refused", "src/alloc.c",
      "record_names(op->below, op->object)",
      "false")
fault("trap 15: free looks before it links", "src/alloc.c",
      "    record_link(h, &op, address_object(h, (uintptr_t)object));\n"
      "    const irqgc_status_t status = object_status(h, &op);\n"
      "    if (status == IRQGC_OK) {",
      "    op.object = address_object(h, (uintptr_t)object);\n"
      "    op.below = h->records;\n"
      "    const irqgc_status_t status = object_status(h, &op);\n"
      "    record_link(h, &op, op.object);\n"
      "    if (status == IRQGC_OK) {")
fault("trap 16: attributes of the last tenant", "src/alloc.c",
      "    attributes_write(h, op->object, attributes);\n",
      "    (void)attributes_write;\n"
      "    (void)attributes;\n")
fault("trap 17: a window ends by enabling", "ports/posix/irqgc_port.h",
      "    irqgc_posix_close(before);\n",
      "    irqgc_posix_close(0);\n",
      suites=UNIT)
fault("trap 20: the checker masks for a whole pass", "src/check.c",
      "unsigned irqgc_check(const irqgc_t *h) {\n",
      "static unsigned checked(const irqgc_t *h);\n"
      "unsigned irqgc_check(const irqgc_t *h) {\n"
      "    const port_irq_t irq = port_irq_save();\n"
      "    const unsigned broken = checked(h);\n"
      "    port_irq_restore(irq);\n"
      "    return broken;\n}\nstatic unsigned checked(const irqgc_t *h) {\n",
      suites=PREEMPT)

# ---- Once bugs: regress.txt ------------------------------------------------

fault("bug 1: torn extent", "src/object.c",
      "const truth_t t = group_truth(h, k);",
      "const truth_t t = {now(&h->groups[k].head), now(&h->groups[k].body)};")
fault("bug 2: torn hints", "src/hints.c",
      "const truth_t t = group_truth(h, k);",
      "const truth_t t = {now(&h->groups[k].head), now(&h->groups[k].body)};")
fault("bug 3: root added twice", "src/barrier.c",
      "const bool unchanged = h->roots == first;",
      "const bool unchanged = true; (void)first;")
fault("bug 4: SWEEP_ON gives up", "src/alloc.c",
      "        sweep(h, s);\n"
      "    }",
      "        sweep(h, s);\n"
      "    } else {\n"
      "        return false;\n"
      "    }")
fault("bug 5: no retry in place", "src/alloc.c",
      "room_make(h, flags) && object_fit",
      "room_make(h, flags) && object_move")

# ---- Transitions -----------------------------------------------------------
#
# Not here, for nobody can tell today: T3 and T4 look again at what a record
# keeps others from; T9 finds IDLE and no black heads if not its own state; T11
# and T12 are called with what they compare, since who helps sweeps to the end.
# Nor are those that no suite has found in minutes: the windows of T15, and of
# the least free blocks (T20).

fault("T1 claims what is taken", "src/claim.c",
      "if ((used & run) == 0) {",
      "if (true) {")
fault("T1 colour: cursor off by one", "src/claim.c",
      "black = k < h->unswept",
      "black = k <= h->unswept && h->unswept != 0")
fault("T1 counts one less", "src/claim.c",
      "        h->taken += n;\n"
      "        op->object",
      "        h->taken += n - 1;\n"
      "        op->object")
fault("T1 counts after the window", "src/claim.c",
      "        h->taken += n;\n"
      "        op->object = b;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "        op->object = b;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if ((used & run) == 0) {\n"
      "        h->taken += n;\n"
      "    }\n")
fault("T1 in two windows, tails first", "src/claim.c",
      "        g->head |= bit;\n"
      "        g->body |= black ? run : run ^ bit;\n",
      "        g->body |= black ? run : run ^ bit;\n"
      "        port_irq_restore(irq);\n"
      "        const port_irq_t again = port_irq_save();\n"
      "        (void)again;\n"
      "        g->head |= bit;\n")
fault("T2 claims what is taken", "src/claim.c",
      "if (((head | body) & run) == 0) {",
      "if (true) {")
fault("T2 counts after the window", "src/claim.c",
      "        g->body = body | run;\n"
      "        h->taken += n;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "        g->body = body | run;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (((head | body) & run) == 0) {\n"
      "        h->taken += n;\n"
      "    }\n")
fault("T3 counts after the window", "src/release.c",
      "        g->body = body & ~run;\n"
      "        h->given += n;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    ASSERT(ours);\n"
      "    if (ours) {\n",
      "        g->body = body & ~run;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    ASSERT(ours);\n"
      "    if (ours) {\n"
      "        h->given += n;\n")
fault("T3 hints left as they were", "src/release.c",
      "        const word_t free = ~(head | body) & GROUP_ALL;\n"
      "        hints_changed(h, k, free, free | run);\n"
      "    }\n"
      "    return ours;",
      "    }\n"
      "    return ours;")
fault("T4 keeps the record", "src/release.c",
      "        op->object = NO_BLOCK;\n",
      "")
fault("T4 record emptied after the window", "src/release.c",
      "        h->given += n;\n"
      "        op->object = NO_BLOCK;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "        h->given += n;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (ours) {\n"
      "        op->object = NO_BLOCK;\n"
      "    }\n")
fault("T4 record emptied before the window", "src/release.c",
      "    const word_t bit = block_bit(op->object);\n"
      "    group_t *g = &h->groups[k];\n"
      "    const port_irq_t irq = port_irq_save();",
      "    const word_t bit = block_bit(op->object);\n"
      "    group_t *g = &h->groups[k];\n"
      "    *(volatile block_t *)&op->object = NO_BLOCK;\n"
      "    const port_irq_t irq = port_irq_save();")
fault("T4 hints left as they were", "src/release.c",
      "    ASSERT(ours);\n"
      "    if (ours) {\n"
      "        const word_t free = ~(head | body) & GROUP_ALL;\n"
      "        hints_changed(h, k, free, free | run);\n"
      "    }\n}\n\n// Goes",
      "    ASSERT(ours);\n}\n\n// Goes")
fault("T5 blackens what is no head", "src/mark.c",
      "valid && (g->head & ~g->body & bit) != 0",
      "valid")
fault("T5 not pushed", "src/mark.c",
      "return white ? block_push(h, mine, b) : valid;",
      "(void)block_push;\n"
      "    return valid;")
fault("T6 no overflow bit", "src/mark.c",
      "            *overflow |= bit;\n",
      "            (void)overflow;\n"
      "            (void)bit;\n")
fault("T6 past a full stack", "src/mark.c",
      "if (depth < h->mark_capacity) {",
      "if (depth <= h->mark_capacity) {")
fault("T6 overflow not told", "src/mark.c",
      "            h->overflowed = 1;\n",
      "")
fault("T7 read after the window", "src/mark.c",
      "        h->mark_depth = depth - 1;\n"
      "        b = h->mark_stack[depth - 1];\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "        h->mark_depth = depth - 1;\n"
      "        b = 0;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (b == 0) {\n"
      "        b = h->mark_stack[depth - 1];\n"
      "    }\n")
fault("T8 any state", "src/collect.c",
      "const bool unchanged = h->state == s;",
      "const bool unchanged = true;")
fault("T8 keeps the stack", "src/collect.c",
      "        h->mark_depth = 0;\n",
      "")
fault("T8 keeps the number", "src/collect.c",
      "+ CYCLE_ONE + phase",
      "+ phase")
fault("T10 ends with work left", "src/mark.c",
      "if (valid && !waits) {",
      "if (valid) {")
fault("T10 with heads waiting", "src/mark.c",
      "const bool waits = (h->mark_depth | h->overflowed) != 0;",
      "const bool waits = h->overflowed != 0;")
fault("T10 with an overflow waiting", "src/mark.c",
      "const bool waits = (h->mark_depth | h->overflowed) != 0;",
      "const bool waits = h->mark_depth != 0;")
fault("T10 looks before the window", "src/mark.c",
      "    const port_irq_t irq = port_irq_save();\n"
      "    const bool valid = h->state == mine;\n"
      "    const bool waits = (h->mark_depth | h->overflowed) != 0;\n",
      "    const bool waits = (now(&h->mark_depth) | now(&h->overflowed)) "
      "!= 0;\n"
      "    const port_irq_t irq = port_irq_save();\n"
      "    const bool valid = h->state == mine;\n")
fault("T11 counts after the window", "src/sweep.c",
      "        h->given += n;\n"
      "        h->unswept = k;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "        h->unswept = k;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (unchanged) {\n"
      "        h->given += n;\n"
      "    }\n")
fault("T11 survivors stay black", "src/sweep.c",
      "const word_t body = read->body & ~read->head & ~swept;",
      "const word_t body = read->body & ~swept;")
fault("T12 any state", "src/sweep.c",
      "if (h->state == mine && h->unswept == 0)",
      "if (h->unswept == 0)")
fault("T13 any state", "src/collect.c",
      "if (h->state == mine) {\n"
      "        h->state = mine - CLEAR",
      "if (true) {\n"
      "        h->state = mine - CLEAR")
fault("T14 any words", "src/hints.c",
      "const bool unchanged = (g->head | g->body) == used;",
      "const bool unchanged = true; (void)g; (void)used;")
fault("T14 neighbours lost", "src/hints.c",
      "        *map = (*map & ~bit) | hint;",
      "        *map = hint;")
fault("T17 node filled in after the window", "src/barrier.c",
      "        *root = *filled;\n"
      "        h->roots = root;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "        h->roots = root;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (unchanged) {\n"
      "        *root = *filled;\n"
      "    }\n")
fault("T18 checker sums up though counters move", "src/check.c",
      "if (stood_still && after.given - after.taken != free) {",
      "if ((stood_still || true) && after.given - after.taken != free) {")
fault("T18 checker compares only `given`", "src/check.c",
      "before.taken == after.taken && before.given == after.given;",
      "before.given == after.given;")

# ---- Between transitions ---------------------------------------------------

fault("sweep: verdict of the wrong colour", "src/sweep.c",
      "const word_t white = t.head & ~t.body;",
      "const word_t white = t.head & t.body;")
fault("sweep: hints forgotten", "src/sweep.c",
      "&& swept != 0) {\n"
      "        const",
      "&& swept == 0) {\n"
      "        const")
fault("sweep: counts a block less", "src/sweep.c",
      "        h->given += n;",
      "        h->given += n - (n > 1);")
fault("claim: backs out head first", "src/claim.c",
      "            tails_release(h, end, b);\n",
      "            (void)tails_release;\n")
fault("claim: forgets to back out", "src/claim.c",
      "        object_release(h, op, b + here);\n",
      "")
fault("release: the first group first", "src/release.c",
      "const word_t k = block_group(end - 1);\n"
      "        const block_t start = k * GROUP_BLOCKS;\n"
      "        const block_t from = start > first ? start : first;",
      "const word_t k = block_group(first);\n"
      "        const block_t from = first;\n"
      "        const block_t last = (k + 1) * GROUP_BLOCKS;\n"
      "        if (last < end) {\n"
      "            group_release_tails(h, k, word_run(block_index(from), "
      "last - from), last - from);\n"
      "            first = last;\n"
      "            continue;\n"
      "        }")
fault("dying: cursor before the colour", "src/object.c",
      "const bool black = (now(&h->groups[k].body) & block_bit(b)) != 0;\n"
      "    return !black && k < now(&h->unswept);",
      "const bool ahead = k < now(&h->unswept);\n"
      "    return ahead && (now(&h->groups[k].body) & block_bit(b)) == 0;")
fault("dying: never", "src/object.c",
      "return !black && k < now(&h->unswept);",
      "return !black && k < now(&h->unswept) && false;")
fault("record: let go before clearing", "src/alloc.c",
      "        blocks_clear(object, n);\n"
      "    }\n"
      "    record_unlink(h, &op);",
      "        record_unlink(h, &op);\n"
      "        blocks_clear(object, n);\n"
      "        return object;\n"
      "    }\n"
      "    record_unlink(h, &op);")
fault("move: gives back before copying", "src/alloc.c",
      "        __builtin_memcpy(object,",
      "        object_release(h, op, op->object + n_old);\n"
      "        op->object = to.object;\n"
      "        __builtin_memcpy(object,")
fault("root_add: not shaded in MARK", "src/barrier.c",
      "    words_barrier(h, root->start, root->n_words);\n",
      "")
fault("collect: content with what began before", "src/collect.c",
      "state_phase(s) != IDLE || !state_is_later(s, called)",
      "state_phase(s) != IDLE || s == called")
fault("realloc: tail end not zeroed", "src/alloc.c",
      "if (n > n_old && (flags & IRQGC_NOT_ZEROED) == 0)",
      "if (n > n_old + 1 && (flags & IRQGC_NOT_ZEROED) == 0)")
fault("claim: hints left as they were", "src/claim.c",
      "    hints_changed(h, block_group(b), free, free & ~run);\n",
      "    (void)free;\n")
fault("extend: hints left as they were", "src/claim.c",
      "        hints_changed(h, k, ~used & GROUP_ALL, ~(used | run) & "
      "GROUP_ALL);\n"
      "        b += n;",
      "        b += n;")
fault("claim: a stale hint is left", "src/claim.c",
      "            hints_refresh(h, k); // stale: a context below has yet "
      "to do it\n",
      "            i += 0;\n")
fault("claim: by hints alone", "src/claim.c",
      "           searched_claim(h, op, n);",
      "           (n > GROUP_BLOCKS && searched_claim(h, op, n));")
fault("claim: `given` read after the pass", "src/claim.c",
      "        given = now(&h->given);\n"
      "        block_t b = 0;\n"
      "        while ((b = run_find(h, b, n)) != NO_BLOCK) {",
      "        given = now(&h->given);\n"
      "        block_t b = 0;\n"
      "        while ((b = run_find(h, b, n)) != NO_BLOCK ||\n"
      "               ((given = now(&h->given)), false)) {")
fault("release: the head first", "src/release.c",
      "    if (end > next) {\n"
      "        if (!tails_release(h, next, end)) {\n"
      "            return;\n"
      "        }\n"
      "        end = next;\n"
      "    }\n"
      "    group_release_head(h, op, word_run(block_index(head), end - "
      "head),\n"
      "                       end - head);",
      "    const block_t here = end < next ? end : next;\n"
      "    group_release_head(h, op, word_run(block_index(head), here - "
      "head),\n"
      "                       here - head);\n"
      "    if (end > next) {\n"
      "        tails_release(h, next, end);\n"
      "    }")
fault("alloc: memory not zeroed", "src/alloc.c",
      "        blocks_clear(object, n);\n",
      "        (void)blocks_clear;\n")
fault("record: linked before it is complete", "src/heap.h",
      "    op->object = object;\n"
      "    op->below = h->records;\n"
      "    in_order(); // complete before anyone can see it\n"
      "    *(record_t *volatile *)&h->records = op;\n",
      "    record_t *const below = h->records;\n"
      "    *(record_t *volatile *)&h->records = op;\n"
      "    in_order();\n"
      "    *(volatile block_t *)&op->object = object;\n"
      "    *(record_t *volatile *)&op->below = below;\n")
fault("record: its object written after it is linked", "src/heap.h",
      "    op->object = object;\n"
      "    op->below = h->records;\n"
      "    in_order(); // complete before anyone can see it\n"
      "    *(record_t *volatile *)&h->records = op;\n",
      "    op->below = h->records;\n"
      "    in_order();\n"
      "    *(record_t *volatile *)&h->records = op;\n"
      "    in_order();\n"
      "    *(volatile block_t *)&op->object = object;\n")
fault("record: not unlinked", "src/heap.h",
      "    *(record_t *volatile *)&h->records = op->below;\n",
      "")
fault("free: least free not noted", "src/alloc.c",
      "        least_free_note(h);\n"
      "        object_release(h, &op, object_end(h, op.object));",
      "        object_release(h, &op, object_end(h, op.object));")
fault("sweep: least free not noted", "src/sweep.c",
      "    least_free_note(h);\n",
      "",
      suites=UNIT)
fault("move: least free not noted", "src/alloc.c",
      "        least_free_note(h);\n"
      "        object_release(h, op, op->object + n_old);",
      "        object_release(h, op, op->object + n_old);",
      suites=UNIT)
fault("move: attributes lost", "src/alloc.c",
      "object_new(h, &to, n, block_attributes(h, op->object))",
      "object_new(h, &to, n, 0)")
fault("free: misuse told with the record linked", "src/alloc.c",
      "    record_unlink(h, &op);\n"
      "    if (status != IRQGC_OK) {\n"
      "        misuse(h, status, object);\n"
      "    }\n"
      "    return status;",
      "    if (status != IRQGC_OK) {\n"
      "        misuse(h, status, object);\n"
      "    }\n"
      "    record_unlink(h, &op);\n"
      "    return status;")
fault("object_end: words read apart, body first", "src/object.c",
      "const truth_t t = group_truth(h, k);",
      "const word_t body = now(&h->groups[k].body);\n"
      "        const truth_t t = {now(&h->groups[k].head), body};")
fault("alloc: no room made by collecting", "src/alloc.c",
      "        irqgc_collect(h);\n"
      "    } else if",
      "    } else if",
      suites=UNIT)
fault("alloc: no room made by sweeping", "src/alloc.c",
      "    } else if (state_phase(s) == SWEEP) {\n"
      "        sweep(h, s);\n",
      "    } else if (state_phase(s) == SWEEP) {\n"
      "        (void)s;\n",
      suites=UNIT)
fault("hints: refreshed once", "src/hints.c",
      "    while (!hints_match(h, k, 0, N_CLASSES)) {\n"
      "    }",
      "    hints_match(h, k, 0, N_CLASSES);")
fault("hints: not refreshed when overtaken", "src/hints.c",
      "        hints_refresh(h, k);\n"
      "    }\n}",
      "    }\n}")
fault("clear: the last group left", "src/collect.c",
      "    for (word_t k = 0; k < h->n_groups; k++) {\n"
      "        if (!group_clear",
      "    for (word_t k = 0; k + 1 < h->n_groups; k++) {\n"
      "        if (!group_clear")
fault("clear: the first group left", "src/collect.c",
      "    for (word_t k = 0; k < h->n_groups; k++) {\n"
      "        if (!group_clear",
      "    for (word_t k = 1; k < h->n_groups; k++) {\n"
      "        if (!group_clear")
fault("collect: a sweep is abandoned, too", "src/collect.c",
      "        if (state_phase(s) == SWEEP) {\n"
      "            sweep(h, s);\n"
      "        } else {\n"
      "            collect_instead(h, s);\n"
      "        }",
      "        if (state_phase(s) == SWEEP && s == called + 2) {\n"
      "            sweep(h, s);\n"
      "        } else {\n"
      "            collect_instead(h, s);\n"
      "        }")
fault("mark: one object of a group rescanned", "src/mark.c",
      "         black &= black - 1) {\n"
      "        const block_t b = k * GROUP_BLOCKS + word_lowest(black);\n"
      "        if (!object_scan",
      "         black = 0) {\n"
      "        const block_t b = k * GROUP_BLOCKS + word_lowest(black);\n"
      "        if (!object_scan")
fault("mark: only the latest root read", "src/mark.c",
      "    for (const irqgc_root_t *r = h->roots; r != NULL; r = r->next) {\n"
      "        if (!words_shade",
      "    for (const irqgc_root_t *r = h->roots; r != NULL; r = NULL) {\n"
      "        if (!words_shade")
fault("sweep: leading tails stay", "src/sweep.c",
      "word_swept(read.head, read.body, leads && lead->dead);",
      "word_swept(read.head, read.body, false);")
fault("barrier: looks for another phase", "src/barrier.c",
      "    if (state_phase(s) == MARK) {\n"
      "        words_shade(h, s, words, n);",
      "    if (state_phase(s) == CLEAR) {\n"
      "        words_shade(h, s, words, n);")
fault("walk: shows what is in operation", "src/inspect.c",
      "if (block_status(h, b) == IRQGC_OK && !record_names(h->records, b)) {",
      "if (block_status(h, b) == IRQGC_OK) {")

# ---- Windows left out ------------------------------------------------------

unmasked("src/claim.c", "group_claim_head")
unmasked("src/claim.c", "group_claim_tails")
unmasked("src/release.c", "group_release_tails")
unmasked("src/release.c", "group_release_head")
unmasked("src/alloc.c", "attribute_write")
unmasked("src/object.c", "count_in_handler")
unmasked("src/heap.h", "group_truth")
unmasked("src/heap.h", "counters_glance")
unmasked("src/hints.c", "hint_write")
unmasked("src/collect.c", "cycle_begin")
unmasked("src/collect.c", "group_clear")
unmasked("src/collect.c", "clear_end")
unmasked("src/mark.c", "block_push")
unmasked("src/mark.c", "block_shade")
unmasked("src/mark.c", "block_pop")
unmasked("src/mark.c", "mark_end")
unmasked("src/sweep.c", "group_store_swept")
unmasked("src/sweep.c", "sweep_end")
unmasked("src/barrier.c", "root_link")
unmasked("src/check.c", "group_glance")


# ---- Planting ---------------------------------------------------------------


class Unfit(Exception):
    """The fault fits the source no more."""


def replaced(text, old, new):
    if text.count(old) != 1:
        raise Unfit(f"{text.count(old)} times in the source: {old!r}")
    return text.replace(old, new)


def function_unmasked(text, function):
    found = re.search(rf"^[^\n/]*\b{function}\([^;]*?\) {{\n.*?^}}\n", text,
                      re.MULTILINE | re.DOTALL)
    if not found:
        raise Unfit(f"no function {function}")
    bare = replaced(found[0], "const port_irq_t irq = port_irq_save();",
                    "in_order();")
    bare = bare.replace("port_irq_restore(irq);", "in_order();")
    return replaced(text, found[0], bare)


def with_fault(fault):
    """What the fault makes of its file."""
    text = (ROOT / fault.file).read_text()
    if fault.text is UNMASK:
        return function_unmasked(text, fault.becomes)
    return replaced(text, fault.text, fault.becomes)


# ---- Looking for it ---------------------------------------------------------


def build(tree, suite):
    """What the compiler has against it, or None."""
    goals = TESTS if suite == "unit" else ["-C", f"tests/{suite}"]
    built = subprocess.run(["make", "-s", "WARNINGS=-w", *goals], cwd=tree,
                           capture_output=True, text=True, check=False)
    return built.stderr[:500] if built.returncode != 0 else None


def run(tree, *command, timeout):
    """What tells of a failure, or None. A hang is one, too."""
    try:
        done = subprocess.run(command, cwd=tree, capture_output=True,
                              text=True, errors="replace", check=False,
                              timeout=timeout)
    except subprocess.TimeoutExpired:
        return "hangs"
    if done.returncode == 0:
        return None
    lines = (done.stdout + done.stderr).splitlines()
    return next((line for line in lines if "FAIL" in line),
                lines[-1] if lines else f"exit status {done.returncode}")


def explored(tree, seconds):
    return (run(tree, "make", "-s", "-C", "tests/explore", "WARNINGS=-w",
                "regress", timeout=60) or
            run(tree, "build/explore/explore", "--seconds", str(seconds),
                timeout=20 * seconds + 60))


def preempted(tree, seconds, *options):
    return run(tree, "build/preempt/preempt", "--quiet", "--window", WINDOW,
               "--seconds", str(seconds), *options, timeout=20 * seconds + 60)


def tested(tree, _seconds):
    return run(tree, "env", "STRIDE=100000", "make", "-s", "WARNINGS=-w",
               "unit", timeout=600)


LOOK = {"explore": explored, "preempt": preempted, "unit": tested}
TESTS = [f"build/host/{test.relative_to(ROOT).with_suffix('')}"
         for test in ROOT.glob("tests/*/test_*.c")]


def sound_make(tree, suites):
    """A copy of the project, built, so that a fault costs but its own file."""
    for name in COPIED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, tree / name)
    for suite in suites:
        broken = build(tree, suite)
        if broken:
            sys.exit(f"without any fault: {broken}")


def look_for(fault, sound, seconds):
    """Its line of the report, and the exit status."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        tree = pathlib.Path(name) / "tree"
        shutil.copytree(sound, tree)
        (tree / fault.file).write_text(with_fault(fault))
        for suite, *options in map(str.split, fault.suites):
            broken = build(tree, suite)
            if broken:
                return f"UNFIT  {fault.name}: does not compile: {broken}", 2
            found = LOOK[suite](tree, seconds, *options)
            if found:
                return (f"found  {fault.name} ({suite}, "
                        f"{time.monotonic() - begun:.0f} s): {found[:90]}"), 0
    return f"MISSED {fault.name}", 1


def all_fit(faults):
    fit = True
    for fault in faults:
        try:
            with_fault(fault)
        except (Unfit, OSError) as why:
            print(f"UNFIT  {fault.name}: {fault.file}: {why}")
            fit = False
    return fit


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=int, default=12)
    parser.add_argument("words", nargs="*", default=[])
    options = parser.parse_args()
    chosen = [f for f in FAULTS
              if not options.words or any(w in f.name for w in options.words)]
    if not chosen or not all_fit(chosen):
        return 2
    results = []
    with tempfile.TemporaryDirectory() as name, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        sound = pathlib.Path(name) / "sound"
        sound_make(sound, {s.split()[0] for f in chosen for s in f.suites})
        for line, status in pool.map(
                lambda f: look_for(f, sound, options.seconds), chosen):
            print(line, flush=True)
            results.append(status)
    print(f"{results.count(0)} of {len(chosen)} faults found")
    return max(results)


if __name__ == "__main__":
    sys.exit(main())
