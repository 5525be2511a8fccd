// SPDX-License-Identifier: MIT
#include "irqgc/irqgc.h"

#include "claim.h"
#include "collect.h"

// Blocks for `size` bytes, or 0 if that is none or more than the heap has.
static word_t size_blocks(const irqgc_t *h, size_t size) {
    const word_t n = size / BLOCK_BYTES + (size % BLOCK_BYTES != 0);
    return n <= h->n_blocks ? n : 0;
}

// ---- Making room -----------------------------------------------------------

// Follows the policy for an allocation that found nothing; false iff that
// cannot have made room.
static bool room_make(irqgc_t *h, irqgc_flags_t flags) {
    const irqgc_flags_t policies =
        IRQGC_FAIL_FAST | IRQGC_SWEEP_ON | IRQGC_COLLECT;
    if ((flags & policies) == 0) {
        flags = port_in_handler() ? IRQGC_FAIL_FAST : IRQGC_COLLECT;
    }
    if ((flags & IRQGC_FAIL_FAST) != 0) {
        return false;
    }
    if ((flags & IRQGC_COLLECT) != 0) {
        irqgc_collect(h);
        return true;
    }
    const state_t s = now(&h->state);
    if (state_phase(s) != SWEEP) {
        return false;
    }
    sweep(h, s);
    return true;
}

static bool object_find(irqgc_t *h, record_t *op, word_t n,
                        irqgc_flags_t flags) {
    return object_claim(h, op, n) ||
           (room_make(h, flags) && object_claim(h, op, n));
}

// ---- What a new object gets besides its blocks -----------------------------

// T19 attribute. Writes the bit of a head that the caller has claimed, over
// what the last tenant left (I10). Read outside the window: no one else changes
// the bit of this head. The window: they change those of its neighbours.
static void attribute_write(word_t *plane, word_t bit, bool set) {
    if (((now(plane) & bit) != 0) != set) {
        const port_irq_t irq = port_irq_save();
        *plane ^= bit;
        port_irq_restore(irq);
    }
}

static void attributes_write(irqgc_t *h, block_t b, irqgc_flags_t flags) {
    group_t *g = &h->groups[block_group(b)];
    const word_t bit = block_bit(b);
    const bool plain = (flags & IRQGC_NO_POINTERS) != 0;
    const bool held = (flags & IRQGC_HELD) != 0;
    attribute_write(&g->plain, bit, plain);
    attribute_write(&g->held, bit, held);
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

// Finishes the object that `op` names. In MARK it is shaded like a stored
// pointer, so that it, and whatever raw stores put into it until this handler
// ends, is scanned when the preempted collection goes on.
static void *object_finish(irqgc_t *h, const record_t *op,
                           irqgc_flags_t flags) {
    attributes_write(h, op->object, flags);
    block_barrier(h, op->object);
    count(&counts_here(h)->allocs);
    return block_address(h, op->object);
}

void *irqgc_alloc(irqgc_t *h, size_t size, irqgc_flags_t flags) {
    const word_t n = size_blocks(h, size);
    record_t op;
    record_link(h, &op, NO_BLOCK);
    void *object = NULL;
    if (n != 0 && object_find(h, &op, n, flags)) {
        object = object_finish(h, &op, flags);
        if ((flags & IRQGC_NOT_ZEROED) == 0) {
            blocks_clear(object, n);
        }
    } else if (size != 0) {
        count(&counts_here(h)->failures);
    }
    record_unlink(h, &op);
    return object;
}

// ---- Taking an object over from the caller ---------------------------------

static bool record_below_names(const record_t *op, block_t b) {
    for (const record_t *r = op->below; r != NULL; r = r->below) {
        if (r->object == b) {
            return true;
        }
    }
    return false;
}

// Ahead of the sweep a white head is dead, and the sweep relies on its blocks
// to stay as they are until it comes there. The colour is read first: if the
// group is unswept after that, it was when the colour was read.
static bool block_is_dying(const irqgc_t *h, block_t b) {
    const word_t k = block_group(b);
    const bool black = (now(&h->groups[k].body) & block_bit(b)) != 0;
    return !black && k < now(&h->unswept);
}

static irqgc_status_t block_status(const irqgc_t *h, block_t b) {
    if (b == NO_BLOCK || !block_is_head(h, b)) {
        return IRQGC_NOT_AN_OBJECT;
    }
    return block_is_dying(h, b) ? IRQGC_UNREACHABLE : IRQGC_OK;
}

// Whether the object that `op` names is the caller's to change. The record is
// linked before anything is looked at: from then on higher contexts refuse the
// object, so none of them frees it between this and our windows.
static irqgc_status_t object_status(const irqgc_t *h, const record_t *op) {
    const irqgc_status_t status = block_status(h, op->object);
    return status == IRQGC_OK && record_below_names(op, op->object)
               ? IRQGC_IN_OPERATION
               : status;
}

__attribute__((cold)) static void misuse(irqgc_t *h, irqgc_status_t why,
                                         const void *object) {
    if (h->on_misuse != NULL) {
        h->on_misuse(h, why, object);
    } else if (IRQGC_DEBUG) {
        port_stop();
    }
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
        count(&counts_here(h)->frees);
    }
    record_unlink(h, &op);
    if (status != IRQGC_OK) {
        misuse(h, status, object);
    }
    return status;
}

