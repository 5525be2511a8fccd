// SPDX-License-Identifier: MIT
#include "map.h"

#include <stdbool.h>
#include <string.h>

typedef struct {
    unsigned char *shades;
    size_t n;         // stretches
    size_t total;     // blocks of the heap
    size_t next;      // block
    size_t all, used; // of the stretch so far
} map_t;

static unsigned char shade_of(size_t used, size_t all) {
    const size_t between = MAP_FULL - 1;
    return (unsigned char)(used == 0     ? 0
                           : used == all ? MAP_FULL
                                         : 1 + used * between / all);
}

static size_t stretch_of(const map_t *map, size_t block) {
    return block * map->n / map->total;
}

static void block_add(map_t *map, bool is_used) {
    const size_t at = stretch_of(map, map->next++);
    map->all++;
    map->used += is_used;
    if (stretch_of(map, map->next) != at) {
        map->shades[at] = shade_of(map->used, map->all);
        map->all = 0;
        map->used = 0;
    }
}

// A line of irqgc_dump: an address, a space, a character for each block.
static void line_add(const char *text, void *arg) {
    map_t *const map = arg;
    const char *at = strchr(text, ' ');
    if (at == NULL) {
        return;
    }
    for (at++; *at != '\0' && map->next < map->total; at++) {
        block_add(map, *at != '.');
    }
}

// NOLINTNEXTLINE(readability-non-const-parameter): it is written through `map`
size_t map_take(const irqgc_t *heap, size_t total, unsigned char *shades,
                size_t n) {
    map_t map = {.shades = shades, .n = n, .total = total / IRQGC_BLOCK};
    if (map.n > map.total) {
        map.n = map.total;
    }
    irqgc_dump(heap, line_add, &map);
    return map.n;
}
