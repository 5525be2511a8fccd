// SPDX-License-Identifier: MIT
//
// What the component and its example take of ESP-IDF's FreeRTOS.
#ifndef FREERTOS_H
#define FREERTOS_H

#include <stddef.h>
#include <stdint.h>

typedef uint8_t StackType_t;
typedef struct {
    void *dummy;
} StaticTask_t;
#define configISR_STACK_SIZE 1536

#endif
