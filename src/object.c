// SPDX-License-Identifier: MIT
#include "heap.h"

// Both words of a group at one instant: read apart, a free block right behind
// the object that is claimed in between looks like one more tail of it.
block_t object_end(const irqgc_t *h, block_t head) {
    word_t behind = GROUP_ALL << block_index(head) << 1 & GROUP_ALL;
    for (word_t k = block_group(head); k < h->n_groups; k++) {
        const truth_t t = group_truth(h, k);
        const word_t not_tail = (t.head | ~t.body) & behind;
        if (not_tail != 0) {
            return k * GROUP_BLOCKS + word_lowest(not_tail);
        }
        behind = GROUP_ALL;
    }
    return h->n_groups * GROUP_BLOCKS; // not reached: a sentinel comes first
}

// Ahead of the sweep a white head is dead, and the sweep relies on its blocks
// to stay as they are until it comes there. The colour is read first: if the
// group is unswept after that, it was when the colour was read.
static bool block_is_dying(const irqgc_t *h, block_t b) {
    const word_t k = block_group(b);
    const bool black = (now(&h->groups[k].body) & block_bit(b)) != 0;
    return !black && k < now(&h->unswept);
}

// The head is looked at last: what is then no longer dying, and named by a
// record or pointed at by the caller, no sweep takes any more.
irqgc_status_t block_status(const irqgc_t *h, block_t b) {
    if (b == NO_BLOCK) {
        return IRQGC_NOT_AN_OBJECT;
    }
    const bool dying = block_is_dying(h, b);
    if (!block_is_head(h, b)) {
        return IRQGC_NOT_AN_OBJECT;
    }
    return dying ? IRQGC_UNREACHABLE : IRQGC_OK;
}

void count_in_handler(word_t *counter) {
    const port_irq_t irq = port_irq_save();
    ++*counter;
    port_irq_restore(irq);
}

void misuse(irqgc_t *h, irqgc_status_t why, const void *object) {
    if (h->on_misuse != NULL) {
        h->on_misuse(h, why, object);
    } else if (IRQGC_DEBUG) {
        port_stop();
    }
}
