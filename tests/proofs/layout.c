// SPDX-License-Identifier: MIT
//
// What tests/proofs/layout.sh has Frama-C go through: all that irqgc_init does
// before it writes anything, for up to three regions of any address and size,
// and a mark stack of any size; and that it has room to note where each level
// of hints is.
#include "init.c"

#include "__fc_builtin.h"

enum { MOST_REGIONS = 3 };

static word_t any(void) {
    return Frama_C_unsigned_long_interval(0, ~0ul);
}

// Regions do not overlap, so that is how many groups they have at most.
static void levels_fit(void) {
    static irqgc_t heap;
    const word_t most = ~(word_t)0 / BLOCK_BYTES / GROUP_BLOCKS + MOST_REGIONS;
    uintptr_t at = any();
    levels_place(&heap, &at,
                 map_words(Frama_C_unsigned_long_interval(1, most)));
    Frama_C_show_each_levels(heap.n_levels);
}

int main(void) {
    irqgc_region_t regions[MOST_REGIONS];
    for (int i = 0; i < MOST_REGIONS; i++) {
        regions[i] = (irqgc_region_t){(void *)any(), any()};
    }
    const irqgc_config_t config = {
        .regions = regions,
        .n_regions = Frama_C_unsigned_long_interval(0, MOST_REGIONS),
        .mark_stack = any(),
    };
    layout_t l;
    if (config_check(&config) == IRQGC_OK) {
        const survey_t survey = regions_survey(&config);
        if (layout_fit(&l, &config, &survey)) {
            Frama_C_show_each_layout(l.n_groups, l.n_metadata);
        }
    }
    levels_fit();
    return 0;
}
