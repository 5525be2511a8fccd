// SPDX-License-Identifier: MIT
//
// Memory for the rig itself, and for the heap that it tests; not from another
// heap of irqgc, since what is judged shall not hold the judge.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

#define ALIGN 8u

// Blocks fill the memory without a gap. First fit.
typedef struct {
    size_t size; // bytes, with this, a multiple of ALIGN
    size_t used; // 0 or 1
} block_t;

_Static_assert(sizeof(block_t) % ALIGN == 0, "memory is aligned behind it");

static block_t *first_block; // NULL: not opened

static block_t *block_end(void) {
    return (block_t *)((uintptr_t)board_heap_end / ALIGN * ALIGN);
}

static block_t *block_next(const block_t *block) {
    return (block_t *)((uintptr_t)block + block->size);
}

static void memory_open(void) {
    const uintptr_t start = (uintptr_t)board_heap_start + ALIGN - 1;
    first_block = (block_t *)(start / ALIGN * ALIGN);
    *first_block =
        (block_t){.size = (uintptr_t)block_end() - (uintptr_t)first_block};
}

// Joins a free block with those that follow, as far as they are free.
static void block_join(block_t *block) {
    for (const block_t *next = block_next(block);
         next != block_end() && next->used == 0; next = block_next(block)) {
        block->size += next->size;
    }
}

static void block_take(block_t *block, size_t size) {
    const size_t rest = block->size - size;
    block->used = 1;
    if (rest > sizeof *block) {
        block->size = size;
        *block_next(block) = (block_t){.size = rest};
    }
}

void *calloc(size_t n, size_t size) {
    const size_t most = (uintptr_t)board_heap_end;
    if (first_block == NULL) {
        memory_open();
    }
    if (size != 0 && n > most / size) {
        return NULL;
    }
    const size_t bytes =
        (n * size + sizeof(block_t) + ALIGN - 1) / ALIGN * ALIGN;
    for (block_t *b = first_block; b != block_end(); b = block_next(b)) {
        if (b->used != 0) {
            continue;
        }
        block_join(b);
        if (b->size >= bytes) {
            block_take(b, bytes);
            return memset(b + 1, 0, n * size);
        }
    }
    return NULL;
}

void free(void *memory) {
    if (memory != NULL) {
        ((block_t *)memory - 1)->used = 0;
    }
}

void *realloc(void *memory, size_t size) {
    void *const moved = calloc(1, size);
    if (moved != NULL && memory != NULL) {
        const size_t room = ((block_t *)memory - 1)->size - sizeof(block_t);
        memcpy(moved, memory, size < room ? size : room);
        free(memory);
    }
    return moved;
}
