// SPDX-License-Identifier: MIT
//
// A demonstration of the boards, and a test of their ports: three parts, each
// of which answers how many faults it found.
#ifndef BOARDS_DEMO_H
#define BOARDS_DEMO_H

#include "board.h"
#include "irqgc/irqgc.h"
#include "irqgc_port.h"

// Roots: an object whose only pointer is in one register of a preempted
// context, or on the process stack, survives a collection by the handler.
unsigned roots_run(irqgc_t *heap);

// Nesting: three timers and the thread allocate, store, free and collect.
unsigned nesting_run(irqgc_t *heap);

// Shots: handlers that come at every instruction of an allocation, and at
// pairs of them, allocate and collect; and one that may not is never delayed.
unsigned shots_run(irqgc_t *heap);

#endif
