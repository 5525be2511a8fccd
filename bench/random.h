// SPDX-License-Identifier: MIT
//
// Numbers at random that are the same on each run.
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdint.h>

// Below `n`; `*state` is any number but 0. Marsaglia's xorshift of 32 bits.
static inline uint32_t random_below(uint32_t *state, uint32_t n) {
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *state = x;
    return (uint32_t)((uint64_t)x * n >> 32);
}

#endif
