// SPDX-License-Identifier: MIT
//
// What the README leaves to its reader: the start of the board mps2-an386. The
// program's status is the emulator's.
#include "../builds/bare.h"

int main(void);
void SysTick_Handler(void);
void PendSV_Handler(void);

static void fault(void) {
    bare_finish(100);
}

__attribute__((used)) void start(void) {
    bare_memory_begin();
    bare_finish((unsigned)main());
}

__attribute__((section(".start"), used)) static void *const vectors[16] = {
    __stack_top, start, fault,          fault,           fault, fault,
    fault,       fault, fault,          fault,           fault, fault,
    fault,       fault, PendSV_Handler, SysTick_Handler,
};
