// SPDX-License-Identifier: MIT
#include "heap.h"
#include "stacks.h"

// Of the list of stacks and of breaks, what every program links that collects:
// so it links neither stacks.c nor brk.c for that.
word_t stacks_version;
const stacks_t *volatile stacks_listed;
volatile word_t n_holds;

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

void count(irqgc_t *h, size_t offset) {
    const unsigned who = port_in_handler();
    if (who != 0) {
        least_free_note(h);
    }
    word_t *calls = counter(&h->counts[who], offset);
    const port_irq_t irq = port_irq_save();
    ++*calls;
    port_irq_restore(irq);
}

// T18 too: a higher context may have noted fewer.
void least_free_note(irqgc_t *h) {
    const port_irq_t irq = port_irq_save();
    const word_t free = h->given - h->taken;
    if (free < h->least_free) {
        h->least_free = free;
    }
    port_irq_restore(irq);
}

// Registers, too: prologues push some only to make room.
#if defined __has_attribute && __has_attribute(zero_call_used_regs)
__attribute__((zero_call_used_regs("all-gpr")))
#endif
void frames_wipe(void) {
    volatile word_t words[128];
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        words[i] = 0;
    }
}

void record_drop(irqgc_t *h, const record_t *op) {
    record_unlink(h, op);
}

// Cleared first: if the break finds another record, it notes so again.
void break_again(irqgc_t *h) {
    *(volatile word_t *)&h->deferred = 0;
    port_break_pend();
}

void misuse(irqgc_t *h, irqgc_status_t why, const void *object) {
    if (h->on_misuse != NULL) {
        h->on_misuse(h, why, object);
    } else if (IRQGC_DEBUG) {
        refusal_stop(why);
    }
}
