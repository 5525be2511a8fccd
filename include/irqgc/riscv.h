// SPDX-License-Identifier: MIT
//
// What firmware tells the port for RISC-V, and calls of it.
#ifndef IRQGC_RISCV_H
#define IRQGC_RISCV_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// How many handlers are under way. RISC-V has no register that tells, so the
// firmware's trap entry counts up before it may be preempted again, and down
// after it can no longer be: both where mstatus.MIE is still or again clear.
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
