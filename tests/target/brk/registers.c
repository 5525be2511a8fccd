// SPDX-License-Identifier: MIT
#include "registers.h"

#ifdef __riscv

// Values that are all different, and none of them small.
#define LOAD(name, number)                                                     \
    "li " #name ", (0x12345678 * " #number ") & 0xFFFFFFFF\n\t"

// clang-format off
__attribute__((naked)) void
registers_stretch(__attribute__((unused)) uint32_t *out) {
    __asm__ volatile(
        "addi sp, sp, -192\n\t"
        "sw ra, 128(sp)\n\t" "sw s0, 132(sp)\n\t" "sw s1, 136(sp)\n\t"
        "sw s2, 140(sp)\n\t" "sw s3, 144(sp)\n\t" "sw s4, 148(sp)\n\t"
        "sw s5, 152(sp)\n\t" "sw s6, 156(sp)\n\t" "sw s7, 160(sp)\n\t"
        "sw s8, 164(sp)\n\t" "sw s9, 168(sp)\n\t" "sw s10, 172(sp)\n\t"
        "sw s11, 176(sp)\n\t" "sw a0, 180(sp)\n\t"
        LOAD(ra, 1) LOAD(t0, 2) LOAD(t1, 3) LOAD(t2, 4) LOAD(s0, 5)
        LOAD(s1, 6) LOAD(a0, 7) LOAD(a1, 8) LOAD(a2, 9) LOAD(a3, 10)
        LOAD(a4, 11) LOAD(a5, 12) LOAD(a6, 13) LOAD(a7, 14) LOAD(s2, 15)
        LOAD(s3, 16) LOAD(s4, 17) LOAD(s5, 18) LOAD(s6, 19) LOAD(s7, 20)
        LOAD(s8, 21) LOAD(s9, 22) LOAD(s10, 23) LOAD(s11, 24) LOAD(t3, 25)
        LOAD(t4, 26) LOAD(t5, 27) LOAD(t6, 28)
        "mul ra, ra, t0\n\t"
        "divu t0, a0, a1\n\t"
        "sw a7, 0(sp)\n\t"
        "xor a1, a1, s3\n\t"
        "lw t1, 0(sp)\n\t"
        "bltu t2, t3, 1f\n\t"
        "addi t4, t4, 1\n"
        "1:\n\t"
        "sub s11, s11, t5\n\t"
        "sw ra, 0(sp)\n\t" "sw t0, 4(sp)\n\t" "sw t1, 8(sp)\n\t"
        "sw t2, 12(sp)\n\t" "sw s0, 16(sp)\n\t" "sw s1, 20(sp)\n\t"
        "sw a0, 24(sp)\n\t" "sw a1, 28(sp)\n\t" "sw a2, 32(sp)\n\t"
        "sw a3, 36(sp)\n\t" "sw a4, 40(sp)\n\t" "sw a5, 44(sp)\n\t"
        "sw a6, 48(sp)\n\t" "sw a7, 52(sp)\n\t" "sw s2, 56(sp)\n\t"
        "sw s3, 60(sp)\n\t" "sw s4, 64(sp)\n\t" "sw s5, 68(sp)\n\t"
        "sw s6, 72(sp)\n\t" "sw s7, 76(sp)\n\t" "sw s8, 80(sp)\n\t"
        "sw s9, 84(sp)\n\t" "sw s10, 88(sp)\n\t" "sw s11, 92(sp)\n\t"
        "sw t3, 96(sp)\n\t" "sw t4, 100(sp)\n\t" "sw t5, 104(sp)\n\t"
        "sw t6, 108(sp)\n\t"
        "lw a0, 180(sp)\n\t"
        "mv a1, sp\n\t"
        "addi a2, sp, 112\n"
        "2:\n\t"
        "lw a3, 0(a1)\n\t"
        "sw a3, 0(a0)\n\t"
        "addi a0, a0, 4\n\t"
        "addi a1, a1, 4\n\t"
        "bne a1, a2, 2b\n\t"
        "lw ra, 128(sp)\n\t" "lw s0, 132(sp)\n\t" "lw s1, 136(sp)\n\t"
        "lw s2, 140(sp)\n\t" "lw s3, 144(sp)\n\t" "lw s4, 148(sp)\n\t"
        "lw s5, 152(sp)\n\t" "lw s6, 156(sp)\n\t" "lw s7, 160(sp)\n\t"
        "lw s8, 164(sp)\n\t" "lw s9, 168(sp)\n\t" "lw s10, 172(sp)\n\t"
        "lw s11, 176(sp)\n\t"
        "addi sp, sp, 192\n\t"
        "ret");
}
// clang-format on

#else

