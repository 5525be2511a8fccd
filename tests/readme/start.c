// SPDX-License-Identifier: MIT
//
// What the README leaves to its reader: the start of the board mps2-an386. The
// program's status is the emulator's.
#include <stdint.h>

extern uint32_t data_image[], data_start[], data_end[], bss_end[], stack_top[];
int main(void);
void SysTick_Handler(void);
void PendSV_Handler(void);

// Semihosting: SYS_EXIT_EXTENDED, with a reason and a status.
static void finish(int status) {
    const uint32_t block[] = {0x20026, (uint32_t)status};
    register uint32_t operation __asm__("r0") = 0x20;
    register const uint32_t *argument __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : : "r"(operation), "r"(argument) : "memory");
}

static void fault(void) {
    finish(100);
}

static void reset(void) {
    const uint32_t *from = data_image;
    for (uint32_t *to = data_start; to < data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = data_end; to < bss_end; to++) {
        *to = 0;
    }
    finish(main());
}

__attribute__((section(".vectors"), used)) static void *const vectors[16] = {
    stack_top, reset, fault,          fault,           fault, fault,
    fault,     fault, fault,          fault,           fault, fault,
    fault,     fault, PendSV_Handler, SysTick_Handler,
};
