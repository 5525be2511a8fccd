// SPDX-License-Identifier: MIT
//
// Operations in progress.
#ifndef IRQGC_SRC_RECORDS_H
#define IRQGC_SRC_RECORDS_H

#include "blocks.h"

// No window: a higher context that comes between has taken its own record out
// again when it returns (I9), so `records` cannot change meanwhile.
static inline void record_link(irqgc_t *h, record_t *op, block_t object) {
    op->object = object;
    op->below = h->records;
    in_order(); // complete before anyone can see it
    *(record_t *volatile *)&h->records = op;
    in_order(); // seen before the operation looks at anything
}

// Those of operations below; the caller's own, if it has linked one.
static inline const record_t *records_now(const irqgc_t *h) {
    return *(record_t *const volatile *)&h->records;
}

// Holds of breaks (brk.c). A delivery has one: it runs in the thread, but may
// have interrupted it anywhere, as a handler does.
extern volatile word_t n_holds CORE_NAME(n_holds);

// Has the break arrive that came in the middle of an operation.
COLD void break_again(irqgc_t *h) CORE_NAME(break_again);

static inline void record_pop(irqgc_t *h, const record_t *op) {
    in_order();
    ASSERT(h->records == op);
    *(record_t *volatile *)&h->records = op->below;
    in_order();
}

// The end of an operation. A break that comes after the pop finds no record,
// one that came before has left its note.
static inline void record_unlink(irqgc_t *h, const record_t *op) {
    record_pop(h, op);
    if (PORT_BREAKS && now(&h->deferred) != 0) {
        break_again(h);
    }
}

// Both where size counts; linked with no object yet.
LEAN void record_begin(irqgc_t *h, record_t *op) CORE_NAME(record_begin);
COLD void record_drop(irqgc_t *h, const record_t *op) CORE_NAME(record_drop);

// Whether one of these records names this block.
static inline bool record_names(const record_t *record, block_t b) {
    while (record != NULL && record->object != b) {
        record = record->below;
    }
    return record != NULL;
}

// Links a record that names what may be an object: whether it is the caller's
// to change. Linked before anything is looked at: from then on higher contexts
// refuse the object, so none of them frees it between this and our windows.
// `glance` gets its group, unless there is none.
LEAN irqgc_status_t object_name(irqgc_t *h, record_t *op, const void *object,
                                glance_t *glance) CORE_NAME(object_name);

#endif
