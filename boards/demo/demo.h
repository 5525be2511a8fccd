// SPDX-License-Identifier: MIT
//
// A demonstration of the boards, and a test of their ports: three parts, each
// of which answers how many faults it found.
#ifndef BOARDS_DEMO_H
#define BOARDS_DEMO_H

#include "board.h"
#include "irqgc/irqgc.h"
#include "irqgc_port.h"

// Levels that windows mask; those above them leave the heap alone.
#if defined IRQGC_BASEPRI && IRQGC_BASEPRI > 0
#define HEAP_LEVELS ((0x100u - IRQGC_BASEPRI) / 0x40u)
#else
#define HEAP_LEVELS BOARD_LEVELS
#endif

// Roots: an object whose only pointer is in one register of a preempted
// context, or on the process stack, survives a collection by the handler.
unsigned roots_run(irqgc_t *heap);

// Nesting: three timers and the thread allocate, store, free and collect.
unsigned nesting_run(irqgc_t *heap);

// Shots: handlers that come at every instruction of an allocation, and at
// pairs of them, allocate and collect; and one that may not is never delayed.
unsigned shots_run(irqgc_t *heap);

// Prints what is wrong, and with which number. Returns 1.
unsigned demo_fail(const char *what, uint32_t number);

#endif
