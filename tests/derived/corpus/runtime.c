// SPDX-License-Identifier: MIT
//
// What the corpus is linked with: calls that overwrite every register that a
// callee may, as the worst callee would. The stepper returns an object from
// allocate, at its last instruction.
#include "corpus.h"

volatile int sunk;
void *roots[4];
int roots_n, roots_key;
u64 out[512];
int elsewhere;

#if defined(__arm__)
#define HEAD(name)                                                             \
    ".global " name "\n.thumb_func\n.type " name ",%function\n" name ":\n"
#define WIPE "movs r1, #0\nmovs r2, #0\nmovs r3, #0\nmov r12, r1\n"
#define ADD_7 "adds r0, #7\n"
#define CLEAR "movs r0, #0\n"
#define RETURN "bx lr\n"
__asm__(".syntax unified\n.thumb\n.text\n.balign 4\n");
#elif defined(__riscv)
#define WIPE                                                                   \
    "li a1, 0\nli a2, 0\nli a3, 0\nli a4, 0\nli a5, 0\nli a6, 0\nli a7, 0\n"   \
    "li t0, 0\nli t1, 0\nli t2, 0\nli t3, 0\nli t4, 0\nli t5, 0\nli t6, 0\n"
#define ADD_7 "addi a0, a0, 7\n"
#define CLEAR "li a0, 0\n"
#define RETURN "ret\n"
#elif defined(__x86_64__)
#define WIPE                                                                   \
    "xorl %ecx, %ecx\nxorl %edx, %edx\nxorl %esi, %esi\nxorl %r8d, %r8d\n"     \
    "xorl %r9d, %r9d\nxorl %r10d, %r10d\nxorl %r11d, %r11d\nxorl %edi, %edi\n"
#define ADD_7 "leal 7(%rdi), %eax\n"
#define CLEAR "xorl %eax, %eax\n"
#define RETURN "ret\n"
#elif defined(__i386__)
#define WIPE "xorl %ecx, %ecx\nxorl %edx, %edx\n"
#define ADD_7 "addl $7, %eax\n"
#define CLEAR "xorl %eax, %eax\n"
#define RETURN "ret\n"
#elif defined(__aarch64__)
#define WIPE                                                                   \
    "mov x1, xzr\nmov x2, xzr\nmov x3, xzr\nmov x4, xzr\nmov x5, xzr\n"        \
    "mov x6, xzr\nmov x7, xzr\nmov x8, xzr\nmov x9, xzr\nmov x10, xzr\n"       \
    "mov x11, xzr\nmov x12, xzr\nmov x13, xzr\nmov x14, xzr\n"                 \
    "mov x15, xzr\nmov x16, xzr\nmov x17, xzr\n"
#define ADD_7 "add w0, w0, #7\n"
#define CLEAR "mov x0, xzr\n"
#define RETURN "ret\n"
#endif
#ifndef HEAD
#define HEAD(name) ".global " name "\n.type " name ",@function\n" name ":\n"
#endif

__asm__(".text\n.global calls_start\ncalls_start:\n" HEAD("sink")
            CLEAR WIPE RETURN HEAD("source") ADD_7 WIPE RETURN HEAD("allocate")
                CLEAR WIPE ".global allocate_return\nallocate_return:\n" RETURN
                           ".global calls_end\ncalls_end:\n");

// The entry that a linker asks for.
void start(void);
void start(void) {
}
