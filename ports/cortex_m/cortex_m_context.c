// SPDX-License-Identifier: MIT
//
// For debug builds: whether windows keep the caller out, as far as the core's
// registers tell. A handler that has none of these faults may still have
// preempted one that has.
#include <stddef.h>

#include "../../src/port.h"

enum { EXCEPTION_NMI = 2, EXCEPTION_HARDFAULT = 3 };

#define CONTROL_NPRIV 1u

static const char *thread_error(void) {
    uint32_t control;
    __asm__ volatile("mrs %0, control" : "=r"(control));
    if ((control & CONTROL_NPRIV) != 0) {
        return "unprivileged: the core ignores what masks interrupts";
    }
    return port_stacks_known() ? NULL
                               : "on a process stack that is not known "
                                 "(irqgc_cortex_m_process_stack_base)";
}

#if IRQGC_BASEPRI

// A byte for each exception: of the system's from 4 on, and of the interrupts.
#define SHPR ((const volatile uint8_t *)0xE000ED18u)
#define NVIC_IPR ((const volatile uint8_t *)0xE000E400u)

static uint32_t exception_priority(uint32_t number) {
    return number < 16 ? SHPR[number - 4] : NVIC_IPR[number - 16];
}

// What the device makes of the ceiling, which has fewer bits; a caller that
// masks more keeps doing so, and is believed.
static uint32_t ceiling(void) {
    const port_irq_t irq = port_irq_save();
    uint32_t masked;
    __asm__ volatile("mrs %0, basepri" : "=r"(masked));
    port_irq_restore(irq);
    return masked;
}

static const char *interrupt_error(uint32_t number) {
    return exception_priority(number) < ceiling()
               ? "in a handler more urgent than the ceiling (IRQGC_BASEPRI)"
               : NULL;
}

#else

static const char *interrupt_error(uint32_t number) {
    (void)number;
    return NULL;
}

#endif

const char *port_context_error(void) {
    uint32_t number;
    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
    switch (number) {
    case 0:
        return thread_error();
    case EXCEPTION_NMI:
        return "in the handler of NMI, which nothing masks";
    case EXCEPTION_HARDFAULT:
        return "in the handler of HardFault, which nothing masks";
    default:
        return interrupt_error(number);
    }
}
