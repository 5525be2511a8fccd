// SPDX-License-Identifier: MIT
//
// What is explored: heaps to start from, acts of the thread on each, and acts
// of handlers.
#ifndef EXPLORE_SCENARIOS_H
#define EXPLORE_SCENARIOS_H

#include "start.h"

enum { MAX_OPS = 80 };

typedef struct {
    op_t ops[MAX_OPS];
    unsigned n;
} ops_t;

typedef struct {
    const char *name;
    const char *what;
    unsigned long (*count)(void); // of starts
    void (*start)(unsigned long i, start_t *start);
    void (*bases)(const start_t *start, ops_t *ops);
    void (*handlers)(const start_t *start, ops_t *ops);
} scenario_t;

extern const scenario_t scenarios[];
extern const unsigned n_scenarios;

// For the random mode: a heap in IDLE, and any act.
void start_random(start_t *start);
op_t op_random(void);

#endif
