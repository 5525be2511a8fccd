// SPDX-License-Identifier: MIT
//
// Hints: which groups have free blocks, and how long a run. Each size class has
// a map with a bit for each group: that of class 1 for all groups that are not
// full, each other one for the groups of this very class. Words of the same
// place in all maps are a row. This is level 0; the maps of the next level have
// a bit for each word of this one that is not zero, and so on, up to a level of
// one row:
//
//   level 0: row 0 | row 1 | row 2 ...   level 1: row 0 ...   level 2: ...
//
// Whoever changes the free blocks of a group toggles its bits where the maps
// that it was in differ from those that it is in now, by the words that its own
// window saw and stored. What several contexts toggle adds up in any order, for
// the one's words after are the next one's words before: so hints are exact
// when no operation is in progress, and nobody has to look at anything again.
// But for the open group (open.h), which is in the maps that it was in when it
// was opened, until whoever closes it toggles from those to the ones that the
// closing window saw.
#ifndef IRQGC_SRC_HINTS_H
#define IRQGC_SRC_HINTS_H

#include "heap.h"

// The words `i` of all maps of a level, [0] that of class 1.
static inline word_t *hint_row(const irqgc_t *h, word_t level, word_t i) {
    return &h->hints[level][i * N_CLASSES];
}

// What the words of a row say of `class` and all larger ones: the first bit is
// the first such group in the order of addresses. In this order large objects
// find room above small ones.
static inline word_t row_from(const word_t *row, unsigned class) {
    word_t any = now(&row[class - 1]);
    if (class > 1) { // else it has all that are not full
        for (unsigned c = class; c < N_CLASSES; c++) {
            any |= now(&row[c]);
        }
    }
    return any;
}

// The first run of `n` blocks, 1 <= n <= GROUP_BLOCKS, in the first group from
// group `k` on, k < n_groups, in the order of addresses, that hints tell of and
// that has one as it is looked at; or NO_BLOCK. Hints are wrong where a context
// below has yet to toggle.
LEAN block_t run_hinted(const irqgc_t *h, word_t k, word_t n)
    CORE_NAME(run_hinted);

// The size class of a group with these free blocks.
unsigned free_class(word_t free) CORE_NAME(free_class);

// Hints for group k, whose free blocks the caller has changed in a window from
// `before` to `after`.
LEAN void hints_changed(irqgc_t *h, word_t k, word_t before, word_t after)
    CORE_NAME(hints_changed);

// Toggles bits of word i in the map of class c + 1, and above.
LEAN void map_toggle(irqgc_t *h, unsigned c, word_t i, word_t bits)
    CORE_NAME(map_toggle);

// Groups that share a row and have left a class, or come to it, to be hinted at
// once.
typedef struct {
    word_t toggled[N_CLASSES]; // [0]: class 1
} hints_t;

COLD void hints_toggle(irqgc_t *h, word_t i, const hints_t *hints)
    CORE_NAME(hints_toggle);

#endif
