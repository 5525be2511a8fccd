// SPDX-License-Identifier: MIT
//
// The summary, for people and for machines.
#ifndef IRQGC_RIG_HOST_REPORT_H
#define IRQGC_RIG_HOST_REPORT_H

#include <stdio.h>

#include "../rig.h"
#include "options.h"
#include "samples.h"

// A run that has ended.
typedef struct {
    const rig_t *rig;
    const options_t *options;
    const char *command;            // that runs the same again
    double seconds;                 // it took
    samples_t *samples;             // NULL: none are taken
    unsigned long lost[RIG_LEVELS]; // ticks of the timers that were not run
} run_t;

void report_print(const run_t *run, FILE *out);
void report_json(const run_t *run, FILE *out);

#endif
