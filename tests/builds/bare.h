// SPDX-License-Identifier: MIT
//
// For firmware that is linked by firmware.ld and runs in an emulator: memory as
// C wants it, and semihosting.
#ifndef TESTS_BARE_H
#define TESTS_BARE_H

#include <stdint.h>

extern uint32_t data_image[], data_start[], data_end[], bss_start[], bss_end[];
extern char __stack_top[];

// Volatile: else it may become a call of memcpy or memset, which need not be
// there.
static inline void bare_memory_begin(void) {
    const uint32_t *from = data_image;
    for (volatile uint32_t *to = data_start; to < data_end; to++) {
        *to = *from++;
    }
    for (volatile uint32_t *to = bss_start; to < bss_end; to++) {
        *to = 0;
    }
}

#ifdef __riscv
// The three in the middle, not compressed, on one page.
#define BARE_SEMIHOSTING                                                       \
    ".balign 16\n\t"                                                           \
    ".option push\n\t"                                                         \
    ".option norvc\n\t"                                                        \
    "slli zero, zero, 0x1F\n\t"                                                \
    "ebreak\n\t"                                                               \
    "srai zero, zero, 7\n\t"                                                   \
    ".option pop\n\t"                                                          \
    "ret"
#else
#define BARE_SEMIHOSTING                                                       \
    "bkpt #0xAB\n\t"                                                           \
    "bx lr"
#endif
__attribute__((naked, noinline)) static uintptr_t
bare_semihosting(__attribute__((unused)) uintptr_t operation,
                 __attribute__((unused)) const void *arguments) {
    __asm__ volatile(BARE_SEMIHOSTING);
}

// The status is the emulator's.
_Noreturn static inline void bare_finish(unsigned status) {
    const uintptr_t arguments[2] = {0x20026, status};
    for (;;) {
        bare_semihosting(0x20, arguments); // SYS_EXIT_EXTENDED
    }
}

#endif
