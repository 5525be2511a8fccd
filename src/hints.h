// SPDX-License-Identifier: MIT
//
// Hints: which groups have a free run of 1, 2, 4 ... blocks inside them. Each
// size class has a map with a bit for each group, and below it the index of the
// map, with a bit for each of its words that is not zero. Exact when no
// operation is in progress.
//
//   ... index 1 | index 0 | map 0 | map 1 | map 2 ...
//
#ifndef IRQGC_SRC_HINTS_H
#define IRQGC_SRC_HINTS_H

#include "heap.h"

static inline word_t *hint_map(const irqgc_t *h, unsigned class) {
    return h->hints + class * h->map_stride;
}

// The index word whose bits stand for the words `i` * WORD_BITS on of the map.
static inline word_t *hint_index(word_t *map, word_t i) {
    return &map[-1 - (ptrdiff_t)i];
}

// Brings the hints of group k in line with the truth, by the context that has
// just changed its free blocks in a window: `fewer` are those after a claim, or
// before a give-back, `more` those before it, or after. Only for the classes
// that the one serves and the other not.
//
// Whoever changes a group calls this before it does anything else. If higher
// contexts changed it too in between, each put right what it changed itself,
// and the classes between are put right here, by the truth as it is now.
void hints_changed(irqgc_t *h, word_t k, word_t fewer, word_t more);

// The same for all classes.
static inline void hints_refresh(irqgc_t *h, word_t k) {
    hints_changed(h, k, 0, GROUP_ALL);
}

// What a sweep has freed in groups whose hints share a word of each map, so
// that it is hinted at once.
typedef struct {
    word_t taken;                // the counter, before the first was swept
    word_t serve[N_CLASSES + 1]; // [n]: the groups that serve n classes now
} gains_t;

// Hints at what was gained in the groups of word `i` of the maps.
COLD void hints_gain(irqgc_t *h, word_t i, const gains_t *gains);

#endif
