// SPDX-License-Identifier: MIT
//
// What the benchmark has the peers do. Each work is one file of works/.
#ifndef IRQGC_BENCH_WORK_H
#define IRQGC_BENCH_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *what; // which of its kind: a trace, a shape, a fill
    size_t bytes;     // of the heap
    uint32_t times;   // how often what is measured is done; 1 for counting
} order_t;

// Return false if the peer had no room.
typedef bool work_t(const order_t *order);
work_t work_replay, work_churn, work_worst, work_shape, work_large, work_grow,
    work_fragment;

#endif
