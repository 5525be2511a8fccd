// SPDX-License-Identifier: MIT
//
// A port without interrupts, for tools that read no assembly.
#ifndef IRQGC_PORT_H
#define IRQGC_PORT_H

#include <stdbool.h>

typedef int port_irq_t;

static inline port_irq_t port_irq_save(void) {
    return 0;
}

static inline void port_irq_restore(port_irq_t before) {
    (void)before;
}

static inline bool port_in_handler(void) {
    return false;
}

static inline const char *port_context_error(void) {
    return 0;
}

static inline void port_stop(const char *why) {
    (void)why;
}

// Breaks are polled for.
#define PORT_BREAKS 0

static inline void port_break_pend(void) {
}

#endif
