// SPDX-License-Identifier: MIT
//
// Objects of `what` bytes, allocated and freed, beside small ones that fill
// half of the heap.
#include <stdlib.h>

#include "bench/heap.h"
#include "bench/work.h"

#define SMALL (4 * sizeof(void *))
#define ROUNDS 50u

static bool large_make(void **root, size_t size) {
    *root = heap_alloc(size);
    if (*root == NULL) {
        return false;
    }
    heap_free(*root);
    *root = NULL;
    return true;
}

bool work_large(const order_t *order) {
    const size_t n = order->bytes / 2 / SMALL;
    void **roots = heap_start(order->bytes, n + 1);
    for (size_t i = 0; i < n; i++) {
        roots[i] = heap_alloc(SMALL);
    }
    const size_t size = strtoull(order->what, NULL, 10);
    bool ran = true;
    measure_begin();
    for (uint32_t i = 0; ran && i < ROUNDS * order->times; i++) {
        ran = large_make(&roots[n], size);
    }
    measure_end();
    return ran;
}
