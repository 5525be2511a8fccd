// SPDX-License-Identifier: MIT
#include "hints.h"

// One copy of the unrolled loop serves all.
__attribute__((noinline)) static unsigned classes_served(word_t free) {
    return word_classes(free);
}

// T14 hint. Before: the bit may be wrong, for a group whose used blocks are
// `used`. After: it is right, or the group has changed, and whoever did that
// puts its hints right (I2). Returns whether the group was still as told.
static bool hint_write(irqgc_t *h, word_t k, word_t used, word_t *map,
                       bool served) {
    const group_t *g = &h->groups[k];
    const word_t bit = (word_t)1 << k % WORD_BITS;
    const word_t hint = served ? bit : 0;
    const port_irq_t irq = port_irq_save();
    const bool unchanged = (g->head | g->body) == used;
    if (unchanged) {
        *map = (*map & ~bit) | hint;
    }
    port_irq_restore(irq);
    return unchanged;
}

// Refreshes the classes from `first` up to but not including `end`; returns
// false if the group changed meanwhile. A hint that looks right needs no
// window: whoever changed it since has changed the group, and set it anew.
__attribute__((noinline)) static bool
hints_match(irqgc_t *h, word_t k, unsigned first, unsigned end) {
    const truth_t t = group_truth(h, k);
    const word_t used = t.head | t.body;
    const unsigned n_served = classes_served(~used & GROUP_ALL);
    for (unsigned c = first; c < end; c++) {
        word_t *map = &hint_map(h, c)[k / WORD_BITS];
        const bool hinted = (now(map) >> k % WORD_BITS & 1) != 0;
        const bool served = c < n_served;
        if (hinted != served && !hint_write(h, k, used, map, served)) {
            return false;
        }
    }
    return true;
}

void hints_refresh(irqgc_t *h, word_t k) {
    // Ends: each further round is paid for by a change of a higher context.
    while (!hints_match(h, k, 0, N_CLASSES)) {
    }
}

void hints_changed(irqgc_t *h, word_t k, word_t before, word_t after) {
    const unsigned was = classes_served(before);
    const unsigned is = classes_served(after);
    if (was == is) {
        return;
    }
    if (!hints_match(h, k, was < is ? was : is, was < is ? is : was)) {
        hints_refresh(h, k);
    }
}
