// SPDX-License-Identifier: MIT
//
// The timers of the nRF51, as emulated: all three have 32 bits. They run
// freely, and a compare register moves on from period to period. That of level
// 1 is read as the free-running counter.
#include "cortex_m.h"

#define TIMER(level) (BOARD_TIMERS + 0x1000u * ((level)-1))
#define TASK_START(level) REGISTER(TIMER(level) + 0x000u)
#define TASK_CAPTURE(level) REGISTER(TIMER(level) + 0x044u)  // into CC[1]
#define EVENT_COMPARE(level) REGISTER(TIMER(level) + 0x140u) // with CC[0]
#define INTENSET(level) REGISTER(TIMER(level) + 0x304u)
#define INTENCLR(level) REGISTER(TIMER(level) + 0x308u)
#define BITMODE(level) REGISTER(TIMER(level) + 0x508u)
#define PRESCALER(level) REGISTER(TIMER(level) + 0x510u)
#define COMPARE(level) REGISTER(TIMER(level) + 0x540u)
#define CAPTURED(level) REGISTER(TIMER(level) + 0x544u)
#define INT_COMPARE (1u << 16)
#define BITMODE_32 3u

// How close a compare value may be to the counter to be sure not to miss it.
enum { MARGIN = 128 };

static volatile uint32_t periods[BOARD_LEVELS]; // in ticks; 0: stopped

const char board_clock[] = "TIMER0";
const uint32_t board_cycles_hz = BOARD_HZ;
const uint32_t shot_hz = BOARD_HZ;

// Who interrupts between the two captures a later value, which is as good.
static uint32_t timer_read(unsigned level) {
    TASK_CAPTURE(level) = 1;
    return CAPTURED(level);
}

uint32_t board_cycles(void) {
    return timer_read(1);
}

void timers_open(void) {
    for (unsigned level = 1; level <= BOARD_LEVELS; level++) {
        BITMODE(level) = BITMODE_32;
        PRESCALER(level) = 0;
        TASK_START(level) = 1;
    }
}

void timer_acknowledge(unsigned level) {
    EVENT_COMPARE(level) = 0;
    const uint32_t period = periods[level - 1];
    if (period == 0) {
        return;
    }
    const uint32_t next = COMPARE(level) + period;
    const uint32_t now = timer_read(level);
    COMPARE(level) = next - now - MARGIN < 0x80000000u ? next : now + period;
}

void timers_tick(void) {
}

void board_timer_stop(unsigned level) {
    periods[level - 1] = 0;
    INTENCLR(level) = INT_COMPARE;
    EVENT_COMPARE(level) = 0;
}

void board_timer_start(unsigned level, uint32_t period) {
    const uint32_t ticks = period * (BOARD_HZ / 1000000u);
    board_timer_stop(level);
    COMPARE(level) = timer_read(level) + ticks;
    EVENT_COMPARE(level) = 0;
    periods[level - 1] = ticks;
    INTENSET(level) = INT_COMPARE;
}
