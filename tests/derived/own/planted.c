// SPDX-License-Identifier: MIT
//
// Not safe without the flags: that the stepper sees objects of the heap.
#include "own.h"

typedef struct {
    u32 key, value, next;
} record_t;

static record_t *records;

OWN(planted) {
    static irqgc_root_t root;
    irqgc_t *const heap = own_heap();
    irqgc_root_add(heap, &root, &records, sizeof(void *));
    records = irqgc_alloc(heap, 16 * sizeof *records, IRQGC_NO_POINTERS);
    for (u32 i = 0; i < 16; i++) {
        records[i].value = i;
    }
    const record_t *const p = records;
    records = NULL;
    u32 sum = 0;
    for (int i = 15; i >= 0; i--) {
        sum = sum * 3 + p[i].value;
    }
    sunk = (int)sum;
}
