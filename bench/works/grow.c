// SPDX-License-Identifier: MIT
//
// An array that grows by a word at a time, as `append` has it, to `what` bytes;
// after every 16th a small object is allocated, and kept.
#include <stdlib.h>

#include "bench/heap.h"
#include "bench/work.h"

#define FIRST 32u
#define BETWEEN 16u
#define SMALL 48u

static bool array_grow(void **roots, size_t most) {
    void **small = roots + 1;
    roots[0] = heap_alloc(FIRST);
    bool has_room = roots[0] != NULL;
    size_t n = 0;
    for (size_t size = FIRST; has_room && size < most; size += sizeof(void *)) {
        void *moved = heap_realloc(roots[0], size + sizeof(void *));
        has_room = moved != NULL;
        roots[0] = has_room ? moved : roots[0];
        if (++n % BETWEEN == 0) {
            *small++ = heap_alloc(SMALL);
        }
    }
    return has_room;
}

bool work_grow(const order_t *order) {
    const size_t most = strtoull(order->what, NULL, 10);
    void **roots = heap_start(order->bytes, most / sizeof(void *) + 1);
    measure_begin();
    const bool ran = array_grow(roots, most);
    measure_end();
    return ran;
}
