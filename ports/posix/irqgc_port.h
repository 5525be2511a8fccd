// SPDX-License-Identifier: MIT
//
// The port for POSIX hosts, inline part. Signals are the interrupts; vic.h is
// their controller. A signal always arrives; whether its handler runs at once
// or stays pending is for the controller to say, so that masking is a flag
// and costs no system call.
//
// Every interrupt leaves the flag and the active priority as it found them.
// That is why a plain load of either, followed by a store, needs no atomics.
#ifndef IRQGC_PORT_H
#define IRQGC_PORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int port_irq_t;

#ifdef __i386__
#define PORT_FEW_REGISTERS
#endif

// Hidden, so that the flag is one instruction away in a shared library too.
#pragma GCC visibility push(hidden)
extern volatile int irqgc_posix_masked;   // 0: not
extern volatile int irqgc_posix_priority; // the active one, 0 in the thread
extern atomic_uint irqgc_posix_pending;   // a bit for each line, and the break

// Where the main thread's stack ends, or NULL before anyone has looked. A test
// may put it lower, to scan less.
extern const char *irqgc_posix_stack_base;

// The same, which looks first.
const char *irqgc_posix_stack_find(void);

// Whether AddressSanitizer keeps locals elsewhere.
bool irqgc_posix_has_fake_frames(void);

// The frame of the dispatcher that runs the handler, or delivers the break,
// which is under way, the latest; NULL: none is.
extern const void *volatile irqgc_posix_entry;

// For debug builds: why windows do not keep the calling context out, or NULL;
// and what stops.
const char *irqgc_posix_context_error(void);
__attribute__((noinline, cold)) void irqgc_posix_stop(const char *why);
void irqgc_posix_scans(uintptr_t low, uintptr_t high);

// Runs what is pending and more urgent than the caller, which is not masked.
__attribute__((noinline, cold)) void irqgc_posix_dispatch(void);
#pragma GCC visibility pop

#define IRQGC_POSIX_INLINE static inline __attribute__((always_inline))

// A window is what lies between these two stores. In assembly, so that the
// flag is named in the instruction itself: by that name a tool finds the
// windows in a disassembly, at any optimisation.
#if defined(__x86_64__)
IRQGC_POSIX_INLINE void irqgc_posix_open(void) {
    __asm__ volatile("movl $1, %c0(%%rip)"
                     :
                     : "i"(&irqgc_posix_masked)
                     : "memory");
}

IRQGC_POSIX_INLINE void irqgc_posix_close(port_irq_t before) {
    __asm__ volatile("movl %0, %c1(%%rip)"
                     :
                     : "r"(before), "i"(&irqgc_posix_masked)
                     : "memory");
}
#else
IRQGC_POSIX_INLINE void irqgc_posix_close(port_irq_t before) {
    atomic_signal_fence(memory_order_seq_cst);
    irqgc_posix_masked = before;
    atomic_signal_fence(memory_order_seq_cst);
}

IRQGC_POSIX_INLINE void irqgc_posix_open(void) {
    irqgc_posix_close(1);
}
#endif

// An interrupt between the load and the store runs to its end and leaves the
// flag as it was loaded.
IRQGC_POSIX_INLINE port_irq_t port_irq_save(void) {
    const port_irq_t before = irqgc_posix_masked;
    irqgc_posix_open();
    return before;
}

// What became pending before the store is found by the test; what is raised
// after it runs by itself, and the test then finds nothing, or finds lines
// that have to wait.
// NOLINTNEXTLINE(misc-no-recursion): the dispatcher has windows of its own.
IRQGC_POSIX_INLINE void port_irq_restore(port_irq_t before) {
    irqgc_posix_close(before);
    if (before == 0 && irqgc_posix_pending != 0) {
        irqgc_posix_dispatch();
    }
}

IRQGC_POSIX_INLINE bool port_in_handler(void) {
    return irqgc_posix_priority != 0;
}

// The break is pending like a line, less urgent than all. No signal: it comes
// where the mask opens, or a handler is over, or at once.
#define PORT_BREAKS 1
#define IRQGC_POSIX_BREAK (1u << 31)

IRQGC_POSIX_INLINE void port_break_pend(void) {
    atomic_fetch_or(&irqgc_posix_pending, IRQGC_POSIX_BREAK);
    if (irqgc_posix_masked == 0) {
        irqgc_posix_dispatch();
    }
}

// Says so on stderr, and traps.
IRQGC_POSIX_INLINE void port_stop(const char *why) {
    irqgc_posix_stop(why);
}

IRQGC_POSIX_INLINE const char *port_context_error(void) {
    return irqgc_posix_context_error();
}

// What irqgc_mask makes of the flag, so that it is 1 in windows alone.
#define IRQGC_POSIX_PROGRAM 2

IRQGC_POSIX_INLINE port_irq_t irqgc_posix_program_save(void) {
    const port_irq_t before = irqgc_posix_masked;
    irqgc_posix_close(IRQGC_POSIX_PROGRAM);
    return before;
}
#define PORT_PROGRAM_SAVE irqgc_posix_program_save

// A conservative scan reads what its owner has not written, on purpose: tells
// valgrind so.
#define PORT_SCANS(low, high) irqgc_posix_scans(low, high)

#endif
