#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants faults in copies of the core and sees the preemption suite fail.

Each mutant is one change of the core, or of the port, that breaks a guard: the
traps of the design, and each condition, order, record and window beside them.
The suite is built with it and run. For each mutant this prints `found` and
what the suite said, or `MISSED`.

A mutant that no preemption can tell from the original is listed with the
reason and not run; --all runs those too. STALE is one whose text is not in the
core any more: it must be written anew, or go.

  tests/preempt/mutants.py [--jobs N] [--only TEXT] [--all] [--list]

Exit status: 0 all found that should be, 1 one was missed or is stale, 2 the
suite fails without any fault, or could not run.
"""

import argparse
import concurrent.futures
import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WINDOW = {"-O2": "40", "-O0": "150"}  # instructions

# How the suite is run, until one run fails.
QUICK = ["--max-points", "1500"]
FULL = []
PAIRS = ["--depth", "2", "--seconds", "120"]


@dataclasses.dataclass
class Mutant:
    name: str
    changes: list  # of (file, old text, new text)
    trap: str = ""  # number in the design
    opt: str = "-O2"
    runs: tuple = (QUICK, FULL)
    same: str = ""  # why it cannot be told from the original


MUTANTS = []


def mutant(name, file, old, new, **options):
    MUTANTS.append(Mutant(name, [(file, old, new)], **options))


def mutant_of(name, changes, **options):
    MUTANTS.append(Mutant(name, changes, **options))


def unmasked(name, file, function, **options):
    """The function without its masked window, compiled to single steps."""
    options.setdefault("opt", "-O0")
    MUTANTS.append(Mutant(name, [(file, "unmask", function)], **options))


# ---- The traps of the design ------------------------------------------------

mutant_of("sweep forwards, carry what is dead", [
    ("claim.c", "const bool black = k < h->unswept;",
     "const bool black = k >= h->n_groups - h->unswept;"),
    ("object.c", "return !black && k < now(&h->unswept);",
     "return !black && now(&h->unswept) != 0 &&"
     " k >= h->n_groups - now(&h->unswept);"),
    ("check.c", "(phase == SWEEP && k >= seen->unswept)",
     "(phase == SWEEP && k < h->n_groups - seen->unswept)"),
    ("sweep.c", "h->unswept == k + 1", "h->unswept == h->n_groups - k"),
    ("sweep.c", "h->unswept = k;", "h->unswept = h->n_groups - k - 1;"),
    ("sweep.c", "if (leads && k <= lead->head_group) {\n"
     "        *lead = lead_verdict(h, k);\n    }\n",
     "if (k == 0) {\n        lead->dead = lead_verdict(h, 0).dead;\n    }\n"),
    ("sweep.c", "    if (group_store_swept(h, mine, k, &read, swept)",
     "    const bool carry = (swept >> (GROUP_BLOCKS - 1) & 1) != 0;\n"
     "    lead->dead = carry;\n"
     "    if (group_store_swept(h, mine, k, &read, swept)"),
    ("sweep.c", "group_sweep(h, mine, k - 1, &lead);",
     "group_sweep(h, mine, h->n_groups - k, &lead);"),
], trap="1", runs=(["--action", "collect-between"], ["--action", "fill"]))
mutant("planes first, cursor in a window of its own", "sweep.c",
       "        h->unswept = k;\n    }\n",
       "    }\n    port_irq_restore(irq);\n"
       "    const port_irq_t again = port_irq_save();\n"
       "    if (unchanged && h->state == mine && h->unswept == k + 1) {\n"
       "        h->unswept = k;\n    }\n", trap="2")
mutant("cursor first, planes in a window of their own", "sweep.c",
       "    if (unchanged) {\n        g->head = head;",
       "    if (unchanged) {\n        h->unswept = k;\n    }\n"
       "    port_irq_restore(irq);\n"
       "    const port_irq_t again = port_irq_save();\n"
       "    (void)again;\n"
       "    if (unchanged && h->unswept == k) {\n        g->head = head;",
       trap="2")
mutant("sweep stores words without comparing the heads", "sweep.c",
       "g->head == read->head && g->body == read->body;",
       "g->body == read->body;", trap="3")
mutant("sweep stores words without comparing the bodies", "sweep.c",
       "g->head == read->head && g->body == read->body;",
       "g->head == read->head;", trap="3")
mutant("sweep does not compare the cursor", "sweep.c",
       "h->state == mine && h->unswept == k + 1 &&", "h->state == mine &&",
       trap="3",
       same="whoever helps, sweeps to the end, so the state tells as well; it "
            "will matter when an allocation sweeps a few groups, or the "
            "thread steps")
mutant("sweep compares neither state nor cursor", "sweep.c",
       "h->state == mine && h->unswept == k + 1 &&", "", trap="3")
mutant("sweep compares neither words nor cursor", "sweep.c",
       "h->state == mine && h->unswept == k + 1 &&\n"
       "                           g->head == read->head && "
       "g->body == read->body;", "h->state == mine;", trap="3, 4")
mutant("sweep does not compare the state", "sweep.c",
       "h->state == mine && h->unswept == k + 1 &&",
       "h->unswept == k + 1 &&", trap="3",
       same="whoever helps, sweeps to the end, so the cursor tells as well")
mutant("the two words of the dead head are read apart, body first", "sweep.c",
       "const truth_t t = group_truth(h, k);",
       "const word_t body = now(&h->groups[k].body);\n"
       "        const truth_t t = {now(&h->groups[k].head), body};",
       trap="5")
mutant("the two words of the dead head are read apart, head first", "sweep.c",
       "const truth_t t = group_truth(h, k);",
       "const word_t head = now(&h->groups[k].head);\n"
       "        const truth_t t = {head, now(&h->groups[k].body)};",
       trap="5")
mutant("a cycle is begun anew without CLEAR", "collect.c",
       "state_phase(s) == IDLE ? MARK : CLEAR", "MARK", trap="6")
mutant("records are no roots", "mark.c",
       "    for (const record_t *r = h->records; r != NULL; r = r->below) {\n"
       "        if (r->object != NO_BLOCK",
       "    for (const record_t *r = h->records; r != NULL; r = r->below) {\n"
       "        if (false && r->object != NO_BLOCK", trap="7")
mutant("the record is written just after the window", "claim.c",
       "        h->taken += n;\n        op->object = b;\n    }\n"
       "    port_irq_restore(irq);\n",
       "        h->taken += n;\n    }\n    port_irq_restore(irq);\n"
       "    if ((used & run) == 0) {\n        op->object = b;\n    }\n",
       trap="7")
mutant("new objects are white also where a sweep is to come", "claim.c",
       "const bool black = k < h->unswept;", "const bool black = false;",
       trap="8")
mutant("new objects are black also where none is to come", "claim.c",
       "const bool black = k < h->unswept;", "const bool black = true;",
       trap="8")
mutant("the colour is chosen before the window", "claim.c",
       "    const port_irq_t irq = port_irq_save();\n"
       "    const word_t used = g->head | g->body;\n"
       "    if ((used & run) == 0) {\n"
       "        const bool black = k < h->unswept;\n",
       "    const bool black = k < now(&h->unswept);\n"
       "    const port_irq_t irq = port_irq_save();\n"
       "    const word_t used = g->head | g->body;\n"
       "    if ((used & run) == 0) {\n", trap="8")
mutant("new objects are not shaded in MARK", "alloc.c",
       "    block_barrier(h, op->object);\n", "", trap="9")
mutant("the barrier shades, then stores", "barrier.c",
       "    *(void *volatile *)slot = value;\n"
       "    words_barrier(h, &value, 1);\n",
       "    words_barrier(h, &value, 1);\n"
       "    *(void *volatile *)slot = value;\n", trap="10",
       same="without stepping, whoever begins a cycle above ends it above: "
            "the value, still held, is found, and the phase is IDLE after; it "
            "will matter when the thread steps")
mutant("shades without looking at the phase again", "mark.c",
       "    const bool valid = h->state == mine;\n"
       "    const bool white = valid &&",
       "    const bool valid = true;\n    const bool white = valid &&",
       trap="10")
mutant("pushes without looking at the phase again", "mark.c",
       "    const bool valid = h->state == mine;\n    if (valid) {\n"
       "        const word_t depth",
       "    const bool valid = true;\n    if (valid) {\n"
       "        const word_t depth", trap="10")
mutant("overflow bit is cleared after the work", "mark.c",
       "            if (!overflow_clear(h, mine, &h->overflow[i], "
       "bits & (0 - bits)) ||\n"
       "                !group_rescan(h, mine, k)) {",
       "            if (!group_rescan(h, mine, k) ||\n"
       "                !overflow_clear(h, mine, &h->overflow[i], "
       "bits & (0 - bits))) {", trap="11")
mutant_of("`overflowed` is cleared after the work", [
    ("mark.c", "    if (!overflow_clear(h, mine, &h->overflowed, 1)) {\n"
     "        return false;\n    }\n", ""),
    ("mark.c", "                return false;\n            }\n        }\n"
     "    }\n    return true;\n}\n\n// ---- Roots",
     "                return false;\n            }\n        }\n    }\n"
     "    return overflow_clear(h, mine, &h->overflowed, 1);\n}\n\n"
     "// ---- Roots"),
], trap="11")
mutant("MARK is ended whatever the state is", "mark.c",
       "    const bool valid = h->state == mine;\n    const bool waits",
       "    const bool valid = true;\n    const bool waits", trap="12")
mutant("MARK is ended by a call of another cycle", "mark.c",
       "    const bool valid = h->state == mine;\n    const bool waits",
       "    const bool valid = state_phase(h->state) == MARK;\n"
       "    const bool waits", trap="12",
       same="a call never finds a MARK other than its own: who began one "
            "above has completed it; it will matter when the thread steps")
mutant("held objects are no roots", "mark.c",
       "if (!held_shade(h, mine) || !records_shade(h, mine))",
       "if (!records_shade(h, mine))", trap="13")
mutant("held objects are black, their children not reached", "mark.c",
       "if (!block_shade(h, mine, k * GROUP_BLOCKS + word_lowest(held))) {",
       "(void)mine;\n"
       "            h->groups[k].body |= held & (0 - held);\n"
       "            if (false) {", trap="13")
mutant("a pointer past the end does not keep what ends there", "mark.c",
       "           (pointer % BLOCK_BYTES != 0 ||\n"
       "            containing_shade(h, mine, pointer - 1));",
       "           true;", trap="13")
mutant("pointers into the middle are no roots", "mark.c",
       "if (!interior_shade(scan->heap, scan->mine, pointer)) {",
       "const block_t b = address_object(scan->heap, pointer);\n"
       "        if (b != NO_BLOCK && !block_shade(scan->heap, scan->mine, b)) "
       "{", trap="13")
mutant("stacks are no roots", "mark.c",
       "    port_scan_stacks(stack_shade, &scan);\n",
       "    (void)scan;\n    (void)stack_shade;\n", trap="13")
mutant("the callee-saved registers are not spilled", "stack.c",
       "    __builtin_unwind_init();\n", "", trap="13",
       same="on the way here the core's own functions save all of them; "
            "tests/unit/test_vic.c looks at each register")
mutant("NULL after one pass", "claim.c",
       "} while (now(&h->given) != given);",
       "} while (given == 0 && now(&h->given) != given);", trap="14")
mutant_of("NULL after two passes", [
    ("claim.c", "    word_t given;\n    do {",
     "    word_t given;\n    unsigned passes = 0;\n    do {"),
    ("claim.c", "} while (now(&h->given) != given);",
     "} while (now(&h->given) != given && ++passes < 2);"),
], trap="14", runs=(["--depth", "2", "--scenario", "sides",
                     "--action", "change-sides", "--action2",
                     "change-sides", "--seconds", "60"], PAIRS))
mutant("a second free is not refused", "alloc.c",
       "status == IRQGC_OK && record_names(op->below, op->object)",
       "status == IRQGC_OK && false && record_names(op->below, op->object)",
       trap="15")
mutant("free looks before it links its record", "alloc.c",
       "    record_link(h, &op, address_object(h, (uintptr_t)object));\n"
       "    const irqgc_status_t status = object_status(h, &op);\n"
       "    if (status == IRQGC_OK) {",
       "    op.object = address_object(h, (uintptr_t)object);\n"
       "    op.below = h->records;\n"
       "    const irqgc_status_t status = object_status(h, &op);\n"
       "    record_link(h, &op, op.object);\n"
       "    if (status == IRQGC_OK) {", trap="15")
mutant("attributes are those of the last tenant", "alloc.c",
       "    attributes_write(h, op->object, attributes);\n",
       "    (void)attributes;\n    (void)attributes_write;\n", trap="16")
mutant("a window ends by enabling interrupts", "irqgc_port.h",
       "    irqgc_posix_close(before);\n    if (before == 0 &&",
       "    (void)before;\n    irqgc_posix_close(0);\n    if (", trap="17")
mutant_of("the checker masks for a whole pass", [
    ("check.c", "unsigned irqgc_check(const irqgc_t *h) {\n"
     "    const counters_t before = counters_glance(h);\n",
     "unsigned irqgc_check(const irqgc_t *h) {\n"
     "    const counters_t before = counters_glance(h);\n"
     "    const port_irq_t irq = port_irq_save();\n"),
    ("check.c", "    const counters_t after = counters_glance(h);\n",
     "    const counters_t after = counters_glance(h);\n"
     "    port_irq_restore(irq);\n"),
], trap="20")

# ---- Claims -----------------------------------------------------------------

mutant("a head is claimed without looking again", "claim.c",
       "    if ((used & run) == 0) {\n        const bool black",
       "    {\n        const bool black")
mutant("tails are claimed without looking again", "claim.c",
       "    if (((head | body) & run) == 0) {\n        g->body = body | run;",
       "    {\n        g->body = body | run;")
mutant("a head's blocks are counted after the window", "claim.c",
       "        h->taken += n;\n        op->object = b;\n    }\n"
       "    port_irq_restore(irq);\n",
       "        op->object = b;\n    }\n    port_irq_restore(irq);\n"
       "    if ((used & run) == 0) {\n        h->taken += n;\n    }\n")
mutant("tails are counted after the window", "claim.c",
       "        g->body = body | run;\n        h->taken += n;\n    }\n"
       "    port_irq_restore(irq);\n",
       "        g->body = body | run;\n    }\n    port_irq_restore(irq);\n"
       "    if (((head | body) & run) == 0) {\n        h->taken += n;\n    }\n")
mutant("a claim is in two windows, tails first", "claim.c",
       "        g->head |= bit;\n        g->body |= black ? run : run ^ bit;\n",
       "        g->body |= black ? run : run ^ bit;\n"
       "        port_irq_restore(irq);\n"
       "        const port_irq_t again = port_irq_save();\n"
       "        (void)again;\n"
       "        g->head |= bit;\n")
mutant("what could not be extended is left longer", "claim.c",
       "            tails_release(h, end, b);\n            return b - end;",
       "            return b - end;")
mutant("a claim that failed is not backed out", "claim.c",
       "    if (claimed < n) {\n        object_release(h, op, b + here);\n"
       "    }\n", "")
mutant("a claim leaves the hints as they were", "claim.c",
       "    hints_changed(h, block_group(b), free, free & ~run);\n",
       "    (void)free;\n")
mutant("an extension leaves the hints as they were", "claim.c",
       "        hints_changed(h, k, ~used & GROUP_ALL, "
       "~(used | run) & GROUP_ALL);\n        b += n;", "        b += n;")
mutant("a stale hint is not cleared", "claim.c",
       "            hints_refresh(h, k); // stale: a context below has yet to "
       "do it\n", "            i += 0;\n")
mutant("a hinted claim that fails is NULL", "claim.c",
       "        } else if (head_claim(h, op, k * GROUP_BLOCKS + "
       "word_lowest(starts),\n                              n)) {\n"
       "            return true;\n        }",
       "        } else {\n            return head_claim(h, op, k * "
       "GROUP_BLOCKS + word_lowest(starts),\n                              "
       "n);\n        }",
       same="the search of the truth comes next and finds it: dearer, not "
            "wrong")
mutant("one's own back-outs count as given", "claim.c",
       "            given += claimed;\n", "",
       same="one more pass, no other result")
mutant("the search is by hints alone", "claim.c",
       "           searched_claim(h, op, n);",
       "           (n > GROUP_BLOCKS && searched_claim(h, op, n));")
mutant("what was given back is looked at before the pass has begun", "claim.c",
       "    do {\n        given = now(&h->given);\n        block_t b = 0;",
       "    given = now(&h->given);\n    do {\n        block_t b = 0;",
       same="if it differs once it always will: the search would never end "
            "where it should fail; but only after a give-back", trap="")
mutant("given is read after the pass", "claim.c",
       "        given = now(&h->given);\n        block_t b = 0;\n"
       "        while ((b = run_find(h, b, n)) != NO_BLOCK) {",
       "        given = now(&h->given);\n        block_t b = 0;\n"
       "        while ((b = run_find(h, b, n)) != NO_BLOCK ||\n"
       "               ((given = now(&h->given)), false)) {")

# ---- Giving back ------------------------------------------------------------

mutant("tails are given back without looking again", "release.c",
       "const bool ours = (body & ~head & run) == run;",
       "const bool ours = true;",
       same="a record keeps all others off: looking again is the second "
            "guard, and catches a refusal that failed (trap 15)")
mutant_of("a second free is not refused, and tails are not looked at", [
    ("alloc.c", "status == IRQGC_OK && record_names(op->below, op->object)",
     "status == IRQGC_OK && false && record_names(op->below, op->object)"),
    ("release.c", "const bool ours = (body & ~head & run) == run;",
     "const bool ours = true;")], trap="15")
mutant("a head is given back without looking again", "release.c",
       "const bool ours = (head & run) == bit && ((body | bit) & run) == run;",
       "const bool ours = true;",
       same="as for tails")
mutant("given back from the first group to the last", "release.c",
       "    while (end > first) {\n"
       "        const word_t k = block_group(end - 1);\n"
       "        const block_t start = k * GROUP_BLOCKS;\n"
       "        const block_t from = start > first ? start : first;\n"
       "        const word_t n = end - from;\n"
       "        if (!group_release_tails(h, k, word_run(block_index(from), n), "
       "n)) {\n            return false;\n        }\n"
       "        end = from;\n",
       "    while (end > first) {\n"
       "        const word_t k = block_group(first);\n"
       "        const word_t room = block_room(first);\n"
       "        const word_t n = end - first < room ? end - first : room;\n"
       "        if (!group_release_tails(h, k, word_run(block_index(first), n),"
       " n)) {\n            return false;\n        }\n"
       "        first += n;\n")
mutant("the head is given back first", "release.c",
       "    if (end > next) {\n"
       "        if (!tails_release(h, next, end)) {\n            return;\n"
       "        }\n        end = next;\n    }\n"
       "    group_release_head(h, op, word_run(block_index(head), end - head),"
       "\n                       end - head);",
       "    const block_t here = end < next ? end : next;\n"
       "    group_release_head(h, op, word_run(block_index(head), here - head),"
       "\n                       here - head);\n"
       "    if (end > next) {\n        tails_release(h, next, end);\n    }")
mutant("the record names what was given back", "release.c",
       "        h->given += n;\n        op->object = NO_BLOCK;\n",
       "        h->given += n;\n")
mutant("the record is emptied after the window", "release.c",
       "        h->given += n;\n        op->object = NO_BLOCK;\n    }\n"
       "    port_irq_restore(irq);\n",
       "        h->given += n;\n    }\n    port_irq_restore(irq);\n"
       "    if (ours) {\n        op->object = NO_BLOCK;\n    }\n")
mutant("the record is emptied before the window", "release.c",
       "    const word_t bit = block_bit(op->object);\n"
       "    group_t *g = &h->groups[k];\n"
       "    const port_irq_t irq = port_irq_save();",
       "    const word_t bit = block_bit(op->object);\n"
       "    group_t *g = &h->groups[k];\n"
       "    *(volatile block_t *)&op->object = NO_BLOCK;\n"
       "    const port_irq_t irq = port_irq_save();")
mutant("tails given back are counted after the window", "release.c",
       "        g->body = body & ~run;\n        h->given += n;\n    }\n"
       "    port_irq_restore(irq);\n    ASSERT(ours);\n    if (ours) {\n",
       "        g->body = body & ~run;\n    }\n"
       "    port_irq_restore(irq);\n    ASSERT(ours);\n    if (ours) {\n"
       "        h->given += n;\n")
mutant("tails given back leave the hints as they were", "release.c",
       "        const word_t free = ~(head | body) & GROUP_ALL;\n"
       "        hints_changed(h, k, free, free | run);\n    }\n"
       "    return ours;", "    }\n    return ours;")
mutant("a head given back leaves the hints as they were", "release.c",
       "    ASSERT(ours);\n    if (ours) {\n"
       "        const word_t free = ~(head | body) & GROUP_ALL;\n"
       "        hints_changed(h, k, free, free | run);\n    }\n}\n\n// Goes",
       "    ASSERT(ours);\n}\n\n// Goes")

# ---- Operations -------------------------------------------------------------

mutant("the record is unlinked before the memory is cleared", "alloc.c",
       "    } else if ((flags & IRQGC_NOT_ZEROED) == 0) {\n"
       "        blocks_clear(object, n);\n    }\n    record_unlink(h, &op);\n",
       "    }\n    record_unlink(h, &op);\n"
       "    if (object != NULL && (flags & IRQGC_NOT_ZEROED) == 0) {\n"
       "        blocks_clear(object, n);\n    }\n",
       same="the caller's pointer, in a register, keeps it as well; the record "
            "is for what a compiler makes of that")
mutant("memory is not cleared", "alloc.c",
       "        blocks_clear(object, n);\n", "        (void)blocks_clear;\n")
mutant("a record is linked before it is complete", "heap.h",
       "    op->object = object;\n    op->below = h->records;\n"
       "    in_order(); // complete before anyone can see it\n"
       "    *(record_t *volatile *)&h->records = op;\n",
       "    record_t *const below = h->records;\n"
       "    *(record_t *volatile *)&h->records = op;\n    in_order();\n"
       "    *(volatile block_t *)&op->object = object;\n"
       "    *(record_t *volatile *)&op->below = below;\n")
mutant("a record's object is written after it is linked", "heap.h",
       "    op->object = object;\n    op->below = h->records;\n"
       "    in_order(); // complete before anyone can see it\n"
       "    *(record_t *volatile *)&h->records = op;\n",
       "    op->below = h->records;\n    in_order();\n"
       "    *(record_t *volatile *)&h->records = op;\n    in_order();\n"
       "    *(volatile block_t *)&op->object = object;\n")
mutant("a record is not unlinked", "heap.h",
       "    *(record_t *volatile *)&h->records = op->below;\n", "")
mutant("the fewest free blocks are noted without looking again", "heap.h",
       "        if (free < h->least_free) {\n"
       "            h->least_free = free;\n        }\n",
       "        h->least_free = free;\n",
       runs=(QUICK, FULL, PAIRS))
mutant("the fewest free blocks are not noted before a free", "alloc.c",
       "        least_free_note(h);\n        object_release(h, &op, "
       "object_end(h, op.object));",
       "        object_release(h, &op, object_end(h, op.object));")
mutant("the fewest free blocks are not noted before a sweep", "sweep.c",
       "    least_free_note(h);\n", "")
mutant("the fewest free blocks are not noted before shrinking", "alloc.c",
       "        least_free_note(h);\n        return tails_release(",
       "        return tails_release(")
mutant("the fewest free blocks are not noted before moving", "alloc.c",
       "        least_free_note(h);\n        object_release(h, op, "
       "op->object + n_old);",
       "        object_release(h, op, op->object + n_old);")
mutant("the old object is given back before it is copied", "alloc.c",
       "        __builtin_memcpy(object, block_address(h, op->object),\n"
       "                         n_old * BLOCK_BYTES);\n"
       "        least_free_note(h);\n"
       "        object_release(h, op, op->object + n_old);\n",
       "        const void *old = block_address(h, op->object);\n"
       "        least_free_note(h);\n"
       "        object_release(h, op, op->object + n_old);\n"
       "        __builtin_memcpy(object, old, n_old * BLOCK_BYTES);\n")
mutant("a move makes the new object with the old one's record", "alloc.c",
       "    void *object = object_new(h, &to, n, "
       "block_attributes(h, op->object));",
       "    const irqgc_flags_t attributes = block_attributes(h, op->object);\n"
       "    const block_t old = op->object;\n"
       "    void *object = object_new(h, op, n, attributes);\n"
       "    to.object = op->object;\n    op->object = old;",
       same="for the instants of an allocation the old object is kept by the "
            "caller's pointer")
mutant("a moved object is named no more", "alloc.c",
       "        op->object = to.object;\n", "",
       same="as it is returned, or just cleared, a register holds it too; its "
            "own address is computed from it: see what the suite says")
mutant("a moved object loses its attributes", "alloc.c",
       "object_new(h, &to, n, block_attributes(h, op->object))",
       "object_new(h, &to, n, 0)")
mutant("a refusal is told with the record linked", "alloc.c",
       "    record_unlink(h, &op);\n    if (status != IRQGC_OK) {\n"
       "        misuse(h, status, object);\n    }\n    return status;",
       "    if (status != IRQGC_OK) {\n"
       "        misuse(h, status, object);\n    }\n"
       "    record_unlink(h, &op);\n    return status;")
mutant("dead objects can be freed while they are swept", "object.c",
       "return block_is_dying(h, b) ? IRQGC_UNREACHABLE : IRQGC_OK;",
       "(void)block_is_dying;\n    return IRQGC_OK;")
mutant("where a sweep is to come is read before the colour", "object.c",
       "    const bool black = (now(&h->groups[k].body) & block_bit(b)) != 0;\n"
       "    return !black && k < now(&h->unswept);",
       "    const bool unswept = k < now(&h->unswept);\n"
       "    const bool black = (now(&h->groups[k].body) & block_bit(b)) != 0;\n"
       "    return !black && unswept;")
mutant("a call is counted after the next may have been", "heap.h",
       "    if (port_in_handler()) {\n        count_in_handler(of_thread +",
       "    if (false) {\n        count_in_handler(of_thread +")
mutant("an end is looked for in words read apart", "object.c",
       "const truth_t t = group_truth(h, k);",
       "const word_t body = now(&h->groups[k].body);\n"
       "        const truth_t t = {now(&h->groups[k].head), body};")
mutant("an end is looked for in words read apart, head first", "object.c",
       "const truth_t t = group_truth(h, k);",
       "const word_t head = now(&h->groups[k].head);\n"
       "        const truth_t t = {head, now(&h->groups[k].body)};")
mutant("no room is made by collecting", "alloc.c",
       "        irqgc_collect(h);\n    } else if", "    } else if")
mutant("no room is made by sweeping", "alloc.c",
       "    } else if (state_phase(s) == SWEEP) {\n        sweep(h, s);\n",
       "    } else if (state_phase(s) == SWEEP) {\n        (void)s;\n")

# ---- Hints ------------------------------------------------------------------

mutant("a hint is written without looking again", "hints.c",
       "const bool unchanged = (g->head | g->body) == used;",
       "const bool unchanged = g != NULL;")
mutant("hints are refreshed once", "hints.c",
       "    while (!hints_match(h, k, 0, N_CLASSES)) {\n    }",
       "    hints_match(h, k, 0, N_CLASSES);", runs=(QUICK, FULL, PAIRS))
mutant("a change that was overtaken is not refreshed", "hints.c",
       "        hints_refresh(h, k);\n    }\n}", "    }\n}")
mutant("a hint is written and its neighbour lost", "hints.c",
       "        *map = (*map & ~bit) | hint;", "        *map = hint;")
mutant("all of a change is taken from before it", "hints.c",
       "    const truth_t t = group_truth(h, k);\n"
       "    const word_t used = t.head | t.body;",
       "    const word_t head = now(&h->groups[k].head);\n"
       "    const word_t used = head | now(&h->groups[k].body);",
       same="words of two instants are no group's words, mostly, and the "
            "window compares: dearer, not wrong; where they are equal to a "
            "group's words they are as good")

# ---- Collections ------------------------------------------------------------

mutant("a cycle is begun whatever the state is", "collect.c",
       "const bool unchanged = h->state == s;",
       "const bool unchanged = h != NULL;")
mutant("the mark stack of an abandoned cycle is kept", "collect.c",
       "        h->mark_depth = 0;\n", "",
       same="what waits is shaded for nothing: block_pop checks that it is "
            "black, so it only costs")
mutant("`overflowed` of an abandoned cycle is kept", "collect.c",
       "        h->overflowed = 0;\n", "", same="costs a pass")
mutant("groups are cleared whatever the state is", "collect.c",
       "    const bool valid = h->state == mine;\n    if (valid) {\n"
       "        g->body &= ~g->head;",
       "    const bool valid = h->state == mine;\n    {\n"
       "        g->body &= ~g->head;",
       same="the state it finds is IDLE, with no black heads")
mutant("clearing goes on in a cycle that is over", "collect.c",
       "        if (!group_clear(h, mine, k)) {\n            return;\n        }",
       "        group_clear(h, mine, k);",
       same="each window compares for itself")
mutant("CLEAR is ended whatever the state is", "collect.c",
       "    if (h->state == mine) {\n        h->state = mine - CLEAR + MARK;",
       "    {\n        h->state = mine - CLEAR + MARK;")
mutant("the last group is not cleared", "collect.c",
       "    for (word_t k = 0; k < h->n_groups; k++) {\n"
       "        if (!group_clear",
       "    for (word_t k = 0; k + 1 < h->n_groups; k++) {\n"
       "        if (!group_clear")
mutant("the first group is not cleared", "collect.c",
       "    for (word_t k = 0; k < h->n_groups; k++) {\n"
       "        if (!group_clear",
       "    for (word_t k = 1; k < h->n_groups; k++) {\n"
       "        if (!group_clear")
mutant("a collection returns with any cycle, also one from before", "collect.c",
       "while (state_phase(s) != IDLE || !state_is_later(s, called)) {",
       "while (state_phase(s) != IDLE || s == called) {")
mutant("a sweep is abandoned too", "collect.c",
       "        if (state_phase(s) == SWEEP) {\n            sweep(h, s);\n"
       "        } else {\n            collect_instead(h, s);\n        }",
       "        if (state_phase(s) == SWEEP && s == called + 2) {\n"
       "            sweep(h, s);\n"
       "        } else {\n            collect_instead(h, s);\n        }")
mutant("a new cycle keeps its number", "collect.c",
       "const state_t begun = (s & ~(state_t)PHASE_MASK) + CYCLE_ONE + phase;",
       "const state_t begun = (s & ~(state_t)PHASE_MASK) + phase +\n"
       "                          (phase == MARK ? CYCLE_ONE : 0);")
mutant("marking begins whatever the state is", "mark.c",
       "if (now(&h->state) != mine || !roots_shade(h, mine)) {",
       "if (!roots_shade(h, mine)) {",
       same="each of its windows compares the state, and roots_shade ends "
            "with a look at it")
mutant("shading goes on in a cycle that is over", "mark.c",
       "    return now(&h->state) == mine;\n}\n\n// ---- The phase",
       "    return true;\n}\n\n// ---- The phase",
       same="each window compares for itself")
mutant("a head is made black twice", "mark.c",
       "const bool white = valid && (g->head & ~g->body & bit) != 0;",
       "const bool white = valid;")
mutant("what is to be shaded is not pushed", "mark.c",
       "return white ? block_push(h, mine, b) : valid;",
       "(void)block_push;\n    return valid;")
mutant("a full mark stack is written past", "mark.c",
       "if (depth < h->mark_capacity) {", "if (depth <= h->mark_capacity) {")
mutant("a full mark stack is forgotten", "mark.c",
       "            *overflow |= bit;\n            h->overflowed = 1;\n",
       "            h->overflowed = 1;\n            (void)overflow;\n"
       "            (void)bit;\n")
mutant("an overflow is not told", "mark.c",
       "            h->overflowed = 1;\n", "")
mutant("an entry is popped whatever the state is", "mark.c",
       "if (h->state == mine && depth != 0) {", "if (depth != 0) {",
       same="what is popped is scanned under `mine`, which shades nothing")
mutant("an entry is read after it was popped", "mark.c",
       "        h->mark_depth = depth - 1;\n"
       "        b = h->mark_stack[depth - 1];\n    }\n"
       "    port_irq_restore(irq);\n",
       "        h->mark_depth = depth - 1;\n        b = 0;\n    }\n"
       "    port_irq_restore(irq);\n    if (b == 0) {\n"
       "        b = h->mark_stack[depth - 1];\n    }\n")
mutant("MARK is ended with heads still waiting", "mark.c",
       "const bool waits = (h->mark_depth | h->overflowed) != 0;",
       "const bool waits = h->overflowed != 0;")
mutant("MARK is ended with an overflow waiting", "mark.c",
       "const bool waits = (h->mark_depth | h->overflowed) != 0;",
       "const bool waits = h->mark_depth != 0;")
mutant("whether MARK is over is seen before the window", "mark.c",
       "    const port_irq_t irq = port_irq_save();\n"
       "    const bool valid = h->state == mine;\n"
       "    const bool waits = (h->mark_depth | h->overflowed) != 0;\n",
       "    const bool waits = (now(&h->mark_depth) | now(&h->overflowed)) != 0"
       ";\n    const port_irq_t irq = port_irq_save();\n"
       "    const bool valid = h->state == mine;\n")
mutant("all is scanned, whatever the stack held is a guess", "mark.c",
       "    if (!black || (now(&g->plain) & bit) != 0) {",
       "    if ((now(&g->plain) & bit) != 0) {",
       same="what is no black head any more is no object, or one that is "
            "shaded by who made it: its words are shaded for nothing")
mutant("overflow bits are cleared whatever the state is", "mark.c",
       "    const bool valid = h->state == mine;\n    if (valid) {\n"
       "        *word &= ~bits;",
       "    const bool valid = h->state == mine;\n    {\n"
       "        *word &= ~bits;",
       same="the state it finds is IDLE; a bit left over only costs, one "
            "cleared is not asked for")
mutant("only one object of a group is scanned again", "mark.c",
       "         black &= black - 1) {\n        const block_t b = k * "
       "GROUP_BLOCKS + word_lowest(black);\n        if (!object_scan",
       "         black = 0) {\n        const block_t b = k * "
       "GROUP_BLOCKS + word_lowest(black);\n        if (!object_scan")
mutant("roots are read once, with no later ones", "mark.c",
       "    for (const irqgc_root_t *r = h->roots; r != NULL; r = r->next) {\n"
       "        if (!words_shade",
       "    for (const irqgc_root_t *r = h->roots; r != NULL; r = NULL) {\n"
       "        if (!words_shade")
mutant("a dead verdict outlives its object", "sweep.c",
       "if (leads && k <= lead->head_group) {",
       "if (leads && lead->head_group == h->n_groups) {")
mutant("the verdict is on the wrong colour", "sweep.c",
       "const word_t white = t.head & ~t.body;",
       "const word_t white = t.head & t.body;")
mutant("tails that lead a group stay", "sweep.c",
       "word_swept(read.head, read.body, leads && lead->dead);",
       "word_swept(read.head, read.body, false);")
mutant("a sweep leaves the hints as they were", "sweep.c",
       "        hints_changed(h, k, free, free | swept);\n",
       "        (void)free;\n")
mutant("a sweep ends with groups unswept", "sweep.c",
       "if (h->state == mine && h->unswept == 0) {",
       "if (h->state == mine) {",
       same="it is called with none left, and none come back")
mutant("a sweep ends whatever the state is", "sweep.c",
       "if (h->state == mine && h->unswept == 0) {",
       "if (h->unswept == 0) {")
mutant("swept blocks are counted after the window", "sweep.c",
       "        h->given += n;\n        h->unswept = k;\n    }\n"
       "    port_irq_restore(irq);\n",
       "        h->unswept = k;\n    }\n    port_irq_restore(irq);\n"
       "    if (unchanged) {\n        h->given += n;\n    }\n")
mutant("survivors stay black", "sweep.c",
       "const word_t body = read->body & ~read->head & ~swept;",
       "const word_t body = read->body & ~swept;")

# ---- Stores and roots -------------------------------------------------------

mutant("a store has no barrier", "barrier.c",
       "    words_barrier(h, &value, 1);\n", "    (void)h;\n")
mutant("a barrier looks for another phase", "barrier.c",
       "    if (state_phase(s) == MARK) {\n        words_shade(h, s, words, n);",
       "    if (state_phase(s) == CLEAR) {\n"
       "        words_shade(h, s, words, n);")
mutant("a new root has no barrier", "barrier.c",
       "    words_barrier(h, root->start, root->n_words);\n", "")
mutant("a root is linked without looking again", "barrier.c",
       "const bool unchanged = h->roots == first;",
       "const bool unchanged = first == NULL || first != NULL;")
mutant("a root is filled in after it is linked", "barrier.c",
       "        *root = *filled;\n        h->roots = root;\n    }\n"
       "    port_irq_restore(irq);\n",
       "        h->roots = root;\n    }\n    port_irq_restore(irq);\n"
       "    if (unchanged) {\n        *root = *filled;\n    }\n")

# ---- Looking ----------------------------------------------------------------

mutant("the checker sums up though the counters move", "check.c",
       "if (stood_still && after.given - after.taken != free) {",
       "if ((stood_still || true) && after.given - after.taken != free) {")
mutant("the checker compares only what was given", "check.c",
       "before.taken == after.taken && before.given == after.given;",
       "before.given == after.given;")
mutant("the walk shows what is in operation", "inspect.c",
       "if (block_status(h, b) == IRQGC_OK && "
       "!record_names(h->records, b)) {",
       "if (block_status(h, b) == IRQGC_OK) {")
mutant("the walk keeps the heads it has read", "inspect.c",
       "        word_t heads;\n        word_t above = GROUP_ALL;\n"
       "        while ((heads = now(&h->groups[k].head) & above) != 0) {",
       "        const word_t was = now(&h->groups[k].head);\n"
       "        word_t heads;\n        word_t above = GROUP_ALL;\n"
       "        while ((heads = was & above) != 0) {",
       same="what came since need not be shown, what went is not: its status "
            "is looked at; a new object in its place may be shown")

# ---- Windows ----------------------------------------------------------------

unmasked("unmasked: claim a head", "claim.c", "group_claim_head")
unmasked("unmasked: claim tails", "claim.c", "group_claim_tails")
unmasked("unmasked: give back tails", "release.c", "group_release_tails")
unmasked("unmasked: give back a head", "release.c", "group_release_head")
unmasked("unmasked: an attribute", "alloc.c", "attribute_write")
unmasked("unmasked: the least free", "heap.h", "least_free_note",
         runs=(QUICK, FULL, PAIRS))
unmasked("unmasked: count in a handler", "object.c", "count_in_handler",
         runs=(["--depth", "2", "--seconds", "60"], PAIRS))
unmasked("unmasked: both words of a group", "heap.h", "group_truth")
unmasked("unmasked: both counters", "heap.h", "counters_glance")
unmasked("unmasked: a hint", "hints.c", "hint_write")
unmasked("unmasked: begin a cycle", "collect.c", "cycle_begin")
unmasked("unmasked: clear a group", "collect.c", "group_clear")
unmasked("unmasked: the end of CLEAR", "collect.c", "clear_end")
unmasked("unmasked: push", "mark.c", "block_push")
unmasked("unmasked: make black", "mark.c", "block_shade")
unmasked("unmasked: pop", "mark.c", "block_pop")
unmasked("unmasked: clear an overflow bit", "mark.c", "overflow_clear")
unmasked("unmasked: the end of MARK", "mark.c", "mark_end")
unmasked("unmasked: sweep a group", "sweep.c", "group_store_swept")
unmasked("unmasked: the end of SWEEP", "sweep.c", "sweep_end")
unmasked("unmasked: add a root", "barrier.c", "root_link")
unmasked("unmasked: the checker's glance", "check.c", "group_glance")


# ---- Changing ---------------------------------------------------------------

class Stale(Exception):
    pass


def source_path(tree, file):
    for folder in ("src", "posix"):
        path = tree / folder / file
        if path.exists():
            return path
    raise Stale(f"no {file}")


def function_unmask(text, function):
    start = re.search(rf"^[^\n/]*\b{function}\([^;]*?\)\s*\{{", text,
                      re.MULTILINE | re.DOTALL)
    if not start:
        raise Stale(f"no {function}")
    end = text.index("\n}\n", start.end())
    body = text[start.end():end]
    opened = len(re.findall(r"const port_irq_t irq = port_irq_save\(\);", body))
    if opened != 1:
        raise Stale(f"{opened} windows in {function}")
    body = body.replace("const port_irq_t irq = port_irq_save();", "in_order();")
    body = body.replace("port_irq_restore(irq);", "in_order();")
    return text[:start.end()] + body + text[end:]


def change(tree, file, old, new):
    path = source_path(tree, file)
    text = path.read_text()
    if old == "unmask":
        path.write_text(function_unmask(text, new))
        return
    if text.count(old) != 1:
        raise Stale(f"{file}: {text.count(old)} times: {old.strip()[:60]!r}")
    path.write_text(text.replace(old, new))


# ---- Running ----------------------------------------------------------------

def build(tree, opt, group_blocks):
    return subprocess.run(
        ["make", "-s", "-C", str(HERE), f"SRC={tree}/src", f"PORT={tree}/posix",
         f"BUILD={tree}/build", f"OPT={opt}", f"GROUP_BLOCKS={group_blocks}",
         "WARNINGS=-w"],
        capture_output=True, text=True)


def tree_make(tree, pristine=None):
    if pristine is not None:
        shutil.copytree(pristine, tree)
        return
    shutil.copytree(ROOT / "src", tree / "src")
    shutil.copytree(ROOT / "ports" / "posix", tree / "posix")


def suite_run(tree, opt, run, seconds):
    command = [str(tree / "build" / "preempt"), "--quiet", "--window",
               WINDOW[opt], *run]
    try:
        done = subprocess.run(command, capture_output=True, text=True,
                              errors="replace", timeout=seconds)
    except subprocess.TimeoutExpired:
        return 1, "does not end"
    lines = (done.stdout + done.stderr).strip().splitlines()
    failures = [line for line in lines if line.startswith("FAILED")]
    return done.returncode, failures[0] if failures else lines[-1] if lines \
        else f"status {done.returncode}"


def mutant_try(m, pristine, work, number, seconds):
    """Returns its verdict and what there is to say."""
    tree = work / f"m{number}"
    tree_make(tree, pristine[m.opt])
    try:
        for file, old, new in m.changes:
            change(tree, file, old, new)
        built = build(tree, m.opt, 8)
        if built.returncode != 0:
            return "STALE", "does not compile: " + built.stderr.strip()[:300]
        for run in m.runs:
            status, line = suite_run(tree, m.opt, run, seconds)
            if status == 1:
                return "found", line
            if status != 0:
                return "STALE", f"status {status}: {line}"
        return "MISSED", ""
    except Stale as reason:
        return "STALE", str(reason)
    finally:
        shutil.rmtree(tree, ignore_errors=True)


def pristine_make(work, opts):
    """Builds the suite without any fault, and sees it pass."""
    trees = {}
    for opt in opts:
        tree = work / f"pristine{opt}"
        tree_make(tree)
        built = build(tree, opt, 8)
        if built.returncode != 0:
            sys.exit(built.stderr)
        status, line = suite_run(tree, opt, QUICK, 600)
        print(f"{'no fault, ' + opt:60} {line}", flush=True)
        if status != 0:
            sys.exit(2)
        trees[opt] = tree
    return trees


def report(m, verdict, line, seconds):
    trap = f"[{m.trap}] " if m.trap else ""
    line = re.sub(r"^FAILED ", "", line)
    print(f"{verdict:7} {seconds:5.0f} s  {trap}{m.name}"
          f"{', ' + m.opt if m.opt != '-O2' else ''}", flush=True)
    print(f"                 {line[:240]}", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", help="mutants whose name or trap has this")
    parser.add_argument("--all", action="store_true",
                        help="those that should not be found, too")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--seconds", type=int, default=900,
                        help="limit of one run of the suite")
    arguments = parser.parse_args()
    chosen = [m for m in MUTANTS if arguments.only is None or
              arguments.only in m.name or arguments.only == m.trap]
    if arguments.list:
        for m in chosen:
            print(f"{m.trap or '-':5} {m.name} ({m.opt})"
                  f"{': not run: ' + m.same if m.same else ''}")
        return 0
    failed = 0
    counts = {"found": 0, "MISSED": 0, "STALE": 0}
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        work = pathlib.Path(folder)
        to_run = [m for m in chosen if arguments.all or not m.same]
        pristine = pristine_make(work, sorted({m.opt for m in to_run}))

        def one(number):
            start = time.monotonic()
            verdict, line = mutant_try(to_run[number], pristine, work, number,
                                       arguments.seconds)
            return verdict, line, time.monotonic() - start

        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            for m, (verdict, line, seconds) in zip(
                    to_run, pool.map(one, range(len(to_run)))):
                report(m, verdict, line, seconds)
                counts[verdict] += 1
                failed += verdict == "STALE" or (
                    verdict == "MISSED" and not m.same)
    for m in chosen:
        if m.same and not arguments.all:
            print(f"not run          {m.name}\n                 {m.same}")
    print(", ".join(f"{n} {verdict}" for verdict, n in counts.items()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
