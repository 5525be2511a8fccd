// SPDX-License-Identifier: MIT
//
// Emulated time that does not wrap.
#ifndef IRQGC_RIG_BOARD_CLOCK_H
#define IRQGC_RIG_BOARD_CLOCK_H

#include <stdint.h>

// Nanoseconds since the start. To be called more often than board_cycles wraps,
// which is 4 seconds at the shortest: each tick and step of the rig does.
//
// Context: any.
uint64_t clock_ns(void);

#endif
