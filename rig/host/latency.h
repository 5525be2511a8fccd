// SPDX-License-Identifier: MIT
//
// How long a timer's ticks wait for their handler.
#ifndef IRQGC_RIG_HOST_LATENCY_H
#define IRQGC_RIG_HOST_LATENCY_H

#include <inttypes.h>

// Ticks that waited at least 2^(i / 4) nanoseconds and less than 2^((i + 1) /
// 4) are in bucket i; those that waited longer in the last, shorter in 0.
#define LATENCY_BUCKETS 140u

// Written by the timer's handler alone.
typedef struct {
    double start;         // seconds, on the clock, when its first period began
    double period;        // seconds
    unsigned long served; // of its ticks, when its handler last began
    uint32_t n[LATENCY_BUCKETS];
} latency_t;

// Notes that the handler begins `now`; it has served this many ticks then, this
// one and lost ones included. Those that it serves now have waited since the
// first of them was due.
void latency_note(latency_t *latency, double now, unsigned long served);

#endif
