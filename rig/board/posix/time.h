// SPDX-License-Identifier: MIT
//
// Emulated time, from the start on. All clocks are one.
#ifndef RIG_BOARD_TIME_H
#define RIG_BOARD_TIME_H

typedef int clockid_t;
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1

struct timespec {
    long tv_sec;
    long tv_nsec;
};

// Context: any.
int clock_gettime(clockid_t clock, struct timespec *now);

// Spins. The other time, of which so much would remain, is not touched.
int nanosleep(const struct timespec *how_long, struct timespec *remains);

#endif
