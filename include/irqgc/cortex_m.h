// SPDX-License-Identifier: MIT
//
// What firmware tells the port for Cortex-M, and calls of it.
#ifndef IRQGC_CORTEX_M_H
#define IRQGC_CORTEX_M_H

#ifdef __cplusplus
extern "C" {
#endif

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

// What PendSV and SVCall do when a break is delivered outside polls (brk.h):
// for the vector table.
void irqgc_cortex_m_pendsv(void);
void irqgc_cortex_m_svcall(void);

#ifdef __cplusplus
}
#endif

#endif
