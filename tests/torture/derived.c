// SPDX-License-Identifier: MIT
//
// Objects that are used for the last time in a loop, of which compilers keep
// nothing but addresses below the object, unless they are told otherwise:
// docs/derived.md. A handler collects, and overwrites what is free.
//
// With -DIRQGC_USES_KEEP=1 it keeps the objects itself.
#include <string.h>

#include "irqgc/irqgc.h"
#include "irqgc/torture.h"

#ifdef IRQGC_USES_KEEP
#define KEEP(p) IRQGC_KEEP(p)
#else
#define KEEP(p) (void)(p)
#endif

typedef struct {
    unsigned key, value, next;
} record_t;

enum { NUMBERS = 4, RECORDS = 16, SMALL = 16, LARGE = RECORDS * 12 };

static irqgc_t *heap;
static unsigned *numbers; // in a registered root, as is the next
static record_t *records;
static unsigned got;

// ---- What is to be tested --------------------------------------------------

// gcc -O2 for a Cortex-M4 holds p - 4.
__attribute__((noinline)) static unsigned index_of(const unsigned *p,
                                                   unsigned n, unsigned key) {
    unsigned i = 0;
    while (i < n && p[i] != key) {
        i++;
    }
    KEEP(p);
    return i;
}

// It holds p - 12, p - 24, and so on to p - 192.
__attribute__((noinline)) static unsigned newest_first(const record_t *p) {
    unsigned sum = 0;
    for (int i = RECORDS - 1; i >= 0; i--) {
        sum = sum * 3 + p[i].value;
    }
    KEEP(p);
    return sum;
}

// ---- Scenarios -------------------------------------------------------------

static void heap_open(void) {
    static _Alignas(64) char memory[4 * 1024];
    static irqgc_root_t roots[2];
    const irqgc_region_t region = {memory, sizeof memory};
    irqgc_init(&heap, &(irqgc_config_t){.regions = &region, .n_regions = 1});
    numbers = NULL;
    records = NULL;
    irqgc_root_add(heap, &roots[0], &numbers, sizeof(void *));
    irqgc_root_add(heap, &roots[1], &records, sizeof(void *));
    got = 0;
}

static void search_setup(void *unused) {
    (void)unused;
    heap_open();
    numbers = irqgc_alloc(heap, sizeof *numbers * NUMBERS, IRQGC_NO_POINTERS);
    for (unsigned i = 0; i < NUMBERS; i++) {
        numbers[i] = 10 + i;
    }
}

// Takes the message out, and reads it once.
static void search(void *unused) {
    (void)unused;
    const unsigned *const p = numbers;
    numbers = NULL;
    got = index_of(p, NUMBERS, 10 + NUMBERS - 1);
}

static const char *search_check(void *unused) {
    (void)unused;
    if (irqgc_check(heap) != 0) {
        return "the heap is broken";
    }
    return got == NUMBERS - 1 ? NULL : "a live array was collected in a search";
}

static void newest_setup(void *unused) {
    (void)unused;
    heap_open();
    // What lies below is free: no neighbour that is kept helps by chance.
    void *const below = irqgc_alloc(heap, 512, IRQGC_NO_POINTERS);
    records = irqgc_alloc(heap, sizeof *records * RECORDS, IRQGC_NO_POINTERS);
    irqgc_free(heap, below);
    for (unsigned i = 0; i < RECORDS; i++) {
        records[i].value = 10 + i;
    }
}

static void newest(void *unused) {
    (void)unused;
    const record_t *const p = records;
    records = NULL;
    got = newest_first(p);
}

static const char *newest_check(void *unused) {
    (void)unused;
    unsigned sum = 0;
    for (unsigned i = RECORDS; i-- > 0;) {
        sum = sum * 3 + 10 + i;
    }
    if (irqgc_check(heap) != 0) {
        return "the heap is broken";
    }
    return got == sum ? NULL : "a live table was collected as it was read";
}

// ---- The handler -----------------------------------------------------------

static void free_memory_overwrite(size_t size) {
    void *object;
    while ((object = irqgc_alloc(heap, size, IRQGC_FAIL_FAST)) != NULL) {
        memset(object, 'X', size);
    }
}

static void collect(void *unused) {
    (void)unused;
    irqgc_collect(heap);
    free_memory_overwrite(LARGE);
    free_memory_overwrite(SMALL);
}

int main(int argc, char **argv) {
    static const irqgc_torture_handler_t handler = {"collect", collect};
    static const irqgc_torture_scenario_t scenarios[] = {
        {.name = "search",
         .setup = search_setup,
         .operation = search,
         .check = search_check,
         .handlers = &handler,
         .n_handlers = 1},
        {.name = "newest",
         .setup = newest_setup,
         .operation = newest,
         .check = newest_check,
         .handlers = &handler,
         .n_handlers = 1},
    };
    return irqgc_torture(argc, argv, scenarios, 2);
}
