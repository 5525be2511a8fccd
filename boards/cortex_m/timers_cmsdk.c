// SPDX-License-Identifier: MIT
//
// The timers of Arm's MPS2 boards: two single ones, for levels 1 and 2, and a
// dual one, of which one half is for level 3 and the other runs freely.
#include "cortex_m.h"

// The single timers count down, and reload.
#define SINGLE(level) (BOARD_TIMERS + 0x1000u * ((level)-1))
#define SINGLE_CONTROL(level) REGISTER(SINGLE(level) + 0x0u)
#define SINGLE_VALUE(level) REGISTER(SINGLE(level) + 0x4u)
#define SINGLE_RELOAD(level) REGISTER(SINGLE(level) + 0x8u)
#define SINGLE_CLEAR(level) REGISTER(SINGLE(level) + 0xCu)
#define SINGLE_RUN 9u // interrupts

#define DUAL (BOARD_TIMERS + 0x2000u)
#define DUAL_LOAD REGISTER(DUAL + 0x0u)
#define DUAL_CONTROL REGISTER(DUAL + 0x8u)
#define DUAL_CLEAR REGISTER(DUAL + 0xCu)
#define DUAL_RUN 0xE2u // of 32 bits, reloads, interrupts

#define FREE_LOAD REGISTER(DUAL + 0x20u)
#define FREE_VALUE REGISTER(DUAL + 0x24u)
#define FREE_CONTROL REGISTER(DUAL + 0x28u)
#define FREE_RUN 0x82u // of 32 bits

const char board_clock[] = "dual timer";
const uint32_t board_cycles_hz = BOARD_HZ;
const uint32_t shot_hz = BOARD_HZ;

void timers_open(void) {
    FREE_LOAD = 0xFFFFFFFFu;
    FREE_CONTROL = FREE_RUN;
}

uint32_t board_cycles(void) {
    return ~FREE_VALUE;
}

void timer_acknowledge(unsigned level) {
    if (level == 3) {
        DUAL_CLEAR = 1;
    } else {
        SINGLE_CLEAR(level) = 1;
    }
}

void timers_tick(void) {
}

void board_timer_stop(unsigned level) {
    if (level == 3) {
        DUAL_CONTROL = 0;
    } else {
        SINGLE_CONTROL(level) = 0;
    }
    timer_acknowledge(level);
}

void board_timer_start(unsigned level, uint32_t period) {
    const uint32_t ticks = period * (BOARD_HZ / 1000000u);
    board_timer_stop(level);
    if (level == 3) {
        DUAL_LOAD = ticks;
        DUAL_CONTROL = DUAL_RUN;
    } else {
        SINGLE_RELOAD(level) = ticks - 1;
        SINGLE_VALUE(level) = ticks - 1;
        SINGLE_CONTROL(level) = SINGLE_RUN;
    }
}
