// SPDX-License-Identifier: MIT
//
// The stack of a RISC-V in machine mode. All contexts use the one whose base,
// the address just above its first word, the linker script calls __stack_top:
// handlers run on top of what they preempt. Between the stack pointer and the
// base lie therefore all contexts, and what the trap entry has stored of the
// registers that a callee may change. Where other stacks are used, for the
// thread or for handlers, these and the first one are listed.
#include "../../src/port.h"
#include "../../src/stacks.h"

// `used`: trap entries count in assembly.
__attribute__((used)) volatile unsigned irqgc_riscv_depth;

extern const char __stack_top[];

static const char *stack_pointer(void) {
    const char *sp;
    __asm__ volatile("mv %0, sp" : "=r"(sp) : : "memory");
    return sp;
}

// The first stack has no low end that is known. While another one runs, only
// the list tells where it was left.
bool port_stacks_known(void) {
    const char *sp = stack_pointer();
    return stack_end(sp) == NULL ? sp <= __stack_top
                                 : stack_end(__stack_top) != NULL;
}

bool port_stack_runs(const void *low, const void *high) {
    const char *sp = stack_pointer();
    return sp > (const char *)low && sp <= (const char *)high;
}

void port_scan_stacks(port_scan_t *scan, void *arg) {
    // Makes the prologue store every register that a callee saves: s0-s11, and
    // with an FPU fs0-fs11. It is at work before anything below.
    __builtin_unwind_init();
    const void *low;
    __asm__ volatile("mv %0, sp" : "=r"(low) : : "memory");
    const void *const end = stack_end(low);
    scan(arg, low, end != NULL ? end : __stack_top);

    // Not a tail call: that would take the registers off the stack first.
    __asm__ volatile("" : : : "memory");
}
