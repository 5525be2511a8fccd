// SPDX-License-Identifier: MIT
//
// Allocation. Up to one group, the hints tell a group, and all else is in its
// two words: one window, and no call unless hints change. What hints do not
// tell is searched for.
#include "alloc.h"

#include "blocks.h"
#include "claim.h"
#include "collect.h"
#include "counts.h"
#include "hook.h"
#include "misuse.h"
#include "records.h"

// A block, with what else the way to it has found out.
typedef struct {
    group_t *group;
    block_t block;
    word_t bit;
} place_t;

static inline place_t block_place(const irqgc_t *h, block_t b) {
    return (place_t){&h->groups[block_group(b)], b, block_bit(b)};
}

// Claims `n` blocks of group `k`, if it has such a run: a hint is wrong while a
// context below has yet to toggle it.
static inline bool group_try(irqgc_t *h, record_t *op, word_t n, word_t k,
                             place_t *at) {
    group_t *g = group_at(h, k);
    const word_t free = ~(now(&g->head) | now(&g->body)) & GROUP_ALL;
    const word_t starts = word_run_starts(free, n);
    if (starts == 0) {
        return false;
    }
    const block_t b = word_ready(k * GROUP_BLOCKS + word_lowest(starts));
    const word_t bit = word_ready(starts & (0 - starts));
    const word_t run = word_ready(bits_run(bit, n));
    const word_t used = group_claim(h, op, b, g, bit, run, n);
    if ((used & run) != 0) {
        return false; // taken from under us
    }
    const word_t before = ~used & GROUP_ALL;
    hints_changed(h, k, before, before & ~run);
    *at = (place_t){g, b, bit};
    return true;
}

// The map of class 1 has all groups that are not full.
static inline word_t row_look(const word_t *row, unsigned class) {
    return class == 1 ? now(row) : row_from(row, class);
}

// Claims `n` blocks, up to one group, where the first row of the index tells;
// false iff it tells nothing, or is wrong.
static inline bool hinted_claim(irqgc_t *h, record_t *op, word_t n,
                                place_t *at) {
    const unsigned class = word_class_for(n);
    const word_t rows = row_look(hint_index(h, 0), class);
    if (rows == 0) {
        return false;
    }
    const word_t i = word_lowest(rows);
    const word_t groups = row_look(hint_row(h, i), class);
    return groups != 0 &&
           group_try(h, op, n, i * WORD_BITS + word_lowest(groups), at);
}

// ---- What a new object gets besides its blocks -----------------------------

// T3 attributes. Writes those of the head that the caller has claimed over
// what the last tenant left (I10). The window: others change its neighbours'
// bits.
COLD static void attributes_write(group_t *g, word_t bit, irqgc_flags_t flags) {
    const word_t plain = word_ready((flags & IRQGC_NO_POINTERS) != 0 ? bit : 0);
    const word_t held = word_ready((flags & IRQGC_HELD) != 0 ? bit : 0);
    const port_irq_t irq = port_irq_save();
    g->plain = (g->plain & ~bit) | plain;
    g->held = (g->held & ~bit) | held;
    port_irq_restore(irq);
}

// Mostly they are right already. Read outside a window: no one else changes the
// bits of this head.
static inline void attributes_match(const place_t *at, irqgc_flags_t flags) {
    group_t *g = at->group;
    const word_t plain = 0 - (word_t)((flags & IRQGC_NO_POINTERS) != 0);
    const word_t held = 0 - (word_t)((flags & IRQGC_HELD) != 0);
    const word_t wrong = (g->plain ^ plain) | (g->held ^ held);
    if ((wrong & at->bit) != 0) {
        attributes_write(g, at->bit, flags);
    }
}