// No record: to ask is no operation that another context could disturb.
size_t irqgc_size(irqgc_t *h, const void *object) {
    if (object == NULL) {
        return 0;
    }
    const block_t b = address_object(h, (uintptr_t)object);
    const irqgc_status_t status = block_status(h, b);
    if (status != IRQGC_OK) {
        misuse(h, status, object);
        return 0;
    }
    return (object_end(h, b) - b) * BLOCK_BYTES;
}

// ---- Reallocation ----------------------------------------------------------

// Gives the object that `op` names `n` blocks where it is, `n_old` now; false
// iff one of those it would grow into is taken.
static bool object_resize(irqgc_t *h, const record_t *op, word_t n_old,
                          word_t n) {
    const block_t b = op->object;
    if (n <= n_old) {
        least_free_note(h);
        tails_release(h, b + n, b + n_old);
        return true;
    }
    return object_extend(h, b + n_old, b + n) == n - n_old;
}

// Moves the object that `op` names, of `n_old` blocks, to `n` new ones: copy,
// then give back the old one. Both are named by records all the while.
static void *object_move(irqgc_t *h, record_t *op, word_t n_old, word_t n,
                         irqgc_flags_t flags) {
    record_t to;
    record_link(h, &to, NO_BLOCK);
    void *object = NULL;
    if (object_find(h, &to, n, flags)) {
        object = object_finish(h, &to, block_attributes(h, op->object));
        __builtin_memcpy(object, block_address(h, op->object),
                         n_old * BLOCK_BYTES);
        least_free_note(h);
        object_release(h, op, op->object + n_old);
        op->object = to.object; // to be named until it is zeroed
    }
    record_unlink(h, &to);
    return object;
}

static void *object_realloc(irqgc_t *h, record_t *op, word_t n,
                            irqgc_flags_t flags) {
    const word_t n_old = object_end(h, op->object) - op->object;
    uint8_t *object = block_address(h, op->object);
    if (!object_resize(h, op, n_old, n)) {
        object = object_move(h, op, n_old, n, flags);
    }
    if (object != NULL && n > n_old && (flags & IRQGC_NOT_ZEROED) == 0) {
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
    if (status == IRQGC_OK && size != 0 && resized == NULL) {
        count(&counts_here(h)->failures);
    }
    record_unlink(h, &op);
    if (status != IRQGC_OK) {
        misuse(h, status, object);
    }
    return resized;
}
