// SPDX-License-Identifier: MIT
//
// What the port for POSIX hosts has besides its interrupt controller, vic.h:
// help with stacks that the thread runs on other than main's, which
// irqgc_stack_add lists.
//
// The port is for Linux: glibc or musl; x86-64, x86, AArch64. It takes
// real-time signals, timer_create, and what the kernel tells about the first
// stack.
#ifndef IRQGC_POSIX_H
#define IRQGC_POSIX_H

#include "irqgc/irqgc.h"

#ifdef __cplusplus
extern "C" {
#endif

// Fills in `low` and `high` of the stack that the calling thread was begun on,
// main's or another's, and leaves the rest of the node as it is. main's is
// listed for when another runs; it wants `saved`, since below what is in use it
// is not there yet.
//
// Context: thread. Bound: system calls; may allocate from the C library.
void irqgc_posix_stack(irqgc_stack_t *stack);

// Where getcontext and swapcontext keep the stack pointer in a ucontext_t: what
// `saved` is of a stack that they leave, with the context as one of its ranges.
//
// Context: any. Bound: constant.
const void *const *irqgc_posix_saved(const void *ucontext);

#ifdef __cplusplus
}
#endif

#endif
