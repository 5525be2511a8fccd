// SPDX-License-Identifier: MIT
//
// The stacks of a RISC-V. Without threads main() runs on z_main_stack. The
// first handler changes to z_interrupt_stacks and leaves main's stack pointer
// there, 16 bytes below the end; those that interrupt it stay on that stack.
#include <irqgc/irqgc.h>
#include <zephyr/init.h>
#include <zephyr/kernel.h>

K_THREAD_STACK_DECLARE(z_main_stack, CONFIG_MAIN_STACK_SIZE);
K_KERNEL_STACK_ARRAY_DECLARE(z_interrupt_stacks, CONFIG_MP_MAX_NUM_CPUS,
                             CONFIG_ISR_STACK_SIZE);

#define MAIN_END ((const char *)z_main_stack + sizeof z_main_stack)
#define INTERRUPT_END                                                          \
    ((const char *)z_interrupt_stacks[0] + sizeof z_interrupt_stacks[0])

static irqgc_stack_t main_stack = {
    .low = z_main_stack,
    .high = MAIN_END,
    .saved = (const void *const *)(INTERRUPT_END - 16),
};

// While no handler runs there is nothing on it.
static const void *const interrupt_stack_left = INTERRUPT_END;
static irqgc_stack_t interrupt_stack = {
    .low = z_interrupt_stacks[0],
    .high = INTERRUPT_END,
    .saved = &interrupt_stack_left,
};

// riscv/irqgc_port.h reads the first word of _kernel.
BUILD_ASSERT(offsetof(struct z_kernel, cpus[0].nested) == 0 &&
             sizeof _kernel.cpus[0].nested == sizeof(uint32_t));

static int stacks_list(void) {
    irqgc_stack_add(&main_stack);
    irqgc_stack_add(&interrupt_stack);
    return 0;
}
SYS_INIT(stacks_list, PRE_KERNEL_1, 0);
