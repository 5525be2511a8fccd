// SPDX-License-Identifier: MIT
//
// Where the stacks of a Cortex-M end. Without threads main() runs on the
// process stack, in z_main_stack, and handlers on the main one, which the
// kernel has moved to z_interrupt_stacks: the vector table's first word, by
// which the port goes by default, is where it was at reset.
#include <irqgc/cortex_m.h>
#include <zephyr/kernel.h>

K_THREAD_STACK_DECLARE(z_main_stack, CONFIG_MAIN_STACK_SIZE);
K_KERNEL_STACK_ARRAY_DECLARE(z_interrupt_stacks, CONFIG_MP_MAX_NUM_CPUS,
                             CONFIG_ISR_STACK_SIZE);

const void *irqgc_cortex_m_process_stack_base =
    (const char *)z_main_stack + sizeof z_main_stack;
const void *irqgc_cortex_m_main_stack_base =
    (const char *)z_interrupt_stacks[0] + sizeof z_interrupt_stacks[0];
