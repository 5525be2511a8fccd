// SPDX-License-Identifier: MIT
//
// Of the virtual interrupt controller (irqgc/vic.h), what the rig uses,
// as the board's levels: line n is level n + 1, of that priority.
#include "vic.h"

#include "board.h"
#include "clock.h"

#define US 1000000u
#define MIN_PERIOD 10u // microseconds, of board_timer_start

typedef struct {
    vic_handler_t *handler;
    void *arg;
    volatile unsigned long run;
    unsigned long raised; // until the timer was stopped
    uint32_t period;      // microseconds; 0: not timed
    uint64_t start;       // nanoseconds
} line_t;

static line_t lines[BOARD_LEVELS];

static void on_level(void *arg) {
    line_t *const line = arg;
    line->run++;
    line->handler(line->arg);
}

void vic_connect(unsigned line, int priority, vic_handler_t *handler,
                 void *arg) {
    (void)priority;
    lines[line] = (line_t){.handler = handler, .arg = arg};
    board_on_level(line + 1, on_level, &lines[line]);
}

bool vic_timer_start(unsigned line, unsigned hz) {
    const uint32_t period = US / hz;
    if (period < MIN_PERIOD) {
        return false;
    }
    lines[line].period = period;
    lines[line].start = clock_ns();
    board_timer_start(line + 1, period);
    return true;
}

static unsigned long periods_passed(const line_t *line) {
    if (line->period == 0) {
        return 0;
    }
    const uint64_t us = (clock_ns() - line->start) / 1000;
    return (unsigned long)(us / line->period);
}

void vic_timer_stop(unsigned line) {
    board_timer_stop(line + 1);
    lines[line].raised += periods_passed(&lines[line]);
    lines[line].period = 0;
}

// The one that is due just now may have run before the clock says so.
void vic_stats(unsigned line, vic_stats_t *stats) {
    const line_t *const l = &lines[line];
    const unsigned long raised = l->raised + periods_passed(l);
    const unsigned long run = l->run;
    *stats = (vic_stats_t){
        .raised = raised > run ? raised : run,
        .run = run,
        .lost = raised > run ? raised - run : 0,
    };
}
