// SPDX-License-Identifier: MIT
//
// What the emulator's plugin is to see: ../plugin.c.
#ifndef IRQGC_BENCH_LATENCY_MARKS_H
#define IRQGC_BENCH_LATENCY_MARKS_H

#include "board.h"

#define MARK(name)                                                             \
    BOARD_APART static void bench_mark_##name(void) {                          \
        __asm__ volatile("" : : : "memory");                                   \
    }

MARK(level1)
MARK(level2)
MARK(level3)
MARK(leave)
MARK(alloc)
MARK(free)
MARK(done)
MARK(collected)
MARK(last)

#endif
