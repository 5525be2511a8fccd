// SPDX-License-Identifier: MIT
#include "hints.h"

// ---- Looking ---------------------------------------------------------------

// Down from the top, or on in the row of group `k`, to the first bit of a row,
// and where that is none, up again and on from there: so to each group that is
// hinted at, in the order of addresses.
block_t run_hinted(const irqgc_t *h, word_t k, word_t n) {
    const unsigned class = word_class_for(n);
    word_t level = k == 0 ? h->n_levels - 1 : 0;
    word_t i = k / WORD_BITS; // the row
    word_t ahead = ~(word_t)0 << k % WORD_BITS;
    for (;;) {
        const word_t bits = row_from(hint_row(h, level, i), class) & ahead;
        if (bits == 0) {
            if (++level == h->n_levels) {
                return NO_BLOCK;
            }
            ahead = ~(word_t)0 << i % WORD_BITS << 1;
            i /= WORD_BITS;
            continue;
        }
        const word_t next = i * WORD_BITS + word_lowest(bits);
        if (level > 0) {
            level--;
            i = next;
            ahead = ~(word_t)0;
            continue;
        }
        const group_t *g = &h->groups[next];
        const word_t free = ~(now(&g->head) | now(&g->body)) & GROUP_ALL;
        const word_t starts = word_run_starts(free, n);
        if (starts != 0) {
            return next * GROUP_BLOCKS + word_lowest(starts);
        }
        ahead = bits & (bits - 1);
    }
}

// ---- Toggling --------------------------------------------------------------

// T4 hint. Toggles bits in a word of a map; whether it becomes zero, or was.
// Before and after: hints are wrong for groups that someone has changed and not
// yet toggled, which costs time only (I2). The window: higher contexts toggle
// bits of the same word.
static WINDOW bool word_toggle(word_t *map, word_t bits) {
    map = (word_t *)word_ready((word_t)map);
    bits = word_ready(bits);
    const port_irq_t irq = port_irq_save();
    const word_t hints = *map ^ bits;
    *map = hints;
    port_irq_restore(irq);
    return hints == 0 || hints == bits;
}

// Toggles bits of word i in the map of class c + 1. The level above tells which
// words are zero, and so is toggled by what each window saw, as this one is.
void map_toggle(irqgc_t *h, unsigned c, word_t i, word_t bits) {
    word_t *const *level = h->hints;
    while (word_toggle(&(*level)[i * N_CLASSES + c], bits) &&
           ++level < &h->hints[h->n_levels]) {
        bits = (word_t)1 << i % WORD_BITS;
        i /= WORD_BITS;
    }
}

// The maps that a group of this class is in, a bit for each.
static inline word_t class_maps(unsigned class) {
    return class == 0 ? 0 : (word_t)1 << (class - 1) | 1;
}

__attribute__((hot, noinline)) unsigned free_class(word_t free) {
    return word_class(free);
}

void hints_changed(irqgc_t *h, word_t k, word_t before, word_t after) {
    word_t maps =
        class_maps(free_class(before)) ^ class_maps(free_class(after));
    for (; maps != 0; maps &= maps - 1) {
        map_toggle(h, word_lowest(maps), k / WORD_BITS,
                   (word_t)1 << k % WORD_BITS);
    }
}

void hints_toggle(irqgc_t *h, word_t i, const hints_t *hints) {
    word_t full = 0; // or no longer: an odd number of classes toggled
    for (unsigned c = N_CLASSES; c-- > 0;) {
        full ^= hints->toggled[c];
        const word_t groups = c > 0 ? hints->toggled[c] : full;
        if (groups != 0) {
            map_toggle(h, c, i, groups);
        }
    }
}
