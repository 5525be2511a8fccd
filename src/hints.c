// SPDX-License-Identifier: MIT
#include "hints.h"

__attribute__((noinline)) unsigned classes_served(word_t free) {
    return word_classes(free);
}

// Moves with everything that is claimed or given back.
static word_t changes(const irqgc_t *h) {
    return now(&h->taken) + now(&h->given);
}

// T4 hint. Before: `groups`, of word `i` of the map, may be hinted wrongly; so
// many `changes` had been made before they were looked at. After: those of them
// that are `served` are hinted, and the word in the index; or something was
// claimed or given back since, and whoever did that puts its own hints right
// (I2). False iff so.
__attribute__((noinline)) static bool map_write(irqgc_t *h, word_t *map,
                                                word_t i, word_t groups,
                                                word_t served, word_t seen) {
    word_t *index =
        (word_t *)word_ready((word_t)hint_index(map, i / WORD_BITS));
    const word_t index_bit = word_ready((word_t)1 << i % WORD_BITS);
    map = (word_t *)word_ready((word_t)&map[i]);
    const port_irq_t irq = port_irq_save();
    const word_t moved = h->taken + h->given - seen;
    if (moved == 0) {
        const word_t hints = (*map & ~groups) | served;
        *map = hints;
        const word_t words = *index | index_bit;
        *index = hints != 0 ? words : words ^ index_bit;
    }
    port_irq_restore(irq);
    return moved == 0;
}

// Refreshes the classes from `first` up to but not including `end`; false if
// something was claimed or given back meanwhile, here or elsewhere: then what
// was read may be of two instants.
static bool hints_match(irqgc_t *h, word_t k, unsigned first, unsigned end) {
    const word_t seen = changes(h);
    const word_t used = now(&h->groups[k].head) | now(&h->groups[k].body);
    const unsigned n_served = classes_served(~used & GROUP_ALL);
    const word_t i = k / WORD_BITS;
    const word_t bit = (word_t)1 << k % WORD_BITS;
    for (unsigned c = first; c < end; c++) {
        const word_t served = c < n_served ? bit : 0;
        if ((now(&hint_map(h, c)[i]) & bit) != served &&
            !map_write(h, hint_map(h, c), i, bit, served, seen)) {
            return false;
        }
    }
    return changes(h) == seen;
}

void hints_refresh(irqgc_t *h, word_t k) {
    // Ends: each further round is paid for by a change of a higher context.
    while (!hints_match(h, k, 0, N_CLASSES)) {
    }
}

void hints_update(irqgc_t *h, word_t k, word_t fewer, word_t more) {
    if (!hints_match(h, k, classes_served(fewer), classes_served(more))) {
        hints_refresh(h, k);
    }
}

void hints_gain(irqgc_t *h, word_t i, const gains_t *gains) {
    const word_t seen = gains->taken + now(&h->given);
    word_t groups = 0; // that serve the class
    bool unchanged = true;
    for (unsigned c = N_CLASSES; c-- > 0;) {
        groups |= gains->serve[c + 1];
        unchanged = unchanged &&
                    (groups == 0 ||
                     map_write(h, hint_map(h, c), i, groups, groups, seen));
    }
    for (; !unchanged && groups != 0; groups &= groups - 1) {
        hints_refresh(h, i * WORD_BITS + word_lowest(groups));
    }
}
