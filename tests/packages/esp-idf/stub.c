// SPDX-License-Identifier: MIT
//
// ESP-IDF's part of the program, which is linked and never runs.
#include <stdio.h>

#include "driver/gptimer.h"
#include "freertos/task.h"

__attribute__((aligned(16))) StackType_t xIsrStack[1][configISR_STACK_SIZE];
StackType_t *xIsrStackTop[1];

void _start(void) {
    xIsrStackTop[0] = xIsrStack[1];
    app_main();
}

void vTaskDelay(uint32_t ticks) {
    (void)ticks;
}

void *xTaskCreateStatic(void (*run)(void *), const char *name, uint32_t depth,
                        void *arg, unsigned priority, StackType_t *stack,
                        StaticTask_t *task) {
    (void)name, (void)depth, (void)priority, (void)stack;
    run(arg);
    return task;
}

int gptimer_new_timer(const gptimer_config_t *c, gptimer_handle_t *t) {
    (void)c, (void)t;
    return 0;
}

int gptimer_set_alarm_action(gptimer_handle_t t,
                             const gptimer_alarm_config_t *c) {
    (void)t, (void)c;
    return 0;
}

int gptimer_register_event_callbacks(gptimer_handle_t t,
                                     const gptimer_event_callbacks_t *c,
                                     void *arg) {
    (void)t, (void)arg;
    return c->on_alarm == 0;
}

int gptimer_enable(gptimer_handle_t t) {
    (void)t;
    return 0;
}

int gptimer_start(gptimer_handle_t t) {
    (void)t;
    return 0;
}

int printf(const char *format, ...) {
    (void)format;
    return 0;
}

void *memcpy(void *to, const void *from, size_t n) {
    for (size_t i = 0; i < n; i++) {
        ((volatile char *)to)[i] = ((const char *)from)[i];
    }
    return to;
}

void *memset(void *to, int c, size_t n) {
    for (size_t i = 0; i < n; i++) {
        ((volatile char *)to)[i] = (char)c;
    }
    return to;
}
