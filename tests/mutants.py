#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants one fault at a time in a copy of the core; the suites must find it.

mutants.py [--seconds N] [--suite SUITE] [WORD ...]

Those whose name contains one of the words; default: all.

Each fault is looked for by the explorer, first its regress lines, then for N
seconds (12); then by the preemption suite, single-stepping, for as long; or,
where that is the place for it, by the unit tests. With --suite by that one
alone; `fuzz` too, which replays its corpus and then fuzzes for N seconds, or
`boards`, an interrupt at every instruction of a firmware.
"trap N" stands for one of the traps that broke earlier designs, T for a
transition of DESIGN.md.

Exit: 0 all found, 1 one is missed, 2 one fits the source no more: adapt it.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent
COPIED = ("include", "src", "ports", "boards", "rig", "bench", "torture",
          "tests", "Makefile", "derived.mk")
BOARD = "mps2-an386"
BOARD_IMAGE = f"build/{BOARD}/preempt.elf"
EITHER, PREEMPT, UNIT = ("explore", "preempt"), ("preempt",), ("unit",)
DEBUG = ("debug",)  # the unit tests of a debug build
TORTURED, BROKEN = ("dict",), ("brk",)
LISTED, EXCHANGED = ("stacks",), ("exchange",)
STORED = ("dict --scenario collect-holding-moving",)
RESERVED = ("dict --scenario reserve_some-rich-growing",)
TIGHT = ("dict --scenario reserve_some-tight-reserving",)
FLOODED = ("dict --scenario set_ours-full-flooding",)
KIT = "build/host/tests/torture"
KITS = ("dict", "stacks", "exchange", "brk")
CLANG_BUILT = ("builds clang-16",)  # of tests/builds/host.sh
DEBUG_BUILD = ("O=build/debug", "EXTRA=-DIRQGC_DEBUG=1")
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
#
# All of them but 19, whose code is yet to come.

fault("trap 1: a forward pass with a carry", "src/sweep.c",
      "    verdict_t lead = {h->n_groups, false}; // on no group yet\n",
      "    verdict_t lead = {h->n_groups, false};\n"
      "    bool carry = false;\n"
      "    const bool first = now(&h->unswept) == h->n_groups;\n"
      "    for (word_t k = 0; first && k < h->n_groups; k++) {\n"
      "        group_t *g = group_at(h, k);\n"
      "        const port_irq_t irq = port_irq_save();\n"
      "        const word_t dead =\n"
      "            h->state == mine && h->unswept == h->n_groups\n"
      "                ? word_swept(g->head, g->body, carry) : 0;\n"
      "        const word_t free = ~(g->head | g->body) & GROUP_ALL;\n"
      "        g->head &= ~dead;\n"
      "        g->body &= ~dead;\n"
      "        h->given += word_count(dead);\n"
      "        port_irq_restore(irq);\n"
      "        carry = (dead >> (GROUP_BLOCKS - 1) & 1) != 0;\n"
      "        hints_changed(h, k, free, free | dead);\n"
      "    }\n")
fault("trap 1: a verdict carried past its object", "src/sweep.c",
      "if (leads && unswept <= lead->head_group + 1)",
      "if (leads && lead->head_group == h->n_groups)")
