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

// The free blocks that a group is hinted with: the open one as it was when it
// was opened.
static inline word_t slow_shown(const irqgc_t *h, word_t k) {
    const group_t *g = &h->groups[k];
    return (g == h->open ? h->open_free : ~(g->head | g->body)) & GROUP_ALL;
}

static inline slow_row_t slow_row(const irqgc_t *h, word_t i) {
    slow_row_t row = {{0}};
    const word_t end = (i + 1) * WORD_BITS;
    for (word_t k = i * WORD_BITS; k < end && k < h->n_groups; k++) {
        const word_t maps = slow_maps(slow_shown(h, k));
        for (unsigned c = 0; c < N_CLASSES; c++) {
            row.map[c] |= (maps >> c & 1) << k % WORD_BITS;
        }
    }
    return row;
}

// The words `i` of the maps one level above those with `n_rows` words.
static inline slow_row_t slow_above(const irqgc_t *h, word_t level, word_t i,
                                    word_t n_rows) {
    slow_row_t row = {{0}};
    const word_t end = (i + 1) * WORD_BITS;
    for (word_t j = i * WORD_BITS; j < end && j < n_rows; j++) {
        for (unsigned c = 0; c < N_CLASSES; c++) {
            const word_t is_hinted = hint_row(h, level, j)[c] != 0;
            row.map[c] |= is_hinted << j % WORD_BITS;
        }
    }
    return row;
}

static inline bool slow_row_matches(const word_t *hints,
                                    const slow_row_t *row) {
    for (unsigned c = 0; c < N_CLASSES; c++) {
        if (hints[c] != row->map[c]) {
            return false;
        }
    }
    return true;
}

// Whether all hints are as they must be, on all levels.
static inline bool slow_hints_match(const irqgc_t *h) {
    word_t n = slow_rows(h);
    for (word_t i = 0; i < n; i++) {
        const slow_row_t row = slow_row(h, i);
        if (!slow_row_matches(hint_row(h, 0, i), &row)) {
            return false;
        }
    }
    for (word_t level = 1; level < h->n_levels; level++) {
        const word_t n_above = (n + WORD_BITS - 1) / WORD_BITS;
        for (word_t i = 0; i < n_above; i++) {
            const slow_row_t row = slow_above(h, level - 1, i, n);
            if (!slow_row_matches(hint_row(h, level, i), &row)) {
                return false;
            }
        }
        n = n_above;
    }
    return n == 1;
}

// Sets a word of a map, and its bits above.
static inline void slow_map_set(const irqgc_t *h, word_t i, unsigned c,
                                word_t groups) {
    hint_row(h, 0, i)[c] = groups;
    for (word_t level = 1; level < h->n_levels; level++) {
        const word_t bit = (word_t)1 << i % WORD_BITS;
        const bool is_hinted = hint_row(h, level - 1, i)[c] != 0;
        i /= WORD_BITS;
        word_t *word = &hint_row(h, level, i)[c];
        *word = is_hinted ? *word | bit : *word & ~bit;
    }
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
