// SPDX-License-Identifier: MIT
//
// One call in a heap that was made to make it long: `what` is how.
#include <stdlib.h>
#include <string.h>

#include "bench/heap.h"
#include "bench/work.h"
#include "rig/host/text.h"

#define SMALL (4 * sizeof(void *)) // one block of irqgc
#define ASIDE 32u                  // of objects, at the far end

typedef struct {
    void **object; // by address
    size_t n;
    size_t bytes; // of the heap
} packed_t;

static int compare(const void *a, const void *b) {
    const char *const *x = a;
    const char *const *y = b;
    return (*x > *y) - (*x < *y);
}

// Full of small objects, or of as much as the heap has bytes.
static void pack(packed_t *packed) {
    while (packed->n < packed->bytes / SMALL) {
        void *object = heap_alloc(SMALL);
        if (object == NULL) {
            break;
        }
        packed->object[packed->n++] = object;
    }
    qsort(packed->object, packed->n, sizeof *packed->object, compare);
}

static void free_at(packed_t *packed, size_t i) {
    heap_free(packed->object[i]);
    packed->object[i] = NULL;
}

static void free_every_other(packed_t *packed, size_t n) {
    for (size_t i = 0; i < n; i += 2) {
        free_at(packed, i);
    }
}

// Room for one more, at the far end.
static size_t far_make(packed_t *packed) {
    free_at(packed, packed->n - 1);
    return SMALL;
}

// Holes too small, and one that fits, at the far end.
static size_t holes_make(packed_t *packed) {
    free_every_other(packed, packed->n - ASIDE);
    free_at(packed, packed->n - 2);
    free_at(packed, packed->n - 3);
    return 2 * SMALL;
}

// Holes too small, half of the heap.
static size_t refused_make(packed_t *packed) {
    free_every_other(packed, packed->n);
    return 2 * SMALL;
}

// A large object where small ones have all been freed.
static size_t merge_make(packed_t *packed) {
    for (size_t i = 0; i < packed->n; i++) {
        free_at(packed, i);
    }
    return packed->bytes / 4;
}

static const struct {
    const char *name;
    size_t (*make)(packed_t *packed);
} cases[] = {{"far", far_make},
             {"holes", holes_make},
             {"refused", refused_make},
             {"merge", merge_make}};

static size_t case_make(const char *name, packed_t *packed) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(cases[i].name, name) == 0) {
            return cases[i].make(packed);
        }
    }
    die("no worst case '%s'", name);
}

bool work_worst(const order_t *order) {
    packed_t packed = {.object =
                           heap_start(order->bytes, order->bytes / SMALL + 1),
                       .bytes = order->bytes};
    pack(&packed);
    const size_t size = case_make(order->what, &packed);
    measure_begin();
    packed.object[0] = heap_alloc(size);
    measure_end();
    return true;
}
