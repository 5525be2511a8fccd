// SPDX-License-Identifier: MIT
#include "blocks.h"

void *far_block_address(const irqgc_t *h, block_t b) {
    const region_t *r = h->regions;
    do {
        r++;
    } while (b - r->first >= r->n_blocks);
    return (void *)(r->base + (b - r->first) * BLOCK_BYTES);
}

block_t far_address_block(const irqgc_t *h, uintptr_t address) {
    const region_t *r = h->regions;
    do {
        const uintptr_t offset = address - r->base;
        if (offset / BLOCK_BYTES < r->n_blocks) {
            return r->first + offset / BLOCK_BYTES;
        }
    } while (++r < h->regions + h->n_regions);
    return NO_BLOCK;
}

// Both words of a group at one instant: read apart, a free block right behind
// the object that is claimed in between looks like one more tail of it.
LEAN static block_t blocks_end(const irqgc_t *h, block_t first, block_t limit,
                               word_t tails) {
    word_t ahead = GROUP_ALL << block_index(first);
    for (word_t k = block_group(first); k * GROUP_BLOCKS < limit; k++) {
        const truth_t t = group_truth(group_at(h, k));
        const word_t others = (t.head | (t.body ^ tails)) & ahead & GROUP_ALL;
        if (others != 0) {
            return k * GROUP_BLOCKS + word_lowest(others);
        }
        ahead = GROUP_ALL;
    }
    return limit; // of a heap it is not reached: a sentinel comes first
}

block_t object_end(const irqgc_t *h, block_t head) {
    return blocks_end(h, head + 1, h->n_groups * GROUP_BLOCKS, GROUP_ALL);
}

bool blocks_are_free(const irqgc_t *h, block_t first, block_t end) {
    return blocks_end(h, first, end, 0) >= end;
}
