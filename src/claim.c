// SPDX-License-Identifier: MIT
//
// Claims of any length, by the truth: what was found outside any window is
// claimed if it is still free, the head with its group first, then forward
// group by group (I1).
#include "claim.h"

#include "blocks.h"
#include "release.h"

// T1 claim blocks of one group for the object that starts at `head`: `run`, `n`
// blocks, of which `bit` is the head's, or 0 if that is in a group before.
// Before: they were free when they were looked at; no one else extends that
// object, its record names it. After: the object has them, its head is white,
// or black where the sweep has still to come (I3), and `op` names it, so that a
// collection that comes just after keeps it. Returns the blocks used before:
// ours iff none of `run` is among them.
LONG_WINDOW word_t group_claim(irqgc_t *h, record_t *WINDOW_OPERAND op,
                               WINDOW_OPERAND block_t head, group_t *g,
                               WINDOW_OPERAND word_t bit, word_t run,
                               WINDOW_OPERAND word_t n) {
    WINDOW_READY("+r"(h), "+r"(op), "+r"(head), "+r"(g), "+r"(bit), "+r"(run),
                 "+r"(n));
    const port_irq_t irq = port_irq_save();
    const word_t heads = g->head;
    const word_t body = g->body;
    if (((heads | body) & run) == 0) {
        g->head = heads | bit;
        g->body = body | run;
        if (block_group(head) >= h->unswept) { // white
            g->body ^= bit;
        }
        h->taken += n;
        op->object = head;
    }
    port_irq_restore(irq);
    return heads | body;
}

// Looked at before anything is claimed, so that no block is taken, and then
// given back, that another context may want, unless one interferes.
bool blocks_are_free(const irqgc_t *h, block_t first, block_t end) {
    for (block_t b = first; b < end; b += block_room(b)) {
        const group_t *g = &h->groups[block_group(b)];
        const word_t used = now(&g->head) | now(&g->body);
        const word_t n = end - b < block_room(b) ? end - b : block_room(b);
        if ((used & word_run(block_index(b), n)) != 0) {
            return false;
        }
    }
    return true;
}

// Claims `n` blocks of one group from block `b` on; false iff one is taken.
__attribute__((noinline)) static bool
run_claim(irqgc_t *h, record_t *op, block_t head, block_t b, word_t n) {
    const word_t k = block_group(b);
    const word_t run = word_ready(word_run(block_index(b), n));
    const word_t bit = word_ready(b == head ? block_bit(b) : 0);
    group_t *g = group_at(h, k);
    group_shut(h, g);
    const word_t used = group_claim(h, op, head, g, bit, run, n);
    if ((used & run) != 0) {
        return false;
    }
    const word_t free = ~used & GROUP_ALL;
    hints_changed(h, k, free, free & ~run);
    return true;
}

word_t blocks_claim(irqgc_t *h, record_t *op, block_t head, block_t first,
                    block_t end) {
    for (block_t b = first; b < end;) {
        const word_t room = block_room(b);
        const word_t n = word_ready(end - b < room ? end - b : room);
        if (!run_claim(h, op, head, b, n)) {
            blocks_release(h, op, first, b);
            return b - first;
        }
        b += n;
    }
    return end - first;
}

bool hinted_claim(irqgc_t *h, record_t *op, word_t n) {
    block_t b = run_hinted(h, n);
    if (b == NO_BLOCK && open_close(h)) { // it may have come to have one
        b = run_hinted(h, n);
    }
    return b != NO_BLOCK && run_claim(h, op, b, b, n);
}

// ---- Searching the truth ---------------------------------------------------
//
// Nothing is masked: the words of a group may be of two instants, but then
// something came back between them; and what is found is looked at again when
// it is claimed. Not with `now`, so that a group may be one load.

static inline word_t group_used(const group_t *g) {
    return g->head | g->body;
}

// Of three: a step of the loop costs as much as to look at one.
static inline bool groups_are_full(const group_t *g) {
    return (group_used(g) & group_used(g + 1) & group_used(g + 2)) == GROUP_ALL;
}

// The first run of `n` free blocks from group `k` on, or NO_BLOCK. `run` counts
// the free blocks that end the groups before.
__attribute__((hot, noinline)) static block_t run_find(const irqgc_t *h,
                                                       word_t k, word_t n) {
    const steps_t steps = word_steps(n < GROUP_BLOCKS ? n : GROUP_BLOCKS);
    const group_t *g = &h->groups[k];
    const group_t *end = &h->groups[h->n_groups];
    word_t run = 0;
    word_t offset = 0; // of the run found, in its last group
    for (; g < end; g++) {
        const word_t used = word_ready(group_used(g)); // one look
        if (used == GROUP_ALL) {
            run = 0;
            while (end - g > 3 && groups_are_full(g + 1)) {
                g += 3;
            }
            continue;
        }
        if (used == 0) {
            run += GROUP_BLOCKS;
            if (run < n) {
                continue;
            }
            offset = GROUP_BLOCKS - run;
            break;
        }
        if (run + word_lowest(used) >= n) {
            offset = 0 - run;
            break;
        }
        const word_t starts = word_step_starts(&steps, ~used & GROUP_ALL);
        if (starts != 0) {
            offset = word_lowest(starts);
            break;
        }
        run = GROUP_BLOCKS - 1 - word_highest(used);
    }
    return g < end ? (word_t)(g - h->groups) * GROUP_BLOCKS + offset : NO_BLOCK;
}

// Where to start: at the first run that hints are right to tell of, or 0.
static block_t search_start(const irqgc_t *h, word_t n) {
    const block_t b = n <= GROUP_BLOCKS ? run_hinted(h, n) : NO_BLOCK;
    return b != NO_BLOCK ? b : 0;
}

// Any length, by the truth, first from where hints tell. Where a higher context
// takes a block of the run from under us, the search goes on from there. To
// fail, a whole pass must have seen nothing, and nothing but our own blocks may
// have come back since it began: then no run is long enough now, for none has
// become longer (I2).
bool searched_claim(irqgc_t *h, record_t *op, word_t n) {
    for (block_t start = search_start(h, n);; start = 0) {
        word_t given = now(&h->given);
        in_order(); // the words are read after it, without `now`
        block_t b = start;
        while ((b = run_find(h, block_group(b), n)) != NO_BLOCK) {
            const word_t claimed = blocks_claim(h, op, b, b, b + n);
            if (claimed == n) {
                return true;
            }
            given += claimed;
            b += claimed;
        }
        if (start < GROUP_BLOCKS && now(&h->given) == given) {
            return false;
        }
    }
}
