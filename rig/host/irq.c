// SPDX-License-Identifier: MIT
#include "irqgc/irqgc.h"
#include "rig/rig.h"

uintptr_t rig_irq_save(void) {
    return irqgc_mask();
}

void rig_irq_restore(uintptr_t before) {
    irqgc_restore(before);
}
