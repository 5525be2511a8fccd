// SPDX-License-Identifier: MIT
//
// Giving blocks back, group by group from the last one on. An object that ends
// in the group it starts in goes at once: one look, one window, and no call
// unless hints change.
#include "hints.h"
#include "release.h"

// T2 give back blocks of one group: `run`, `n` blocks, the last of the object
// that `op` names. Before: the group was as `read`, and still is; the record
// makes others refuse the object. After: they are free, and the object is
// shorter; or it is gone, and named no more, so that a collection does not take
// the next tenant for a root: `left` is its head, or NO_BLOCK. False iff the
// group has changed.
static inline bool group_release(irqgc_t *h, record_t *op, block_t left,
                                 group_t *g, truth_t read, word_t run,
                                 word_t n) {
    const word_t head = word_ready(read.head & ~run);
    const word_t body = word_ready(read.body & ~run);
    n = word_ready(n);
    const port_irq_t irq = port_irq_save();
    const bool unchanged = g->head == read.head && g->body == read.body;
    if (unchanged) {
        g->head = head;
        g->body = body;
        h->given += n;
        op->object = left;
    }
    port_irq_restore(irq);
    return unchanged;
}

// Goes no further down than to a group where the blocks are not the object's:
// what its tails hang on must stay (I1).
void blocks_release(irqgc_t *h, record_t *op, block_t first, block_t end) {
    const block_t head = op->object;
    while (end > first) {
        const word_t k = block_group(end - 1);
        const block_t start = k * GROUP_BLOCKS;
        const block_t b = start > first ? start : first;
        const word_t run = word_run(block_index(b), end - b);
        const word_t heads = b == head ? block_bit(b) : 0;
        const truth_t read = group_truth(h, k);
        if ((read.head & run) != heads || ((read.body | heads) & run) != run) {
            ASSERT(false);
            return;
        }
        // Ends: a further round is paid for by a change of a higher context.
        if (group_release(h, op, b == head ? NO_BLOCK : head, group_at(h, k),
                          read, run, end - b)) {
            const word_t free = ~(read.head | read.body) & GROUP_ALL;
            hints_changed(h, k, free, free | run);
            end = b;
        }
    }
}

// Whether a group starts with a tail. Read without a window: what becomes used
// in between may look like one, but a tail never like something else.
static inline bool group_leads(const group_t *g) {
    return (now(&g->body) & ~now(&g->head) & 1) != 0;
}

// Gives back the object at block `b` that `op` names, seen in its group as
// `read`.
static inline void object_give_back(irqgc_t *h, record_t *op, block_t b,
                                    truth_t read) {
    const word_t k = block_group(b);
    const word_t bit = block_bit(b);
    const word_t above = GROUP_ALL << block_index(b) << 1 & GROUP_ALL;
    const word_t behind = (read.head | ~read.body) & above;
    const word_t run = ((behind & (0 - behind)) - bit) & GROUP_ALL;
    const word_t n =
        behind != 0 ? word_lowest(behind) - block_index(b) : block_room(b);
    group_t *g = group_at(h, k);
    if ((behind == 0 && group_leads(g + 1)) || // it goes on, or ...
        !group_release(h, op, NO_BLOCK, g, read, run, n)) {
        blocks_release(h, op, b, object_end(h, b));
        return;
    }
    const word_t free = ~(read.head | read.body) & GROUP_ALL;
    hints_changed(h, k, free, free | run);
}

irqgc_status_t irqgc_free(irqgc_t *h, void *object) {
    if (object == NULL) {
        return IRQGC_OK;
    }
    const block_t b = address_object(h, (uintptr_t)object);
    record_t op;
    record_link(h, &op, b);
    glance_t glance;
    const irqgc_status_t status = object_status(h, &op, b, &glance);
    if (status == IRQGC_OK) {
        least_free_note_fast(h);
        object_give_back(h, &op, b, glance.group);
        count_fast(h, offsetof(irqgc_counts_t, frees));
    }
    record_unlink(h, &op);
    if (status != IRQGC_OK) {
        misuse(h, status, object);
    }
    return status;
}
