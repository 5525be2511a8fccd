// SPDX-License-Identifier: MIT
//
// Traces as text files: ../traces/README.md has the format.
#ifndef IRQGC_RIG_HOST_LOAD_H
#define IRQGC_RIG_HOST_LOAD_H

#include <stdio.h>

#include "../trace.h"

typedef struct {
    rig_trace_t trace;
    size_t peak[2]; // with blocks of 16 and of 32 bytes
} loaded_trace_t;

// Loads a trace: a path, or the name of a file in `folder` without its
// ".trace". Dies, naming file and line, if it does not exist, is torn, or
// breaks the format in any way.
loaded_trace_t *trace_load(const char *name, const char *folder);

void trace_free(loaded_trace_t *loaded);

// Prints a trace as C source: `const rig_trace_t trace_NAME`.
void trace_embed(const loaded_trace_t *loaded, FILE *out);

#endif
