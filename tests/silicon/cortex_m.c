// SPDX-License-Identifier: MIT
//
// What cycles.c asks of a board's owner, for the emulated Cortex-M: vectors, a
// start-up, and characters sent by semihosting. It says what the figures are
// not.
#include <stdint.h>

void silicon_put(char c);
void silicon_run(void);
void SysTick_Handler(void);
void start(void);

extern uint32_t data_image[], data_start[], data_end[], bss_start[], bss_end[];
extern char __stack_top[];

static uintptr_t semihosting(uintptr_t operation, const void *arguments) {
    register uintptr_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt #0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void silicon_put(char c) {
    semihosting(0x03, &c); // SYS_WRITEC
}

static void finish(uintptr_t status) {
    const uintptr_t arguments[2] = {0x20026, status};
    semihosting(0x20, arguments); // SYS_EXIT_EXTENDED
}

static void fault(void) {
    finish(99);
}

__attribute__((section(".start"), used)) static void *const vectors[16] = {
    __stack_top, start, fault, fault, fault, fault, fault, fault,
    fault,       fault, fault, fault, fault, fault, fault, SysTick_Handler,
};

__attribute__((used)) void start(void) {
    const uint32_t *from = data_image;
    for (uint32_t *to = data_start; to < data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = bss_start; to < bss_end;) {
        *to++ = 0;
    }
#ifdef __ARM_FP
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; // CPACR
    __asm__ volatile("dsb\n\tisb" : : : "memory");
#endif
    for (const char *c = "Emulated: no figure below is of silicon.\n"; *c;) {
        silicon_put(*c++);
    }
    silicon_run();
    finish(0);
}
