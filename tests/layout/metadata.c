// SPDX-License-Identifier: MIT
//
// Metadata is at most 3.5 % of any heap from 64 KiB on. Built with -m32, where
// that bound holds; on 64 bits the heap's own words are larger, and blocks too.
#include <stdio.h>
#include <stdlib.h>

#include "irqgc/irqgc.h"

enum { SMALLEST = 64 << 10, LARGEST = 400 << 10 };

static double metadata_percent(void *memory, size_t size) {
    const irqgc_region_t region = {memory, size};
    irqgc_t *h;
    if (irqgc_init(&h, &(irqgc_config_t){.regions = &region, .n_regions = 1}) !=
        IRQGC_OK) {
        return 100;
    }
    irqgc_stats_t stats;
    irqgc_stats(h, &stats);
    return 100.0 * (double)(size - stats.total) / (double)size;
}

int main(void) {
    _Static_assert(sizeof(void *) == 4, "compile it with -m32");
    void *memory = aligned_alloc(IRQGC_BLOCK, LARGEST);
    double worst = 0;
    size_t worst_size = 0;
    for (size_t size = SMALLEST; size <= LARGEST; size += IRQGC_BLOCK) {
        const double percent = metadata_percent(memory, size);
        if (percent > worst) {
            worst = percent;
            worst_size = size;
        }
    }
    printf("metadata: %.2f %% of 64 KiB, at the most %.2f %%, of %zu bytes\n",
           metadata_percent(memory, SMALLEST), worst, worst_size);
    free(memory);
    return worst > 3.5;
}