// Clears blocks. A call of memset takes longer than to clear a few.
static inline void blocks_clear(void *start, word_t n) {
    enum { FEW = 4 };
    if (n > FEW) {
        __builtin_memset(start, 0, n * BLOCK_BYTES);
        return;
    }
    word_t *w = start;
    do {
        w = (word_t *)word_ready((word_t)w);
        w[0] = 0;
        w[1] = 0;
        w[2] = 0;
        w[3] = 0;
        w += BLOCK_WORDS;
    } while (--n > 0);
}

// ---- Making room -----------------------------------------------------------

bool flags_are_wrong(irqgc_t *h, irqgc_flags_t flags) {
    const irqgc_flags_t policy = flags & POLICIES;
    const bool is_wrong = (flags & ~(POLICIES | PLAIN_FLAGS)) != 0 ||
                          (policy & (policy - 1)) != 0;
    if (is_wrong) {
        misuse(h, IRQGC_BAD_ARGUMENT, NULL);
    }
    return is_wrong;
}

static irqgc_flags_t policy_of(irqgc_flags_t flags) {
    const irqgc_flags_t policy = flags & POLICIES;
    return policy != 0         ? policy
           : port_in_handler() ? (irqgc_flags_t)IRQGC_FAIL_FAST
                               : (irqgc_flags_t)IRQGC_COLLECT;
}

COLD bool room_make(irqgc_t *h, irqgc_flags_t flags) {
    flags = policy_of(flags);
    if ((flags & IRQGC_FAIL_FAST) != 0 ||
        ((flags & IRQGC_COLLECT) != 0 && !port_stacks_known())) {
        return false;
    }
    const state_t s = now(&h->state);
    if ((flags & IRQGC_COLLECT) != 0) {
        irqgc_collect(h);
    } else if (state_phase(s) == SWEEP) {
        sweep(h, s);
    }
    return true;
}

void no_room(irqgc_t *h, size_t size, irqgc_flags_t flags) {
    if (size != 0 && (flags & INNER) == 0) {
        count(h, offsetof(irqgc_counts_t, failures));
        trace_refused(h, size);
        if (policy_of(flags) == IRQGC_COLLECT && !port_stacks_known()) {
            misuse(h, IRQGC_UNKNOWN_STACK, NULL);
        }
    }
}

// By the truth; what hints tell after the policy made room, it tells as well.
COLD static bool slow_claim(irqgc_t *h, record_t *op, word_t n,
                            irqgc_flags_t flags) {
    return n <= h->n_blocks &&
           (searched_claim(h, op, n) ||
            (room_make(h, flags) && searched_claim(h, op, n)));
}

// In MARK the object is shaded like a stored pointer, so that it, and whatever
// raw stores put into it until this handler ends, is scanned when the preempted
// collection goes on.
//
// Without optimization, too, no word of this frame still has, when it collects,
// the address of an object that it returned before: so all of it is set first,
// and there is one return.
void *object_alloc(irqgc_t *h, size_t size, irqgc_flags_t flags) {
    const word_t n = size_blocks(size);
    void *object = NULL;
    record_t op;
    record_link(h, &op, NO_BLOCK);
    place_t at;
    bool has_room = n <= GROUP_BLOCKS && hinted_claim(h, &op, n, &at);
    if (!has_room && slow_claim(h, &op, n, flags)) {
        at = block_place(h, op.object);
        has_room = true;
    }
    if (!has_room) {
        record_drop(h, &op);
        no_room(h, size, flags);
    } else {
        attributes_match(&at, flags);
        block_barrier(h, at.block);
        object = block_address(h, at.block);
        if ((flags & IRQGC_NOT_ZEROED) == 0) {
            blocks_clear(object, n);
        } else if ((flags & INNER) != 0) {
            op.below->object = at.block;
        }
        count_fast(h, offsetof(irqgc_counts_t, allocs));
        trace_alloc(h, object, n);
        record_unlink(h, &op);
    }
    return object;
}

void *irqgc_alloc(irqgc_t *h, size_t size, irqgc_flags_t flags) {
    void *object = NULL;
    if (alloc_begin(h, flags)) {
        object = object_alloc(h, size, flags);
    }
    return object;
}
