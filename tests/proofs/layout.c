// SPDX-License-Identifier: MIT
//
// What tests/proofs/layout.sh has Frama-C go through: all that irqgc_init does
// before it writes anything, for up to three regions of any address and size,
// and a mark stack of any size.
#include "init.c"

#include "__fc_builtin.h"

enum { MOST_REGIONS = 3 };

static word_t any(void) {
    return Frama_C_unsigned_long_interval(0, ~0ul);
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
    return 0;
}
