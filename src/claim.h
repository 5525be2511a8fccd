// SPDX-License-Identifier: MIT
//
// Claiming runs of free blocks.
#ifndef IRQGC_SRC_CLAIM_H
#define IRQGC_SRC_CLAIM_H

#include "blocks.h"
#include "hints.h"

// T1 claim blocks of one group for the object that starts at `head`: `run`, `n`
// blocks, of which `bit` is the head's, or 0 if that is in a group before.
// Before: they were free when they were looked at; no one else extends that
// object, its record names it. After: the object has them, its head is white,
// or black where the sweep has still to come (I3), and `op` names it, so that a
// collection that comes just after keeps it. Returns the blocks used before:
// ours iff none of `run` is among them.
static LONG_WINDOW word_t group_claim(irqgc_t *h, record_t *WINDOW_OPERAND op,
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

// Claims `n` blocks as one white object (black where a sweep is still to come)
// that `op` names; false iff there was no free run of that length at some
// instant of the call.
COLD bool searched_claim(irqgc_t *h, record_t *op, word_t n)
    CORE_NAME(searched_claim);

// Whether the blocks from `first` up to `end`, in a heap of more groups, are
// free as each group is looked at.
COLD bool blocks_are_free(const irqgc_t *h, block_t first, block_t end)
    CORE_NAME(blocks_are_free);

// Claims the blocks from `first` up to `end` for the object that starts at
// `head`: a new one, if that is `first`, which `op` names then. Returns how
// many it claimed before it met one that is taken; if that is not all, they
// have been given back.
COLD word_t blocks_claim(irqgc_t *h, record_t *op, block_t head, block_t first,
                         block_t end) CORE_NAME(blocks_claim);

#endif
