// SPDX-License-Identifier: MIT
//
// What the command line asks for.
#ifndef IRQGC_RIG_HOST_OPTIONS_H
#define IRQGC_RIG_HOST_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "../rig.h"

#define N_TIMERS (RIG_LEVELS - 1u)

typedef struct {
    uint32_t rates[N_TIMERS];  // Hz; 0: no timer
    uint32_t events[N_TIMERS]; // of the trace, replayed a tick
    uint32_t heap_kib;
    uint32_t n_regions;
    uint32_t seconds;
    uint32_t seed;
    uint32_t sizes[2]; // bytes, least and most of a chunk
    uint32_t collect_every;
    const char *traces[RIG_LEVELS]; // names or paths
    const char *trace_folder;
    const char *json, *html; // NULL: none
    bool embed;
} options_t;

// Dies on anything it does not understand; --help exits with 0.
void options_parse(options_t *options, int argc, char **argv);

#endif
