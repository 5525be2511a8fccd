// SPDX-License-Identifier: MIT
//
// What only irqgc has: collections, searches of the truth, stack depths.
#ifndef IRQGC_BENCH_FIGURES_COLLECTOR_H
#define IRQGC_BENCH_FIGURES_COLLECTOR_H

#include "irqgc/irqgc.h"

// Makes a new heap of so many bytes, instead of the one before.
irqgc_t *collector_heap(size_t size, size_t mark_stack);

void collector_figures(void);

#endif
