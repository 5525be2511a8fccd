// SPDX-License-Identifier: MIT
#include "fresh.h"

#include <stdint.h>

#include "../ports/posix/irqgc_port.h"

// The registers that a callee saves, beyond the base of the stack.
__asm__(".text\n"
        ".type fresh_registers_call, @function\n"
        "fresh_registers_call:\n"
        "    .cfi_startproc\n"
        "    push %rbp\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset %rbp, -16\n"
        "    mov %rsp, %rbp\n"
        "    .cfi_def_cfa_register %rbp\n"
        "    push %rbx\n"
        "    push %r12\n"
        "    push %r13\n"
        "    push %r14\n"
        "    push %r15\n"
        "    sub $8, %rsp\n" // a call wants it aligned
        "    mov %rsp, irqgc_posix_stack_base(%rip)\n"
        "    xor %ebx, %ebx\n"
        "    xor %r12d, %r12d\n"
        "    xor %r13d, %r13d\n"
        "    xor %r14d, %r14d\n"
        "    xor %r15d, %r15d\n"
        "    call *%rdi\n"
        "    add $8, %rsp\n"
        "    pop %r15\n"
        "    pop %r14\n"
        "    pop %r13\n"
        "    pop %r12\n"
        "    pop %rbx\n"
        "    pop %rbp\n"
        "    .cfi_def_cfa %rsp, 8\n"
        "    ret\n"
        "    .cfi_endproc\n"
        "    .size fresh_registers_call, . - fresh_registers_call\n");
void fresh_registers_call(void (*function)(void));

// Those for vectors and floating point, which lie in the frame of each signal:
// puts all of them into the state in which the processor starts.
void fresh_vectors(void) {
    enum { MXCSR = 6, MXCSR_START = 0x1f80, ALL_BUT_KEYS = 0xe7 };
    _Alignas(64) static uint32_t start[256]; // an image that holds nothing
    start[MXCSR] = MXCSR_START;
    if (__builtin_cpu_supports("avx")) {
        __asm__ volatile("xrstor %0"
                         :
                         : "m"(start), "a"(ALL_BUT_KEYS), "d"(0)
                         : "memory");
    }
}

void fresh_call(void (*function)(void)) {
    fresh_vectors();
    fresh_registers_call(function);
}

void fresh_page_call(void (*function)(void)) {
    const uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
    char *volatile pad = __builtin_alloca((frame & 4095) + 16);
    *pad = 0;
    function();
}
