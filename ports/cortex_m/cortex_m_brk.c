// SPDX-License-Identifier: MIT
//
// Brings a break to the thread of a Cortex-M, and the thread back to where it
// was.
//
// PendSV, the least urgent handler, returns to the thread by a frame of its
// own, below that of the interrupted code, which stays as it is: registers,
// flags, IT and ICI bits, the FPU's registers. The thread runs the delivery
// there, and then asks by SVC to go on: that handler goes back to the
// interrupted code's frame, whatever lies below, and returns by it. So nothing
// is copied, and nothing of the interrupted code is changed.
//
// The hardware may not have stored the FPU's registers yet, in a frame that has
// room for them. It does so at the next instruction for the FPU: here before a
// frame is left behind (a delivery that leaves for good would else have them
// stored whenever the thread likes) or dropped (they would overwrite what comes
// to lie there, and the interrupted code would not get its own back).
// FPCCR.ASPEN and LSPEN stay as they are at reset. Compile this file for the
// same FPU as the rest.
//
// What assembly calls is an operand of it, where it may be static or
// link-time optimisation may rename it; an operand that is a constant takes no
// instruction, which a naked function has no place for.
//
// SVC must not be masked where the delivery returns: the thread's PRIMASK and
// FAULTMASK are clear then, as they were, and BASEPRI lets SVCall's priority
// through. Else the hardware makes it a HardFault.
#include "../../src/brk.h"

#include "../../src/port.h"
#include "irqgc/brk.h"
#include "irqgc/cortex_m.h"

// gcc has v6-M's inline assembly in another syntax, and goes back by itself.
#define UNIFIED ".syntax unified\n\t"

void irqgc_cortex_m_break(void);

#ifdef PORT_FPU
// EXC_RETURN is in r2; bit 4 is clear if the frame has room for s0-s15. What is
// moved to r3 does not matter.
#define FPU_STORE                                                              \
    "tst r2, #16\n\t"                                                          \
    "it eq\n\t"                                                                \
    "vmoveq r3, s0\n\t"
#else
#define FPU_STORE
#endif

// In the thread, on top of the interrupted code's frame: r1 is its address, and
// r0 the EXC_RETURN that goes with it.
__attribute__((naked, used)) void irqgc_cortex_m_break(void) {
    __asm__ volatile(UNIFIED "push {r0, r1}\n\t"
                             "bl %c[deliver]\n\t"
                             "pop {r0, r1}\n\t"
                             "svc #0"
                     :
                     : [deliver] "i"(brk_deliver));
}

// The frame is that of a call irqgc_cortex_m_break(EXC_RETURN, frame): r0, r1,
// pc, where bit 0 is clear, and xPSR with nothing but the Thumb bit. Bit 4 of
// EXC_RETURN: eight words. What else is in it does not matter.
__attribute__((naked, used)) void irqgc_cortex_m_pendsv(void) {
    __asm__ volatile(
        UNIFIED "push {r3, lr}\n\t"
                "bl %c[arrive]\n\t"
                "pop {r1, r2}\n\t"
                "cmp r0, #0\n\t"
                "bne 1f\n\t"
                "bx r2\n"
                "1:\n\t" FPU_STORE "lsrs r1, r2, #3\n\t"
                "bcs 2f\n\t" // bit 2: the process stack
                "mov r1, sp\n\t"
                "sub sp, #32\n\t"
                "mov r0, sp\n\t"
                "b 3f\n"
                "2:\n\t"
                "mrs r1, psp\n\t"
                "mov r0, r1\n\t"
                "subs r0, #32\n\t"
                "msr psp, r0\n"
                "3:\n\t"
                "str r2, [r0, #0]\n\t"
                "str r1, [r0, #4]\n\t"
                "ldr r3, =%c[thread]\n\t"
                "subs r3, #1\n\t"
                "str r3, [r0, #24]\n\t"
                "movs r3, #1\n\t"
                "lsls r3, r3, #24\n\t"
                "str r3, [r0, #28]\n\t"
                "movs r3, #16\n\t"
                "orrs r2, r3\n\t"
                "bx r2\n\t"
                ".ltorg"
        :
        : [arrive] "i"(brk_arrive), [thread] "i"(irqgc_cortex_m_break));
}

// What to go on by is in the frame that is dropped: the registers themselves
// may be another handler's by now. The delivery's hold is released here: a
// break that waits for that comes where the interrupted code goes on, and never
// on top of the delivery that is over.
__attribute__((naked, used)) void irqgc_cortex_m_svcall(void) {
    __asm__ volatile(UNIFIED "mov r2, lr\n\t" FPU_STORE "lsrs r2, r2, #3\n\t"
                             "bcs 1f\n\t"
                             "ldr r0, [sp, #0]\n\t"
                             "ldr r1, [sp, #4]\n\t"
                             "mov sp, r1\n\t"
                             "b 2f\n"
                             "1:\n\t"
                             "mrs r2, psp\n\t"
                             "ldr r0, [r2, #0]\n\t"
                             "ldr r1, [r2, #4]\n\t"
                             "msr psp, r1\n"
                             "2:\n\t"
                             "push {r0, r1}\n\t"
                             "bl irqgc_brk_release\n\t"
                             "pop {r0, r1}\n\t"
                             "bx r0");
}
