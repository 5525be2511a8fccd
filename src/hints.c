// SPDX-License-Identifier: MIT
#include "hints.h"

__attribute__((hot)) word_t row_from(const word_t *row, unsigned class) {
    const word_t *end = row + N_CLASSES;
    word_t any = 0;
    switch (class + 7 - N_CLASSES) { // straight on, at two instructions each
    case 1:
        any |= now(end - 7); // fall through
    case 2:
        any |= now(end - 6); // fall through
    case 3:
        any |= now(end - 5); // fall through
    case 4:
        any |= now(end - 4); // fall through
    case 5:
        any |= now(end - 3); // fall through
    case 6:
        any |= now(end - 2); // fall through
    default:
        any |= now(end - 1);
    }
    return any;
}

// T4 hint. Toggles `groups` in a word of a class's map, and the word's bit in
// the index accordingly. Before and after: hints are wrong for groups that
// someone has changed and not yet toggled, which costs time only (I2). The
// window: higher contexts toggle bits of the same words.
static WINDOW void toggle(word_t *map, word_t *index, word_t index_bit,
                          word_t groups) {
    map = (word_t *)word_ready((word_t)map);
    index = (word_t *)word_ready((word_t)index);
    const port_irq_t irq = port_irq_save();
    const word_t hints = *map ^ groups;
    *map = hints;
    if (hints == 0 || hints == groups) { // it becomes zero, or was
        *index ^= index_bit;
    }
    port_irq_restore(irq);
}

// The maps that a group with these free blocks is in, a bit for each.
static inline word_t group_maps(word_t free) {
    const unsigned class = word_class(free);
    if (class == N_CLASSES) { // what follows gives it, too; this is smaller
        return (word_t)1 << (N_CLASSES - 1) | 1;
    }
    return class == 0 ? 0 : (word_t)1 << (class - 1) | 1;
}

__attribute__((hot)) void hints_changed(irqgc_t *h, word_t k, word_t before,
                                        word_t after) {
    word_t maps = word_ready(group_maps(before));
    maps ^= word_ready(group_maps(after));
    if (maps == 0) {
        return;
    }
    const word_t i = k / WORD_BITS;
    word_t *row = (word_t *)word_ready((word_t)hint_row(h, i));
    word_t *index = (word_t *)word_ready((word_t)hint_index(h, i / WORD_BITS));
    const word_t index_bit = word_ready((word_t)1 << i % WORD_BITS);
    const word_t bit = word_ready((word_t)1 << k % WORD_BITS);
    do {
        const unsigned c = word_lowest(maps);
        toggle(&row[c], &index[c], index_bit, bit);
        maps &= maps - 1;
    } while (maps != 0);
}

void hints_toggle(irqgc_t *h, word_t i, const hints_t *hints) {
    word_t *row = hint_row(h, i);
    word_t *index = hint_index(h, i / WORD_BITS);
    const word_t index_bit = word_ready((word_t)1 << i % WORD_BITS);
    word_t full = 0; // or no longer: an odd number of classes toggled
    for (unsigned c = N_CLASSES; c-- > 0;) {
        full ^= hints->toggled[c];
        const word_t groups = c > 0 ? hints->toggled[c] : full;
        if (groups != 0) {
            toggle(&row[c], &index[c], index_bit, groups);
        }
    }
}
