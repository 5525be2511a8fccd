// SPDX-License-Identifier: MIT
#include "clock.h"

#include <time.h>

#include "board.h"
#include "irqgc_port.h"

enum { NS = 1000000000 };

static uint64_t cycles; // up to `last`, a reading of board_cycles
static uint32_t last;

uint64_t clock_ns(void) {
    // A window, with the call that reads the counter: between reading it and
    // noting it nobody may note a later one, as that would count as a wrap.
    const port_irq_t irq = port_irq_save();
    const uint32_t now = board_cycles();
    cycles += now - last;
    last = now;
    const uint64_t all = cycles;
    port_irq_restore(irq);
    return all / board_cycles_hz * NS +
           all % board_cycles_hz * NS / board_cycles_hz;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    (void)clock;
    const uint64_t ns = clock_ns();
    now->tv_sec = (long)(ns / NS);
    now->tv_nsec = (long)(ns % NS);
    return 0;
}

int nanosleep(const struct timespec *how_long, struct timespec *remains) {
    (void)remains;
    const uint64_t end = clock_ns() + (uint64_t)how_long->tv_sec * NS +
                         (uint64_t)how_long->tv_nsec;
    while (clock_ns() < end) {
    }
    return 0;
}
