// SPDX-License-Identifier: MIT
//
// The trap flag of x86-64: while it is set, the processor traps before each
// instruction but the first, and Linux turns that into SIGTRAP. The kernel
// clears the flag for the signal's handler, which so runs in one piece unless
// it sets the flag itself, and puts it back for what goes on.
//
// A string instruction with a repeat prefix traps before each repetition.
//
// On a virtual machine such a trap takes as long as several others, for the
// debug registers are the host's. So where it is certain which instruction is
// the next one, a breakpoint is planted there instead, and the flag is put
// aside until it traps: the same addresses trap, in the same order. All else is
// left to the flag: see decode.h.
#ifndef IRQGC_TORTURE_TRAP_H
#define IRQGC_TORTURE_TRAP_H

#if !defined(__x86_64__) || !defined(__linux__)
#error "needs the trap flag of x86-64, and Linux"
#endif

#include <stdbool.h>
#include <stdint.h>

#include "kit_names.h"

// Has `step` called, as the handler of SIGTRAP, before each instruction that
// traps, with its address. It returns true iff the next one is to trap too.
//
// It runs on top of what it interrupts; or, so as to leave no words there that
// a collection may take for roots, apart: on a stack of its own, with the
// controller's signals blocked until it returns. Then it must not trap itself.
typedef enum { TRAP_ON_TOP, TRAP_APART } trap_stack_t;
void trap_connect(bool (*step)(uintptr_t pc), trap_stack_t where)
    KIT_NAME(trap_connect);

// Has the flag alone used from now on, or breakpoints too. So it begins unless
// IRQGC_TORTURE_TF is in the environment, or a debugger is there, which has
// breakpoints of its own.
void trap_by_flag(bool alone) KIT_NAME(trap_by_flag);

// Calls the function and traps before each of its instructions, from the first
// to the one that returns, and before no other.
void trap_through(void (*function)(void *), void *arg) KIT_NAME(trap_through);

bool trap_is_debugged(void) KIT_NAME(trap_is_debugged);

#define TRAP_INLINE static inline __attribute__((always_inline))

// Traps before what follows, but not before its first instruction.
TRAP_INLINE void trap_flag_set(void) {
    __asm__ volatile("lea -128(%%rsp), %%rsp\n" // skip the red zone
                     "pushfq\n"
                     "orl $0x100, (%%rsp)\n"
                     "popfq\n"
                     "lea 128(%%rsp), %%rsp"
                     :
                     :
                     : "memory", "cc");
}

TRAP_INLINE void trap_flag_clear(void) {
    __asm__ volatile("lea -128(%%rsp), %%rsp\n"
                     "pushfq\n"
                     "andl $~0x100, (%%rsp)\n"
                     "popfq\n"
                     "lea 128(%%rsp), %%rsp"
                     :
                     :
                     : "memory", "cc");
}

#endif
