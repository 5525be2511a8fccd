// SPDX-License-Identifier: MIT
//
// Acts: what a handler does, and the operations that handlers interrupt. And
// the heaps that they work on.
#ifndef TESTS_TARGET_PREEMPT_ACTS_H
#define TESTS_TARGET_PREEMPT_ACTS_H

#include "world.h"

typedef struct {
    const char *name;
    void (*run)(unsigned context);
    bool is_handlers; // only
} act_t;

extern const act_t acts[];
extern const unsigned n_acts;

// Operations of the thread, and the heaps where each is interrupted.
typedef struct {
    const char *operation, *heap;
    bool is_small; // few instructions: for interrupts in pairs
} scenario_t;

extern const scenario_t scenarios[];
extern const unsigned n_scenarios;

extern const picture_t pictures[];
extern const unsigned n_pictures;

#endif
