// SPDX-License-Identifier: MIT
//
// Sizes chosen so that what is freed does not fit what is asked for next, with
// never more than 64 KiB alive: in how small a heap does it still run? `what`
// is which.
#include <string.h>

#include "bench/heap.h"
#include "bench/work.h"
#include "rig/host/text.h"

#define ALIVE ((size_t)65536) // bytes
#define LEAST 16u

typedef struct {
    void **object;
    size_t n;
} objects_t;

static bool push(objects_t *objects, size_t size) {
    void *object = heap_alloc(size);
    if (object != NULL) {
        objects->object[objects->n++] = object;
    }
    return object != NULL;
}

static bool push_many(objects_t *objects, size_t size, size_t n) {
    bool has_room = true;
    for (size_t i = 0; has_room && i < n; i++) {
        has_room = push(objects, size);
    }
    return has_room;
}

// Those behind `first`.
static void free_every_other(objects_t *objects, size_t first) {
    size_t kept = first;
    for (size_t i = first; i < objects->n; i++) {
        if ((i - first) % 2 == 0) {
            heap_free(objects->object[i]);
        } else {
            objects->object[kept++] = objects->object[i];
        }
    }
    memset(objects->object + kept, 0,
           (objects->n - kept) * sizeof *objects->object);
    objects->n = kept;
}

// Small and large in turn; the large ones go, larger ones come.
static bool alternate_run(objects_t *objects) {
    const size_t large = 200;
    const size_t small = 24;
    bool has_room = true;
    for (size_t i = 0; has_room && i < ALIVE / (large + small); i++) {
        has_room = push(objects, large) && push(objects, small);
    }
    free_every_other(objects, 0);
    const size_t left = ALIVE - objects->n * small;
    return has_room && push_many(objects, 2 * large, left / (2 * large));
}

// Each generation's objects are half as large again as those before, of which
// every other goes.
static bool growing_run(objects_t *objects) {
    bool has_room = push_many(objects, LEAST, ALIVE / 4 / LEAST);
    size_t first = 0;
    for (size_t size = LEAST * 3 / 2; has_room && size < 4096;
         size = size * 3 / 2) {
        free_every_other(objects, first);
        first = objects->n;
        has_room = push_many(objects, size, ALIVE / 8 / size);
    }
    return has_room;
}

// Every other one goes, one twice as large comes for each two of them.
static bool checkerboard_run(objects_t *objects) {
    size_t size = LEAST;
    bool has_room = push_many(objects, size, ALIVE / size);
    for (unsigned i = 0; has_room && i < 5; i++) {
        free_every_other(objects, 0);
        size *= 2;
        has_room = push_many(objects, size, ALIVE / 2 / size);
    }
    return has_room;
}

static const struct {
    const char *name;
    bool (*run)(objects_t *objects);
} patterns[] = {{"alternate", alternate_run},
                {"growing", growing_run},
                {"checkerboard", checkerboard_run}};

static bool pattern_run(const char *name, objects_t *objects) {
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        if (strcmp(patterns[i].name, name) == 0) {
            return patterns[i].run(objects);
        }
    }
    die("no pattern '%s'", name);
}

bool work_fragment(const order_t *order) {
    objects_t objects = {.object = heap_start(order->bytes, ALIVE / LEAST * 2)};
    measure_begin();
    const bool ran = pattern_run(order->what, &objects);
    measure_end();
    return ran;
}
