// SPDX-License-Identifier: MIT
//
// What cycles.c asks of a board's owner, for the emulated Cortex-M: vectors, a
// start-up, and characters sent by semihosting. It says what the figures are
// not.
#include <stdint.h>

#include "../builds/bare.h"

void silicon_put(char c);
void silicon_run(void);
void SysTick_Handler(void);
void start(void);

void silicon_put(char c) {
    bare_semihosting(0x03, &c); // SYS_WRITEC
}

static void fault(void) {
    bare_finish(99);
}

__attribute__((section(".start"), used)) static void *const vectors[16] = {
    __stack_top, start, fault, fault, fault, fault, fault, fault,
    fault,       fault, fault, fault, fault, fault, fault, SysTick_Handler,
};

__attribute__((used)) void start(void) {
    bare_memory_begin();
#ifdef __ARM_FP
    *(volatile uint32_t *)0xE000ED88u |= 0xFu << 20; // CPACR
    __asm__ volatile("dsb\n\tisb" : : : "memory");
#endif
    for (const char *c = "Emulated: no figure below is of silicon.\n"; *c;) {
        silicon_put(*c++);
    }
    silicon_run();
    bare_finish(0);
}
