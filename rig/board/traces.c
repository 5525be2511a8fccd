// SPDX-License-Identifier: MIT
//
// Traces in flash, in place of those that rig/host/load.c reads.
#include <stdlib.h>
#include <string.h>

#include "rig/host/load.h"
#include "rig/host/text.h"
#include "traces.h"

loaded_trace_t *trace_load(const char *name, const char *folder) {
    (void)folder;
    for (size_t i = 0; embedded_traces[i] != NULL; i++) {
        if (strcmp(embedded_traces[i]->name, name) == 0) {
            loaded_trace_t *const loaded = memory_take(1, sizeof *loaded);
            loaded->trace = *embedded_traces[i];
            return loaded;
        }
    }
    die("no trace '%s' in this image; rig/board/rig.mk says which", name);
}

void trace_free(loaded_trace_t *loaded) {
    free(loaded);
}

void trace_embed(const loaded_trace_t *loaded, FILE *out) {
    (void)loaded;
    (void)out;
    die("--embed is for a host");
}
