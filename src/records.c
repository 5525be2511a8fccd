// SPDX-License-Identifier: MIT
#include "records.h"

volatile word_t n_holds; // here: so nobody links brk.c for it

void record_begin(irqgc_t *h, record_t *op) {
    record_link(h, op, NO_BLOCK);
}

void record_drop(irqgc_t *h, const record_t *op) {
    record_unlink(h, op);
}

// Cleared first: if the break finds another record, it notes so again.
void break_again(irqgc_t *h) {
    *(volatile word_t *)&h->deferred = 0;
    port_break_pend();
}

irqgc_status_t object_name(irqgc_t *h, record_t *op, const void *object,
                           glance_t *glance) {
    const block_t b = address_object(h, (uintptr_t)object);
    record_link(h, op, b);
    if (b == NO_BLOCK) {
        return IRQGC_NOT_AN_OBJECT;
    }
    *glance = group_glance(h, block_group(b));
    const irqgc_status_t status = block_status(b, glance);
    return status == IRQGC_OK && record_names(op->below, b) ? IRQGC_IN_OPERATION
                                                            : status;
}
