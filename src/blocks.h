// SPDX-License-Identifier: MIT
//
// Blocks by number and by address, and the object that starts at one.
#ifndef IRQGC_SRC_BLOCKS_H
#define IRQGC_SRC_BLOCKS_H

#include "heap.h"

// Groups of a region, with at least one block to spare for the sentinel.
static inline word_t blocks_groups(word_t n_blocks) {
    return n_blocks / GROUP_BLOCKS + 1;
}

// Words of a map with a bit for each of `n`.
static inline word_t map_words(word_t n) {
    return (n + WORD_BITS - 1) / WORD_BITS;
}

// In windows: not even at -O0 a call.
__attribute__((always_inline)) static inline word_t block_group(block_t b) {
    return b / GROUP_BLOCKS;
}

static inline unsigned block_index(block_t b) {
    return (unsigned)(b % GROUP_BLOCKS);
}

static inline word_t block_bit(block_t b) {
    return (word_t)1 << block_index(b);
}

// Blocks from this one to the end of its group.
static inline word_t block_room(block_t b) {
    return GROUP_BLOCKS - block_index(b);
}

COLD void *far_block_address(const irqgc_t *h, block_t b)
    CORE_NAME(far_block_address);

// Blocks of the first region have the first numbers.
static inline void *block_address(const irqgc_t *h, block_t b) {
    const region_t *r = h->regions;
    return b < r->n_blocks ? (void *)(r->base + b * BLOCK_BYTES)
                           : far_block_address(h, b);
}

// The block that holds this address; NO_BLOCK outside the regions.
COLD block_t far_address_block(const irqgc_t *h, uintptr_t address)
    CORE_NAME(far_address_block);

static inline block_t address_block(const irqgc_t *h, uintptr_t address) {
    const region_t *r = h->regions;
    const uintptr_t offset = address - r->base;
    return offset / BLOCK_BYTES < r->n_blocks ? offset / BLOCK_BYTES
                                              : far_address_block(h, address);
}

// The same of an address so far into a region, if a block starts there: else
// a number that no region has so many blocks as.
static inline block_t offset_object(uintptr_t offset) {
    return offset >> LOG_BLOCK | offset << (WORD_BITS - LOG_BLOCK);
}

// The block that starts at this address, or NO_BLOCK.
static inline block_t address_object(const irqgc_t *h, uintptr_t address) {
    return address % BLOCK_BYTES == 0 ? address_block(h, address) : NO_BLOCK;
}

// The attributes of a head, as the flags it was allocated with.
static inline irqgc_flags_t block_attributes(const irqgc_t *h, block_t b) {
    const group_t *g = &h->groups[block_group(b)];
    const unsigned i = block_index(b);
    return (irqgc_flags_t)((now(&g->plain) >> i & 1) * IRQGC_NO_POINTERS |
                           (now(&g->held) >> i & 1) * IRQGC_HELD);
}

// The block after the last one of the object that starts at `head`.
COLD block_t object_end(const irqgc_t *h, block_t head) CORE_NAME(object_end);

// Whether the blocks from `first` up to `end` are free as each group is looked
// at: before anything is claimed, so that no block is taken, and then given
// back, that another context may want, unless one interferes.
COLD bool blocks_are_free(const irqgc_t *h, block_t first, block_t end)
    CORE_NAME(blocks_are_free);

// A group and the sweep's cursor at one instant.
typedef struct {
    truth_t group;
    word_t unswept;
} glance_t;

// T17 glance at a group. Reads only.
static inline glance_t group_glance(const irqgc_t *h, word_t k) {
    const group_t *g = group_at(h, k);
    const port_irq_t irq = port_irq_save();
    const glance_t glance = {{g->head, g->body}, h->unswept};
    port_irq_restore(irq);
    return glance;
}

// Whether an object starts at this block: NOT_AN_OBJECT, UNREACHABLE or OK.
// Ahead of the sweep a white head is dead, and the sweep relies on its blocks
// to stay as they are until it comes there.
static inline irqgc_status_t block_status(block_t b, const glance_t *glance) {
    const word_t bit = block_bit(b);
    if ((glance->group.head & bit) == 0) {
        return IRQGC_NOT_AN_OBJECT;
    }
    return block_group(b) < glance->unswept && (glance->group.body & bit) == 0
               ? IRQGC_UNREACHABLE
               : IRQGC_OK;
}

// What a debug build fills memory with before it is given back, never after: it
// may be a handler's by then.
enum { DEBUG_FILL = 0xDB };

// The blocks from `first` up to `end` of an object of the caller's are about to
// be given back.
static inline void blocks_dead(const irqgc_t *h, block_t first, block_t end) {
    if (IRQGC_DEBUG && first < end) {
        __builtin_memset(block_address(h, first), DEBUG_FILL,
                         (end - first) * BLOCK_BYTES);
    }
}

#endif
