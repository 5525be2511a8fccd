// SPDX-License-Identifier: MIT
//
// Scenarios: an operation, the heap that it works on, and what it preempted.
#ifndef PREEMPT_SCENARIOS_H
#define PREEMPT_SCENARIOS_H

#include "acts.h"
#include "step.h"
#include "world.h"

// How far the collections below the operation have come: the thread's, and if
// there are two, that of a handler which preempted it there.
typedef struct {
    const char *name;
    bool (*reached[2])(void);
} below_t;

typedef struct {
    const char *operation;
    void (*run)(void);
    const picture_t *heap;
    const below_t *below; // NULL: the operation is the thread's
    bool masks;           // by itself, for longer than a window
} scenario_t;

size_t scenario_count(void);
scenario_t scenario_get(size_t i);

// "operation:heap" or "operation:heap@below".
void scenario_name(const scenario_t *scenario, char *name, size_t size);

// Writes the shots that lead to the operation; returns how many there are.
// What the thread runs under them is `*thread`.
unsigned scenario_shots(const scenario_t *scenario, step_shot_t *shots,
                        void (**thread)(void));

#endif
