// SPDX-License-Identifier: MIT
#include "hints.h"

// Moves with everything that is claimed or given back.
static word_t changes(const irqgc_t *h) {
    return now(&h->taken) + now(&h->given);
}

// T4 hint. Before: `groups`, of word `i` of the map, may be hinted wrongly; the
// counters added up to `seen` when they were looked at. (Where a sweep gains,
// `given` is read later: what was given back till then leaves the hints true.)
// After: those that are `served` are hinted, and the word in the index; or
// something was claimed or given back since, and whoever did that puts its own
// hints right (I2). False iff so.
static PORT_WINDOW bool map_write(irqgc_t *h, word_t *map, word_t i,
                                  word_t groups, word_t served, word_t seen) {
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

// Puts right the classes from `first` up to but not including `end`; false if
// something was claimed or given back meanwhile, here or elsewhere: then what
// was read may be of two instants.
static inline bool hints_match(irqgc_t *h, word_t k, unsigned first,
                               unsigned end) {
    const word_t seen = changes(h);
    const word_t used = now(&h->groups[k].head) | now(&h->groups[k].body);
    word_t starts = ~used & GROUP_ALL; // of runs that serve class c
    const word_t bit = (word_t)1 << k % WORD_BITS;
    for (unsigned c = 0;; c++) {
        if (c >= first && !map_write(h, hint_map(h, c), k / WORD_BITS, bit,
                                     starts != 0 ? bit : 0, seen)) {
            return false;
        }
        if (c + 1 == end) {
            return true;
        }
        starts &= starts >> (1u << c);
    }
}

// The ladders of word_classes, both in step.
__attribute__((hot)) void hints_changed(irqgc_t *h, word_t k, word_t fewer,
                                        word_t more) {
    unsigned first;
#pragma GCC unroll 8
    for (first = 0; first < N_CLASSES - 1; first++) {
        if (fewer == 0) {
            break;
        }
        fewer &= fewer >> (1u << first);
        more &= more >> (1u << first);
    }
    if (fewer != 0 || more == 0) {
        return;
    }
    unsigned end = first + 1;
    while (end < N_CLASSES && (more &= more >> (1u << (end - 1))) != 0) {
        end++;
    }
    // Ends: each further round is paid for by a change of a higher context.
    while (!hints_match(h, k, first, end)) {
        first = 0;
        end = N_CLASSES;
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
