// SPDX-License-Identifier: MIT
//
// Published: what the thread has stored before a pointer, a handler that sees
// the pointer sees. `ready` is read by none of irqgc's code, and nobody has its
// address: a compiler that has the whole of irqgc_store at hand may think that
// nobody sees it while that runs.
//
// Also what a break that was held off until then sees, and a masked handler.
#include <stdint.h>

#include "irqgc/brk.h"
#include "irqgc/dict.h"
#include "irqgc/irqgc.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

enum { TIMES = 20000 };

static irqgc_t *heap;
static void *slot;
static irqgc_dict_t *dict;
static unsigned ready;
static volatile unsigned looks, stale;

void SysTick_Handler(void) {
    uintptr_t value = 0;
    (void)irqgc_dict_get(dict, 1, &value);
    if (slot != NULL || value != 0) {
        looks++;
        stale += ready == 0;
    }
}

void PendSV_Handler(void) {
}

__attribute__((noinline)) static void publish(void *p) {
    ready = 5;
    PUBLISH(p);
    ready = 6;
    PUBLISH(NULL);
    ready = 0;
    PUBLISH(NULL);
}

int main(void) {
    static char memory[4096];
    const irqgc_region_t region = {memory, sizeof memory};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    if (irqgc_init(&heap, &config) != IRQGC_OK) {
        return 2;
    }
    void *p = irqgc_alloc(heap, 16, IRQGC_HELD);
    dict = irqgc_dict_new(heap, NULL, 4);
    REGISTER(0xE000E014) = 997;
    REGISTER(0xE000E018) = 0;
    REGISTER(0xE000E010) = 7;
    for (unsigned i = 0; i < TIMES; i++) {
        publish(p);
    }
    return looks < 10 ? 3 : stale != 0;
}
