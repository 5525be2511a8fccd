// SPDX-License-Identifier: MIT
//
// Giving back goes from the last block to the first, so that no tail is ever
// left without what it follows (I1).
#include "claim.h"
#include "hints.h"

// T3 give back tails of one group. Before: tails of an object that a record
// names, so no one else frees it, and no later ones are left. After: free.
// An interrupt just before sees the longer object, just after the shorter.
// False iff they are no such tails.
static bool group_release_tails(irqgc_t *h, word_t k, word_t run, word_t n) {
    group_t *g = &h->groups[k];
    const port_irq_t irq = port_irq_save();
    const word_t head = g->head;
    const word_t body = g->body;
    const bool ours = (body & ~head & run) == run;
    if (ours) {
        g->body = body & ~run;
        h->given += n;
    }
    port_irq_restore(irq);
    ASSERT(ours);
    if (ours) {
        const word_t free = ~(head | body) & GROUP_ALL;
        hints_changed(h, k, free, free | run);
    }
    return ours;
}

// T4 give back a head with the tails of its group; `run` has both. Before: an
// object that ends in this group, named by `op`. After: free, and named no
// more, so that a collection does not take the next tenant for a root.
static void group_release_head(irqgc_t *h, record_t *op, word_t run, word_t n) {
    const word_t k = block_group(op->object);
    const word_t bit = block_bit(op->object);
    group_t *g = &h->groups[k];
    const port_irq_t irq = port_irq_save();
    const word_t head = g->head;
    const word_t body = g->body;
    const bool ours = (head & run) == bit && ((body | bit) & run) == run;
    if (ours) {
        g->head = head & ~bit;
        g->body = body & ~run;
        h->given += n;
        op->object = NO_BLOCK;
    }
    port_irq_restore(irq);
    ASSERT(ours);
    if (ours) {
        const word_t free = ~(head | body) & GROUP_ALL;
        hints_changed(h, k, free, free | run);
    }
}

// Goes no further down than to a group that is refused: what its tails hang on
// must stay (I1).
bool tails_release(irqgc_t *h, block_t first, block_t end) {
    while (end > first) {
        const word_t k = block_group(end - 1);
        const block_t start = k * GROUP_BLOCKS;
        const block_t from = start > first ? start : first;
        const word_t n = end - from;
        if (!group_release_tails(h, k, word_run(block_index(from), n), n)) {
            return false;
        }
        end = from;
    }
    return true;
}

void object_release(irqgc_t *h, record_t *op, block_t end) {
    const block_t head = op->object;
    const block_t next = head + block_room(head);
    if (end > next) {
        if (!tails_release(h, next, end)) {
            return;
        }
        end = next;
    }
    group_release_head(h, op, word_run(block_index(head), end - head),
                       end - head);
}
