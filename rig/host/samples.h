// SPDX-License-Identifier: MIT
//
// How the heap is in the course of a run: samples for the report.
#ifndef IRQGC_RIG_HOST_SAMPLES_H
#define IRQGC_RIG_HOST_SAMPLES_H

#include "../rig.h"
#include "latency.h"
#include "options.h"
#include "text.h"

#define SAMPLES 400u // of a run, about; fewer if the thread gets little time
#define SAMPLE_CELLS 96u // of the heap's map, at the most

typedef struct {
    double seconds; // from the start
    irqgc_stats_t stats;
    uint32_t no_room[RIG_LEVELS];
    size_t n_cells;
    unsigned char cells[SAMPLE_CELLS]; // as map_take sets them
} sample_t;

typedef struct {
    double period, next; // seconds
    latency_t latencies[N_TIMERS];
    size_t n;
    sample_t samples[SAMPLES + 3];
} samples_t;

// In memory that the caller gives back.
samples_t *samples_make(const options_t *options);

// Takes a sample `now`, seconds from the start, if that is due.
//
// Context: thread, behind a collection; handlers go on meanwhile.
void samples_update(samples_t *samples, const rig_t *rig, double now);

// Takes one in any case: the first, before a run begins, and the last, when it
// has ended.
void samples_take(samples_t *samples, const rig_t *rig, double now);
void samples_end(samples_t *samples, const rig_t *rig, double now);

// The members of a JSON object: all samples, and the latencies.
void samples_json(const samples_t *samples, FILE *out);

#endif
