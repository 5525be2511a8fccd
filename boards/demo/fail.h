// SPDX-License-Identifier: MIT
#ifndef BOARDS_DEMO_FAIL_H
#define BOARDS_DEMO_FAIL_H

#include <stdint.h>

#include "board.h"

// Levels that windows mask; those above them leave the heap alone.
#if defined IRQGC_BASEPRI && IRQGC_BASEPRI > 0
#define HEAP_LEVELS ((0x100u - IRQGC_BASEPRI) / 0x40u)
#else
#define HEAP_LEVELS BOARD_LEVELS
#endif

// Prints what is wrong, and with which number. Returns 1.
unsigned demo_fail(const char *what, uint32_t number);

#endif
