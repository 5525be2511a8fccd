// SPDX-License-Identifier: MIT
//
// A dictionary as the table.
#include "irqgc/dict.h"
#include "table.h"

static irqgc_t *heap;
static irqgc_dict_t *dict; // a registered root
static size_t free_before;

static size_t bytes_free(void) {
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    return stats.free;
}

static void expect(bool is_so) {
    if (!is_so) {
        board_print("figures: no room for the dictionary\n");
        board_exit(1);
    }
}

void table_open(void) {
    static irqgc_root_t root;
    const irqgc_region_t region = {heap_memory(), HEAP_BYTES};
    irqgc_init(&heap, &(irqgc_config_t){.regions = &region, .n_regions = 1});
    free_before = bytes_free();
    dict = irqgc_dict_new(heap, NULL, 0);
    expect(dict != NULL);
    irqgc_root_add(heap, &root, &dict, sizeof dict);
}

void table_reserve(uint32_t n) {
    expect(irqgc_dict_reserve(dict, n) == IRQGC_DICT_OK);
}

bool table_get(uintptr_t key) {
    uintptr_t value;
    return call(MEASURED(irqgc_dict_get), (uintptr_t)dict, key,
                (uintptr_t)&value, 0) == IRQGC_DICT_OK;
}

bool table_set(uintptr_t key, uintptr_t value) {
    const size_t before = irqgc_dict_count(dict);
    expect(call(MEASURED(irqgc_dict_set), (uintptr_t)dict, key, value, 0) ==
           IRQGC_DICT_OK);
    return irqgc_dict_count(dict) == before;
}

bool table_delete(uintptr_t key) {
    return call(MEASURED(irqgc_dict_delete), (uintptr_t)dict, key, 0, 0) ==
           IRQGC_DICT_OK;
}

// Without the indexes that it has outgrown.
uint32_t table_bytes(void) {
    irqgc_collect(heap);
    return (uint32_t)(free_before - bytes_free());
}
