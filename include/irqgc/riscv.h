// SPDX-License-Identifier: MIT
//
// What firmware tells the port for RISC-V, and calls of it.
//
// RV32 or RV64 in machine mode, with or without FPU, by gcc or clang, and RV32E
// by gcc, which has been compiled but never run. The linker script gives the
// address just above the first stack the name __stack_top.
//
// Handlers may run on the stack that they have interrupted. Or on one of their
// own: then that one and the first one are listed (irqgc_stack_add), each with
// its `saved`, where the trap entry notes sp before it leaves the first one,
// and where the end of the other one is kept while no handler runs on it.
//
// The core has no register that tells in which context it runs. So a build with
// IRQGC_DEBUG stops at an ebreak, with the address of a line that tells why in
// a0, when a call comes
//   - while irqgc_riscv_depth is negative;
//   - on a stack of which the port does not know: above __stack_top and not
//     listed, or listed while the first one is not.
// It cannot tell an NMI, nor an exception, nor a handler whose entry does not
// count, nor a mode that is not machine mode, where each window traps.
#ifndef IRQGC_RISCV_H
#define IRQGC_RISCV_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// How many handlers are under way. The firmware's trap entry counts up before
// it may be preempted again, and down after it can no longer be: both where
// mstatus.MIE is still or again clear.
extern volatile unsigned irqgc_riscv_depth;

// Where the hart's register for its machine software interrupt is, which brings
// a break to the thread. While NULL, the default, nothing does.
extern volatile uint32_t *irqgc_riscv_msip;

// What the trap entry calls for that interrupt; ports/riscv/riscv_brk.c tells
// how.
void irqgc_riscv_break(void);

#ifdef __cplusplus
}
#endif

#endif
