// SPDX-License-Identifier: MIT
//
// Stores that look at what was there, in one instant.
#include "collect.h"
#include "misuse.h"

// T23 exchange. Before and after: the slot is what one context has stored; the
// window: no store comes between the look and ours. The barrier follows.
static void *slot_exchange(void **slot, void *value) {
    const port_irq_t irq = port_irq_save();
    void *const was = *slot;
    *slot = value;
    port_irq_restore(irq);
    return was;
}

ORDERED void *irqgc_exchange(irqgc_t *h, void **slot, void *value) {
    call_begin(h);
    void *const was = slot_exchange(slot, value);
    words_barrier(h, &value, 1);
    return was;
}

// T24 compare and store. As T23.
static int slot_compare_and_store(void **slot, const void *expected,
                                  void *value) {
    const port_irq_t irq = port_irq_save();
    const int is_expected = *slot == expected;
    if (is_expected) {
        *slot = value;
    }
    port_irq_restore(irq);
    return is_expected;
}

ORDERED int irqgc_compare_and_store(irqgc_t *h, void **slot, void *expected,
                                    void *value) {
    call_begin(h);
    const int has_stored = slot_compare_and_store(slot, expected, value);
    if (has_stored) {
        words_barrier(h, &value, 1);
    }
    return has_stored;
}
