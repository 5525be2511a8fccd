// SPDX-License-Identifier: MIT
//
// The port contract (src/port.h) on RISC-V in machine mode.
//
// No window keeps out NMIs and exceptions; they leave the heap alone.
#ifndef IRQGC_PORT_H
#define IRQGC_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../include/irqgc/riscv.h"
#include "../../src/names.h"

// Windows are counted in instructions: a port function that became a call, at
// -O0 or -Os, would spoil them.
#define PORT_INLINE static inline __attribute__((always_inline))

// Few registers.
#if defined __riscv_32e || defined __riscv_e
#define PORT_FEW_REGISTERS
#endif

// By the specification of 2019 the instructions for mstatus are an extension,
// which a gcc that is told of rv32imac alone does not take. All such cores have
// it.
#if defined __clang__ || defined __riscv_zicsr
#define PORT_CSR(text) text
#else
#define PORT_CSR(text)                                                         \
    ".option push\n\t"                                                         \
    ".option arch, +zicsr\n\t" text "\n\t"                                     \
    ".option pop"
#endif

// Machine interrupts enabled: a bit of mstatus. Small enough for an immediate.
#define PORT_MSTATUS_MIE 8

// The bit as it was before; mstatus is as wide as a long.
typedef unsigned long port_irq_t;

// Whoever interrupts before the last of the three has put the bit back when it
// returns. That one reads, too, but to take the bit out of what it has read
// would be one more instruction with interrupts masked. By its reading tools
// tell it from those that mask for other reasons.
PORT_INLINE port_irq_t port_irq_save(void) {
    port_irq_t before, again;
    __asm__ volatile(PORT_CSR("csrr %0, mstatus\n\t"
                              "andi %0, %0, %2\n\t"
                              "csrrci %1, mstatus, %2")
                     : "=&r"(before), "=r"(again)
                     : "i"(PORT_MSTATUS_MIE)
                     : "memory");
    (void)again;
    return before;
}

// Sets the one bit if it was set, and writes no other: those are not ours.
PORT_INLINE void port_irq_restore(const port_irq_t before) {
    __asm__ volatile(PORT_CSR("csrs mstatus, %0") : : "r"(before) : "memory");
}

PORT_INLINE bool port_in_handler(void) {
    return irqgc_riscv_depth != 0;
}

// The machine software interrupt brings the break to the thread (riscv_brk.c).
#define PORT_BREAKS 1

PORT_INLINE void port_break_pend(void) {
    volatile uint32_t *const msip = irqgc_riscv_msip;
    if (msip != NULL) {
        *msip = 1;
    }
}

// `why` is in a0.
PORT_INLINE void port_stop(const char *why) {
    register const char *a0 __asm__("a0") = why;
    __asm__ volatile("ebreak" : : "r"(a0) : "memory");
}

// riscv_context.c
const char *port_context_error(void) CORE_NAME(port_context_error);

#endif
