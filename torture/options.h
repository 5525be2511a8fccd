// SPDX-License-Identifier: MIT
//
// What the command line of a program with scenarios asks for.
#ifndef IRQGC_TORTURE_OPTIONS_H
#define IRQGC_TORTURE_OPTIONS_H

#include <stdbool.h>

#include "kit_names.h"

typedef struct {
    const char *program; // as it was called
    const char *scenario;
    const char *handlers[2]; // NULL: all
    long depth;
    long points[2]; // 0: all
    long instructions;
    long seconds; // 0: as long as it takes
    long seed;
    bool quiet, list, help;
} options_t;

// Returns false iff it does not understand them, which it has said on stderr.
bool options_read(options_t *options, int argc, char **argv)
    KIT_NAME(options_read);

void options_usage(void) KIT_NAME(options_usage);

#endif
