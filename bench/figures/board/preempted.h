// SPDX-License-Identifier: MIT
//
// Operations in handlers that have preempted others: for their windows, some of
// which are opened nowhere else.
#ifndef IRQGC_BENCH_FIGURES_PREEMPTED_H
#define IRQGC_BENCH_FIGURES_PREEMPTED_H

#include "irqgc/irqgc.h"

void preempted_run(irqgc_t *heap);

#endif
