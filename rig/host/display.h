// SPDX-License-Identifier: MIT
//
// How the run goes, live: redrawn in place on a terminal, else plain lines.
#ifndef IRQGC_RIG_HOST_DISPLAY_H
#define IRQGC_RIG_HOST_DISPLAY_H

#include <stdbool.h>

#include "../rig.h"
#include "options.h"
#include "terminal.h"

// What the last picture showed, for the rates.
typedef struct {
    const options_t *options;
    bool terminal;
    terminal_t size;
    unsigned lines; // of the picture, so far; to draw over it next time
    double next;    // seconds from the start, when a picture is due
    double last;
    uint64_t events[RIG_LEVELS];
    uint64_t allocs[RIG_LEVELS];
    uintptr_t collects;
} display_t;

void display_start(display_t *display, const options_t *options);

// Shows the rig at `now`, seconds from the start, if that is due. Called by
// the thread: handlers go on meanwhile, and each figure is of some instant.
void display_update(display_t *display, rig_t *rig, double now);

#endif
