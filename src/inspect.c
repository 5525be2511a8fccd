// SPDX-License-Identifier: MIT
//
// Statistics, the walk over all objects, and the dump. All of them read the
// truth group by group and mask nothing for longer than that.
#include "blocks.h"
#include "counts.h"
#include "heap.h"
#include "misuse.h"
#include "records.h"

static irqgc_status_t block_status_now(const irqgc_t *h, block_t b) {
    if (b == NO_BLOCK) {
        return IRQGC_NOT_AN_OBJECT;
    }
    const glance_t glance = group_glance(h, block_group(b));
    return block_status(b, &glance);
}

// ---- Size ------------------------------------------------------------------

// No record, for then a higher context could not free or ask for the object
// meanwhile. Kept until its end is found: it is a root for as long.
size_t irqgc_size(irqgc_t *h, const void *object) {
    call_begin(h);
    if (object == NULL) {
        return 0;
    }
    const block_t b = address_object(h, (uintptr_t)object);
    const irqgc_status_t status = block_status_now(h, b);
    if (status != IRQGC_OK) {
        misuse(h, status, object);
        return 0;
    }
    const word_t n = object_end(h, b) - b;
    (void)word_ready((uintptr_t)object);
    return n * BLOCK_BYTES;
}

// ---- Statistics ------------------------------------------------------------

static word_t longest_run(word_t free) {
    word_t n = 0;
    for (; free != 0; free &= free >> 1) {
        n++;
    }
    return n;
}

static word_t largest_free_run(const irqgc_t *h) {
    word_t largest = 0;
    word_t run = 0; // free blocks that end the groups before
    for (word_t k = 0; k < h->n_groups; k++) {
        const truth_t t = group_truth(group_at(h, k));
        const word_t used = t.head | t.body;
        if (used == 0) {
            run += GROUP_BLOCKS;
            continue;
        }
        const word_t lead = run + word_lowest(used);
        const word_t inside = longest_run(~used & GROUP_ALL);
        largest = lead > largest ? lead : largest;
        largest = inside > largest ? inside : largest;
        run = GROUP_BLOCKS - 1 - word_highest(used);
    }
    return largest; // the last group ends with a sentinel
}

// The heap's own data starts its region and ends where the blocks start.
static size_t metadata_size(const irqgc_t *h) {
    const region_t *r = h->regions;
    while (r->base < (uintptr_t)h) {
        r++;
    }
    return r->base - (uintptr_t)h;
}

void irqgc_stats(const irqgc_t *h, irqgc_stats_t *stats) {
    call_begin(h);
    const counters_t c = counters_glance(h);
    const word_t free = c.given - c.taken;
    const word_t least = now(&h->least_free);
    *stats = (irqgc_stats_t){
        .total = h->n_blocks * BLOCK_BYTES,
        .free = free * BLOCK_BYTES,
        .largest_free_run = largest_free_run(h) * BLOCK_BYTES,
        .least_free = (free < least ? free : least) * BLOCK_BYTES,
        .metadata = metadata_size(h),
        .cycle = now(&h->state) / CYCLE_ONE,
        .thread = h->counts[0],
        .handlers = h->counts[1],
    };
}

// ---- Walk ------------------------------------------------------------------

static bool block_has_memory(const irqgc_t *h, block_t b) {
    const region_t *r = h->regions;
    for (word_t i = 0; i < h->n_regions; i++, r++) {
        if (b - r->first < r->n_blocks) {
            return true;
        }
    }
    return false;
}

// Visits the object that starts at block b, if there is one and no preempted
// call is still making, moving or freeing it. Its address is a root from where
// it is made, so that no collection takes what is then seen to be an object.
static void head_visit(irqgc_t *h, block_t b, irqgc_visit_t *visit, void *arg) {
    void *object = (void *)word_ready((uintptr_t)block_address(h, b));
    if (block_status_now(h, b) == IRQGC_OK && !record_names(h->records, b)) {
        visit(arg, object, (object_end(h, b) - b) * BLOCK_BYTES,
              block_attributes(h, b));
    }
}

// The walk keeps no more than its position: the heads above it are read anew
// after each visit, which may have changed anything.
void irqgc_walk(irqgc_t *h, irqgc_visit_t *visit, void *arg) {
    call_begin(h);
    for (word_t k = 0; k < h->n_groups; k++) {
        word_t heads;
        word_t above = GROUP_ALL;
        while ((heads = now(&h->groups[k].head) & above) != 0) {
            const unsigned i = word_lowest(heads);
            const block_t b = k * GROUP_BLOCKS + i;
            if (block_has_memory(h, b)) {
                head_visit(h, b, visit, arg);
            }
            above = GROUP_ALL << i << 1;
        }
    }
}

// ---- Dump ------------------------------------------------------------------

enum { ADDRESS_DIGITS = 2 * sizeof(uintptr_t) };

static char *address_write(char *text, uintptr_t address) {
    for (int shift = 4 * (ADDRESS_DIGITS - 1); shift >= 0; shift -= 4) {
        *text++ = "0123456789abcdef"[address >> shift & 15];
    }
    return text;
}

static void group_dump(const irqgc_t *h, const region_t *r, word_t k,
                       irqgc_line_t *line, void *arg) {
    char text[ADDRESS_DIGITS + 1 + GROUP_BLOCKS + 1];
    const block_t first = k * GROUP_BLOCKS;
    const truth_t t = group_truth(group_at(h, k));
    char *end = address_write(text, r->base + (first - r->first) * BLOCK_BYTES);
    *end++ = ' ';
    for (unsigned i = 0; i < GROUP_BLOCKS && first + i - r->first < r->n_blocks;
         i++) {
        *end++ = ".o=*"[(t.head >> i & 1) | (t.body >> i & 1) << 1];
    }
    *end = '\0';
    line(text, arg);
}

void irqgc_dump(const irqgc_t *h, irqgc_line_t *line, void *arg) {
    call_begin(h);
    const region_t *r = h->regions;
    for (word_t i = 0; i < h->n_regions; i++, r++) {
        const word_t k = block_group(r->first);
        for (word_t n = 0; n * GROUP_BLOCKS < r->n_blocks; n++) {
            group_dump(h, r, k + n, line, arg);
        }
    }
}
