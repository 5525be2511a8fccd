// SPDX-License-Identifier: MIT
//
// The checker. It reads what must agree at one instant in one small window,
// and carries nothing from one to the next but a sum that is thrown away if
// the counters moved meanwhile.
#include "heap.h"

typedef struct {
    truth_t group;
    word_t used_before; // blocks of the group before
    state_t state;
    word_t unswept;
} sight_t;

// T17 glance at a group. Reads only.
static sight_t group_see(const irqgc_t *h, word_t k) {
    const group_t *g = &h->groups[k];
    const group_t *before = k > 0 ? g - 1 : g;
    const port_irq_t irq = port_irq_save();
    const sight_t sight = {
        {g->head, g->body}, before->head | before->body, h->state, h->unswept};
    port_irq_restore(irq);
    return sight;
}

// Returns the number of the first invariant that the group breaks, or 0.
static unsigned group_check(const irqgc_t *h, word_t k, const sight_t *seen) {
    const truth_t t = seen->group;
    const word_t used = t.head | t.body;
    const word_t lead = k > 0 ? seen->used_before >> (GROUP_BLOCKS - 1) & 1 : 0;
    if ((used & ~GROUP_ALL) != 0 ||
        (t.body & ~t.head & ~(used << 1 | lead)) != 0) {
        return 1; // an orphan tail
    }
    const unsigned phase = state_phase(seen->state);
    const bool must_be_white =
        phase == IDLE || (phase == SWEEP && k >= seen->unswept);
    if (must_be_white && (t.head & t.body) != 0) {
        return 4;
    }
    if (phase == SWEEP ? seen->unswept > h->n_groups : seen->unswept != 0) {
        return 7; // something swept under a state that is not its own
    }
    return 0;
}

// What ends a region is an object without memory that fills up its group. So
// no object reaches into the next, and a tail that leads one is an orphan.
static bool region_is_bounded(const irqgc_t *h, const region_t *r) {
    const truth_t start = group_truth(group_at(h, block_group(r->first)));
    const block_t b = r->first + r->n_blocks;
    const truth_t end = group_truth(group_at(h, block_group(b)));
    const word_t bit = block_bit(b);
    const word_t run = GROUP_ALL >> block_index(b) << block_index(b);
    return (start.body & ~start.head & 1) == 0 && (end.head & run) == bit &&
           ((end.body | bit) & run) == run &&
           (now(&h->groups[block_group(b)].held) & bit) != 0;
}

unsigned irqgc_check(const irqgc_t *h) {
    const counters_t before = counters_glance(h);
    word_t free = 0;
    for (word_t k = 0; k < h->n_groups; k++) {
        const sight_t seen = group_see(h, k);
        const unsigned broken = group_check(h, k, &seen);
        if (broken != 0) {
            return broken;
        }
        free += word_count(~(seen.group.head | seen.group.body) & GROUP_ALL);
    }
    for (word_t i = 0; i < h->n_regions; i++) {
        if (!region_is_bounded(h, &h->regions[i])) {
            return 1;
        }
    }
    const counters_t after = counters_glance(h);
    const bool stood_still =
        before.taken == after.taken && before.given == after.given;
    if (stood_still && after.given - after.taken != free) {
        return 5;
    }
    return now(&h->mark_depth) > h->mark_capacity ? 8 : 0;
}
