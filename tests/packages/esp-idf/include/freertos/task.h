// SPDX-License-Identifier: MIT
#include "FreeRTOS.h"

#define pdMS_TO_TICKS(ms) ((ms) / 10)
void vTaskDelay(uint32_t ticks);
void *xTaskCreateStatic(void (*run)(void *), const char *name, uint32_t depth,
                        void *arg, unsigned priority, StackType_t *stack,
                        StaticTask_t *task);
void app_main(void);
