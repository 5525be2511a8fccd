// SPDX-License-Identifier: MIT
//
// Timers of all levels, for boards that have one. deadlines_meet is called by
// an interrupt more urgent than those who start and stop them.
#include "internal.h"

typedef struct {
    volatile uint32_t period; // 0: stopped
    volatile uint32_t at;     // next due; valid while not stopped
} deadline_t;

static deadline_t deadlines[BOARD_LEVELS];

void deadline_start(unsigned level, uint32_t now, uint32_t period) {
    deadline_t *const d = &deadlines[level - 1];
    d->period = 0; // an interrupt between sees no half of it
    d->at = now + period;
    d->period = period;
}

void deadline_stop(unsigned level) {
    deadlines[level - 1].period = 0;
}

static bool deadline_is_due(const deadline_t *d, uint32_t now) {
    return now - d->at < 0x80000000u;
}

// Requests the level if it is due, and moves the deadline on. A whole period
// that was missed is lost.
static void deadline_meet(unsigned level, deadline_t *d, uint32_t now) {
    if (!deadline_is_due(d, now)) {
        return;
    }
    board_request(level);
    d->at += d->period;
    if (deadline_is_due(d, now)) {
        d->at = now + d->period;
    }
}

uint32_t deadlines_meet(uint32_t now) {
    uint32_t next = DEADLINE_NONE;
    for (unsigned level = 1; level <= BOARD_LEVELS; level++) {
        deadline_t *const d = &deadlines[level - 1];
        if (d->period != 0) {
            deadline_meet(level, d, now);
            next = d->at - now < next ? d->at - now : next;
        }
    }
    return next;
}
