// SPDX-License-Identifier: MIT
#include "latency.h"

// 4 times the logarithm, to the base of 2, rounded down.
static unsigned bucket_of(uint64_t ns) {
    if (ns == 0) {
        return 0;
    }
    // Powers of 2^(1/4), from 1 to 2, in 65536ths.
    static const uint64_t quarters[] = {65536, 77936, 92682, 110218};
    const unsigned octave = 63 - (unsigned)__builtin_clzll(ns);
    const uint64_t part =
        octave < 16 ? ns << (16 - octave) : ns >> (octave - 16);
    unsigned i = 3;
    while (part < quarters[i]) {
        i--;
    }
    return octave * 4 + i;
}

void latency_note(latency_t *latency, double now, unsigned long served) {
    const double was_due =
        latency->start + (double)(latency->served + 1) * latency->period;
    const double ns = now > was_due ? (now - was_due) * 1e9 : 0;
    const unsigned i = bucket_of((uint64_t)ns);
    latency->n[i < LATENCY_BUCKETS ? i : LATENCY_BUCKETS - 1]++;
    latency->served = served;
}
