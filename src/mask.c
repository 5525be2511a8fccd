// SPDX-License-Identifier: MIT
//
// Masking for the program's own few instructions.
#include "heap.h"

ORDERED irqgc_masking_t irqgc_mask(void) {
    return (irqgc_masking_t)PORT_PROGRAM_SAVE();
}

ORDERED void irqgc_restore(irqgc_masking_t before) {
    port_irq_restore((port_irq_t)before);
}
