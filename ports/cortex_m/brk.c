// SPDX-License-Identifier: MIT
//
// Brings a break to the thread of a Cortex-M, and the thread back to where it
// was.
//
// PendSV, the least urgent handler, returns to the thread by a frame of its
// own, below that of the interrupted code, which stays as it is: registers,
// flags, IT and ICI bits, the FPU's registers. The thread runs the delivery
// there, and then asks by SVC to go on: that handler drops its own frame and
// returns by the one it finds below. So nothing is copied, and nothing of the
// interrupted code is changed.
//
// The hardware may not have stored the FPU's registers yet, in a frame that has
// room for them. It does so at the next instruction for the FPU: here before a
// frame is left behind (the delivery would else have them stored whenever it
// likes) or dropped (what comes to lie there would be overwritten).
#include "brk.h"

#include "irqgc/brk.h"
#include "port.h"

// Vectors.
void irqgc_cortex_m_pendsv(void);
void irqgc_cortex_m_svcall(void);

void irqgc_cortex_m_break(void);

#ifdef __ARM_FP
// EXC_RETURN is in r2; bit 4 is clear if the frame has room for s0-s15.
#define FPU_STORE                                                              \
    "tst r2, #16\n\t"                                                          \
    "it eq\n\t"                                                                \
    "vmoveq.f32 s0, s0\n\t"
#define FRAME_SIZE                                                             \
    "tst r2, #16\n\t"                                                          \
    "ite eq\n\t"                                                               \
    "moveq r3, #104\n\t"                                                       \
    "movne r3, #32\n\t"
#else
#define FPU_STORE
#define FRAME_SIZE "movs r3, #32\n\t"
#endif

// In the thread, on top of the interrupted code's frame; r0 is the EXC_RETURN
// that goes with that.
__attribute__((naked)) void irqgc_cortex_m_break(void) {
    __asm__ volatile("push {r0, r1}\n\t"
                     "bl brk_deliver\n\t"
                     "pop {r0, r1}\n\t"
                     "svc #0");
}

// The frame is that of a call of irqgc_cortex_m_break(EXC_RETURN): r0, pc, and
// xPSR with nothing but the Thumb bit. Bit 4 of EXC_RETURN: eight words. What
// else is in it does not matter.
__attribute__((naked)) void irqgc_cortex_m_pendsv(void) {
    __asm__ volatile("push {r3, lr}\n\t"
                     "bl brk_arrive\n\t"
                     "pop {r1, r2}\n\t"
                     "cmp r0, #0\n\t"
                     "bne 1f\n\t"
                     "bx r2\n"
                     "1:\n\t" FPU_STORE "lsrs r1, r2, #3\n\t"
                     "bcs 2f\n\t" // bit 2: the process stack
                     "sub sp, #32\n\t"
                     "mov r1, sp\n\t"
                     "b 3f\n"
                     "2:\n\t"
                     "mrs r1, psp\n\t"
                     "subs r1, #32\n\t"
                     "msr psp, r1\n"
                     "3:\n\t"
                     "str r2, [r1, #0]\n\t"
                     "ldr r3, =irqgc_cortex_m_break - 1\n\t"
                     "str r3, [r1, #24]\n\t"
                     "movs r3, #1\n\t"
                     "lsls r3, r3, #24\n\t"
                     "str r3, [r1, #28]\n\t"
                     "movs r3, #16\n\t"
                     "orrs r2, r3\n\t"
                     "bx r2\n\t"
                     ".ltorg");
}

// r0 of the frame that is dropped is the EXC_RETURN to go on by. The register
// itself may be another handler's by now. The delivery's hold is released here:
// a break that waits for that comes where the interrupted code goes on, and
// never on top of the delivery that is over.
__attribute__((naked)) void irqgc_cortex_m_svcall(void) {
    __asm__ volatile("mov r2, lr\n\t" FPU_STORE FRAME_SIZE "lsrs r1, r2, #3\n\t"
                     "bcs 1f\n\t"
                     "mov r1, sp\n\t"
                     "ldr r0, [r1]\n\t"
                     "adds r1, r1, r3\n\t"
                     "mov sp, r1\n\t"
                     "b 2f\n"
                     "1:\n\t"
                     "mrs r1, psp\n\t"
                     "ldr r0, [r1]\n\t"
                     "adds r1, r1, r3\n\t"
                     "msr psp, r1\n"
                     "2:\n\t"
                     "push {r0, r1}\n\t"
                     "bl irqgc_brk_release\n\t"
                     "pop {r0, r1}\n\t"
                     "bx r0");
}
