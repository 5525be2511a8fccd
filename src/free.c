// SPDX-License-Identifier: MIT
//
// Giving blocks back, group by group from the last one on. An object that ends
// in the group it starts in goes at once: one look, one window, and no call
// unless hints change.
#include "blocks.h"
#include "counts.h"
#include "hints.h"
#include "hook.h"
#include "misuse.h"
#include "records.h"
#include "release.h"

// T2 give back blocks of one group: `run`, `n` blocks, the last of the object
// that `op` names, of which `bit` is the head's, or 0 if that is in a group
// before. Before: they are the object's, whatever handlers change around it,
// for the record makes others refuse it. After: they are free, and the object
// is shorter; or it is gone, and named no more, so that a collection does not
// take the next tenant for a root: `left` is its head, or NO_BLOCK. Returns the
// blocks used before; 0 if one of the run was free, or another's head: then all
// stay as they are.
static LONG_WINDOW word_t group_release(irqgc_t *h, record_t *WINDOW_OPERAND op,
                                        WINDOW_OPERAND block_t left, group_t *g,
                                        WINDOW_OPERAND word_t bit, word_t run,
                                        WINDOW_OPERAND word_t n) {
    WINDOW_OPERAND word_t used = 0;
    WINDOW_READY("+r"(h), "+r"(op), "+r"(left), "+r"(g), "+r"(bit), "+r"(run),
                 "+r"(n));
    const port_irq_t irq = port_irq_save();
    const word_t heads = g->head;
    const word_t body = g->body;
    if ((heads & run) == bit && ((heads | body) & run) == run) {
        used = heads | body;
        g->head = heads & ~run;
        g->body = body & ~run;
        h->given += n;
        op->object = left;
    }
    port_irq_restore(irq);
    return used;
}

// Gives them back, and hints at them.
static inline bool run_release(irqgc_t *h, record_t *op, block_t left, word_t k,
                               word_t bit, word_t run, word_t n) {
    const word_t used = group_release(h, op, left, group_at(h, k), bit, run, n);
    ASSERT(used != 0);
    if (used != 0) {
        const word_t free = ~used & GROUP_ALL;
        hints_changed(h, k, free, free | run);
    }
    return used != 0;
}

void blocks_release(irqgc_t *h, record_t *op, block_t first, block_t end) {
    const block_t head = op->object;
    while (end > first) {
        const word_t k = block_group(end - 1);
        const block_t start = k * GROUP_BLOCKS;
        const block_t b = start > first ? start : first;
        const word_t n = end - b;
        const bool all = b == head;
        if (!run_release(h, op, all ? NO_BLOCK : head, k,
                         all ? block_bit(b) : 0, word_run(block_index(b), n),
                         n)) {
            return; // what its tails hang on must stay (I1)
        }
        end = b;
    }
}

// Whether a group starts with a tail. Read without a window: what becomes used
// in between may look like one, but a tail never like something else.
static inline bool group_leads(const group_t *g) {
    return (now(&g->body) & ~now(&g->head) & 1) != 0;
}

// Gives back the object at block `b` that `op` names, seen in its group as
// `read`.
static inline void object_release(irqgc_t *h, record_t *op, block_t b,
                                  truth_t read) {
    const word_t k = block_group(b);
    const word_t bit = block_bit(b);
    const word_t above = GROUP_ALL << block_index(b) << 1 & GROUP_ALL;
    const word_t behind = (read.head | ~read.body) & above;
    if (behind == 0 && group_leads(group_at(h, k) + 1)) { // it goes on
        blocks_release(h, op, b, object_end(h, b));
        return;
    }
    const word_t run = ((behind & (0 - behind)) - bit) & GROUP_ALL;
    const word_t n =
        behind != 0 ? word_lowest(behind) - block_index(b) : block_room(b);
    run_release(h, op, NO_BLOCK, k, bit, run, n);
}

irqgc_status_t irqgc_free(irqgc_t *h, void *object) {
    call_begin(h);
    if (object == NULL) {
        return IRQGC_OK;
    }
    const block_t b = address_object(h, (uintptr_t)object);
    record_t op;
    record_link(h, &op, b);
    glance_t glance;
    const irqgc_status_t status = object_status(h, &op, b, &glance);
    if (status != IRQGC_OK) {
        record_drop(h, &op);
        misuse(h, status, object);
        return status;
    }
    trace_free(h, b);
    least_free_note_fast(h);
    if (IRQGC_DEBUG) {
        blocks_dead(h, b, object_end(h, b));
    }
    object_release(h, &op, b, glance.group);
    count_fast(h, offsetof(irqgc_counts_t, frees));
    record_unlink(h, &op);
    return IRQGC_OK;
}
