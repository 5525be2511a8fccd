// SPDX-License-Identifier: MIT
//
// What the sources of the Cortex-M boards share. boards.mk tells them about a
// board: BOARD_IRQ, the first of three interrupt lines that follow each other,
// one for each level; BOARD_TIMERS, the address of the first timer; and
// BOARD_HZ, the rate at which it counts.
#ifndef BOARDS_CORTEX_M_H
#define BOARDS_CORTEX_M_H

#include "../internal.h"

#define SYST_CSR 0xE000E010u
#define SYST_RVR REGISTER(0xE000E014u)
#define SYST_CVR REGISTER(0xE000E018u)
#define SYST_RUN 7u // counts the core's clock, and interrupts
#define ICSR REGISTER(0xE000ED04u)
#define ICSR_PENDSTSET (1u << 26)
#define ICSR_PENDSTCLR (1u << 25)

// Starts the free-running counter, and stops the timers.
void timers_open(void);

// Has the timer of the level no longer ask for an interrupt, until its next
// period.
void timer_acknowledge(unsigned level);

// A SysTick that is no shot.
void timers_tick(void);

#endif
