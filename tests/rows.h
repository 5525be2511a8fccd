// SPDX-License-Identifier: MIT
//
// A heap whose hints have more than one level.
#ifndef IRQGC_TESTS_ROWS_H
#define IRQGC_TESTS_ROWS_H

#include <string.h>

#include "picture.h"
#include "slow_hints.h"

// Three rows of full groups.
static inline irqgc_t *rows_draw(void) {
    static char picture[3 * WORD_BITS * 3 + 1];
    for (word_t k = 0; k < 3 * WORD_BITS; k++) {
        memcpy(&picture[3 * k], ".~ ", 3);
    }
    picture[sizeof picture - 2] = '\0';
    irqgc_t *h = heap_draw(picture);
    for (word_t k = 0; k < h->n_groups; k++) {
        const word_t free = ~(h->groups[k].head | h->groups[k].body);
        h->groups[k].head |= free & GROUP_ALL;
        h->taken += word_count(free & GROUP_ALL);
    }
    slow_hints_set(h);
    return h;
}

#endif