static const uint32_t values[46] __attribute__((used)) = {
    // r1-r5 for r8-r12, r1 for lr, then r0-r7
    0x81818181, 0x92929292, 0xA3A3A3A3, 0xB4B4B4B4, 0xC5C5C5C5, 0xE6E6E6E6,
    0x01234567, 0x12345678, 0x23456789, 0x3456789A, 0x456789AB, 0x56789ABC,
    0x6789ABCD, 0x789ABCDE,
    // s0-s31: numbers
    0x3F800000, 0x40000001, 0x40400002, 0x40800003, 0x40A00004, 0x40C00005,
    0x40E00006, 0x41000007, 0x41100008, 0x41200009, 0x4130000A, 0x4140000B,
    0x4150000C, 0x4160000D, 0x4170000E, 0x4180000F, 0x41880010, 0x41900011,
    0x41980012, 0x41A00013, 0x41A80014, 0x41B00015, 0x41B80016, 0x41C00017,
    0x41C80018, 0x41D00019, 0x41D8001A, 0x41E0001B, 0x41E8001C, 0x41F0001D,
    0x41F8001E, 0x4200001F};

// The caller's registers onto the stack, then `out`.
#define SAVE                                                                   \
    "push {r4-r7, lr}\n\t"                                                     \
    "mov r4, r8\n\t"                                                           \
    "mov r5, r9\n\t"                                                           \
    "mov r6, r10\n\t"                                                          \
    "mov r7, r11\n\t"                                                          \
    "push {r0, r4-r7}\n\t"

#define LOAD                                                                   \
    "ldr r0, =values\n\t"                                                      \
    "ldmia r0!, {r1-r5}\n\t"                                                   \
    "mov r8, r1\n\t"                                                           \
    "mov r9, r2\n\t"                                                           \
    "mov r10, r3\n\t"                                                          \
    "mov r11, r4\n\t"                                                          \
    "mov r12, r5\n\t"                                                          \
    "ldmia r0!, {r1}\n\t"                                                      \
    "mov lr, r1\n\t"                                                           \
    "mov r1, r0\n\t"                                                           \
    "adds r1, r1, #4\n\t"                                                      \
    "ldr r0, [r0]\n\t"                                                         \
    "ldmia r1, {r1-r7}\n\t"

// Flags that live, jumps that follow them, and instructions of many cycles.
#define WORK                                                                   \
    "adds r0, r0, r6\n\t"                                                      \
    "adcs r1, r2\n\t"                                                          \
    "muls r2, r3\n\t"                                                          \
    "bmi 1f\n\t"                                                               \
    "adds r4, r4, #1\n"                                                        \
    "1:\n\t"                                                                   \
    "push {r0-r7}\n\t"                                                         \
    "eors r3, r4\n\t"                                                          \
    "mov r5, sp\n\t"                                                           \
    "ldmia r5!, {r0-r3, r6}\n\t"                                               \
    "pop {r0-r7}\n\t"                                                          \
    "add r8, r7\n\t"                                                           \
    "cmp r6, r7\n\t"

#ifdef __ARM_ARCH_6M__
#define WORK_MORE
#else
#define WORK_MORE                                                              \
    "ittee lo\n\t"                                                             \
    "addlo r0, r0, #1\n\t"                                                     \
    "eorlo r9, r9, r0\n\t"                                                     \
    "subhs r1, r1, #1\n\t"                                                     \
    "movhs r9, #0\n\t"                                                         \
    "umull r2, r3, r2, r3\n\t"                                                 \
    "push {r0-r12, lr}\n\t"                                                    \
    "adds r0, r0, r1\n\t"                                                      \
    "itte ne\n\t"                                                              \
    "ldmiane sp!, {r0-r12, lr}\n\t"                                            \
    "addne r10, r10, r0\n\t"                                                   \
    "moveq r10, #0\n\t"                                                        \
    "udiv r11, r11, r4\n\t"                                                    \
    "smlal r4, r5, r6, r7\n\t"                                                 \
    "strd r6, r7, [sp, #-8]!\n\t"                                              \
    "ldrd r7, r6, [sp], #8\n\t"                                                \
    "itt pl\n\t"                                                               \
    "rsbspl r12, r12, #0\n\t"                                                  \
    "addpl r8, r8, #3\n\t"
#endif

