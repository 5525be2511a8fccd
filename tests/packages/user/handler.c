// SPDX-License-Identifier: MIT
//
// A part of a user's firmware.
#include <irqgc/irqgc.h>

#ifndef IRQGC_DERIVED
#error "the flags did not come with the package"
#endif

void on_timer(irqgc_t *heap, void **latest);
void on_timer(irqgc_t *heap, void **latest) {
    irqgc_store(heap, latest, irqgc_alloc(heap, 24, 0));
}