fault("trap 2: planes first, the cursor after the window", "src/sweep.c",
      "        h->unswept = unswept - 1;\n"
      "        *used = head | body;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "        *used = head | body;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (is_next) {\n"
      "        *(volatile word_t *)&h->unswept = unswept - 1;\n"
      "    }\n")
fault("trap 2: the cursor first, planes in a window after", "src/sweep.c",
      "    if (h->state == mine && h->unswept == unswept) {\n"
      "        is_next = true;\n"
      "        const word_t head = g->head;",
      "    is_next = h->state == mine && h->unswept == unswept;\n"
      "    if (is_next) {\n"
      "        h->unswept = unswept - 1;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    const port_irq_t again = port_irq_save();\n"
      "    (void)again;\n"
      "    if (is_next && h->unswept == unswept - 1) {\n"
      "        const word_t head = g->head;")
IN_WINDOW = (
    "    const port_irq_t irq = port_irq_save();\n"
    "    if (h->state == mine && h->unswept == unswept) {\n"
    "        is_next = true;\n"
    "        const word_t head = g->head;\n"
    "        const word_t body = g->body;\n")
BEFORE_IT = (
    "    const word_t head = now(&g->head);\n"
    "    const word_t body = now(&g->body);\n"
    "    const port_irq_t irq = port_irq_save();\n"
    "    if (h->state == mine && h->unswept == unswept) {\n"
    "        is_next = true;\n")
fault("trap 3: T11 words read before the window", "src/sweep.c",
      IN_WINDOW, BEFORE_IT)
fault("trap 3: T11 heads read before the window", "src/sweep.c",
      IN_WINDOW, BEFORE_IT.replace(
          "    const word_t body = now(&g->body);\n", "") +
      "        const word_t body = g->body;\n")
fault("trap 3: T11 bodies read before the window", "src/sweep.c",
      IN_WINDOW, BEFORE_IT.replace(
          "    const word_t head = now(&g->head);\n", "") +
      "        const word_t head = g->head;\n")
fault("trap 3: T11 neither state nor cursor compared", "src/sweep.c",
      "if (h->state == mine && h->unswept == unswept) {\n"
      "        is_next",
      "if (true) {\n"
      "        is_next")
fault("trap 3: T11 what dies, of words read apart, head first", "src/sweep.c",
      "const truth_t t = group_truth(g);",
      "const truth_t t = {now(&g->head), now(&g->body)};")
fault("trap 3: T11 what dies, of words read apart, body first", "src/sweep.c",
      "const truth_t t = group_truth(g);",
      "const word_t body = now(&g->body);\n"
      "        const truth_t t = {now(&g->head), body};")
fault("trap 4: T11 cursor not compared", "src/sweep.c",
      "if (h->state == mine && h->unswept == unswept) {\n"
      "        is_next",
      "if (h->state == mine) {\n"
      "        is_next")
fault("trap 5: T15 a verdict of words read apart, body first", "src/sweep.c",
      "const truth_t t = group_truth(--g);",
      "const word_t body = now(&(--g)->body);\n"
      "        const truth_t t = {now(&g->head), body};")
fault("trap 5: T15 a verdict of words read apart, head first", "src/sweep.c",
      "const truth_t t = group_truth(--g);",
      "const word_t head = now(&(--g)->head);\n"
      "        const truth_t t = {head, now(&g->body)};")
fault("trap 6: T8 always to MARK", "src/collect.c",
      "== IDLE ? MARK : CLEAR",
      "== IDLE ? MARK : MARK")
fault("trap 7: T1 without a record", "src/claim.c",
      "        op->object = head;\n",
      "")
fault("trap 7: records are no roots", "src/mark.c",
      "!held_shade(h, mine) || !records_shade(h, mine)",
      "!held_shade(h, mine) || (records_shade, false)")
fault("trap 7: T1 record written after the window", "src/claim.c",
      "        op->object = head;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (((heads | body) & run) == 0) {\n"
      "        op->object = head;\n"
      "    }\n")
fault("trap 7: the record let go before the memory is cleared", "src/alloc.c",
      "            __builtin_memset(object, 0, n * BLOCK_BYTES);\n"
      "        } else if",
      "            record_unlink(h, &op);\n"
      "            __builtin_memset(object, 0, n * BLOCK_BYTES);\n"
      "            count(h, offsetof(irqgc_counts_t, allocs));\n"
      "            return object;\n"
      "        } else if")
fault("trap 8: T1 always white", "src/claim.c",
      "if (block_group(head) >= h->unswept) {",
      "if (true) {")
fault("trap 8: T1 always black", "src/claim.c",
      "if (block_group(head) >= h->unswept) {",
      "if (false) {")
fault("trap 8: T1 white and black turned", "src/claim.c",
      "if (block_group(head) >= h->unswept) {",
      "if (block_group(head) < h->unswept) {")
fault("trap 8: T1 colour chosen before the window", "src/claim.c",
      "    const port_irq_t irq = port_irq_save();\n"
      "    const word_t heads = g->head;\n"
      "    const word_t body = g->body;\n"
      "    if (((heads | body) & run) == 0) {\n"
      "        g->head = heads | bit;\n"
      "        g->body = body | run;\n"
      "        if (block_group(head) >= h->unswept) {",
      "    const bool white = block_group(head) >= now(&h->unswept);\n"
      "    const port_irq_t irq = port_irq_save();\n"
      "    const word_t heads = g->head;\n"
      "    const word_t body = g->body;\n"
      "    if (((heads | body) & run) == 0) {\n"
      "        g->head = heads | bit;\n"
      "        g->body = body | run;\n"
      "        if (white) {")
fault("trap 9: alloc does not shade in MARK", "src/alloc.c",
      "        block_barrier(h, b);\n",
      "")
fault("trap 10: T5 in any state", "src/mark.c",
      "if (h->state == mine) {\n        const word_t body",
      "if (true) {\n        const word_t body")
fault("trap 10: T6 in any state", "src/mark.c",
      "if (h->state == mine) {\n        const word_t depth",
      "if (true) {\n        const word_t depth")
fault("trap 10: store without a barrier", "src/barrier.c",
      "    words_barrier(h, &value, 1);\n",
      "    (void)h;\n")
fault("trap 10: copy without a barrier", "src/barrier.c",
      "    words_barrier(h, to, n);\n",
      "    (void)h;\n")
fault("trap 10: copy shades what it stores over", "src/barrier.c",
      "    for (size_t done = 0; done < n; done++) {\n"
      "        const size_t i = backwards ? n - 1 - done : done;\n"
      "        ((void *volatile *)to)[i] = from[i];\n"
      "    }\n"
      "    words_barrier(h, to, n);\n",
      "    words_barrier(h, to, n);\n"
      "    for (size_t done = 0; done < n; done++) {\n"
      "        const size_t i = backwards ? n - 1 - done : done;\n"
      "        ((void *volatile *)to)[i] = from[i];\n"
      "    }\n")
fault("trap 11: T14 an overflow bit cleared after the work", "src/mark.c",
      "if (!overflow_clear(h, mine, &h->overflow[i], bits & (0 - bits)) ||\n"
      "                (k < h->n_groups && !group_rescan(h, mine, k))) {",
      "if (!group_rescan(h, mine, k) ||\n"
      "                !overflow_clear(h, mine, &h->overflow[i], bits & (0 "
      "- bits))) {", suites=UNIT)
fault("trap 11: T14 `overflowed` not cleared before the work", "src/mark.c",
      "    if (!overflow_clear(h, mine, &h->overflowed, ~(word_t)0)) {\n"
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
      "(!scan->is_wide || word % BLOCK_BYTES != 0 ||\n"
      "            block_shade(h, scan->mine, interior_head(h, word - 1)))",
      "true",
      suites=UNIT)
fault("trap 13: registers are not spilled", "ports/posix/posix_stack.c",
      "    __builtin_unwind_init();\n",
      "",
      suites=UNIT)
fault("trap 13: held objects black, not scanned", "src/mark.c",
      "if (!block_shade(h, mine, k * GROUP_BLOCKS + word_lowest(held))) {",
      "(void)mine;\n"
      "            h->groups[k].body |= held & (0 - held);\n"
      "            if (false) {")
fault("trap 13: pointers into the middle are no roots", "src/mark.c",
      "    return block_shade(h, scan->mine, interior_head(h, word)) &&\n",
      "    return block_shade(h, scan->mine, pointer_block(h, word)) &&\n",
      suites=("preempt --scenario hold-middle:holder",))
fault("trap 13: stacks are no roots", "src/mark.c",
      "    port_scan_stacks(stack_shade, &scan);\n",
      "    (void)scan;\n"
      "    (void)stack_shade;\n")
fault("trap 14: NULL after one pass", "src/claim.c",
      "!skips && now(&h->given) == given", "!skips")
fault("trap 14: `given` read after the pass", "src/claim.c",
      "        if (!skips &&",
      "        given = now(&h->given);\n"
      "        if (!skips &&")
fault("trap 14: NULL after a pass that skipped groups", "src/claim.c",
      "!skips && now(&h->given) == given", "now(&h->given) == given",
      suites=("explore --scenario random",))
fault("trap 15: a second free is not refused", "src/records.c",
      "status == IRQGC_OK && record_names(op->below, b) ?",
      "false ?")
fault("trap 15: free and realloc look before they link", "src/records.c",
      "    record_link(h, op, b);\n"
      "    if (b == NO_BLOCK) {\n"
      "        return IRQGC_NOT_AN_OBJECT;\n"
      "    }\n"
      "    *glance = group_glance(h, block_group(b));\n",
      "    if (b == NO_BLOCK) {\n"
      "        record_link(h, op, b);\n"
      "        return IRQGC_NOT_AN_OBJECT;\n"
      "    }\n"
      "    *glance = group_glance(h, block_group(b));\n"
      "    record_link(h, op, b);\n")
MATCH = ("        if (attributes_differ(g, block_bit(b), flags)) {\n"
         "            attributes_write(g, block_bit(b), flags);\n"
         "        }\n")
fault("trap 16: attributes of the last tenant", "src/alloc.c", MATCH, "")
fault("trap 16: attributes of the last tenant, in the open group",
      "src/small.c",
      "        attributes_write(g, cut.bit, flags);\n", "")
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

fault("bug 1: torn extent", "src/blocks.c",
      "const truth_t t = group_truth(group_at(h, k));",
      "const truth_t t = {now(&h->groups[k].head), now(&h->groups[k].body)};")
fault("bug 2: torn hints: words read again after T1", "src/claim.c",
      "group_hint(h, k, was_open, used, ~(is_mine ? used | run : used));",
      "group_hint(h, k, was_open,\n"
      "               is_mine ? (now(&g->head) | now(&g->body)) & ~run : used,\n"
      "               ~(is_mine ? now(&g->head) | now(&g->body) : used));")
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
fault("bug 5: no retry in place", "src/realloc.c",
      "        is_last = true;\n",
      "        is_last = true;\n"
      "        fit = object_move(h, op, object, n_old, n);\n"
      "        break;\n")
fault("bug 6: T17 words first, then the cursor", "src/blocks.h",
      "const glance_t glance = {{g->head, g->body}, h->unswept};\n"
      "    port_irq_restore(irq);\n",
      "glance_t glance = {{g->head, g->body}, 0};\n"
      "    port_irq_restore(irq);\n"
      "    glance.unswept = now(&h->unswept);\n")
fault("bug 6: T17 the cursor first, then the words", "src/blocks.h",
      "    const port_irq_t irq = port_irq_save();\n"
      "    const glance_t glance = {{g->head, g->body}, h->unswept};\n",
      "    const word_t unswept = now(&h->unswept);\n"
      "    const port_irq_t irq = port_irq_save();\n"
      "    const glance_t glance = {{g->head, g->body}, unswept};\n")

# ---- Transitions -----------------------------------------------------------
#
# Not here, for nobody can tell today:
# - T7, T9 and T14 in any state: if it is not theirs, a later cycle has been
#   completed, and no head is black nor does any wait.
# - T11 without comparing the state, T12 the cursor: they are called with what
#   they compare, since who helps sweeps to the end.
# - irqgc_copy, or irqgc_store, that shades the new values before it stores
#   them: a cycle that begins in between is completed in between.
# - blocks_release that reads a group's words apart: T2 compares them.
# - searched_claim that does not count its own back-outs or starts elsewhere,
#   run_find that goes on across a full group: what is found is claimed only if
#   it is free, and time is lost.
# - free that goes the long way for what ends with its group.

fault("T1 claims what is taken", "src/claim.c",
      "if (((heads | body) & run) == 0) {",
      "if (true) {")
fault("T1 an extension takes what is used", "src/claim.c",
      "    if (((heads | body) & run) == 0) {\n"
      "        g->head = heads | bit;\n"
      "        g->body = body | run;\n"
      "        if (block_group(head) >= h->unswept) { // white\n"
      "            g->body ^= bit;\n"
      "        }\n"
      "        h->taken += n;\n"
      "        op->object = head;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    return heads | body;",
      "    if (((heads | body) & run) == 0 || bit == 0) {\n"
      "        g->head = heads | bit;\n"
      "        g->body = body | run;\n"
      "        if (block_group(head) >= h->unswept) { // white\n"
      "            g->body ^= bit;\n"
      "        }\n"
      "        h->taken += n;\n"
      "        op->object = head;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    return bit == 0 ? (heads | body) & ~run : heads | body;")
fault("T1 looks before the window", "src/claim.c",
      "    const port_irq_t irq = port_irq_save();\n"
      "    const word_t heads = g->head;\n"
      "    const word_t body = g->body;\n",
      "    const word_t heads = now(&g->head);\n"
      "    const word_t body = now(&g->body);\n"
      "    const port_irq_t irq = port_irq_save();\n")
fault("T1 colour: white where the sweep comes next", "src/claim.c",
      "if (block_group(head) >= h->unswept) {",
      "if (block_group(head) + 1 >= h->unswept) {")
fault("T1 colour: black where the sweep was last", "src/claim.c",
      "if (block_group(head) >= h->unswept) {",
      "if (block_group(head) > h->unswept || h->unswept == 0) {")
fault("T1 counts one less", "src/claim.c",
      "        h->taken += n;\n",
      "        h->taken += n - 1;\n")
fault("T1 counts after the window", "src/claim.c",
      "        h->taken += n;\n"
      "        op->object = head;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "        op->object = head;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (((heads | body) & run) == 0) {\n"
      "        h->taken += n;\n"
      "    }\n")
fault("T1 in two windows, tails first", "src/claim.c",
      "        g->head = heads | bit;\n"
      "        g->body = body | run;\n",
      "        g->body = body | run;\n"
      "        port_irq_restore(irq);\n"
      "        const port_irq_t again = port_irq_save();\n"
      "        (void)again;\n"
      "        g->head |= bit;\n")
AT_T2 = ("    const port_irq_t irq = port_irq_save();\n"
         "    const word_t heads = g->head;\n"
         "    const word_t body = g->body;\n")
fault("T2 words read before the window", "src/free.c", AT_T2,
      "    const word_t heads = now(&g->head);\n"
      "    const word_t body = now(&g->body);\n"
      "    const port_irq_t irq = port_irq_save();\n")
fault("T2 heads read before the window", "src/free.c", AT_T2,
      "    const word_t heads = now(&g->head);\n"
      "    const port_irq_t irq = port_irq_save();\n"
      "    const word_t body = g->body;\n")
fault("T2 bodies read before the window", "src/free.c", AT_T2,
      "    const word_t body = now(&g->body);\n"
      "    const port_irq_t irq = port_irq_save();\n"
      "    const word_t heads = g->head;\n")
fault("T2 heads not looked at", "src/free.c",
      "(heads & run) == bit && ((heads | body) & run) == run",
      "((heads | body) & run) == run", suites=UNIT)
fault("T2 bodies not looked at", "src/free.c",
      "(heads & run) == bit && ((heads | body) & run) == run",
      "(heads & run) == bit", suites=UNIT)
fault("T2 counts one less", "src/free.c",
      "        h->given += n;\n"
      "        op->object = left;\n",
      "        h->given += n - 1;\n"
      "        op->object = left;\n")
fault("T2 counts after the window", "src/free.c",
      "        h->given += n;\n"
      "        op->object = left;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "        op->object = left;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (used != 0) {\n"
      "        h->given += n;\n"
      "    }\n")
fault("T2 leaves the record", "src/free.c",
      "        op->object = left;\n",
      "        (void)op;\n"
      "        (void)left;\n")
fault("T2 record emptied after the window", "src/free.c",
      "        op->object = left;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (used != 0) {\n"
      "        *(volatile block_t *)&op->object = left;\n"
      "    }\n")
fault("T2 record emptied before the window", "src/free.c", AT_T2,
      "    *(volatile block_t *)&op->object = left;\n" + AT_T2)
fault("T2 record emptied with the tails", "src/free.c",
      "all ? NO_BLOCK : head",
      "NO_BLOCK")
fault("T3 no pointers: neighbours lost", "src/alloc.c",
      "g->plain = (g->plain & ~bit) | plain;",
      "g->plain = plain;")
fault("T3 held: neighbours lost", "src/alloc.c",
      "g->held = (g->held & ~bit) | held;",
      "g->held = held;")
fault("T3 held: only ever set", "src/alloc.c",
      "g->held = (g->held & ~bit) | held;",
      "g->held |= held;")
fault("T3 written only if the one is wrong", "src/alloc.h",
      "(g->plain ^ plain) | (g->held ^ held)",
      "g->plain ^ plain")
fault("T4 hints of neighbours lost", "src/hints.c",
      "*map ^ bits",
      "bits")
fault("T4 hints are never taken back", "src/hints.c",
      "*map ^ bits",
      "*map | bits")
fault("T4 the bit above not set", "src/hints.c",
      "hints == 0 || hints == bits",
      "hints == 0", suites=UNIT)
fault("T4 the bit above not cleared", "src/hints.c",
      "hints == 0 || hints == bits",
      "hints == bits", suites=UNIT)
fault("T4 the level above left out", "src/hints.c",
      "           ++level < &h->hints[h->n_levels]) {",
      "           false) {", suites=UNIT)
fault("T4 the level above by a look behind the window", "src/hints.c",
      "    return hints == 0 || hints == bits;\n",
      "    const word_t seen = now(map);\n"
      "    return seen == 0 || seen == bits;\n", suites=UNIT)
fault("T5 blackens what is no head", "src/mark.c",
      "white = g->head & ~body & bit;",
      "white = bit;")
fault("T5 not pushed", "src/mark.c",
      "            block_push(h, mine, b);\n",
      "            (void)b;\n")
fault("T5 what was in hand not pushed", "src/mark.c",
      "                    block_push(h, mine, hand);\n",
      "                    (void)hand;\n")
fault("T5 what is in hand not scanned", "src/mark.c",
      "        if (hand == NO_BLOCK) {\n"
      "            hand = block_pop(h, mine);\n"
      "        }\n",
      "        hand = block_pop(h, mine);\n")
fault("T5 the first in hand stays there", "src/mark.c",
      "                hand = word_ready(b);\n",
      "                hand = hand != NO_BLOCK ? hand : b;\n")
fault("T6 no overflow bit", "src/mark.c",
      "            h->overflow[k / WORD_BITS] |= (word_t)1 << k % WORD_BITS;\n",
      "            (void)k;\n")
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
fault("T8 keeps the overflow", "src/collect.c",
      "        h->overflowed = 0;\n",
      "")
fault("T8 keeps the number", "src/collect.c",
      "+ CYCLE_ONE + phase",
      "+ phase")
fault("T10 ends with work left", "src/mark.c",
      "if (valid && !waits) {",
      "if (valid) {")
fault("T10 with heads waiting", "src/mark.c",
      "(h->mark_depth | h->overflowed | (*stacks ^ version)) != 0;",
      "(h->overflowed | (*stacks ^ version)) != 0;")
fault("T10 with an overflow waiting", "src/mark.c",
      "(h->mark_depth | h->overflowed | (*stacks ^ version)) != 0;",
      "(h->mark_depth | (*stacks ^ version)) != 0;")
fault("T10 looks before the window", "src/mark.c",
      "    const port_irq_t irq = port_irq_save();\n"
      "    const bool valid = h->state == mine;\n"
      "    const bool waits =\n"
      "        (h->mark_depth | h->overflowed | (*stacks ^ version)) != 0;\n",
      "    const bool waits = (now(&h->mark_depth) | now(&h->overflowed) |\n"
      "                        (*stacks ^ version)) != 0;\n"
      "    const port_irq_t irq = port_irq_save();\n"
      "    const bool valid = h->state == mine;\n")
fault("T11 counts after the window", "src/sweep.c",
      "        h->given += n;\n"
      "        h->unswept = unswept - 1;\n"
      "        *used = head | body;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "        h->unswept = unswept - 1;\n"
      "        *used = head | body;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (is_next) {\n"
      "        h->given += n;\n"
      "    }\n")
fault("T11 counts one less", "src/sweep.c",
      "        h->given += n;",
      "        h->given += n - (n > 1);")
fault("T11 survivors stay black", "src/sweep.c",
      "body & ~head & ~dead",
      "body & ~dead")
fault("T12 with groups left", "src/sweep.c",
      "        if (unswept > 0) {",
      "        if (unswept > 1) {")
fault("T12 any state", "src/sweep.c",
      "if (h->state == mine && h->unswept == 0)",
      "if (h->unswept == 0)")
fault("T13 any state", "src/collect.c",
      "if (h->state == mine) {\n"
      "        h->state = mine - CLEAR",
      "if (true) {\n"
      "        h->state = mine - CLEAR")
fault("T16 node filled in after the window", "src/barrier.c",
      "        root->start = filled->start; "
      "// one by one, lest memcpy is called\n"
      "        root->n_words = filled->n_words;\n"
      "        root->next = filled->next;\n"
      "        h->roots = root;\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "        h->roots = root;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (unchanged) {\n"
      "        *root = *filled;\n"
      "    }\n")
fault("T17 the dying are not refused", "src/blocks.h",
      "               ? IRQGC_UNREACHABLE\n",
      "               ? IRQGC_OK\n")
fault("T17 black is dying, white is not", "src/blocks.h",
      "(glance->group.body & bit) == 0\n",
      "(glance->group.body & bit) != 0\n")
fault("T17 checker sums up though counters move", "src/check.c",
      "return stood_still && after.given",
      "return (stood_still || true) && after.given")
fault("T17 checker compares only `given`", "src/check.c",
      "before.taken == after.taken && before.given == after.given;",
      "before.given == after.given;")
fault("T18 least free noted though a handler noted fewer", "src/counts.c",
      "    if (free < h->least_free) {",
      "    if (true) {",
      suites=UNIT)

# ---- The open group, and what has no record -----------------------------------
#
# Not here, for nobody can tell:
# - T28 whose object is not kept until the call returns. What it returns is in a
#   register, and clearing goes by a copy: the code is the same.
# - T8 that closes though the state is another: in the middle of a collection
#   none is open, for that has a record.

AT_T25 = "if (h->open == NULL && (h->state & PHASE_MASK) == IDLE) {"
fault("T25 in any state", "src/small.c", AT_T25, "if (h->open == NULL) {")
fault("T25 though one is open", "src/small.c", AT_T25,
      "if ((h->state & PHASE_MASK) == IDLE) {")
fault("T25 whether one is open looked at before the window", "src/small.c",
      "    const port_irq_t irq = port_irq_save();\n    " + AT_T25,
      "    const bool none = open_now(h) == NULL;\n"
      "    const port_irq_t irq = port_irq_save();\n    " +
      AT_T25.replace("h->open == NULL", "none"))
fault("T25 what hints show read before the window", "src/small.c",
      "    const port_irq_t irq = port_irq_save();\n    " + AT_T25 +
      "\n        h->open = g;\n"
      "        h->open_at = at;\n"
      "        h->open_free = ~(g->head | g->body);\n",
      "    const word_t free = ~(now(&g->head) | now(&g->body));\n"
      "    const port_irq_t irq = port_irq_save();\n    " + AT_T25 +
      "\n        h->open = g;\n"
      "        h->open_at = at;\n"
      "        h->open_free = free;\n")
fault("T25 with an operation below", "src/small.c",
      "    if (records_now(h) != NULL) {\n"
      "        return false;\n"
      "    }\n", "")
fault("T25 the group before left open", "src/small.c",
      "    open_close(h);\n", "    (void)open_close;\n", suites=UNIT)
fault("T26 stays open", "src/open.c", "        h->open = NULL;\n", "")
AT_T26 = ("        hints_changed(h, (word_t)(g - h->groups), "
          "h->open_free & GROUP_ALL,\n"
          "                      ~h->open_used & GROUP_ALL);\n")
fault("T26 not hinted at", "src/open.c", AT_T26, "")
fault("T26 words read after the window", "src/open.c",
      "    port_irq_restore(irq);\n",
      "    port_irq_restore(irq);\n"
      "    if (g != NULL) {\n"
      "        h->open_used = now(&g->head) | now(&g->body);\n"
      "    }\n")
fault("T26 hinted at as if it was full when it was opened", "src/open.c",
      AT_T26, AT_T26.replace("h->open_free & GROUP_ALL", "0"))
fault("T26 not hinted at by who changes the group", "src/open.c",
      "        shown = h->open_free;\n", "")
fault("T26 not hinted at where others have changed the group", "src/open.c",
      "if (h->open_used != used) {", "if (false) {")
fault("T8 the open group stays open", "src/collect.c",
      "    open_close(h); // and", "    (void)h; // and")
AT_T29 = "if (g->head == 0 && g->body == tails) {"
fault("T29 heads not compared", "src/claim.c", AT_T29,
      "if (g->body == tails) {")
unmasked("src/claim.c", "group_change")
fault("T29 in a group that stays open", "src/claim.c",
      "if (g == open_now(h) || !group_change(", "if (!group_change(")
fault("T29 not counted", "src/claim.c",
      "        *blocks += GROUP_BLOCKS;\n", "")
fault("T29 not hinted at", "src/claim.c",
      "        map_toggle(h, N_CLASSES - 1, first / WORD_BITS, groups);\n", "")
fault("T29 hinted at as full, and not", "src/claim.c",
      "        map_toggle(h, 0, first / WORD_BITS, groups);\n", "")
fault("T29 claims one group more than the object has", "src/claim.c",
      "(end - b) / GROUP_BLOCKS", "(end - b) / GROUP_BLOCKS + 1")
fault("T29 gives back one group more than it is told", "src/free.c",
      "(end - first) / GROUP_BLOCKS", "(end - first) / GROUP_BLOCKS + 1")
fault("T29 the next row's groups hinted at in this one's", "src/claim.c",
      "left > 0 && (k ^ first) < TOGETHER;", "left > 0 && k < h->n_groups;",
      suites=UNIT)
fault("T1 in a group that stays open", "src/claim.c",
      "    const bool was_open = group_shut(h, g);\n",
      "    const bool was_open = false;\n    (void)group_shut;\n")
fault("T2 in a group that stays open", "src/free.c",
      "    const bool was_open = group_shut(h, g);\n",
      "    const bool was_open = false;\n    (void)group_shut;\n")
AT_T28 = "if (h->open == g && ((head | body) & cut.run) == 0) {"
fault("T28 whether the group is open, not compared", "src/small.c", AT_T28,
      AT_T28.replace("h->open == g && ", ""))
fault("T28 words not compared", "src/small.c", AT_T28,
      "if (h->open == g) {")
fault("T28 the head's block alone compared", "src/small.c", AT_T28,
      AT_T28.replace("cut.run", "cut.bit"))
fault("T28 words read before the window", "src/small.c",
      "    const port_irq_t irq = port_irq_save();\n"
      "    const word_t head = g->head;\n"
      "    const word_t body = g->body;\n",
      "    const word_t head = now(&g->head);\n"
      "    const word_t body = now(&g->body);\n"
      "    const port_irq_t irq = port_irq_save();\n")
fault("T28 counts one less", "src/small.c", "        h->taken += n;\n",
      "        h->taken += n - 1;\n")
fault("T28 counts after the window", "src/small.c",
      "        PORT_KEEPS(object);\n"
      "    }\n"
      "    port_irq_restore(irq);\n",
      "        PORT_KEEPS(object);\n"
      "        h->taken -= n;\n"
      "    }\n"
      "    port_irq_restore(irq);\n"
      "    if (object != NULL) {\n"
      "        h->taken += n;\n"
      "    }\n")
fault("T28 a black head", "src/small.c",
      "g->body = body | (cut.run ^ cut.bit);", "g->body = body | cut.run;")
fault("T28 a run that is one too short", "src/small.c",
      "        starts &= starts >> (n - 2);\n",
      "        starts &= starts >> (n - 2) / 2;\n")
AT_T27 = "if (g->head == read.head && g->body == read.body && h->open == open) {"
for what, text in (("heads", "g->head == read.head && "),
                   ("bodies", "g->body == read.body && "),
                   ("the open group", " && h->open == open")):
    fault(f"T27 {what} not compared", "src/free.c", AT_T27,
          AT_T27.replace(text, ""))
fault("T27 compared before the window", "src/free.c",
      "    const port_irq_t irq = port_irq_save();\n    " + AT_T27,
      "    const bool is = now(&g->head) == read.head &&\n"
      "                    now(&g->body) == read.body && h->open == open;\n"
      "    const port_irq_t irq = port_irq_save();\n    if (is) {")
fault("T27 counts one less", "src/free.c",
      "        h->given += n;\n        same = true;\n",
      "        h->given += n - 1;\n        same = true;\n")
fault("T27 counts after the window", "src/free.c",
      "        h->given += n;\n        same = true;\n"
      "    }\n    port_irq_restore(irq);\n",
      "        same = true;\n"
      "    }\n    port_irq_restore(irq);\n"
      "    if (same) {\n        h->given += n;\n    }\n")
fault("T27 with an operation below", "src/free.c",
      " || records_now(h) != NULL", "")
fault("T27 in SWEEP", "src/free.c", " || now(&h->unswept) != 0", "")
fault("T27 where hints change", "src/free.c",
      "(open != g && !word_class_is_same(free, free | e.run))", "false")
fault("T27 what is no head", "src/free.c",
      " bit) == 0 || e.n == 0 ||", " bit) == ~(word_t)0 || e.n == 0 ||")
fault("T27 an object that ends with its group", "src/free.c",
      " bit) == 0 || e.n == 0 ||", " bit) == 0 ||")
fault("free: the block behind, too", "src/free.c",
      "(behind & (0 - behind)) - bit : 0;",
      "2 * (behind & (0 - behind)) - bit : 0;")
fault("free: one block more counted", "src/free.c",
      "word_lowest(behind) - word_lowest(bit))",
      "word_lowest(behind) - word_lowest(bit) + 1)")
fault("free: up to the next free block", "src/free.c",
      "(read.head | ~read.body) &", "~(read.head | read.body) &")

# ---- Between transitions ---------------------------------------------------

fault("hints: forgotten by claims", "src/claim.c",
      "    group_hint(h, k, was_open, used, ~(is_mine ? used | run : used));\n",
      "    (void)was_open;\n    (void)k;\n")
fault("hints: forgotten by blocks_release and free", "src/free.c",
      "    group_hint(h, k, was_open, used, ~used | run); // none, if that is 0\n",
      "    (void)was_open;\n")
fault("hints: forgotten by the sweep", "src/sweep.c",
      "    hints_toggle(h, i, &hints);\n",
      "    (void)i;\n")
fault("hints: not collected by the sweep", "src/sweep.c",
      "        if (dead != 0) {",
      "        if (dead == 0) {")
fault("hints: the sweep leaves a group in its class", "src/sweep.c",
      "            if (free != 0) {",
      "            if (false) {")
fault("hints: the sweep keeps a group as it was", "src/sweep.c",
      "const word_t after = free | dead;",
      "const word_t after = free | (dead & 1) | (free == 0);")
fault("hints: the sweep takes a full group for a free one", "src/sweep.c",
      "after == GROUP_ALL ? N_CLASSES", "after != 0 ? N_CLASSES")
fault("hints: collected for a sweep that was overtaken", "src/sweep.c",
      "dead, &used)) {\n"
      "            break;",
      "dead, &used)) {\n"
      "            hints.toggled[0] ^= bit;\n"
      "            break;")
AT_MAPS = "class_maps(free_class(before)) ^ class_maps(free_class(after));"
fault("hints: the maps before left out", "src/hints.c", AT_MAPS,
      "class_maps(free_class(after));")
fault("hints: the maps after left out", "src/hints.c", AT_MAPS,
      "class_maps(free_class(before));")
fault("hints: only the first of the maps", "src/hints.c",
      "    for (; maps != 0; maps &= maps - 1) {",
      "    for (; maps != 0; maps = 0) {")
fault("hints: full groups after a sweep", "src/hints.c",
      "c > 0 ? hints->toggled[c] : full;",
      "hints->toggled[c];")
AT_WORD = "(*level)[i * N_CLASSES + c]"
fault("hints: above, the map of another class", "src/hints.c", AT_WORD,
      AT_WORD.replace("c]", "(level == h->hints ? c : 0)]"), suites=UNIT)
fault("hints: a class left out of what a row says", "src/hints.h",
      "for (unsigned c = class; c < N_CLASSES; c++) {",
      "for (unsigned c = class; c < N_CLASSES - 1; c++) {",
      suites=UNIT)
fault("hints: smaller classes in what a row says", "src/hints.h",
      "for (unsigned c = class; c < N_CLASSES; c++) {",
      "for (unsigned c = class - 2; c < N_CLASSES; c++) {",
      suites=UNIT)
fault("hints: the second class from the map of the first alone", "src/hints.h",
      "if (class > 1) {",
      "if (class > 2) {",
      suites=UNIT)
fault("hints: runs of 3 are of the class of 2", "src/word.h",
      "#define CLASS_RUN(c) ((c) < 3 ?", "#define CLASS_RUN(c) ((c) < 2 ?",
      suites=UNIT)
fault("hints: 4 blocks looked for among runs of 3", "src/word.h",
      "+ 1 + (n > 3);", "+ 1 + (n > 4);", suites=UNIT)
fault("hints: a class taken for the next one up", "src/word.h",
      "    return less != 0 || more == 0;\n", "    return true;\n",
      suites=UNIT)
fault("hints: the search ends at a wrong hint", "src/hints.c",
      "        ahead = bits & (bits - 1);\n",
      "        return NO_BLOCK;\n", suites=UNIT)
fault("hints: the search ends with a row", "src/hints.c",
      "            if (++level == h->n_levels) {\n",
      "            if (++level != 0) {\n", suites=UNIT)
fault("hints: up again, and down to the same row", "src/hints.c",
      "            ahead = ~(word_t)0 << i % WORD_BITS << 1;\n",
      "            ahead = ~(word_t)0 << i % WORD_BITS;\n", suites=UNIT)
fault("hints: a wrong one taken for right", "src/hints.c",
      "        if (starts != 0) {\n"
      "            return next * GROUP_BLOCKS + word_lowest(starts);\n"
      "        }\n",
      "        return next * GROUP_BLOCKS +\n"
      "               (starts != 0 ? word_lowest(starts) : 0);\n", suites=UNIT)
fault("alloc: what another took in T1", "src/claim.c",
      "    const bool is_mine = (used & run) == 0;\n",
      "    const bool is_mine = true;\n")
fault("free: an object that goes on in the next group", "src/free.c",
      "        blocks_release(h, op, b, object_end(h, b));\n",
      "        blocks_release(h, op, b, (k + 1) * GROUP_BLOCKS);\n")
fault("sweep: a group that dies whole counted wrongly", "src/sweep.c",
      "dead == GROUP_ALL ? GROUP_BLOCKS",
      "dead == GROUP_ALL ? GROUP_BLOCKS - 1")
fault("alloc: groups skipped, and not told", "src/claim.c",
      "                    *skips = true;\n", "", suites=UNIT)
fault("alloc: the group before the one that hints tell skipped", "src/claim.c",
      "g = &h->groups[next - 1];", "g = &h->groups[next];", suites=UNIT)
fault("alloc: a piece that no group need have", "src/claim.c",
      "const word_t half = n - n / 2;", "const word_t half = n - n / 4;",
      suites=UNIT)
fault("alloc: hints not asked", "src/claim.c",
      "        if (skips != NULL) {", "        if (false) {", suites=UNIT)
fault("blocks: what is free taken for what is an object's", "src/blocks.c",
      "(t.body ^ tails)", "t.body")
fault("alloc: by hints alone", "src/alloc.c",
      "            searched_claim(h, op, n)) {\n",
      "            (n > GROUP_BLOCKS && searched_claim(h, op, n))) {\n")
fault("alloc: not searched again when room was made", "src/alloc.c",
      "if (is_last || !room_make(h, flags)) {",
      "if (is_last || !room_make(h, flags) || true) {",
      suites=UNIT)
fault("alloc: no room made by collecting", "src/alloc.c",
      "        irqgc_collect(h);\n", "",
      suites=UNIT)
fault("alloc: no room made by sweeping", "src/alloc.c",
      "        sweep(h, s);\n",
      "        (void)s;\n",
      suites=UNIT)
fault("alloc: memory not zeroed", "src/alloc.c",
      "            __builtin_memset(object, 0, n * BLOCK_BYTES);\n", "")
fault("alloc: memory of the open group not zeroed", "src/small.c",
      "        blocks_clear(object, n);\n",
      "        (void)blocks_clear;\n")
fault("alloc: the last words of few blocks not zeroed", "src/small.c",
      "        w[1] = (pair_t){0};\n",
      "")
fault("alloc: held, in the open group", "src/small.c",
      "(IRQGC_NO_POINTERS | IRQGC_NOT_ZEROED | IRQGC_FAIL_FAST))",
      "(IRQGC_NO_POINTERS | IRQGC_NOT_ZEROED | IRQGC_FAIL_FAST |\\\n"
      "                     IRQGC_HELD))")
fault("alloc: a handler's counted for the thread's", "src/small.c",
      "    count_fast(h, offsetof(irqgc_counts_t, allocs));\n",
      "    h->counts[0].allocs++;\n", suites=UNIT)
fault("alloc: a failure inside realloc counts", "src/alloc.c",
      "if (size != 0 && (flags & INNER) == 0) {",
      "if (size != 0) {",
      suites=UNIT)
fault("claim: forgets to back out", "src/claim.c",
      "            blocks_release(h, op, first, b);\n",
      "")
fault("claim: backs out to the head", "src/claim.c",
      "            blocks_release(h, op, first, b);\n",
      "            blocks_release(h, op, head, b);\n")
fault("claim: goes on behind the run that was taken", "src/claim.c",
      "            b += claimed;",
      "            b += n;")
fault("run_find: skips a group", "src/claim.c",
      "                g += 3;\n",
      "                g += 4;\n")
fault("run_find: looks at the first and last of three", "src/claim.c",
      "group_used(g) & group_used(g + 1) & group_used(g + 2)",
      "group_used(g) & group_used(g + 2)")
fault("run_find: none across the border of a group", "src/claim.c",
      "run = GROUP_BLOCKS - 1 - word_highest(used);",
      "run = 0;")
fault("run_find: a run across the border one too long", "src/claim.c",
      "run = GROUP_BLOCKS - 1 - word_highest(used);",
      "run = GROUP_BLOCKS - word_highest(used);")
fault("run_find: forgets what comes before an empty group", "src/claim.c",
      "            run += GROUP_BLOCKS;\n",
      "            run = GROUP_BLOCKS;\n")
fault("run_find: offset off by one in a group", "src/claim.c",
      "            offset = word_lowest(starts);",
      "            offset = word_lowest(starts) + 1;")
fault("run_find: offset off by one across the border", "src/claim.c",
      "            offset = 0 - run;",
      "            offset = 1 - run;")
fault("run_find: offset of the groups that are empty", "src/claim.c",
      "            offset = GROUP_BLOCKS - run;",
      "            offset = 0 - run;")
fault("run_find: a step too short", "src/word.h",
      "        n -= n / 2;\n",
      "        n -= n / 2 + (n & 1);\n")
fault("blocks_release: the first group first", "src/free.c",
      "        const word_t k = block_group(end - 1);\n"
      "        const block_t start",
      "        const block_t last =\n"
      "            (block_group(first) + 1) * GROUP_BLOCKS;\n"
      "        if (last < end) {\n"
      "            blocks_release(h, op, first, last);\n"
      "            first = last;\n"
      "            continue;\n"
      "        }\n"
      "        const word_t k = block_group(end - 1);\n"
      "        const block_t start")
fault("free: misuse told with the record linked", "src/free.c",
      "        record_drop(h, &op);\n"
      "        if (object == NULL) { // in no region\n"
      "            return IRQGC_OK;\n"
      "        }\n"
      "        misuse(h, status, object);\n",
      "        if (object == NULL) { // in no region\n"
      "            record_drop(h, &op);\n"
      "            return IRQGC_OK;\n"
      "        }\n"
      "        misuse(h, status, object);\n"
      "        record_drop(h, &op);\n")
fault("realloc: misuse told with the record linked", "src/realloc.c",
      "    record_drop(h, &op);\n"
      "    if (status != IRQGC_OK) {\n"
      "        misuse(h, status, object);\n"
      "        return NULL;\n"
      "    }\n",
      "    if (status != IRQGC_OK) {\n"
      "        misuse(h, status, object);\n"
      "        record_drop(h, &op);\n"
      "        return NULL;\n"
      "    }\n"
      "    record_drop(h, &op);\n",
      suites=UNIT)
fault("realloc: what it grew by is not zeroed", "src/realloc.c",
      "if (fit != NULL && n > n_old && (flags",
      "if (fit != NULL && n > n_old + 1 && (flags")
fault("move: gives back before copying", "src/realloc.c",
      "        __builtin_memcpy(object, old, n_old * BLOCK_BYTES);\n"
      "        least_free_note(h);\n"
      "        blocks_dead(h, op->object, op->object + n_old);\n"
      "        blocks_release(h, op, op->object, op->object + n_old);\n"
      "        op->object = to.object;\n",
      "        least_free_note(h);\n"
      "        blocks_release(h, op, op->object, op->object + n_old);\n"
      "        op->object = to.object;\n"
      "        __builtin_memcpy(object, old, n_old * BLOCK_BYTES);\n")
fault("move: attributes lost", "src/realloc.c",
      "block_attributes(h, op->object) |\n",
      "0 |\n")
fault("move: the new object is not handed over", "src/alloc.c",
      "            op.below->object = b;\n",
      "")
fault("move: the record is not handed on", "src/realloc.c",
      "        op->object = to.object;\n",
      "")
fault("move: the old object is not given back", "src/realloc.c",
      "        blocks_release(h, op, op->object, op->object + n_old);\n",
      "")
fault("move: least free not noted", "src/realloc.c",
      "        least_free_note(h);\n"
      "        blocks_dead(h, op->object, op->object + n_old);\n"
      "        blocks_release(h, op, op->object, op->object + n_old);",
      "        blocks_release(h, op, op->object, op->object + n_old);",
      suites=UNIT)
fault("shrink: least free not noted", "src/realloc.c",
      "    least_free_note(h);\n"
      "    blocks_dead(h, b + n, b + n_old);\n"
      "    blocks_release(h, op, b + n, b + n_old);",
      "    blocks_release(h, op, b + n, b + n_old);",
      suites=UNIT)
fault("free: least free not noted", "src/free.c",
      "    least_free_note_fast(h);\n    return", "    return")
fault("handlers: least free not noted", "src/counts.c",
      "    if (who != 0) {",
      "    if (false) {",
      suites=UNIT)
fault("sweep: least free not noted", "src/sweep.c",
      "    least_free_note_fast(h);\n",
      "",
      suites=UNIT)
fault("record: linked before it is complete", "src/records.h",
      "    op->object = object;\n"
      "    op->below = h->records;\n"
      "    in_order(); // complete before anyone can see it\n"
      "    *(record_t *volatile *)&h->records = op;\n",
      "    record_t *const below = h->records;\n"
      "    *(record_t *volatile *)&h->records = op;\n"
      "    in_order();\n"
      "    *(volatile block_t *)&op->object = object;\n"
      "    *(record_t *volatile *)&op->below = below;\n")
fault("record: its object written after it is linked", "src/records.h",
      "    op->object = object;\n"
      "    op->below = h->records;\n"
      "    in_order(); // complete before anyone can see it\n"
      "    *(record_t *volatile *)&h->records = op;\n",
      "    op->below = h->records;\n"
      "    in_order();\n"
      "    *(record_t *volatile *)&h->records = op;\n"
      "    in_order();\n"
      "    *(volatile block_t *)&op->object = object;\n")
fault("record: not unlinked", "src/records.h",
      "    *(record_t *volatile *)&h->records = op->below;\n",
      "")
fault("object_end: words read apart, body first", "src/blocks.c",
      "const truth_t t = group_truth(group_at(h, k));",
      "const word_t body = now(&h->groups[k].body);\n"
      "        const truth_t t = {now(&h->groups[k].head), body};")
fault("clear: the last group left", "src/collect.c",
      "g < end; g++) {\n        group_clear",
      "g < end - 1; g++) {\n        group_clear")
fault("clear: the first group left", "src/collect.c",
      "g = h->groups; g < end; g++) {\n        group_clear",
      "g = h->groups + 1; g < end; g++) {\n        group_clear")
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
fault("collect: content with what began before", "src/collect.c",
      "state_phase(s) != IDLE || !state_is_later(s, called)",
      "state_phase(s) != IDLE || s == called")
fault("mark: one object of a group rescanned", "src/mark.c",
      "            heads &= heads - 1;\n",
      "            heads = 0;\n")
fault("mark: a rescan that lets the stack stay full", "src/mark.c",
      "        if (hand == NO_BLOCK) {\n"
      "            hand = block_pop(h, mine);\n"
      "        }\n",
      "        if (hand == NO_BLOCK && work->heads == 0) {\n"
      "            hand = block_pop(h, mine);\n"
      "        }\n", suites=UNIT)
fault("mark: an object's end: its last block left out", "src/mark.c",
      "word_lowest(behind) + 1 :", "word_lowest(behind) + 0 :")
fault("mark: an object's end: not beyond its group", "src/mark.c",
      "behind != 0 ? word_lowest(behind) + 1 : object_end(h, b) - b",
      "behind != 0 ? word_lowest(behind) + 1 : block_room(b)")
fault("mark: an object's end: up to the next head", "src/mark.c",
      "((head | ~body) & GROUP_ALL) >> i >> 1", "(head & GROUP_ALL) >> i >> 1",
      suites=UNIT)
fault("mark: pointers to the last block left out", "src/mark.c",
      "n_near = h->interior_pointers ? 0 : r->n_blocks;",
      "n_near = h->interior_pointers ? 0 : r->n_blocks - 1;", suites=UNIT)
fault("mark: pointers behind the first region", "src/mark.c",
      "n_near = h->interior_pointers ? 0 : r->n_blocks;",
      "n_near = h->interior_pointers ? 0 : r->n_blocks + 1;", suites=UNIT)
fault("mark: pointers that are not aligned", "src/blocks.h",
      "offset >> LOG_BLOCK | offset << (WORD_BITS - LOG_BLOCK)",
      "offset >> LOG_BLOCK",
      suites=UNIT)
fault("mark: other regions left out", "src/mark.c",
      "some_far = h->interior_pointers || h->n_regions > 1;",
      "some_far = h->interior_pointers;", suites=UNIT)
fault("mark: interior pointers left out", "src/mark.c",
      "n_near = h->interior_pointers ? 0 : r->n_blocks;",
      "n_near = r->n_blocks;", suites=UNIT)
fault("mark: NULL taken for the end", "src/mark.c",
      "        if (pointer != 0) {\n            return pointer;\n        }\n",
      "        return pointer;\n")
fault("scan: no words past the end of the heap", "src/mark.c",
      "word - range->low <= range->span", "word - range->low < range->span",
      suites=UNIT)
fault("scan: no words before the first block", "src/mark.c",
      "h->regions[0].base - BEFORE;", "h->regions[0].base;", suites=UNIT)
fault("scan: words of the first region alone", "src/mark.c",
      "&h->regions[h->n_regions - 1];", "&h->regions[0];", suites=UNIT)
fault("overflow: one bit of `overflowed` cleared", "src/mark.c",
      "&h->overflowed, ~(word_t)0)", "&h->overflowed, 1)", suites=UNIT)
fault("init: a mark stack of four entries", "src/init.c",
      "n_groups > 32 / 2 ? 32", "n_groups > 32 / 2 ? 4", suites=UNIT)
fault("mark: only the latest root read", "src/mark.c",
      "    for (const irqgc_root_t *r = h->roots; r != NULL; r = r->next) {\n",
      "    for (const irqgc_root_t *r = h->roots; r != NULL; r = NULL) {\n")
fault("sweep: verdict of the wrong colour", "src/sweep.c",
      "const word_t white = t.head & ~t.body;",
      "const word_t white = t.head & t.body;")
fault("sweep: leading tails stay", "src/sweep.c",
      "word_swept(t.head, t.body, leads && lead->dead);",
      "word_swept(t.head, t.body, false);")
fault("barrier: looks for another phase", "src/barrier.c",
      "    if (state_marks(s)) {\n"
      "        words_shade(h, s, words, n);",
      "    if (state_phase(s) == CLEAR) {\n"
      "        words_shade(h, s, words, n);")
fault("roots: one linked over another", "src/barrier.c",
      "    if (unchanged) {\n", "    if (true) {\n", suites=UNIT)
fault("root_add: not shaded in MARK", "src/barrier.c",
      "    words_barrier(h, root->start, root->n_words);\n",
      "")
fault("walk: shows what is in operation", "src/inspect.c",
      "if (block_status_now(h, b) == IRQGC_OK && !record_names(h->records, "
      "b)) {",
      "if (block_status_now(h, b) == IRQGC_OK) {")

# ---- Dictionaries -----------------------------------------------------------

fault("trap 18: an index published without the latest entries", "src/dict.c",
      "if (d->fresh == end) {", "if (true) {", suites=TORTURED)
fault("trap 18: a dead entry taken while an index is rebuilt", "src/dict.c",
      "in->is_dead = now(&d->n_rebuilding) == 0 && in->entry != NULL;",
      "in->is_dead = in->entry != NULL;", suites=TORTURED)
fault("trap 18: an index freed that preempted readers probe", "src/dict.c",
      "    in_order();\n    d->n_rebuilding--;\n",
      "    if (index_now(d) == x) {\n"
      "        __builtin_memset(old->words, 0, old->n_words * sizeof(word_t));"
      "\n        irqgc_free(d->heap, old);\n    }\n"
      "    in_order();\n    d->n_rebuilding--;\n", suites=TORTURED)
fault("trap 18: get trusts what it has read", "src/dict.c",
      "    if (now(&d->deleted) == deleted) {\n        return true;\n    }\n",
      "    if (true || deleted) {\n        return true;\n    }\n",
      suites=TORTURED)
fault("D2: set does not look whose entry it is", "src/dict.c",
      "    const bool is_keys = e->key == key;\n    if (is_keys) {\n"
      "        e->value = value;", "    const bool is_keys = true;\n"
      "    if (is_keys) {\n        e->value = value;", suites=TORTURED)
fault("D4: delete does not look whose entry it is", "src/dict.c",
      "    const bool is_keys = e->key == key;\n    if (is_keys) {\n"
      "        e->key = NO_KEY;", "    const bool is_keys = true;\n"
      "    if (is_keys) {\n        e->key = NO_KEY;", suites=TORTURED)
fault("D5: a chunk linked behind one that is not the last", "src/dict.c",
      "d->last == last && d->fresh == fresh;", "true;", suites=TORTURED)
D8 = ("    if (d->index == x && *word == 0 && d->fresh == (word_t)e &&\n"
      "        x->n_room != 0) {")
D9 = ("    if (d->index == x && *word == 0 && d->dead == (word_t)e && "
      "x->n_room != 0) {")
for of, name in ((D8, "D8"), (D9, "D9")):
    for what, text in (("the index", r"d->index == x && "),
                       ("the word of the index", r"\*word == 0 && "),
                       ("the entry", r"d->\w+ == \(word_t\)e &&\s+"),
                       ("the room", r" &&\s+x->n_room != 0")):
        fault(f"{name}: {what} not compared", "src/dict.c", of,
              re.sub(text, "", of), suites=TORTURED)
BARRIER = ("    void *const stored[] = {(void *)key, (void *)value};\n"
           "    words_barrier(d->heap, stored, 2);\n")
for name, becomes in (
        ("neither key nor value shaded", "    (void)words_barrier;\n"),
        ("the key not shaded", BARRIER.replace("(void *)key", "NULL")),
        ("the value not shaded", BARRIER.replace("(void *)value", "NULL")),
        ("one word shaded", BARRIER.replace(", 2)", ", 1)")),
        ("shaded by set alone", "    if (over) {\n" + BARRIER + "    }\n"),
        ("shaded by add alone", "    if (!over) {\n" + BARRIER + "    }\n")):
    fault(f"dict: put: {name}", "src/dict.c", BARRIER, becomes, suites=UNIT)
fault("dict: replace: the value not shaded", "src/dict.c",
      "    words_barrier(d->heap, (void *const *)&value, 1);\n", "",
      suites=UNIT)
fault("replace: does not look whose entry it is", "src/dict.c",
      "if (was.key == key && was.value == expected) {",
      "if (was.value == expected) {",
      suites=("dict --scenario replace_same-same-twinning",))
fault("replace: another's value taken for the key's", "src/dict.c",
      "    if (was.key != f.key) {\n", "    if (false) {\n",
      suites=("dict --scenario replace_same-same-twinning",))
fault("D7: an index published over another", "src/dict.c",
      "    if (d->index == old) {\n", "    if (old != NULL) {\n",
      suites=("dict --scenario set_ours-full-reserving",))
fault("dict: neither key nor value shaded, in a collection", "src/dict.c",
      BARRIER, "", suites=STORED)
fault("dict: the key not shaded, in a collection", "src/dict.c",
      BARRIER, BARRIER.replace("(void *)key", "NULL"), suites=STORED)
fault("dict: replace: the value not shaded, in a collection", "src/dict.c",
      "    words_barrier(d->heap, (void *const *)&value, 1);\n", "",
      suites=STORED)
BOTH = "while (index_now(d) != x || now(&x->n_room) < n);"
fault("reserve: without its second look", "src/dict.c", BOTH, "while (false);",
      suites=RESERVED)
fault("reserve: a second look at the index alone", "src/dict.c", BOTH,
      "while (index_now(d) != x);", suites=RESERVED)
fault("reserve: one word of the index too few", "src/dict.c",
      "while (x = index_now(d), now(&x->n_room) < n) {",
      "while (x = index_now(d), now(&x->n_room) + 1 < n) {", suites=RESERVED)
fault("reserve: one entry too few", "src/dict.c",
      "if (!entries_grow(d, n, n)) {", "if (!entries_grow(d, n - 1, n)) {",
      suites=UNIT)
fault("reserve: one new entry too few", "src/dict.c",
      "if (!entries_grow(d, n, n)) {", "if (!entries_grow(d, n, n - 1)) {",
      suites=UNIT)
fault("reserve: grows though there is room", "src/dict.c",
      "        if (left.n >= n) {\n", "        if (left.n > n) {\n",
      suites=UNIT)
fault("reserve: fails though others have made room", "src/dict.c",
      "if (c == NULL && now(&d->fresh) == left.first) {",
      "if (c == NULL) {", suites=TIGHT)
fault("fresh entries: one too many", "src/dict.c",
      "f.n = (chunk_end(f.chunk) - f.first) / sizeof(entry_t);",
      "f.n = (chunk_end(f.chunk) - f.first) / sizeof(entry_t) + 1;",
      suites=FLOODED)
AT_LIMIT = ("            if (x->n_room == 0) {\n"
            "                return false;\n            }\n")
fault("index: filled beyond its limit", "src/dict.c", AT_LIMIT, "",
      suites=FLOODED)
fault("index: what is filled in not counted", "src/dict.c",
      "    x->n_room--;\n}\n", "}\n", suites=FLOODED)
fault("index: no word stays 0", "src/dict.c", "return n_words - n_words / 4;",
      "return n_words;", suites=UNIT)
fault("index: less room than was asked for", "src/dict.c",
      "while (words_room(n_words) < n) {",
      "while (words_room(n_words) + 1 < n) {", suites=UNIT)
fault("insert: an entry chosen again after its chunk was full", "src/dict.c",
      "    return fresh.n > 0;\n", "    return fresh.first != 0;\n",
      suites=TORTURED)
for function in ("entry_set", "entry_replace", "entry_delete",
                 "chunk_link", "entry_spare", "index_publish", "fresh_insert",
                 "dead_insert", "irqgc_dict_count"):
    FAULTS.append(Fault(f"unmasked: {function}", "src/dict.c", UNMASK,
                        function, TORTURED))

# ---- Breaks ------------------------------------------------------------------

fault("trap 19: tested, then taken back, in release", "src/brk.c",
      "    n_holds--;\n    if (n_holds == 0 && now(&waiting) != 0) {\n",
      "    const bool waits = n_holds == 1 && now(&waiting) != 0;\n"
      "    n_holds--;\n    if (waits) {\n", suites=BROKEN)
fault("trap 19: a delivery that takes no hold", "src/brk.c",
      "    n_holds = was;\n", "", suites=BROKEN + UNIT)
fault("break: a release that never looks", "src/brk.c",
      "    if (n_holds == 0 && now(&waiting) != 0) {\n", "    if (false) {\n",
      suites=BROKEN)
fault("break: delivered under a hold", "src/brk.c",
      "if (n_holds != 0 || heap_holds(settings.heap)) {",
      "if (heap_holds(settings.heap)) {", suites=BROKEN)
fault("break: records not looked at", "src/brk.c",
      "    if (h == NULL || h->records == NULL) {\n",
      "    if (true) {\n", suites=BROKEN)
fault("break: set up without a window", "src/brk.c",
      "    const port_irq_t irq = port_irq_save(); // a handler may request "
      "meanwhile\n    waiting = 0;\n    n_holds = 0;\n",
      "    waiting = 0;\n    n_holds = 0;\n    const port_irq_t irq = 0;\n",
      suites=BROKEN)
fault("break: no note in an operation", "src/brk.c",
      "    *(volatile word_t *)&h->deferred = (word_t)settings.asynchronous;\n",
      "", suites=BROKEN)
fault("break: the note looked at before the record is gone", "src/records.h",
      "    record_pop(h, op);\n"
      "    if (PORT_BREAKS && now(&h->deferred) != 0) {\n"
      "        break_again(h);\n    }\n",
      "    if (PORT_BREAKS && now(&h->deferred) != 0) {\n"
      "        break_again(h);\n    }\n    record_pop(h, op);\n",
      suites=BROKEN)
fault("break: the note cleared after it arrives", "src/records.c",
      "    *(volatile word_t *)&h->deferred = 0;\n    port_break_pend();\n",
      "    port_break_pend();\n    *(volatile word_t *)&h->deferred = 0;\n",
      suites=BROKEN)
fault("break: a collection without record", "src/collect.c",
      "    record_begin(h, &op);\n",
      "    record_begin(h, &op);\n    h->records = op.below;\n",
      suites=BROKEN)
fault("break: a collection does not look at its end", "src/collect.c",
      "    record_drop(h, &op);\n", "    record_pop(h, &op);\n",
      suites=BROKEN)
fault("break: a copy without record", "src/barrier.c",
      "    record_begin(h, &op);\n    const bool backwards",
      "    record_t *const below = h->records;\n"
      "    record_begin(h, &op);\n    h->records = below;\n"
      "    const bool backwards", suites=BROKEN)
fault("break: an index grown without record", "src/dict.c",
      "    record_link(d->heap, &op, NO_BLOCK);\n    d->n_rebuilding++;",
      "    record_link(d->heap, &op, NO_BLOCK);\n"
      "    d->heap->records = op.below;\n    d->n_rebuilding++;",
      suites=BROKEN)
fault("break: cleared without record", "src/dict.c",
      "    record_link(d->heap, &op, NO_BLOCK);\n    irqgc_dict_iter_t at",
      "    record_link(d->heap, &op, NO_BLOCK);\n"
      "    d->heap->records = op.below;\n    irqgc_dict_iter_t at",
      suites=BROKEN)
DEFERRED = ("    *(volatile word_t *)&h->deferred = "
            "(word_t)settings.asynchronous;\n")
for name, becomes in (
        ("noted for later where it is polled",
         DEFERRED.replace("(word_t)settings.asynchronous", "1")),
        ("noted for later where it is polled alone",
         DEFERRED.replace("(word_t)settings", "!settings")),
        ("no note, and pending at once", "    arrive_later();\n")):
    fault(f"break: {name}", "src/brk.c", DEFERRED, becomes, suites=UNIT)
fault("break: noted where it is polled, in a growth", "src/brk.c",
      DEFERRED, DEFERRED.replace("(word_t)settings.asynchronous", "1"),
      suites=("brk --scenario dict_grow-polling",))
fault("break: asynchronous on a port that has none", "src/brk.c",
      "(!PORT_BREAKS || (c->heap == NULL && c->n_heaps == 0))",
      "(c->heap == NULL && c->n_heaps == 0)",
      suites=("explore",))
fault("break: set up with the holds of before", "src/brk.c",
      "    waiting = 0;\n    n_holds = 0;\n", "    waiting = 0;\n", suites=UNIT)
fault("break: set up with a request of before", "src/brk.c",
      "    waiting = 0;\n    n_holds = 0;\n", "    n_holds = 0;\n", suites=UNIT)
fault("break: arrives though it is polled", "src/brk.c",
      "    if (settings.asynchronous) {\n", "    if (true) {\n", suites=UNIT)
fault("break: polled in an operation", "src/brk.c",
      "    if (h == NULL || h->records == NULL) {\n",
      "    if (!settings.asynchronous || h == NULL || h->records == NULL) {\n",
      suites=UNIT)
AT_HOLDS = "if (n_holds != 0 || heap_holds(settings.heap)) {"
fault("break: polled under a hold", "src/brk.c", AT_HOLDS,
      AT_HOLDS.replace("n_holds", "(settings.asynchronous ? n_holds : 0)"), suites=UNIT)
fault("break: polled under the hold of another", "src/brk.c", AT_HOLDS,
      AT_HOLDS.replace("n_holds != 0", "n_holds == 1"), suites=UNIT)
fault("break: polled in a handler", "src/brk.c",
      "port_in_handler() || ", "", suites=UNIT)
fault("break: a poll keeps its hold", "src/brk.c",
      "    brk_deliver();\n    irqgc_brk_release();\n", "    brk_deliver();\n",
      suites=UNIT)
fault("break: the note never cleared", "src/records.c",
      "    *(volatile word_t *)&h->deferred = 0;\n", "    (void)h;\n",
      suites=UNIT)
fault("break: no look for the note", "src/records.h",
      "    if (PORT_BREAKS && now(&h->deferred) != 0) {\n",
      "    if (false) {\n", suites=UNIT)
fault("break: a request taken, and waiting still", "src/brk.c",
      "    const word_t was = waiting;\n    waiting = 0;\n",
      "    const word_t was = waiting;\n", suites=UNIT)
fault("break: the second request does not escalate", "src/brk.c",
      "    } else if (settings.escalate != NULL) {", "    } else if (false) {",
      suites=UNIT)
fault("break: one that comes in a handler is delivered there",
      "ports/posix/vic.c",
      "while (interrupted == 0 && break_dispatch(outside))",
      "while (interrupted >= 0 && break_dispatch(outside))", suites=BROKEN)
fault("break: one comes on top of one that is over", "ports/posix/vic.c",
      "    irqgc_posix_open();\n    irqgc_brk_release();\n",
      "    irqgc_brk_release();\n    irqgc_posix_open();\n", suites=UNIT)
fault("break: a signal may be left behind", "ports/posix/vic.c",
      "    signals_fill(&action.sa_mask);", "    sigemptyset(&action.sa_mask);",
      suites=UNIT)
fault("break: signals stay blocked", "ports/posix/vic.c",
      "    signals_let(outside);\n    enter(deliver", "    enter(deliver",
      suites=UNIT)
fault("vic: a handler is over before signals are blocked",
      "ports/posix/vic.c",
      "            signals_block(outside); // before its priority goes (V4)\n"
      "            line_retire(interrupted);\n",
      "            line_retire(interrupted);\n"
      "            signals_block(outside); // before its priority goes (V4)\n",
      suites=UNIT)
fault("vic: a delivery is over before signals are blocked",
      "ports/posix/vic.c",
      "    signals_block(outside); // before the hold goes (V4)\n", "",
      suites=UNIT)
fault("vic: signals come before the line is active", "ports/posix/vic.c",
      "        if (line_activate(line, 1u << next, seen)) {\n"
      "            signals_let(outside);\n",
      "        signals_let(outside);\n"
      "        if (line_activate(line, 1u << next, seen)) {\n", suites=UNIT)
fault("vic: what came in a window waits for a handler", "ports/posix/vic.c",
      "            if (irqgc_posix_pending != 0) {",
      "            if (false) {", suites=UNIT)
for name, file in (("uart", "uart_send"), ("flash", "flash_program")):
    fault(f"driver: {file} does not hold", f"rig/devices/{name}.c",
          "    irqgc_brk_hold();\n    " +
          ("const bool fits" if name == "uart" else "bus_write(FLASH_KEY"),
          "    irqgc_brk_hold();\n    irqgc_brk_release();\n    " +
          ("const bool fits" if name == "uart" else "bus_write(FLASH_KEY"),
          suites=BROKEN)
for function in ("wait_begin", "wait_end"):
    FAULTS.append(Fault(f"unmasked: {function}", "src/brk.c", UNMASK,
                        function, BROKEN))

# ---- The checker ------------------------------------------------------------

fault("I12: a region right below the data", "src/check.c",
      "(end <= (uintptr_t)h || r->base >= data_end)",
      "(end < (uintptr_t)h || r->base >= data_end)", suites=UNIT)
fault("stats: no run inside a group", "src/inspect.c",
      "        largest = inside > largest ? inside : largest;\n",
      "        (void)inside;\n", suites=UNIT)
fault("I12: where the data are, not looked at", "src/check.c",
      "!data_are_in_place(h) || ", "", suites=UNIT)
fault("I12: where the regions are, not looked at", "src/check.c",
      " || !regions_are_in_place(h)", "", suites=UNIT)
fault("I12: more of them than there can be", "src/check.c",
      "n <= ~(word_t)0 / BLOCK_BYTES ?", "true ?", suites=UNIT)
fault("I12: a region that reaches into the data", "src/check.c",
      "(end <= (uintptr_t)h || r->base >= data_end)", "data_end != 0",
      suites=UNIT)
fault("I1: a sentinel that is to be scanned", "src/check.c",
      "now(&g->held) & now(&g->plain) & bit", "now(&g->held) & bit",
      suites=UNIT)
AT_LEVEL = "if (row_goes_beyond(hint_row(h, level, n_rows - 1), n)) {"
fault("I2: hints at what is no group", "src/check.c", AT_LEVEL,
      AT_LEVEL.replace("(row", "(level > 0 && row"), suites=UNIT)
fault("I2: hints, above, at what is no row", "src/check.c", AT_LEVEL,
      AT_LEVEL.replace("(row", "(level == 0 && row"), suites=UNIT)
AT_OPEN = ("(offset % sizeof(group_t) != 0 ||\n"
           "            offset / sizeof(group_t) >= h->n_groups || "
           "state_phase(s) != IDLE);")
for what, text in (("between two groups", r"offset % .*? \|\|\s+"),
                   ("that is no group", r"offset / .*? \|\| "),
                   ("when no group may be", r" \|\| state_phase.*IDLE")):
    fault(f"I2: open, {what}", "src/check.c", AT_OPEN,
          re.sub(text, "", AT_OPEN), suites=UNIT)
fault("I8: an overflow of what is no group", "src/check.c",
      "map_goes_beyond(now(&h->overflow[map_words(h->n_groups) - 1]),\n"
      "                        h->n_groups)", "false", suites=UNIT)
fault("I8: what is no block, on the mark stack", "src/check.c",
      "block_group(now(&h->mark_stack[i])) >= h->n_groups", "false",
      suites=UNIT)
fault("overflow: of what is no group", "src/mark.c",
      "k < h->n_groups && !group_rescan", "!group_rescan", suites=UNIT)

# ---- More groups than a word has bits -----------------------------------------
#
# No row of docs/transitions.md has them, for only the unit suite has such heaps.

AT_OVERFLOW = "h->overflow[k / WORD_BITS] |="
fault("maps: overflow: all bits in the first word", "src/mark.c", AT_OVERFLOW,
      "h->overflow[0] |=", suites=UNIT)
fault("maps: overflow: bits in the next word", "src/mark.c", AT_OVERFLOW,
      "h->overflow[(k + 1) / WORD_BITS] |=", suites=UNIT)
fault("maps: overflow: bits in the word before", "src/mark.c", AT_OVERFLOW,
      "h->overflow[(k - (k != 0)) / WORD_BITS] |=", suites=UNIT)
fault("maps: overflow: the bit of another group", "src/mark.c",
      "|= (word_t)1 << k % WORD_BITS;\n            h->overflowed",
      "|= (word_t)1 << k / WORD_BITS;\n            h->overflowed", suites=UNIT)
fault("maps: overflow: looked for in the first word", "src/mark.c",
      "for (word_t i = 0; i * WORD_BITS < h->n_groups; i++) {\n"
      "        word_t bits;",
      "for (word_t i = 0; i < 1; i++) {\n        word_t bits;", suites=UNIT)
fault("maps: overflow: not looked for in the last word", "src/mark.c",
      "for (word_t i = 0; i * WORD_BITS < h->n_groups; i++) {\n"
      "        word_t bits;",
      "for (word_t i = 0; i * WORD_BITS + 1 < h->n_groups || i == 0; i++) {\n"
      "        word_t bits;", suites=UNIT)
fault("maps: overflow: the group of the first word", "src/mark.c",
      "const word_t k = i * WORD_BITS + word_lowest(bits);",
      "const word_t k = word_lowest(bits);", suites=UNIT)
fault("maps: overflow: cleared in the first word", "src/mark.c",
      "overflow_clear(h, mine, &h->overflow[i], bits & (0 - bits))",
      "overflow_clear(h, mine, &h->overflow[0], bits & (0 - bits))",
      suites=UNIT)
fault("maps: overflow: a word cleared at once", "src/mark.c",
      "overflow_clear(h, mine, &h->overflow[i], bits & (0 - bits))",
      "overflow_clear(h, mine, &h->overflow[i], bits)")
fault("maps: hints: all in the first row", "src/hints.c", AT_WORD,
      AT_WORD.replace("i *", "(level == h->hints ? 0 : i) *"), suites=UNIT)
fault("maps: hints: above, all in the first row", "src/hints.c", AT_WORD,
      AT_WORD.replace("i *", "(level == h->hints ? i : 0) *"), suites=UNIT)
fault("maps: hints: above, another bit", "src/hints.c",
      "        bits = (word_t)1 << i % WORD_BITS;\n",
      "        bits = (word_t)1 << i / WORD_BITS;\n", suites=UNIT)
fault("maps: hints: a sweep toggles the first row", "src/hints.c",
      "            map_toggle(h, c, i, groups);\n",
      "            map_toggle(h, c, 0, groups);\n", suites=UNIT)
fault("maps: hints: a sweep takes its row for another", "src/sweep.c",
      "const word_t i = (unswept - 1) / WORD_BITS;",
      "const word_t i = unswept / WORD_BITS;", suites=UNIT)
fault("maps: hints: the sweep joins two rows", "src/sweep.c",
      "(word_t)1 << (unswept - 1) % WORD_BITS; bit != 0;",
      "(word_t)1 << (WORD_BITS - 1); bit != 0 && unswept > 0;", suites=UNIT)
fault("maps: hints: the search: the group of the first row", "src/hints.c",
      "const word_t next = i * WORD_BITS + word_lowest(bits);",
      "const word_t next = word_lowest(bits);", suites=UNIT)
fault("maps: hints: the search: the first row", "src/hints.c",
      "row_from(hint_row(h, level, i), class)",
      "row_from(hint_row(h, level, 0), class)", suites=UNIT)
fault("maps: hints: too few rows checked", "src/check.c", AT_LEVEL,
      AT_LEVEL.replace("n_rows - 1", "level == 0 ? 0 : n_rows - 1"),
      suites=UNIT)
fault("maps: hints: above, too few rows checked", "src/check.c", AT_LEVEL,
      AT_LEVEL.replace("n_rows - 1", "level == 0 ? n_rows - 1 : 0"),
      suites=UNIT)
fault("maps: overflow: checked in the first word", "src/check.c",
      "now(&h->overflow[map_words(h->n_groups) - 1])",
      "now(&h->overflow[0])", suites=UNIT)

# ---- Of other kinds ----------------------------------------------------------
#
# Wrong values, units and limits; stale reads; the wrong one of several; what is
# not put back. Not only of what handlers come between.

fault("stacks: an empty stack's pointer is in none", "src/stacks.c",
      "(word_t)pointer - e->low - 1 < e->high - e->low",
      "(word_t)pointer - e->low < e->high - e->low", suites=UNIT)
fault("stacks: the last word left out", "src/stacks.c",
      "high - at >= sizeof(word_t); at", "high - at > sizeof(word_t); at",
      suites=UNIT)
fault("stacks: a range's size taken for its end", "src/stacks.c",
      "start, start + size, scan, arg)", "start, size, scan, arg)",
      suites=UNIT)
fault("stacks: where the pointer is kept taken for the pointer", "src/stacks.c",
      "!listed_read(version, (const void *)saved, left))",
      "!listed_read(version, &s->saved, left))", suites=UNIT)
fault("stacks: left elsewhere, and nothing scanned", "src/stacks.c",
      "if (saved == 0 || *left < e->low || *left > e->high) {",
      "if (saved == 0 || *left < e->low) {", suites=UNIT)
fault("stacks: taken off at the version of before", "src/stacks.c",
      "        *link = stack->next;\n        stacks_version = version + 1;\n",
      "        *link = stack->next;\n", suites=UNIT)
fault("stacks: the wrong one of several taken off", "src/stacks.c",
      "        *link = stack->next;\n",
      "        (void)link;\n        first = stack->next;\n", suites=UNIT)
fault("scan: past the end in any collection", "src/mark.c",
      "(!scan->is_wide || word % BLOCK_BYTES != 0 ||",
      "(word % BLOCK_BYTES != 0 ||", suites=UNIT)
fault("scan: wide_scan not looked at", "src/mark.c",
      "h->wide_scan || port_in_handler()", "port_in_handler()", suites=UNIT)
fault("scan: a delivery by the thread's rule", "src/mark.c",
      " || n_holds != 0", "", suites=UNIT)
fault("scan: 4 bytes before", "src/mark.c",
      "enum { BEFORE = 8 };", "enum { BEFORE = 4 };", suites=UNIT)
fault("scan: the heap's range found above what is scanned", "src/mark.c",
      "    stack_scan_t scan = {h, mine, is_wide};\n",
      "    stack_scan_t scan = {h, mine, is_wide};\n"
      "    volatile range_t range = heap_range(h);\n"
      "    (void)range;\n", suites=UNIT)
fault("scan: listed stacks by the thread's rule", "src/mark.c",
      "stack_scan_t scan = {h, mine, true};",
      "stack_scan_t scan = {h, mine, h->wide_scan};", suites=UNIT)
fault("tails: a group noted that has a head above", "src/mark.c",
      "        if (below == GROUP_ALL) {\n            tails_note",
      "        if (true) {\n            tails_note", suites=UNIT)
fault("tails: noted by nobody", "src/mark.c",
      "            tails_note(h, k);\n", "            (void)tails_note;\n",
      suites=UNIT)
fault("tails: passed group by group", "src/mark.c",
      "    word_t others = ~now(&h->tails[i]) & "
      "(((word_t)1 << k % WORD_BITS) - 1);\n",
      "    if (k != 0) {\n        return k - 1;\n    }\n"
      "    word_t others = ~now(&h->tails[i]) & "
      "(((word_t)1 << k % WORD_BITS) - 1);\n", suites=UNIT)
fault("tails: those of the last cycle", "src/collect.c",
      "    if (state_phase(s) == IDLE) {\n        tails_forget(h);\n    }\n", "",
      suites=UNIT)
for function in ("listed_read", "stack_link", "stack_unlink"):
    FAULTS.append(Fault(f"unmasked: {function}", "src/stacks.c", UNMASK,
                        function, LISTED))
fault("T20 read at any version", "src/stacks.c",
      "    if (is_listed) {\n", "    if (true) {\n", suites=LISTED)
fault("T20 the version looked at before the window", "src/stacks.c",
      "    const port_irq_t irq = port_irq_save();\n"
      "    const bool is_listed = stacks_version == version;\n",
      "    const bool is_listed = now(&stacks_version) == version;\n"
      "    const port_irq_t irq = port_irq_save();\n", suites=LISTED)
fault("T21 listed at any version", "src/stacks.c",
      "    if (unchanged) {\n        stack->next = first;\n",
      "    if (true) {\n        stack->next = first;\n", suites=LISTED)
fault("T21 the version stays", "src/stacks.c",
      "        stacks_listed = ops;\n        stacks_version = version + 1;\n",
      "        stacks_listed = ops;\n", suites=LISTED)
fault("T22 taken off at any version", "src/stacks.c",
      "    if (unchanged) {\n        *link = stack->next;\n",
      "    if (true) {\n        *link = stack->next;\n", suites=LISTED)
for function in ("slot_exchange", "slot_compare_and_store"):
    FAULTS.append(Fault(f"unmasked: {function}", "src/exchange.c", UNMASK,
                        function, EXCHANGED))
fault("T23 what was there read before the window", "src/exchange.c",
      "    const port_irq_t irq = port_irq_save();\n"
      "    void *const was = *slot;\n",
      "    void *const was = *(void *volatile *)slot;\n"
      "    const port_irq_t irq = port_irq_save();\n", suites=EXCHANGED)
fault("T23 not shaded", "src/exchange.c",
      "    words_barrier(h, &value, 1);\n    return was;", "    return was;",
      suites=EXCHANGED)
fault("T24 stored, whatever is there", "src/exchange.c",
      "    if (is_expected) {\n", "    if (true) {\n", suites=EXCHANGED)
fault("T24 not shaded", "src/exchange.c",
      "    if (has_stored) {\n        words_barrier(h, &value, 1);\n    }\n",
      "", suites=EXCHANGED)
fault("exchange: shades what was there", "src/exchange.c",
      "    words_barrier(h, &value, 1);\n    return was;",
      "    words_barrier(h, &was, 1);\n    return was;", suites=UNIT)
fault("compare and store: shaded iff not stored", "src/exchange.c",
      "    if (has_stored) {", "    if (!has_stored) {", suites=UNIT)
fault("copy: which way, by bytes for words", "src/barrier.c",
      "< n * sizeof *to;", "< n;", suites=UNIT)
fault("root: words from the start, not from the first aligned", "src/barrier.c",
      ".n_words = (size - skip) / sizeof(word_t)",
      ".n_words = size / sizeof(word_t)", suites=UNIT)
fault("root: the data taken to lie before each region above", "src/barrier.c",
      "        above = r->base;\n", "", suites=UNIT)
fault("init: a mark stack whose size wraps", "src/init.c",
      "    if (config->mark_stack > total * BLOCK_WORDS) {", "    if (false) {",
      suites=UNIT)
fault("init: only the heap's own words cleared", "src/init.c",
      "l->n_metadata * BLOCK_BYTES);\n    irqgc_t *h",
      "sizeof(irqgc_t));\n    irqgc_t *h", suites=UNIT)
fault("realloc: claims without a look", "src/realloc.c",
      "(!blocks_are_free(h, b + n_old, b + n) ||\n                      ", "(",
      suites=UNIT)
fault("realloc: a refusal counts as no room", "src/realloc.c",
      "        misuse(h, status, object);\n        return NULL;\n",
      "        misuse(h, status, object);\n", suites=UNIT)
fault("break: the first of several heaps, each time", "src/brk.c",
      "heap_holds(settings.heaps[i])", "heap_holds(settings.heaps[0])",
      suites=UNIT)
fault("dict: the same entry spared again", "src/dict.c",
      "entry_spare(d, &e[i]);", "entry_spare(d, &e[0]);", suites=UNIT)
fault("dict: a size that wraps", "src/dict.c",
      "    if (n >= TOO_MANY) {", "    if (n >= TOO_MANY * 8) {", suites=UNIT)
fault("fill: the group above", "src/sweep.c",
      "(unswept - 1) * GROUP_BLOCKS + word_lowest(dead));",
      "unswept * GROUP_BLOCKS + word_lowest(dead));", suites=DEBUG)
fault("vic: the entry of a handler that is over", "ports/posix/vic.c",
      "    irqgc_posix_entry = below;\n", "    (void)below;\n", suites=UNIT)
fault("stack: only the first fake frame", "ports/posix/posix_stack.c",
      "            from != last) {", "            last == NULL) {",
      suites=UNIT)
fault("frames: of the collection, not wiped", "src/collect.c",
      "    frames_wipe();\n", "", CLANG_BUILT)
fault("frames: registers not filled", "src/mark.c",
      "    registers_fill(0, 0, 0, 0);\n", "    (void)registers_fill;\n",
      CLANG_BUILT)

# ---- Windows left out ------------------------------------------------------

unmasked("src/claim.c", "group_claim")
unmasked("src/small.c", "open_claim")
unmasked("src/free.c", "group_release")
unmasked("src/free.c", "group_replace")
unmasked("src/small.c", "group_open")
unmasked("src/open.c", "group_close")
unmasked("src/alloc.c", "attributes_write")
unmasked("src/hints.c", "word_toggle")
unmasked("src/mark.c", "head_blacken")
unmasked("src/mark.c", "block_push")
unmasked("src/mark.c", "block_pop")
unmasked("src/mark.c", "overflow_clear")
unmasked("src/mark.c", "mark_end")
unmasked("src/collect.c", "cycle_begin")
unmasked("src/collect.c", "group_clear")
unmasked("src/collect.c", "clear_end")
unmasked("src/sweep.c", "group_sweep")
unmasked("src/sweep.c", "sweep_end")
unmasked("src/heap.h", "group_truth")
unmasked("src/blocks.h", "group_glance")
unmasked("src/counts.h", "counters_glance")
unmasked("src/barrier.c", "root_link")
unmasked("src/check.c", "group_see")
unmasked("src/counts.c", "count")
unmasked("src/counts.c", "least_free_note")


# ---- Planting ---------------------------------------------------------------


class Unfit(Exception):
    """The fault fits the source no more; or what found it is of no use."""


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
    if suite == "builds":
        return None
    goals = {"unit": TESTS,
             "debug": [*DEBUG_BUILD, *(test.replace("/host/", "/debug/")
                                       for test in TESTS)],
             **{kit: [f"{KIT}/{kit}"] for kit in KITS},
             "boards": [f"BOARD={BOARD}", BOARD_IMAGE]}.get(
                 suite, ["-C", f"tests/{suite}"])
    built = subprocess.run(["make", "-s", "WARNINGS=-w", *goals], cwd=tree,
                           capture_output=True, text=True, check=False)
    return built.stderr[:500] if built.returncode != 0 else None


def run(tree, *command, timeout):
    """What tells of a failure, or None. A hang is one, too: all that the
    command has started is killed, even what holds signals off."""
    done = subprocess.run(["timeout", "-s", "KILL", str(timeout), *command],
                          cwd=tree, capture_output=True, text=True,
                          errors="replace", check=False)
    if -done.returncode == signal.SIGKILL:
        return "hangs"
    if done.returncode == 0:
        return None
    lines = (done.stdout + done.stderr).splitlines()
    return next((line for line in lines if "FAIL" in line),
                lines[-1] if lines else f"exit status {done.returncode}")


def explored(tree, seconds, *options):
    return (run(tree, "make", "-s", "-C", "tests/explore", "WARNINGS=-w",
                "regress", timeout=60) or
            run(tree, "build/explore/explore", "--seconds", str(seconds),
                *options, timeout=20 * seconds + 60))


def preempted(tree, seconds, *options):
    found = run(tree, "build/preempt/preempt", "--quiet", "--window", WINDOW,
                "--seconds", str(seconds), *options, timeout=20 * seconds + 60)
    if found and found.startswith("FAILED --") and "--at" in found:
        line = found.removeprefix("FAILED ").split(": ")[0].split()
        if not run(tree, "build/preempt/preempt", *line, timeout=60):
            raise Unfit("does not replay: " + found)
    return found


def tested(tree, _seconds):
    return run(tree, "env", "STRIDE=100000", "make", "-s", "WARNINGS=-w",
               "unit", timeout=180)


def stopped(tree, _seconds):
    return run(tree, "env", "STRIDE=100000", "make", "-s", "WARNINGS=-w",
               *DEBUG_BUILD, "unit", timeout=180)


def fuzzed(tree, seconds):
    return run(tree, "make", "-s", "-C", "tests/fuzz", "WARNINGS=-w", "run",
               f"SECONDS={seconds}", timeout=20 * seconds + 60)


def interrupted(tree, _seconds):
    return run(tree, "boards/qemu.sh", BOARD, BOARD_IMAGE, "--share", "3",
               timeout=600)


def built(tree, _seconds, builds):
    return run(tree, "tests/builds/host.sh", builds, timeout=300)


def tortured(kit):
    return lambda tree, _seconds, *options: run(
        tree, f"{KIT}/{kit}", "--quiet", *options, timeout=300)


def broken(tree, _seconds, *options):
    if options:
        return run(tree, f"{KIT}/brk", "--quiet", *options, timeout=300)
    return run(tree, "make", "-s", "WARNINGS=-w", "break", "ARGS=--quiet",
               timeout=300)


LOOK = {**{kit: tortured(kit) for kit in KITS}, "brk": broken, "fuzz": fuzzed,
        "explore": explored, "preempt": preempted, "unit": tested,
        "debug": stopped, "boards": interrupted, "builds": built}
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
            try:
                found = LOOK[suite](tree, seconds, *options)
            except Unfit as why:
                return f"MISSED {fault.name}: {why}", 1
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
    parser.add_argument("--suite", choices=LOOK)
    parser.add_argument("words", nargs="*", default=[])
    options = parser.parse_args()
    chosen = [f for f in FAULTS
              if not options.words or any(w in f.name for w in options.words)]
    if options.suite:
        chosen = [f._replace(suites=(options.suite,)) for f in chosen]
    for word in options.words:
        if not any(word in f.name for f in FAULTS):
            print(f"no fault's name has: {word}")
            return 2
    if not all_fit(FAULTS):
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
