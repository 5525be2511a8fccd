// SPDX-License-Identifier: MIT
//
// Hints: which groups have free blocks, and how long a run. Each size class has
// a map with a bit for each group: that of class 1 for all groups that are not
// full, each other one for the groups of this very class. The index of a map
// has a bit for each of its words that is not zero. Words of the same place in
// all maps are a row:
//
//   ... index row 1 | index row 0 | row 0 | row 1 | row 2 ...
//
// Whoever changes the free blocks of a group toggles its bits where the maps
// that it was in differ from those that it is in now, by the words that its own
// window saw and stored. What several contexts toggle adds up in any order, for
// the one's words after are the next one's words before: so hints are exact
// when no operation is in progress, and nobody has to look at anything again.
#ifndef IRQGC_SRC_HINTS_H
#define IRQGC_SRC_HINTS_H

#include "heap.h"

// The words `i` of all maps, [0] that of class 1.
static inline word_t *hint_row(const irqgc_t *h, word_t i) {
    return &h->hints[i * N_CLASSES];
}

// The words of all indexes whose bits stand for the rows `j` * WORD_BITS on.
static inline word_t *hint_index(const irqgc_t *h, word_t j) {
    return h->hints - (j + 1) * N_CLASSES;
}

// What the words of a row say of `class` and all larger ones: the first bit is
// the first such group in the order of addresses. In this order large objects
// find room above small ones.
word_t row_from(const word_t *row, unsigned class) CORE_NAME(row_from);

// Hints for group k, whose free blocks the caller has changed in a window from
// `before` to `after`.
void hints_changed(irqgc_t *h, word_t k, word_t before, word_t after)
    CORE_NAME(hints_changed);

// Groups that share a row and have left a class, or come to it, to be hinted at
// once.
typedef struct {
    word_t toggled[N_CLASSES]; // [0]: class 1
} hints_t;

COLD void hints_toggle(irqgc_t *h, word_t i, const hints_t *hints)
    CORE_NAME(hints_toggle);

#endif
