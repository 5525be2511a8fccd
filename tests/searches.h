// SPDX-License-Identifier: MIT
//
// Counts the searches of the truth: the linker puts ours in front of
// searched_claim. For a suite with
//
//   Link: -Wl,--wrap=irqgc_core_searched_claim
#ifndef IRQGC_TESTS_SEARCHES_H
#define IRQGC_TESTS_SEARCHES_H

#include "claim.h"

static unsigned n_searches;

bool __real_irqgc_core_searched_claim(irqgc_t *h, record_t *op, word_t n);
bool __wrap_irqgc_core_searched_claim(irqgc_t *h, record_t *op, word_t n);

bool __wrap_irqgc_core_searched_claim(irqgc_t *h, record_t *op, word_t n) {
    n_searches++;
    return __real_irqgc_core_searched_claim(h, op, n);
}

#endif
