// SPDX-License-Identifier: MIT
//
// Timers for the STM32F4, whose own ones QEMU 7.2 emulates wrongly: re-armed,
// they go off at arbitrary times. The counter of one does count, though. The
// SysTick wakes up at each deadline and requests the level's line.
#include "cortex_m.h"

#define TIM_CONTROL REGISTER(BOARD_TIMERS + 0x00u)
#define TIM_EVENT REGISTER(BOARD_TIMERS + 0x14u)
#define TIM_COUNT REGISTER(BOARD_TIMERS + 0x24u)
#define TIM_PRESCALER REGISTER(BOARD_TIMERS + 0x28u)
#define TIM_RELOAD REGISTER(BOARD_TIMERS + 0x2Cu)

// BOARD_HZ is the rate of the timer. It is emulated at 1 GHz, undivided.
#define SYSTICK_HZ 168000000u
#define SYSTICK_MAX 0xFFFFFFu

const char board_clock[] = "TIM2";
const uint32_t board_cycles_hz = BOARD_HZ;
const uint32_t shot_hz = SYSTICK_HZ;

void timers_open(void) {
    TIM_PRESCALER = 1000000000u / BOARD_HZ - 1;
    TIM_RELOAD = 0xFFFFFFFFu;
    TIM_EVENT = 1;
    TIM_CONTROL = 1;
}

uint32_t board_cycles(void) {
    return TIM_COUNT;
}

void timer_acknowledge(unsigned level) {
    (void)level;
}

void timers_tick(void) {
    const uint32_t wait = deadlines_meet(board_cycles());
    const uint64_t ticks = (uint64_t)wait * SYSTICK_HZ / BOARD_HZ + 1;
    REGISTER(SYST_CSR) = 0;
    SYST_RVR = ticks < SYSTICK_MAX ? (uint32_t)ticks : SYSTICK_MAX;
    SYST_CVR = 0;
    ICSR = ICSR_PENDSTCLR;
    if (wait != DEADLINE_NONE) {
        REGISTER(SYST_CSR) = SYST_RUN;
    }
}

// Has the SysTick look at the deadlines anew.
static void timers_wake(void) {
    ICSR = ICSR_PENDSTSET;
    __asm__ volatile("dsb\n\tisb" : : : "memory");
}

void board_timer_stop(unsigned level) {
    deadline_stop(level);
    timers_wake();
}

void board_timer_start(unsigned level, uint32_t period) {
    deadline_start(level, board_cycles(), period * (BOARD_HZ / 1000000u));
    timers_wake();
}
