// SPDX-License-Identifier: MIT
//
// One task only uses the heap; a timer's handler makes an object each
// millisecond, and the task takes them.
#include <stdio.h>

#include "driver/gptimer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "irqgc_esp.h"

typedef struct sample sample_t;
struct sample {
    sample_t *next;
    unsigned number;
};

static irqgc_t *heap;
static sample_t *samples; // the latest first; a registered root

static bool on_alarm(gptimer_handle_t timer,
                     const gptimer_alarm_event_data_t *event, void *arg) {
    static unsigned number;
    (void)timer;
    (void)event;
    (void)arg;
    irqgc_esp_enter();
    sample_t *s = irqgc_alloc(heap, sizeof *s, 0);
    if (s != NULL) { // NULL: there really is no room
        s->number = number++;
        do {
            s->next = samples;
        } while (!irqgc_compare_and_store(heap, (void **)&samples, s->next, s));
    }
    irqgc_esp_leave();
    return false;
}

static void timer_begin(void) {
    gptimer_handle_t timer;
    const gptimer_config_t config = {.clk_src = GPTIMER_CLK_SRC_DEFAULT,
                                     .direction = GPTIMER_COUNT_UP,
                                     .resolution_hz = 1000000};
    const gptimer_alarm_config_t alarm = {.alarm_count = 1000,
                                          .flags.auto_reload_on_alarm = true};
    const gptimer_event_callbacks_t callbacks = {.on_alarm = on_alarm};
    gptimer_new_timer(&config, &timer);
    gptimer_set_alarm_action(timer, &alarm);
    gptimer_register_event_callbacks(timer, &callbacks, NULL);
    gptimer_enable(timer);
    gptimer_start(timer);
}

static StackType_t stack[4096];

static void run(void *arg) {
    static char memory[32 * 1024];
    static irqgc_root_t root;
    const irqgc_region_t region = {memory, sizeof memory};
    (void)arg;
    irqgc_esp_task(stack, sizeof stack);
    irqgc_init(&heap, &(irqgc_config_t){.regions = &region, .n_regions = 1});
    irqgc_root_add(heap, &root, &samples, sizeof samples);
    timer_begin();
    for (;;) {
        const sample_t *s = irqgc_exchange(heap, (void **)&samples, NULL);
        printf("newest sample: %u\n", s != NULL ? s->number : 0);
        irqgc_collect(heap);
        vTaskDelay(pdMS_TO_TICKS(100));
    }
}

void app_main(void) {
    static StaticTask_t task;
    xTaskCreateStatic(run, "heap", sizeof stack, NULL, 5, stack, &task);
}
