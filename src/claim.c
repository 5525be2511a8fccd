// SPDX-License-Identifier: MIT
//
// Claims of any length, by the truth: what was found outside any window is
// claimed if it is still free, the head with its group first, then forward
// group by group (I1).
#include "claim.h"

#include "blocks.h"
#include "release.h"

// Looked at before anything is claimed, so that no block is taken, and then
// given back, that another context may want, unless one interferes.
bool blocks_are_free(const irqgc_t *h, block_t first, block_t end) {
    for (block_t b = first; b < end; b += block_room(b)) {
        const group_t *g = &h->groups[block_group(b)];
        const word_t used = now(&g->head) | now(&g->body);
        const word_t n = end - b < block_room(b) ? end - b : block_room(b);
        if ((used & word_run(block_index(b), n)) != 0) {
            return false;
        }
    }
    return true;
}

word_t blocks_claim(irqgc_t *h, record_t *op, block_t head, block_t first,
                    block_t end) {
    for (block_t b = first; b < end;) {
        const word_t k = block_group(b);
        const word_t room = block_room(b);
        const word_t n = word_ready(end - b < room ? end - b : room);
        const word_t run = word_ready(word_run(block_index(b), n));
        const word_t bit = word_ready(b == head ? block_bit(b) : 0);
        const word_t used =
            group_claim(h, op, head, group_at(h, k), bit, run, n);
        if ((used & run) != 0) {
            blocks_release(h, op, first, b);
            return b - first;
        }
        const word_t free = ~used & GROUP_ALL;
        hints_changed(h, k, free, free & ~run);
        b += n;
    }
    return end - first;
}

// ---- Searching the truth ---------------------------------------------------
//
// Nothing is masked: the words of a group may be of two instants, but then
// something came back between them; and what is found is looked at again when
// it is claimed. Not with `now`, so that a group may be one load.

static inline word_t group_used(const group_t *g) {
    return g->head | g->body;
}

// Of three: a step of the loop costs as much as to look at one.
static inline bool groups_are_full(const group_t *g) {
    return (group_used(g) & group_used(g + 1) & group_used(g + 2)) == GROUP_ALL;
}

// The first run of `n` free blocks from group `k` on, or NO_BLOCK. `run` counts
// the free blocks that end the groups before.
__attribute__((hot, noinline)) static block_t run_find(const irqgc_t *h,
                                                       word_t k, word_t n) {
    const steps_t steps = word_steps(n < GROUP_BLOCKS ? n : GROUP_BLOCKS);
    const group_t *g = &h->groups[k];
    const group_t *end = &h->groups[h->n_groups];
    word_t run = 0;
    word_t offset = 0; // of the run found, in its last group
    for (; g < end; g++) {
        const word_t used = word_ready(group_used(g)); // one look
        if (used == GROUP_ALL) {
            run = 0;
            while (end - g > 3 && groups_are_full(g + 1)) {
                g += 3;
            }
            continue;
        }
        if (used == 0) {
            run += GROUP_BLOCKS;
            if (run < n) {
                continue;
            }
            offset = GROUP_BLOCKS - run;
            break;
        }
        if (run + word_lowest(used) >= n) {
            offset = 0 - run;
            break;
        }
        const word_t starts = word_step_starts(&steps, ~used & GROUP_ALL);
        if (starts != 0) {
            offset = word_lowest(starts);
            break;
        }
        run = GROUP_BLOCKS - 1 - word_highest(used);
    }
    return g < end ? (word_t)(g - h->groups) * GROUP_BLOCKS + offset : NO_BLOCK;
}

// The first of the groups that a row of hints tells of that has such a run, or
// 0. A hint is wrong where a context below has yet to toggle it.
static inline word_t row_start(const irqgc_t *h, word_t i, word_t n) {
    word_t groups = row_from(hint_row(h, i), word_class_for(n));
    for (; groups != 0; groups &= groups - 1) {
        const word_t k = i * WORD_BITS + word_lowest(groups);
        const word_t free = ~group_used(&h->groups[k]) & GROUP_ALL;
        if (word_run_starts(free, n) != 0) {
            return k;
        }
    }
    return 0;
}

// Where to start: at the first group that hints are right to tell of, or 0.
static word_t search_start(const irqgc_t *h, word_t n) {
    const word_t n_groups = n <= GROUP_BLOCKS ? h->n_groups : 0;
    for (word_t j = 0; j * WORD_BITS * WORD_BITS < n_groups; j++) {
        word_t rows = row_from(hint_index(h, j), word_class_for(n));
        for (; rows != 0; rows &= rows - 1) {
            const word_t i = j * WORD_BITS + word_lowest(rows);
            const word_t k = row_start(h, i, n);
            if (k != 0) {
                return k;
            }
        }
    }
    return 0;
}

// Any length, by the truth, first from where hints tell. Where a higher context
// takes a block of the run from under us, the search goes on from there. To
// fail, a whole pass must have seen nothing, and nothing but our own blocks may
// have come back since it began: then no run is long enough now, for none has
// become longer (I2).
bool searched_claim(irqgc_t *h, record_t *op, word_t n) {
    for (word_t k = search_start(h, n);; k = 0) {
        word_t given = now(&h->given);
        in_order(); // the words are read after it, without `now`
        block_t b = k * GROUP_BLOCKS;
        while ((b = run_find(h, block_group(b), n)) != NO_BLOCK) {
            const word_t claimed = blocks_claim(h, op, b, b, b + n);
            if (claimed == n) {
                return true;
            }
            given += claimed;
            b += claimed;
        }
        if (k == 0 && now(&h->given) == given) {
            return false;
        }
    }
}
