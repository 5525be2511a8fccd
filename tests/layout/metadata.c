// SPDX-License-Identifier: MIT
//
// Metadata is at most 3.8 % of any heap from 64 KiB on, 3.5 % from 256 KiB on.
// Built with -m32, where these bounds hold; on 64 bits the heap's own words are
// larger, and blocks too.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "irqgc/irqgc.h"

enum { SMALLEST = 64 << 10, MIDDLE = 256 << 10, LARGEST = 400 << 10 };

// size, if there is no room for a heap.
static size_t metadata_bytes(void *memory, size_t size) {
    const irqgc_region_t region = {memory, size};
    irqgc_t *h;
    if (irqgc_init(&h, &(irqgc_config_t){.regions = &region, .n_regions = 1}) !=
        IRQGC_OK) {
        return size;
    }
    irqgc_stats_t stats;
    irqgc_stats(h, &stats);
    return size - stats.total;
}

static double metadata_percent(void *memory, size_t size) {
    return 100.0 * (double)metadata_bytes(memory, size) / (double)size;
}

// The largest share of heaps of these sizes, at any start.
static bool share_is_met(char *memory, size_t from, size_t to, double bound) {
    double worst = 0;
    size_t worst_size = 0;
    for (size_t size = from; size <= to; size += IRQGC_BLOCK) {
        for (size_t skip = 0; skip < IRQGC_BLOCK; skip += IRQGC_BLOCK - 1) {
            const double percent = metadata_percent(memory + skip, size);
            if (percent > worst) {
                worst = percent;
                worst_size = size;
            }
        }
    }
    printf("metadata: at the most %.2f %% of %zu to %zu KiB, of %zu bytes\n",
           worst, from >> 10, to >> 10, worst_size);
    return worst <= bound;
}

int main(void) {
    _Static_assert(sizeof(void *) == 4, "compile it with -m32");
    char *memory = aligned_alloc(IRQGC_BLOCK, LARGEST + IRQGC_BLOCK);
    for (size_t kib = 1; kib <= MIDDLE >> 10; kib *= 2) {
        printf("metadata: %.2f %% of %zu KiB, %zu bytes\n",
               metadata_percent(memory, kib << 10), kib,
               metadata_bytes(memory, kib << 10));
    }
    const bool small = share_is_met(memory, SMALLEST, MIDDLE, 3.8);
    const bool large = share_is_met(memory, MIDDLE, LARGEST, 3.5);
    free(memory);
    return !small || !large;
}
