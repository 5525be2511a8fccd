// SPDX-License-Identifier: MIT
//
// Runs of one scenario, each in a process of its own.
#ifndef IRQGC_TORTURE_RUNS_H
#define IRQGC_TORTURE_RUNS_H

#include <stdbool.h>

#include "irqgc/torture.h"
#include "kit_names.h"
#include "step.h"

enum {
    RUNS_DEPTH = 2,        // handlers in a run, at most
    RUNS_FAILURES = 10,    // then a scenario stops
    RUNS_TEXT = 160,       // bytes
    RUNS_CPU_SECONDS = 2,  // between two points
    RUNS_ALL_SECONDS = 60, // ... asleep, too
};

typedef struct {
    const irqgc_torture_scenario_t *scenario;

    // Those that were selected: for the first handler, and the second.
    const irqgc_torture_handler_t **handlers[RUNS_DEPTH];
    unsigned n_handlers[RUNS_DEPTH];

    unsigned depth;
    long points[RUNS_DEPTH]; // 0: all
    double seconds;          // 0: as long as it takes
    long instructions;       // of an operation, and a handler, at the most
    unsigned seed;
} job_t;

typedef struct {
    unsigned n_shots; // that had fired
    step_place_t places[RUNS_DEPTH];
    char text[RUNS_TEXT];
} failure_t;

typedef struct {
    long n_instructions; // of the operation, if nobody interrupts it
    unsigned n_failures;
    failure_t failures[RUNS_FAILURES];

    char untestable[RUNS_TEXT]; // why, or ""
    uintptr_t differ[2];        // two runs did, by these addresses, or 0
} findings_t;

// Once. No job has more instructions.
void runs_init(long instructions) KIT_NAME(runs_init);

// The findings, and the engine's counts, are those of this job until the next.
const findings_t *runs_do(const job_t *next) KIT_NAME(runs_do);

#endif
