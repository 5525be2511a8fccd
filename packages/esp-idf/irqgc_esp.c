// SPDX-License-Identifier: MIT
//
// The stacks that contexts run on: that of the task, and the one of all
// handlers, which FreeRTOS's entry changes to before it calls the first.
#include "irqgc_esp.h"

#include "freertos/FreeRTOS.h"

// Of FreeRTOS's port. While no handler runs, the second tells the end.
extern StackType_t xIsrStack[][configISR_STACK_SIZE];
extern StackType_t *xIsrStackTop[];

irqgc_status_t irqgc_esp_task(const void *stack, size_t size) {
    static irqgc_stack_t handlers;
    static irqgc_stack_t task;
    if (stack == NULL || size == 0 || task.low != NULL) {
        return IRQGC_BAD_ARGUMENT;
    }
    handlers.low = xIsrStack[0];
    handlers.high = xIsrStack[1];
    handlers.saved = (const void *const *)&xIsrStackTop[0];
    task.low = stack;
    task.high = (const char *)stack + size;
    const irqgc_status_t status = irqgc_stack_add(&handlers);
    return status == IRQGC_OK ? irqgc_stack_add(&task) : status;
}
