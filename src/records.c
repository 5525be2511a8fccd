// SPDX-License-Identifier: MIT
#include "records.h"

volatile word_t n_holds; // here: so nobody links brk.c for it

void record_drop(irqgc_t *h, const record_t *op) {
    record_unlink(h, op);
}

// Cleared first: if the break finds another record, it notes so again.
void break_again(irqgc_t *h) {
    *(volatile word_t *)&h->deferred = 0;
    port_break_pend();
}
