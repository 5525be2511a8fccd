// SPDX-License-Identifier: MIT
//
// What firmware tells the port for Cortex-M, and calls of it.
//
// Any v6-M, v7-M or v8-M, with or without FPU or vector extension, by gcc or
// clang; the port's sources are compiled for the same core and FPU as the rest.
// clang calls __aeabi_memcpy, __aeabi_memset and the like where gcc calls
// memcpy and memset.
//
// A build with IRQGC_DEBUG stops at a breakpoint, with the address of a line
// that tells why in r0, when a call comes
//   - from the handler of NMI or HardFault, or from one that is more urgent
//     than the ceiling (IRQGC_BASEPRI): windows do not keep these out;
//   - from a thread that is unprivileged: the core ignores what masks there;
//   - from a thread on a process stack of which the port does not know.
// It does not know of what has been preempted: of a thread, say, that is not
// privileged, and whose stack the handler's collection does not find. Nor does
// it see that another core, or a debug monitor, runs the same heap. A
// breakpoint in NMI or HardFault locks the core up, unless a debugger is there.
#ifndef IRQGC_CORTEX_M_H
#define IRQGC_CORTEX_M_H

#ifdef __cplusplus
extern "C" {
#endif

// The end of the process stack: the address just above its first word. NULL,
// the default, while the thread runs on the main stack, as without an RTOS, or
// on listed ones (irqgc_stack_add). Set it after the PSP has its value, and
// before CONTROL lets the thread run on it: whoever collects takes all from the
// PSP up to here for roots. Where the PSP points into a listed stack, that
// one's end counts.
//
// Weak, so that the firmware may also define it.
extern const void *irqgc_cortex_m_process_stack_base;

// The end of the main stack. NULL, the default: the first word of the vector
// table, with which the hardware loads the MSP at reset. To be set where that
// is another program's table: behind a bootloader, on a core without a VTOR.
// Where the MSP points into a listed stack, a coroutine's, that one's end
// counts, and the main stack is listed, too.
//
// Weak, too.
extern const void *irqgc_cortex_m_main_stack_base;

// What PendSV and SVCall do when a break is delivered outside polls (brk.h):
// for the vector table. PendSV has the least urgent priority.
void irqgc_cortex_m_pendsv(void);
void irqgc_cortex_m_svcall(void);

#ifdef __cplusplus
}
#endif

#endif
