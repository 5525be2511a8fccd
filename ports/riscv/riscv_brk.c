// SPDX-License-Identifier: MIT
//
// Brings a break to the thread of a RISC-V in machine mode. The trap entry
// calls irqgc_riscv_break for the machine software interrupt, with the
// registers that a callee may change stored in its frame, with an FPU its own
// and fcsr, too, and mepc and mstatus, for the delivery may be interrupted.
// They are loaded from there when that returns, and the thread goes on. If the
// delivery does not return, the frame is left behind.
//
// The thread alone enables this interrupt: handlers clear its bit of mie before
// they let others in.
#include "irqgc/brk.h"

#include "../../src/brk.h"
#include "../../src/port.h"

volatile uint32_t *irqgc_riscv_msip;

// Called, and returns, with interrupts masked. In between it is the thread
// that runs. Cleared first: a request just after it has it set again.
void irqgc_riscv_break(void) {
    *irqgc_riscv_msip = 0;
    if (!brk_arrive()) {
        return;
    }
    irqgc_riscv_depth--;
    __asm__ volatile(PORT_CSR("csrsi mstatus, %0")
                     :
                     : "i"(PORT_MSTATUS_MIE)
                     : "memory");
    brk_deliver();
    __asm__ volatile(PORT_CSR("csrci mstatus, %0")
                     :
                     : "i"(PORT_MSTATUS_MIE)
                     : "memory");
    irqgc_riscv_depth++;
    irqgc_brk_release();
}
