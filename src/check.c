// SPDX-License-Identifier: MIT
//
// The checker. It reads what must agree at one instant in one small window,
// and carries nothing from one to the next but a sum that is thrown away if
// the counters moved meanwhile.
#include "blocks.h"
#include "counts.h"
#include "hints.h"
#include "misuse.h"

// ---- What irqgc_init laid out: I12 -----------------------------------------

// 0: so many things of that size, up to a block's, there cannot be.
static uintptr_t behind(const void *start, word_t n, size_t size) {
    return n <= ~(word_t)0 / BLOCK_BYTES ? (uintptr_t)start + n * size : 0;
}

// The levels of the hints lie one behind the other, from `start` on; the end,
// or 0.
static uintptr_t levels_end(const irqgc_t *h, uintptr_t start) {
    word_t n_rows = map_words(h->n_groups);
    for (word_t level = 0; level < HINT_LEVELS; level++) {
        if ((uintptr_t)h->hints[level] != start) {
            return 0;
        }
        start = behind(h->hints[level], n_rows * N_CLASSES, sizeof(word_t));
        if (n_rows == 1) {
            return h->n_levels == level + 1 ? start : 0;
        }
        n_rows = map_words(n_rows);
    }
    return 0;
}

// So do the heap's own data.
static bool data_are_in_place(const irqgc_t *h) {
    const word_t n_words = map_words(h->n_groups);
    return (uintptr_t)h->groups ==
               behind(h->regions, h->n_regions, sizeof(region_t)) &&
           (uintptr_t)h->overflow ==
               behind(h->groups, h->n_groups, sizeof(group_t)) &&
           (uintptr_t)h->tails ==
               behind(h->overflow, n_words, sizeof(word_t)) &&
           (uintptr_t)h->mark_stack ==
               levels_end(h, behind(h->tails, n_words, sizeof(word_t))) &&
           behind(h->mark_stack, h->mark_capacity, sizeof(block_t)) != 0;
}

// Whether a region lies above what comes before it, and clear of the data.
static bool region_is_in_place(const irqgc_t *h, const region_t *r,
                               uintptr_t above) {
    const uintptr_t end = behind((void *)r->base, r->n_blocks, BLOCK_BYTES);
    const uintptr_t data_end =
        behind(h->mark_stack, h->mark_capacity, sizeof(block_t));
    return r->base % BLOCK_BYTES == 0 && r->base >= above && end > r->base &&
           (end <= (uintptr_t)h || r->base >= data_end);
}

static bool regions_are_in_place(const irqgc_t *h) {
    uintptr_t above = 0;
    word_t n_blocks = 0;
    block_t first = 0;
    for (const region_t *r = h->regions; r < h->regions + h->n_regions; r++) {
        if (r->first != first || !region_is_in_place(h, r, above)) {
            return false;
        }
        above = behind((void *)r->base, r->n_blocks, BLOCK_BYTES);
        n_blocks += r->n_blocks;
        first += blocks_groups(r->n_blocks) * GROUP_BLOCKS;
    }
    return n_blocks == h->n_blocks;
}

// ---- The planes: I1, I4, I5, I7 --------------------------------------------

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
    const bool is_phase = phase <= MARK || phase == SWEEP;
    if (!is_phase ||
        (phase == SWEEP ? seen->unswept > h->n_groups : seen->unswept != 0)) {
        return 7; // no state, or something swept that is not its own
    }
    return 0;
}

// What ends a region is an object without memory that fills up its group. So
// no object reaches into the next, and a tail that leads one is an orphan.
static bool region_is_bounded(const irqgc_t *h, const region_t *r) {
    const truth_t start = group_truth(group_at(h, block_group(r->first)));
    const block_t b = r->first + r->n_blocks;
    const group_t *g = group_at(h, block_group(b));
    const truth_t end = group_truth(g);
    const word_t bit = block_bit(b);
    const word_t run = GROUP_ALL >> block_index(b) << block_index(b);
    return (start.body & ~start.head & 1) == 0 && (end.head & run) == bit &&
           ((end.body | bit) & run) == run &&
           (now(&g->held) & now(&g->plain) & bit) != 0;
}

// Returns the number of the first invariant that a group breaks, or 0, and how
// many blocks were free.
static unsigned groups_check(const irqgc_t *h, word_t *free) {
    for (word_t k = 0; k < h->n_groups; k++) {
        const sight_t seen = group_see(h, k);
        const unsigned broken = group_check(h, k, &seen);
        if (broken != 0) {
            return broken;
        }
        *free += word_count(~(seen.group.head | seen.group.body) & GROUP_ALL);
    }
    for (word_t i = 0; i < h->n_regions; i++) {
        if (!region_is_bounded(h, &h->regions[i])) {
            return 1;
        }
    }
    return 0;
}

static unsigned planes_check(const irqgc_t *h) {
    const counters_t before = counters_glance(h);
    word_t free = 0;
    const unsigned broken = groups_check(h, &free);
    if (broken != 0) {
        return broken;
    }
    const counters_t after = counters_glance(h);
    const bool stood_still =
        before.taken == after.taken && before.given == after.given;
    return stood_still && after.given - after.taken != free ? 5 : 0;
}

// ---- What speeds up searches, and what waits: I2, I8 -----------------------

// Whether the last word of a map says something of more than the `n` there are.
static bool map_goes_beyond(word_t last, word_t n) {
    return n % WORD_BITS != 0 && last >> n % WORD_BITS != 0;
}

// The last words of all classes.
static bool row_goes_beyond(const word_t *row, word_t n) {
    word_t last = 0;
    for (unsigned c = 0; c < N_CLASSES; c++) {
        last |= now(&row[c]);
    }
    return map_goes_beyond(last, n);
}

// A hint may be wrong, but not one at what is no group.
static bool hints_go_beyond(const irqgc_t *h) {
    word_t n = h->n_groups;
    for (word_t level = 0; level < h->n_levels; level++) {
        const word_t n_rows = map_words(n);
        if (row_goes_beyond(hint_row(h, level, n_rows - 1), n)) {
            return true;
        }
        n = n_rows;
    }
    return false;
}

// The open group is one, and there is one in IDLE only. Reads only: before and
// after, both are what they were at one instant.
static bool open_is_wrong(const irqgc_t *h) {
    const port_irq_t irq = port_irq_save();
    const group_t *open = h->open;
    const state_t s = h->state;
    port_irq_restore(irq);
    const uintptr_t offset = (uintptr_t)open - (uintptr_t)h->groups;
    return open != NULL &&
           (offset % sizeof(group_t) != 0 ||
            offset / sizeof(group_t) >= h->n_groups || state_phase(s) != IDLE);
}

// What waits to be scanned is in groups that there are.
static bool waiting_goes_beyond(const irqgc_t *h) {
    if (now(&h->mark_depth) > h->mark_capacity ||
        map_goes_beyond(now(&h->overflow[map_words(h->n_groups) - 1]),
                        h->n_groups)) {
        return true;
    }
    for (word_t i = 0; i < now(&h->mark_depth); i++) {
        if (block_group(now(&h->mark_stack[i])) >= h->n_groups) {
            return true;
        }
    }
    return false;
}

unsigned irqgc_check(const irqgc_t *h) {
    call_begin(h);
    if (!data_are_in_place(h) || !regions_are_in_place(h)) {
        return 12;
    }
    const unsigned broken = planes_check(h);
    if (broken != 0) {
        return broken;
    }
    return hints_go_beyond(h) || open_is_wrong(h) ? 2
           : waiting_goes_beyond(h)               ? 8
                                                  : 0;
}
