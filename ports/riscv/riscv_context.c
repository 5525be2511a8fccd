// SPDX-License-Identifier: MIT
//
// For debug builds: what can be known of the calling context. RISC-V has no
// register that tells a handler from the thread, nor an NMI, nor an exception
// from an interrupt while it is handled; so this looks at what has been counted
// and at the stack.
#include <stddef.h>

#include "../../src/port.h"

const char *port_context_error(void) {
    if ((int)irqgc_riscv_depth < 0) {
        return "irqgc_riscv_depth was counted down more often than up";
    }
    return port_stacks_known() ? NULL
                               : "on a stack that is not known, or that is "
                                 "listed where the first one is not";
}
