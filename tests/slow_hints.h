// SPDX-License-Identifier: MIT
//
// The hints that a heap at rest must have, worked out slowly.
#ifndef IRQGC_TESTS_SLOW_HINTS_H
#define IRQGC_TESTS_SLOW_HINTS_H

#include "hints.h"
#include "slow_word.h"

static inline word_t slow_rows(const irqgc_t *h) {
    return (h->n_groups + WORD_BITS - 1) / WORD_BITS;
}

typedef struct {
    word_t map[N_CLASSES];
} slow_row_t;

static inline slow_row_t slow_row(const irqgc_t *h, word_t i) {
    slow_row_t row = {{0}};
    const word_t end = (i + 1) * WORD_BITS;
    for (word_t k = i * WORD_BITS; k < end && k < h->n_groups; k++) {
        const word_t used = h->groups[k].head | h->groups[k].body;
        const word_t maps = slow_maps(~used & GROUP_ALL);
        for (unsigned c = 0; c < N_CLASSES; c++) {
            row.map[c] |= (maps >> c & 1) << k % WORD_BITS;
        }
    }
    return row;
}

// Whether a row is as it must be, and its bits in the indexes.
static inline bool slow_row_matches(const irqgc_t *h, word_t i) {
    const slow_row_t row = slow_row(h, i);
    const word_t *index = hint_index(h, i / WORD_BITS);
    for (unsigned c = 0; c < N_CLASSES; c++) {
        const bool indexed = (index[c] >> i % WORD_BITS & 1) != 0;
        if (hint_row(h, i)[c] != row.map[c] || indexed != (row.map[c] != 0)) {
            return false;
        }
    }
    return true;
}

// Whether all are, and no index tells of rows that are none.
static inline bool slow_hints_match(const irqgc_t *h) {
    word_t i = 0;
    for (; i < slow_rows(h); i++) {
        if (!slow_row_matches(h, i)) {
            return false;
        }
    }
    for (unsigned c = 0; i % WORD_BITS != 0 && c < N_CLASSES; c++) {
        if (hint_index(h, i / WORD_BITS)[c] >> i % WORD_BITS != 0) {
            return false;
        }
    }
    return true;
}

// Sets a word of a map, and its bit in the index.
static inline void slow_map_set(const irqgc_t *h, word_t i, unsigned c,
                                word_t groups) {
    const word_t bit = (word_t)1 << i % WORD_BITS;
    word_t *index = &hint_index(h, i / WORD_BITS)[c];
    hint_row(h, i)[c] = groups;
    *index = groups != 0 ? *index | bit : *index & ~bit;
}

// Makes the hints those of a heap at rest.
static inline void slow_hints_set(const irqgc_t *h) {
    for (word_t i = 0; i < slow_rows(h); i++) {
        const slow_row_t row = slow_row(h, i);
        for (unsigned c = 0; c < N_CLASSES; c++) {
            slow_map_set(h, i, c, row.map[c]);
        }
    }
}

#endif
