// SPDX-License-Identifier: MIT
#include "counts.h"

void count(irqgc_t *h, size_t offset) {
    const unsigned who = port_in_handler();
    if (who != 0) {
        least_free_note(h);
    }
    word_t *calls = counter(&h->counts[who], offset);
    const port_irq_t irq = port_irq_save();
    ++*calls;
    port_irq_restore(irq);
}

// T18 too: a higher context may have noted fewer.
void least_free_note(irqgc_t *h) {
    const port_irq_t irq = port_irq_save();
    const word_t free = h->given - h->taken;
    if (free < h->least_free) {
        h->least_free = free;
    }
    port_irq_restore(irq);
}
