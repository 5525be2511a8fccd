// SPDX-License-Identifier: MIT
#include "heap.h"

block_t object_end(const irqgc_t *h, block_t head) {
    word_t k = block_group(head);
    const group_t *g = &h->groups[k];
    unsigned end =
        word_extent(now(&g->body) & ~now(&g->head), block_index(head));
    // Ends at the sentinel of the region at the latest: that is no tail.
    while (end == GROUP_BLOCKS && ++k < h->n_groups) {
        g++;
        const word_t not_tail = (now(&g->head) | ~now(&g->body)) & GROUP_ALL;
        end = not_tail != 0 ? word_lowest(not_tail) : GROUP_BLOCKS;
    }
    return end == GROUP_BLOCKS ? k * GROUP_BLOCKS : k * GROUP_BLOCKS + end;
}
