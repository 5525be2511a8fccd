// SPDX-License-Identifier: MIT
#include "landing.h"

#ifdef __riscv

// clang-format off
#define REGISTERS(op)                                                          \
    op " ra, 0(a0)\n\t" op " sp, 4(a0)\n\t" op " s0, 8(a0)\n\t"                \
    op " s1, 12(a0)\n\t" op " s2, 16(a0)\n\t" op " s3, 20(a0)\n\t"             \
    op " s4, 24(a0)\n\t" op " s5, 28(a0)\n\t" op " s6, 32(a0)\n\t"             \
    op " s7, 36(a0)\n\t" op " s8, 40(a0)\n\t" op " s9, 44(a0)\n\t"             \
    op " s10, 48(a0)\n\t" op " s11, 52(a0)\n\t"
// clang-format on

__attribute__((naked)) int landing_set(__attribute__((unused))
                                       landing_t *landing) {
    __asm__ volatile(REGISTERS("sw") "li a0, 0\n\t"
                                     "ret");
}

__attribute__((naked)) void landing_go(__attribute__((unused))
                                       const landing_t *landing) {
    __asm__ volatile(REGISTERS("lw") "li a0, 1\n\t"
                                     "ret");
}

#else

__attribute__((naked)) int landing_set(__attribute__((unused))
                                       landing_t *landing) {
    __asm__ volatile("stmia r0!, {r4-r7}\n\t"
                     "mov r1, r8\n\t"
                     "mov r2, r9\n\t"
                     "mov r3, r10\n\t"
                     "stmia r0!, {r1-r3}\n\t"
                     "mov r1, r11\n\t"
                     "mov r2, sp\n\t"
                     "mov r3, lr\n\t"
                     "stmia r0!, {r1-r3}\n\t"
                     "movs r0, #0\n\t"
                     "bx lr");
}

__attribute__((naked)) void landing_go(__attribute__((unused))
                                       const landing_t *landing) {
    __asm__ volatile("ldmia r0!, {r4-r7}\n\t"
                     "ldmia r0!, {r1-r3}\n\t"
                     "mov r8, r1\n\t"
                     "mov r9, r2\n\t"
                     "mov r10, r3\n\t"
                     "ldmia r0!, {r1-r3}\n\t"
                     "mov r11, r1\n\t"
                     "mov sp, r2\n\t"
                     "movs r0, #1\n\t"
                     "bx r3");
}

#endif
