// SPDX-License-Identifier: MIT
//
// The explorer's port: no interrupts but those it injects itself.
//
// How the hooks get into the core, whose sources know nothing of them. An
// interrupt can make a difference only between two accesses to memory that
// contexts share. The core is compiled with -fsanitize=thread, so that the
// compiler puts a call before every access it really makes, after optimization;
// but the calls go to access.c and not to the sanitizer's library. What the
// sanitizer cannot see, where a masked window opens, is here. To hook now() and
// in_order() instead would miss accesses that lack them, which is a bug to be
// found.
//
// So there is one injection point before each access to shared memory outside
// windows and one before each window; any other instant is equivalent to the
// next of these.
#ifndef IRQGC_PORT_H
#define IRQGC_PORT_H

#include <stdbool.h>

typedef bool port_irq_t;

typedef struct {
    bool masked;
    unsigned level; // of nesting: 0 is the thread
} cpu_t;
extern cpu_t cpu;

// An injection point, unless masked: before a window; and behind one, if there
// are no points at accesses.
void cpu_window(void);
void cpu_window_end(void);

void cpu_stop(void);

static inline port_irq_t port_irq_save(void) {
    cpu_window();
    const port_irq_t before = cpu.masked;
    cpu.masked = true;
    __asm volatile("" ::: "memory");
    return before;
}

static inline void port_irq_restore(port_irq_t before) {
    __asm volatile("" ::: "memory");
    cpu.masked = before;
    cpu_window_end();
}

static inline bool port_in_handler(void) {
    return cpu.level != 0;
}

static inline const char *port_context_error(void) {
    return 0;
}

static inline void port_stop(const char *why) {
    (void)why;
    cpu_stop();
}

// The address of an object that is being allocated is in a register.
void local_push(void *pointer);
#define PORT_KEEPS(pointer) local_push(pointer)

// Breaks are polled for.
#define PORT_BREAKS 0

static inline void port_break_pend(void) {
}

#endif
