// SPDX-License-Identifier: MIT
//
// What cycles.c asks of a board's owner, for the emulated RV32: a start-up, and
// characters sent by semihosting. It says what the figures are not.
#include <stdint.h>

void silicon_put(char c);
void silicon_run(void);
void start(void);
void begin(void);

extern uint32_t data_image[], data_start[], data_end[], bss_start[], bss_end[];

// These three, not compressed, on one page.
__attribute__((naked, noinline)) static uintptr_t
semihosting(__attribute__((unused)) uintptr_t operation,
            __attribute__((unused)) const void *arguments) {
    __asm__ volatile(".balign 16\n\t"
                     ".option push\n\t"
                     ".option norvc\n\t"
                     "slli zero, zero, 0x1F\n\t"
                     "ebreak\n\t"
                     "srai zero, zero, 7\n\t"
                     ".option pop\n\t"
                     "ret");
}

void silicon_put(char c) {
    semihosting(0x03, &c); // SYS_WRITEC
}

static void finish(uintptr_t status) {
    const uintptr_t arguments[2] = {0x20026, status};
    semihosting(0x20, arguments); // SYS_EXIT_EXTENDED
}

__attribute__((naked, section(".start"), used)) void start(void) {
    __asm__ volatile(".option push\n\t"
                     ".option norelax\n\t"
                     "la gp, __global_pointer$\n\t"
                     ".option pop\n\t"
                     "la sp, __stack_top\n\t"
                     "call begin");
}

__attribute__((used)) void begin(void) {
    const uint32_t *from = data_image;
    for (uint32_t *to = data_start; to < data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = bss_start; to < bss_end;) {
        *to++ = 0;
    }
    for (const char *c = "Emulated: no figure below is of silicon.\n"; *c;) {
        silicon_put(*c++);
    }
    silicon_run();
    finish(0);
}
