// SPDX-License-Identifier: MIT
//
// Until irqgc knows threads, one FreeRTOS task and the handlers of interrupts
// may use the heap, and no other task; breaks are not delivered.
//
// For parts with one RISC-V core, without a trusted execution environment, in
// which tasks do not run in machine mode.
#ifndef IRQGC_ESP_H
#define IRQGC_ESP_H

#include "irqgc.h"

#ifdef __cplusplus
extern "C" {
#endif

// Says that the calling task is the one, with the memory of its stack, that of
// xTaskCreateStatic. FreeRTOS keeps all registers there while another runs.
//
// Refused with BAD_ARGUMENT iff the stack is NULL or empty, or one is said
// already.
//
// Context: the task, before it uses a heap. Bound: constant.
irqgc_status_t irqgc_esp_task(const void *stack, size_t size);

// The first and the last that a handler does which uses a heap: FreeRTOS's
// entry does not count for irqgc. A more urgent handler that comes just before
// or after has put the count back when it returns.
static inline void irqgc_esp_enter(void) {
    irqgc_riscv_depth = irqgc_riscv_depth + 1;
}

static inline void irqgc_esp_leave(void) {
    irqgc_riscv_depth = irqgc_riscv_depth - 1;
}

#ifdef __cplusplus
}
#endif

#endif
