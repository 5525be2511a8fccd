// SPDX-License-Identifier: MIT
//
// Allocation with a record. Up to one group, the hints tell a group, and all
// else is in its two words. What hints do not tell is searched for.
#include "alloc.h"

#include "blocks.h"
#include "claim.h"
#include "collect.h"
#include "counts.h"
#include "hook.h"
#include "misuse.h"
#include "records.h"

// ---- What a new object gets besides its blocks -----------------------------

// T3 attributes. Before: those of the last tenant (I10). The window: others
// change its neighbours' bits.
void attributes_write(group_t *g, word_t bit, irqgc_flags_t flags) {
    const word_t plain = word_ready((flags & IRQGC_NO_POINTERS) != 0 ? bit : 0);
    const word_t held = word_ready((flags & IRQGC_HELD) != 0 ? bit : 0);
    const port_irq_t irq = port_irq_save();
    g->plain = (g->plain & ~bit) | plain;
    g->held = (g->held & ~bit) | held;
    port_irq_restore(irq);
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

COLD static irqgc_flags_t policy_of(irqgc_flags_t flags) {
    const irqgc_flags_t policy = flags & POLICIES;
    return policy != 0         ? policy
           : port_in_handler() ? (irqgc_flags_t)IRQGC_FAIL_FAST
                               : (irqgc_flags_t)IRQGC_COLLECT;
}

COLD bool room_make(irqgc_t *h, irqgc_flags_t flags) {
    flags = policy_of(flags);
    if ((flags & IRQGC_COLLECT) != 0) {
        if (!port_stacks_known()) {
            return false; // no_room tells
        }
        irqgc_collect(h);
        return true;
    }
    const state_t s = now(&h->state);
    if ((flags & IRQGC_FAIL_FAST) == 0 && state_phase(s) == SWEEP) {
        sweep(h, s);
    }
    return (flags & IRQGC_FAIL_FAST) == 0;
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

// As hints tell, or by the truth; and once more after the policy made room.
static inline bool alloc_claim(irqgc_t *h, record_t *op, word_t n,
                               irqgc_flags_t flags) {
    if (n > h->n_blocks) {
        return false;
    }
    for (bool is_last = false;; is_last = true) {
        if ((n <= GROUP_BLOCKS && hinted_claim(h, op, n)) ||
            searched_claim(h, op, n)) {
            return true;
        }
        if (is_last || !room_make(h, flags)) {
            return false;
        }
    }
}

// In MARK the object is shaded like a stored pointer, so that it, and whatever
// raw stores put into it until this handler ends, is scanned when the preempted
// collection goes on.
//
// Without optimization, too, no word of this frame still has, when it collects,
// the address of an object that it returned before: so all of it is set first,
// and there is one return.
COLD void *object_alloc(irqgc_t *h, size_t size, irqgc_flags_t flags) {
    const word_t n = size_blocks(size);
    void *object = NULL;
    record_t op;
    record_begin(h, &op);
    if (!alloc_claim(h, &op, n, flags)) {
        record_drop(h, &op);
        no_room(h, size, flags);
    } else {
        const block_t b = op.object;
        group_t *g = group_at(h, block_group(b));
        if (attributes_differ(g, block_bit(b), flags)) {
            attributes_write(g, block_bit(b), flags);
        }
        block_barrier(h, b);
        object = block_address(h, b);
        if ((flags & IRQGC_NOT_ZEROED) == 0) {
            __builtin_memset(object, 0, n * BLOCK_BYTES);
        } else if ((flags & INNER) != 0) {
            op.below->object = b;
        }
        count_fast(h, offsetof(irqgc_counts_t, allocs));
        trace_alloc(h, object, n);
        record_drop(h, &op);
    }
    return object;
}
