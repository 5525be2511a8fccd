// SPDX-License-Identifier: MIT
//
// irqgc as a peer. What is allocated where is noted in a map beside the heap,
// so that an allocation can be told to be one that a hint finds.
#include "collector.h"
#include "irqgc/irqgc.h"
#include "peer.h"

enum { GROUP = 32, N_GROUPS = HEAP_BYTES / 16 / GROUP + 1 };

static irqgc_t *heap;
static uintptr_t first_group;       // address
static uint32_t free_map[N_GROUPS]; // a bit for each block
static uint32_t n_groups;

// "20000000 o==...": all that the heap itself tells about groups.
static void group_note(const char *text, void *arg) {
    (void)arg;
    uintptr_t address = 0;
    for (; *text != ' '; text++) {
        const unsigned digit = (unsigned char)*text;
        address = address << 4 |
                  (digit > '9' ? (digit | 32u) - 'a' + 10u : digit - '0');
    }
    if (n_groups == 0) {
        first_group = address;
    }
    uint32_t free = 0;
    for (unsigned i = 0; text[1 + i] != '\0'; i++) {
        free |= (uint32_t)(text[1 + i] == '.') << i;
    }
    free_map[n_groups++] = free;
}

void peer_open(void) {
    heap = collector_heap(HEAP_BYTES, 0);
    n_groups = 0;
    irqgc_dump(heap, group_note, NULL);
}

static uint32_t block_of(const void *object) {
    return (uint32_t)(((uintptr_t)object - first_group) / IRQGC_BLOCK);
}

static uint32_t blocks_of(size_t size) {
    return (uint32_t)((size + IRQGC_BLOCK - 1) / IRQGC_BLOCK);
}

static void map_set(const void *object, size_t size, bool is_free) {
    const uint32_t begin = block_of(object);
    for (uint32_t b = begin; b < begin + blocks_of(size); b++) {
        const uint32_t bit = 1u << b % GROUP;
        free_map[b / GROUP] &= ~bit;
        free_map[b / GROUP] |= is_free ? bit : 0;
    }
}

const bool peer_has_groups = true;

// A hint stands for runs of 1, 2, 4, ... 32 blocks within a group.
bool peer_has_hint(size_t size) {
    const uint32_t n = blocks_of(size);
    for (uint32_t k = 0; n <= GROUP && k < n_groups; k++) {
        uint32_t run = free_map[k];
        uint32_t have = 1;
        for (; have < n && run != 0; have *= 2) {
            run &= run >> have;
        }
        if (run != 0) {
            return true;
        }
    }
    return false;
}

bool peer_in_one_group(const void *object, size_t size) {
    const uint32_t b = block_of(object);
    return b / GROUP == (b + blocks_of(size) - 1) / GROUP;
}

static void *alloc(size_t size, irqgc_flags_t flags) {
    void *const object = (void *)call(MEASURED(irqgc_alloc), (uintptr_t)heap,
                                      size, flags | IRQGC_FAIL_FAST, 0);
    if (object != NULL) {
        map_set(object, size, false);
    }
    return object;
}

void *peer_alloc(size_t size) {
    return alloc(size, IRQGC_NOT_ZEROED);
}

void *peer_alloc_cleared(size_t size) {
    return alloc(size, 0);
}

void *peer_realloc(void *object, size_t size) {
    const size_t before = irqgc_size(heap, object);
    void *const resized = (void *)call(MEASURED(irqgc_realloc), (uintptr_t)heap,
                                       (uintptr_t)object, size,
                                       IRQGC_FAIL_FAST | IRQGC_NOT_ZEROED);
    if (resized != NULL) {
        map_set(object, before, true);
        map_set(resized, size, false);
    }
    return resized;
}

void peer_free(void *object) {
    const size_t size = irqgc_size(heap, object);
    call(MEASURED(irqgc_free), (uintptr_t)heap, (uintptr_t)object, 0, 0);
    map_set(object, size, true);
}

void peer_figures(void) {
    collector_figures();
}
