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
block_t object_end(const irqgc_t *h, block_t head) {
    word_t behind = GROUP_ALL << block_index(head) << 1 & GROUP_ALL;
    for (word_t k = block_group(head); k < h->n_groups; k++) {
        const truth_t t = group_truth(group_at(h, k));
        const word_t not_tail = (t.head | ~t.body) & behind;
        if (not_tail != 0) {
            return k * GROUP_BLOCKS + word_lowest(not_tail);
        }
        behind = GROUP_ALL;
    }
    return h->n_groups * GROUP_BLOCKS; // not reached: a sentinel comes first
}
