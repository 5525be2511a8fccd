// SPDX-License-Identifier: MIT
//
// Where the stacks of a Cortex-M are, for firmware that does not do the usual.
#ifndef IRQGC_CORTEX_M_STACK_H
#define IRQGC_CORTEX_M_STACK_H

// The end of the process stack: the address just above its first word. NULL,
// the default, while the thread runs on the main stack, as without an RTOS.
// Set it after the PSP has its value, and before CONTROL lets the thread run
// on it: whoever collects takes all from the PSP up to here for roots.
//
// Weak, so that the firmware may also define it.
extern const void *irqgc_cortex_m_process_stack_base;

// The end of the main stack. NULL, the default: the first word of the vector
// table, with which the hardware loads the MSP at reset. To be set where that
// is another program's table: behind a bootloader, on a core without a VTOR.
//
// Weak, too.
extern const void *irqgc_cortex_m_main_stack_base;

#endif
