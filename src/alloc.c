// SPDX-License-Identifier: MIT
#include "irqgc/irqgc.h"

#include "claim.h"
#include "collect.h"

// Blocks for `size` bytes, or 0 if that is none or more than the heap has.
static word_t size_blocks(const irqgc_t *h, size_t size) {
    const word_t n = size / BLOCK_BYTES + (size % BLOCK_BYTES != 0);
    return n <= h->n_blocks ? n : 0;
}

// Counts a failure; nothing asked for is none.
__attribute__((cold)) static void *no_room(irqgc_t *h, size_t size) {
    if (size != 0) {
        count(&h->counts[0].failures);
    }
    return NULL;
}

// ---- Making room -----------------------------------------------------------

enum { POLICIES = IRQGC_FAIL_FAST | IRQGC_SWEEP_ON | IRQGC_COLLECT };

// Follows the policy for an allocation that found nothing; whether it is worth
// to search once more.
static bool room_make(irqgc_t *h, irqgc_flags_t flags) {
    if ((flags & POLICIES) == 0) {
        flags = port_in_handler() ? IRQGC_FAIL_FAST : IRQGC_COLLECT;
    }
    if ((flags & IRQGC_FAIL_FAST) != 0) {
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

// ---- What a new object gets besides its blocks -----------------------------

// T19 attribute. Writes a bit of the head that the caller has claimed over what
// the last tenant left (I10). The window: others change its neighbours' bits.
static void attribute_write(word_t *plane, word_t bit, bool set) {
    const port_irq_t irq = port_irq_save();
    *plane = set ? *plane | bit : *plane & ~bit;
    port_irq_restore(irq);
}

// Mostly they are right already. Read outside a window: no one else changes the
// bits of this head.
static void attributes_write(irqgc_t *h, block_t b, irqgc_flags_t flags) {
    group_t *g = &h->groups[block_group(b)];
    const word_t bit = block_bit(b);
    const bool plain = (flags & IRQGC_NO_POINTERS) != 0;
    const bool held = (flags & IRQGC_HELD) != 0;
    const word_t wrong = (now(&g->plain) ^ (0 - (word_t)plain)) |
                         (now(&g->held) ^ (0 - (word_t)held));
    if ((wrong & bit) != 0) {
        attribute_write(&g->plain, bit, plain);
        attribute_write(&g->held, bit, held);
    }
}

// Clears blocks. A call of memset takes longer than to clear a few.
static void blocks_clear(void *start, word_t n) {
    enum { FEW = 4 };
    if (n > FEW) {
        __builtin_memset(start, 0, n * BLOCK_BYTES);
        return;
    }
    for (volatile word_t *w = start; n > 0; n--, w += BLOCK_WORDS) {
        w[0] = 0;
        w[1] = 0;
        w[2] = 0;
        w[3] = 0;
    }
}

// Makes an object of `n` blocks, which `op` then names; NULL iff there is no
// room as it is. In MARK it is shaded like a stored pointer, so that it, and
// whatever raw stores put into it until this handler ends, is scanned when the
// preempted collection goes on.
static void *object_new(irqgc_t *h, record_t *op, word_t n,
                        irqgc_flags_t attributes) {
    if (!object_claim(h, op, n)) {
        return NULL;
    }
    attributes_write(h, op->object, attributes);
    block_barrier(h, op->object);
    count(&h->counts[0].allocs);
    return block_address(h, op->object);
}

void *irqgc_alloc(irqgc_t *h, size_t size, irqgc_flags_t flags) {
    const word_t n = size_blocks(h, size);
    if (n == 0) {
        return no_room(h, size);
    }
    record_t op;
    record_link(h, &op, NO_BLOCK);
    void *object = object_new(h, &op, n, flags);
    if (object == NULL && room_make(h, flags)) {
        object = object_new(h, &op, n, flags);
    }
    if (object == NULL) {
        no_room(h, size);
    } else if ((flags & IRQGC_NOT_ZEROED) == 0) {
        blocks_clear(object, n);
    }
    record_unlink(h, &op);
    return object;
}

// ---- Taking an object over from the caller ---------------------------------

// Whether the object that `op` names is the caller's to change. The record is
// linked before anything is looked at: from then on higher contexts refuse the
// object, so none of them frees it between this and our windows.
static irqgc_status_t object_status(const irqgc_t *h, const record_t *op) {
    const irqgc_status_t status = block_status(h, op->object);
    return status == IRQGC_OK && record_names(op->below, op->object)
               ? IRQGC_IN_OPERATION
               : status;
}

irqgc_status_t irqgc_free(irqgc_t *h, void *object) {
    if (object == NULL) {
        return IRQGC_OK;
    }
    record_t op;
    record_link(h, &op, address_object(h, (uintptr_t)object));
    const irqgc_status_t status = object_status(h, &op);
    if (status == IRQGC_OK) {
        least_free_note(h);
        object_release(h, &op, object_end(h, op.object));
        count(&h->counts[0].frees);
    }
    record_unlink(h, &op);
    if (status != IRQGC_OK) {
        misuse(h, status, object);
    }
    return status;
}

// ---- Reallocation ----------------------------------------------------------

// Gives the object that `op` names `n` blocks where it is, `n_old` now; false
// iff one of those it would grow into is taken.
static bool object_resize(irqgc_t *h, const record_t *op, word_t n_old,
                          word_t n) {
    const block_t b = op->object;
    if (n <= n_old) {
        least_free_note(h);
        (void)tails_release(h, b + n, b + n_old);
        return true;
    }
    return object_extend(h, b + n_old, b + n) == n - n_old;
}

// Moves the object that `op` names, of `n_old` blocks, to `n` new ones, which
// it names then: copies, then gives back the old one. Both are named by
// records all the while. False iff there is no room as it is.
static bool object_move(irqgc_t *h, record_t *op, word_t n_old, word_t n) {
    record_t to;
    record_link(h, &to, NO_BLOCK);
    void *object = object_new(h, &to, n, block_attributes(h, op->object));
    if (object != NULL) {
        __builtin_memcpy(object, block_address(h, op->object),
                         n_old * BLOCK_BYTES);
        least_free_note(h);
        object_release(h, op, op->object + n_old);
        op->object = to.object;
    }
    record_unlink(h, &to);
    return object != NULL;
}

static bool object_fit(irqgc_t *h, record_t *op, word_t n_old, word_t n) {
    return object_resize(h, op, n_old, n) || object_move(h, op, n_old, n);
}

static void *object_realloc(irqgc_t *h, record_t *op, word_t n,
                            irqgc_flags_t flags) {
    const word_t n_old = object_end(h, op->object) - op->object;
    if (!object_fit(h, op, n_old, n) &&
        !(room_make(h, flags) && object_fit(h, op, n_old, n))) {
        return NULL;
    }
    uint8_t *object = block_address(h, op->object);
    if (n > n_old && (flags & IRQGC_NOT_ZEROED) == 0) {
        __builtin_memset(object + n_old * BLOCK_BYTES, 0,
                         (n - n_old) * BLOCK_BYTES);
    }
    return object;
}

void *irqgc_realloc(irqgc_t *h, void *object, size_t size,
                    irqgc_flags_t flags) {
    if (object == NULL) {
        return irqgc_alloc(h, size, flags);
    }
    const word_t n = size_blocks(h, size);
    record_t op;
    record_link(h, &op, address_object(h, (uintptr_t)object));
    const irqgc_status_t status = object_status(h, &op);
    void *resized = NULL;
    if (status == IRQGC_OK && n != 0) {
        resized = object_realloc(h, &op, n, flags);
    }
    record_unlink(h, &op);
    if (status != IRQGC_OK) {
        misuse(h, status, object);
        return NULL;
    }
    return resized != NULL ? resized : no_room(h, size);
}
