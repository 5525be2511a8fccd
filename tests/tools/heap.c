// SPDX-License-Identifier: MIT
//
// A heap that gdb.py knows, on a host and as firmware: two regions, a chain of
// three objects from a registered range, one that is held, one without
// pointers, a long one, and one that nothing reaches. Where gdb stops, a
// function's name tells.
#include "irqgc/irqgc.h"

#include "irqgc/dict.h"

#define APART __attribute__((noinline))

enum { WORDS = 4096 };

static irqgc_t *heap;
static void *small[WORDS / 4];
static void *large[WORDS];
static void *table[4]; // the registered range

// What gdb.py is to know, and no collection sees.
volatile struct {
    void *first, *second, *third, *held, *plain, *list, *dict, *garbage;
} known;

static volatile int n_stops;

// Where all stands still.
APART void stop_built(void);
APART void stop_collected(void);
APART void stop_stacked(void *volatile *word);
int main(void);

APART void stop_built(void) {
    n_stops++;
}

APART void stop_collected(void) {
    n_stops++;
}

APART void stop_stacked(void *volatile *word) {
    n_stops += *word != NULL;
}

static void *node_new(void *next) {
    void **node = irqgc_alloc(heap, 3 * sizeof *node, 0);
    node[1] = next;
    return node;
}

APART static void build(void) {
    static irqgc_root_t node;
    const irqgc_region_t regions[] = {{small, sizeof small},
                                      {large, sizeof large}};
    irqgc_init(&heap, &(irqgc_config_t){.regions = regions, .n_regions = 2});
    irqgc_root_add(heap, &node, table, sizeof table);
    known.third = node_new(NULL);
    known.second = node_new(known.third);
    known.first = node_new(known.second);
    known.held = irqgc_alloc(heap, 40, IRQGC_HELD);
    known.plain = irqgc_alloc(heap, 100, IRQGC_NO_POINTERS);
    known.list = irqgc_alloc(heap, 200 * sizeof(void *), 0);
    known.garbage = node_new(known.plain);
    known.dict = irqgc_dict_new(heap, NULL, 4);
    irqgc_dict_set(known.dict, 7, 8);
    table[1] = known.first;
    table[2] = known.list;
    table[3] = known.dict;
    ((void **)known.list)[150] = known.plain;
    ((void **)known.plain)[3] = known.garbage; // which no collection sees
}

// No word of what has been called before is left where a collection looks.
APART static void stack_wipe(void) {
    void *volatile words[256];
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        words[i] = NULL;
    }
}

APART static void stacked(void) {
    void *volatile word = (char *)known.garbage + sizeof(void *);
    stop_stacked(&word);
}

int main(void) {
    build();
    stack_wipe();
    (void)irqgc_check(heap);
    stop_built();
    stacked();
    stack_wipe();
    irqgc_collect(heap);
    irqgc_alloc(heap, 300 * sizeof(void *), IRQGC_HELD);
    stop_collected();
    return 0;
}
