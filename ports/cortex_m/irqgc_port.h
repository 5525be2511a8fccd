// SPDX-License-Identifier: MIT
//
// The port contract (src/port.h) on Cortex-M, v6-M to v8-M. The thread runs
// privileged: unprivileged code that masks is ignored by the hardware, without
// a fault.
//
// No window keeps out NMI and HardFault; they leave the heap alone.
#ifndef IRQGC_PORT_H
#define IRQGC_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "../../src/names.h"

// The masking ceiling, a value of the BASEPRI register, 1 to 255: windows mask
// only handlers of this priority number and above, and more urgent ones, which
// then leave the heap alone, are never delayed. At least one of the priority
// bits that the device implements (its topmost) is set, or nothing is masked.
// If zero, the default, windows mask all handlers.
//
// Not for Cortex-M7 r0p1: its erratum 837070 lets in one more handler after
// BASEPRI was raised.
#ifndef IRQGC_BASEPRI
#define IRQGC_BASEPRI 0
#endif

#if IRQGC_BASEPRI < 0 || IRQGC_BASEPRI > 255
#error "IRQGC_BASEPRI is a priority, 1 to 255, or 0 to mask all handlers"
#endif

#if IRQGC_BASEPRI && (defined __ARM_ARCH_6M__ || defined __ARM_ARCH_8M_BASE__)
#error "IRQGC_BASEPRI: v6-M and v8-M Baseline have no BASEPRI; leave it at 0"
#endif

#if defined __PIC__ && !defined __clang__
#error "without -fPIC and -fPIE: gcc names no function in assembly with them"
#endif

// Windows are counted in instructions: a port function that became a call, at
// -O0 or -Os, would spoil them.
#define PORT_INLINE static inline __attribute__((always_inline))

// The core has registers s0-s31: an FPU, or the vector extension without one.
#if defined __ARM_FP || defined __ARM_FEATURE_MVE
#define PORT_FPU
#endif

// Most instructions of these know eight registers.
#if defined __ARM_ARCH_6M__ || defined __ARM_ARCH_8M_BASE__
#define PORT_FEW_REGISTERS
#endif

// The special register that masks, as it was before.
typedef uint32_t port_irq_t;

// A handler that preempts between the two instructions of port_irq_save has
// put the register back when it returns, so what was read stays true. CPSID,
// and MSR where it raises the priority, act on the very next instruction and
// need no barrier of the hardware. port_irq_restore has none either: a handler
// that became pending may come an instruction or two late, where it is as
// welcome.
#if IRQGC_BASEPRI

PORT_INLINE port_irq_t port_irq_save(void) {
    port_irq_t before;
    // BASEPRI_MAX only ever raises: a caller that masks more keeps doing so.
    __asm__ volatile("mrs %0, basepri\n\t"
                     "msr basepri_max, %1"
                     : "=&r"(before)
                     : "r"(IRQGC_BASEPRI)
                     : "memory");
    return before;
}

PORT_INLINE void port_irq_restore(const port_irq_t before) {
    __asm__ volatile("msr basepri, %0" : : "r"(before) : "memory");
}

#else

PORT_INLINE port_irq_t port_irq_save(void) {
    port_irq_t before;
    __asm__ volatile("mrs %0, primask\n\t"
                     "cpsid i"
                     : "=r"(before)
                     :
                     : "memory");
    return before;
}

PORT_INLINE void port_irq_restore(const port_irq_t before) {
    __asm__ volatile("msr primask, %0" : : "r"(before) : "memory");
}

#endif

PORT_INLINE bool port_in_handler(void) {
    uint32_t exception_number;
    // Volatile, to stay where it is: the compiler could else move it into a
    // window.
    __asm__ volatile("mrs %0, ipsr" : "=r"(exception_number));
    return exception_number != 0;
}

// PendSV brings the break to the thread (brk.c): bit PENDSVSET of the register
// ICSR, where zeros change nothing.
#define PORT_BREAKS 1

PORT_INLINE void port_break_pend(void) {
    *(volatile uint32_t *)0xE000ED04u = UINT32_C(1) << 28;
}

// `why` is in r0.
PORT_INLINE void port_stop(const char *why) {
    register const char *r0 __asm__("r0") = why;
    __asm__ volatile("bkpt #0" : : "r"(r0) : "memory");
}

// cortex_m_context.c
const char *port_context_error(void) CORE_NAME(port_context_error);

#endif
