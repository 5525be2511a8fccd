// SPDX-License-Identifier: MIT
#include "alloc.h"
#include "blocks.h"
#include "claim.h"
#include "counts.h"
#include "hook.h"
#include "misuse.h"
#include "records.h"
#include "release.h"

// Moves the object that `op` names, of `n_old` blocks, to `n` new ones, which
// it names then: copies, then gives back the old one. Both are named by
// records all the while. NULL iff there is no room as it is.
static void *object_move(irqgc_t *h, record_t *op, const void *old,
                         word_t n_old, word_t n) {
    const irqgc_flags_t flags = block_attributes(h, op->object) |
                                IRQGC_NOT_ZEROED | IRQGC_FAIL_FAST | INNER;
    record_t to;
    record_begin(h, &to);
    void *object = object_alloc(h, n * BLOCK_BYTES, flags);
    if (object != NULL) {
        trace_free(h, op->object);
        __builtin_memcpy(object, old, n_old * BLOCK_BYTES);
        least_free_note(h);
        blocks_dead(h, op->object, op->object + n_old);
        blocks_release(h, op, op->object, op->object + n_old);
        op->object = to.object;
    }
    record_pop(h, &to); // ours is left
    return object;
}

// Gives the object that `op` names `n` blocks, in place if that can be; NULL
// iff there is no room as it is.
COLD static void *object_fit(irqgc_t *h, record_t *op, void *object,
                             word_t n_old, word_t n) {
    const block_t b = op->object;
    if (n > n_old && (!blocks_are_free(h, b + n_old, b + n) ||
                      blocks_claim(h, op, b, b + n_old, b + n) < n - n_old)) {
        return object_move(h, op, object, n_old, n);
    }
    trace_resize(h, object, n_old, n);
    least_free_note(h);
    blocks_dead(h, b + n, b + n_old);
    blocks_release(h, op, b + n, b + n_old);
    return object;
}

static void *object_realloc(irqgc_t *h, record_t *op, void *object, word_t n,
                            irqgc_flags_t flags) {
    const word_t n_old = object_end(h, op->object) - op->object;
    uint8_t *fit;
    bool is_last = false;
    while ((fit = object_fit(h, op, object, n_old, n)) == NULL && !is_last &&
           room_make(h, flags)) {
        is_last = true;
    }
    if (fit != NULL && n > n_old && (flags & IRQGC_NOT_ZEROED) == 0) {
        __builtin_memset(fit + n_old * BLOCK_BYTES, 0,
                         (n - n_old) * BLOCK_BYTES);
    }
    return fit;
}

COLD void *irqgc_realloc(irqgc_t *h, void *object, size_t size,
                         irqgc_flags_t flags) {
    if (object == NULL) {
        return irqgc_alloc(h, size, flags);
    }
    if (!alloc_begin(h, flags)) {
        return NULL;
    }
    const word_t n = size_blocks(size);
    record_t op;
    glance_t glance;
    const irqgc_status_t status = object_name(h, &op, object, &glance);
    void *resized = NULL;
    if (status == IRQGC_OK && n <= h->n_blocks) {
        resized = object_realloc(h, &op, object, n, flags);
    }
    record_drop(h, &op);
    if (status != IRQGC_OK) {
        misuse(h, status, object);
        return NULL;
    }
    if (resized == NULL) {
        no_room(h, size, flags);
    }
    return resized;
}
