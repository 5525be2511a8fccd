// SPDX-License-Identifier: MIT
//
// Hints: which groups have a free run of 1, 2, 4 ... blocks inside them.
#ifndef IRQGC_SRC_HINTS_H
#define IRQGC_SRC_HINTS_H

#include "heap.h"

static inline word_t *hint_map(const irqgc_t *h, unsigned class) {
    return h->hints + class * h->n_map_words;
}

// Brings the hints of group k in line with the truth.
void hints_refresh(irqgc_t *h, word_t k);

// The same, by the context that has just changed the free blocks of group k
// from `before` to `after`, in a window.
//
// Whoever changes a group calls this before it does anything else. If higher
// contexts changed it too in between, each refreshed what it changed itself,
// and the classes between are refreshed here from the truth as it is now.
void hints_changed(irqgc_t *h, word_t k, word_t before, word_t after);

#endif