// Everything to `out`, whose address is in r0 then, behind what was stored.
#define TELL                                                                   \
    "push {r0-r7}\n\t"                                                         \
    "mrs r6, apsr\n\t"                                                         \
    "mov r0, r8\n\t"                                                           \
    "mov r1, r9\n\t"                                                           \
    "mov r2, r10\n\t"                                                          \
    "mov r3, r11\n\t"                                                          \
    "mov r4, r12\n\t"                                                          \
    "mov r5, lr\n\t"                                                           \
    "mrs r7, control\n\t"                                                      \
    "push {r0-r7}\n\t"                                                         \
    "ldr r0, [sp, #64]\n\t"                                                    \
    "pop {r1-r4}\n\t"                                                          \
    "stmia r0!, {r1-r4}\n\t"                                                   \
    "pop {r1-r4}\n\t"                                                          \
    "stmia r0!, {r1-r4}\n\t"                                                   \
    "pop {r1-r4}\n\t"                                                          \
    "stmia r0!, {r1-r4}\n\t"                                                   \
    "pop {r1-r4}\n\t"                                                          \
    "stmia r0!, {r1-r4}\n\t"

#define RESTORE                                                                \
    "pop {r3-r7}\n\t"                                                          \
    "mov r8, r4\n\t"                                                           \
    "mov r9, r5\n\t"                                                           \
    "mov r10, r6\n\t"                                                          \
    "mov r11, r7\n\t"                                                          \
    "pop {r4-r7, pc}\n\t"                                                      \
    ".ltorg"

#ifdef __ARM_FP
// CONTROL.FPCA: the FPU is not in use.
#define FPU_IDLE                                                               \
    "mrs r1, control\n\t"                                                      \
    "bic r1, r1, #4\n\t"                                                       \
    "msr control, r1\n\t"                                                      \
    "isb\n\t"
// Rounds towards minus infinity.
#define FPU_LOAD                                                               \
    "vpush {s16-s31}\n\t"                                                      \
    "push {r0, r1}\n\t"                                                        \
    "ldr r1, =values + 14 * 4\n\t"                                             \
    "vldmia r1, {s0-s31}\n\t"                                                  \
    "vmrs r1, fpscr\n\t"                                                       \
    "orr r1, r1, #0x00800000\n\t"                                              \
    "vmsr fpscr, r1\n\t"                                                       \
    "pop {r0, r1}\n\t"
#define FPU_WORK                                                               \
    "vmla.f32 s0, s1, s2\n\t"                                                  \
    "vdiv.f32 s3, s4, s5\n\t"                                                  \
    "vcmp.f32 s16, s17\n\t"                                                    \
    "vmrs apsr_nzcv, fpscr\n\t"                                                \
    "ite mi\n\t"                                                               \
    "vaddmi.f32 s18, s18, s31\n\t"                                             \
    "vsubpl.f32 s18, s18, s31\n\t"                                             \
    "vpush {s0-s31}\n\t"                                                       \
    "vsqrt.f32 s20, s21\n\t"                                                   \
    "vpop {s0-s31}\n\t"                                                        \
    "vcvt.s32.f32 s15, s15\n\t"                                                \
    "vcmp.f32 s20, s19\n\t"
#define FPU_TELL                                                               \
    "vstmia r0!, {s0-s31}\n\t"                                                 \
    "vmrs r1, fpscr\n\t"                                                       \
    "stmia r0!, {r1}\n\t"                                                      \
    "bic r1, r1, #0x00C00000\n\t"                                              \
    "vmsr fpscr, r1\n\t"

__attribute__((naked)) void registers_stretch_fpu(__attribute__((unused))
                                                  uint32_t *out) {
    // The FPU's registers of the caller lie deepest: r0 is out again then.
    __asm__ volatile(
        FPU_IDLE FPU_LOAD SAVE LOAD WORK FPU_WORK WORK_MORE TELL FPU_TELL
        "pop {r3-r7}\n\t"
        "mov r8, r4\n\t"
        "mov r9, r5\n\t"
        "mov r10, r6\n\t"
        "mov r11, r7\n\t"
        "pop {r4-r7}\n\t"
        "pop {r0}\n\t"
        "mov lr, r0\n\t"
        "vpop {s16-s31}\n\t"
        "bx lr\n\t"
        ".ltorg");
}

void registers_spoil(void) {
    uint32_t n;
    __asm__ volatile(
        "ldr %0, =0xF08000DF\n\t"
        "vmsr fpscr, %0\n\t"
        ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, "
        "15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, "
        "29, 30, 31\n\t"
        "vmov s\\n, %0\n\t"
        ".endr\n\t"
        : "=&r"(n)
        :
        : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10",
          "s11", "s12", "s13", "s14", "s15", "s16", "s17", "s18", "s19", "s20",
          "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28", "s29", "s30",
          "s31");
}
#else
#define FPU_IDLE
#endif

__attribute__((naked)) void registers_stretch(__attribute__((unused))
                                              uint32_t *out) {
    __asm__ volatile(FPU_IDLE SAVE LOAD WORK WORK_MORE TELL RESTORE);
}

#endif

#ifndef __ARM_FP
void registers_stretch_fpu(uint32_t *out) {
    registers_stretch(out);
}

void registers_spoil(void) {
}
#endif
