// SPDX-License-Identifier: MIT
//
// The stacks of a Cortex-M. Handlers run on the main stack, on top of what
// they preempt; the thread runs there too, or on the process stack. Between
// each stack pointer and the base of its stack lie all contexts, with the
// exception frames in which the hardware has stored r0-r3, r12, lr and pc.
// Whatever context asks, both ranges are all there is: no case is told apart.
//
// With an FPU, or the vector extension, s0-s15 have their place in the
// exception frames as well, where the hardware stores them only when the
// handler first touches the FPU. Ours does so by storing s16-s31. FPCCR.ASPEN
// and LSPEN stay as they are at reset. Compile this file for the same FPU as
// the rest.
//
// Of a listed stack that runs, the stack pointer is in it: then the list tells
// where it ends.
#include "irqgc/cortex_m.h"

#include <stddef.h>

#include "../../src/port.h"
#include "../../src/stacks.h"

__attribute__((weak)) const void *irqgc_cortex_m_process_stack_base;
__attribute__((weak)) const void *irqgc_cortex_m_main_stack_base;

// The vector table offset register. Cores without one read it as zero, which
// is where their table is.
#define VTOR ((const void *const *const volatile *)0xE000ED08u)

static const void *main_stack_base(void) {
    const void *const base = irqgc_cortex_m_main_stack_base;
    if (base != NULL) {
        return base;
    }
    // Volatile, as the table may be at the address that C calls NULL.
    return *(const void *const volatile *)*VTOR;
}

static const char *main_stack_pointer(void) {
    const char *msp;
    __asm__ volatile("mrs %0, msp" : "=r"(msp) : : "memory");
    return msp;
}

static const char *process_stack_pointer(void) {
    const char *psp;
    __asm__ volatile("mrs %0, psp" : "=r"(psp) : : "memory");
    return psp;
}

// Where the stack that the MSP points into ends: that of a coroutine, or the
// main one.
static const void *main_stack_end(void) {
    const void *const end = stack_end(main_stack_pointer());
    return end != NULL ? end : main_stack_base();
}

// Where the one ends that the PSP points into; NULL if there is none.
static const void *process_stack_end(void) {
    const void *const end = stack_end(process_stack_pointer());
    return end != NULL ? end : irqgc_cortex_m_process_stack_base;
}

// CONTROL.SPSEL: the thread runs on the process stack. In a handler it reads as
// zero, and the thread's own collections tell. And of the main stack nobody
// knows the pointer, unless it is listed, while a listed one has the MSP.
bool port_stacks_known(void) {
    uint32_t control;
    __asm__ volatile("mrs %0, control" : "=r"(control));
    return ((control & 2) == 0 || process_stack_end() != NULL) &&
           (stack_end(main_stack_pointer()) == NULL ||
            stack_end(main_stack_base()) != NULL);
}

static bool points_into(const char *pointer, const void *low,
                        const void *high) {
    return pointer > (const char *)low && pointer <= (const char *)high;
}

bool port_stack_runs(const void *low, const void *high) {
    return points_into(main_stack_pointer(), low, high) ||
           points_into(process_stack_pointer(), low, high);
}

void irqgc_cortex_m_scan(port_scan_t *scan, void *arg);

// Called where the registers are on the stack that the caller runs on.
__attribute__((used)) void irqgc_cortex_m_scan(port_scan_t *scan, void *arg) {
    scan(arg, main_stack_pointer(), main_stack_end());
    const void *const end = process_stack_end();
    if (end != NULL) {
        scan(arg, process_stack_pointer(), end);
    }
}

// Stores every register that a callee saves: the callers up to here may hold
// a pointer in any. Not left to __builtin_unwind_init: for a Cortex-M0, gcc
// -Os leaves out r8-r11, which a preempted function compiled otherwise uses.
// Only r4-r7 are changed, so only they are loaded again. In all a multiple of
// eight bytes.
// The arguments are in r0 and r1, where the call expects them.
__attribute__((naked)) void
port_scan_stacks(__attribute__((unused)) port_scan_t *scan,
                 __attribute__((unused)) void *arg) {
    __asm__ volatile(".syntax unified\n\t"
                     "push {r4-r7, lr}\n\t"
                     "mov r4, r8\n\t"
                     "mov r5, r9\n\t"
                     "mov r6, r10\n\t"
                     "mov r7, r11\n\t"
                     "push {r3-r7}\n\t"
#ifdef PORT_FPU
                     "vpush {s16-s31}\n\t"
#endif
                     "bl %c[scan]\n\t"
#ifdef PORT_FPU
                     "add sp, #64\n\t"
#endif
                     "add sp, #20\n\t"
                     "pop {r4-r7, pc}"
                     :
                     : [scan] "i"(irqgc_cortex_m_scan));
}
