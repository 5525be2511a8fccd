// SPDX-License-Identifier: MIT
//
// irqgc_init with any regions and options, against what irqgc.h says of it: a
// refusal is due, and has written nothing; a heap is whole, keeps to its
// regions, and each of its blocks can be had.
//
// The input, in bytes; what is missing is 0: mark stack, interior pointers,
// regions; for each of these kind, start (2), size (2).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slow_hints.h"

enum { ARENA = 1 << 14, MAX_REGIONS = 4, FILL = 0xA5 };

static struct {
    const uint8_t *bytes;
    size_t size, at;
} input;

static _Alignas(64) unsigned char arena[ARENA];
static irqgc_region_t regions[MAX_REGIONS];
static irqgc_config_t config;

static void expect(bool claim, const char *what) {
    if (claim) {
        return;
    }
    fprintf(stderr, "FAIL %s: mark stack %zu", what, config.mark_stack);
    for (size_t i = 0; i < config.n_regions; i++) {
        const unsigned char *start = regions[i].start;
        fprintf(stderr, ", %td + %zu", start - arena, regions[i].size);
    }
    fputc('\n', stderr);
    abort();
}

// ---- Reading the input -----------------------------------------------------

static size_t byte_next(void) {
    return input.at < input.size ? input.bytes[input.at++] : 0;
}

static size_t pair_next(void) {
    const size_t high = byte_next();
    return high << 8 | byte_next();
}

// Mostly inside the arena; else without a start, or up to the end of the
// address space or beyond.
static irqgc_region_t region_next(void) {
    const size_t kind = byte_next() % 16;
    const size_t offset = pair_next() % ARENA;
    const size_t size = pair_next() % (ARENA - offset + 1);
    unsigned char *start = kind == 0 ? NULL : arena + offset;
    return (irqgc_region_t){start,
                            kind == 1 ? 0 - (uintptr_t)start + size : size};
}

static void config_read(void) {
    const size_t mark_stack = byte_next();
    config = (irqgc_config_t){
        .regions = regions,
        .mark_stack =
            mark_stack < 192 ? mark_stack : SIZE_MAX >> mark_stack % 64,
        .interior_pointers = byte_next() % 2 != 0,
        .n_regions = byte_next() % (MAX_REGIONS + 1),
    };
    for (size_t i = 0; i < config.n_regions; i++) {
        regions[i] = region_next();
    }
}

// ---- What irqgc.h says -----------------------------------------------------

static bool region_is_bad(const irqgc_region_t *r) {
    return r->start == NULL || (uintptr_t)r->start + r->size < r->size ||
           (uintptr_t)r->start + r->size == 0;
}

static bool region_is_small(const irqgc_region_t *r) {
    const uintptr_t start = (uintptr_t)r->start;
    const uintptr_t aligned =
        (start + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    return r->size < aligned - start + BLOCK_BYTES;
}

static bool regions_share(const irqgc_region_t *a, const irqgc_region_t *b) {
    const unsigned char *a_start = a->start;
    const unsigned char *b_start = b->start;
    for (size_t i = 0; i < a->size; i++) {
        if (a_start + i >= b_start && a_start + i < b_start + b->size) {
            return true;
        }
    }
    return false;
}

static bool any_is_bad(void) {
    bool bad = config.n_regions == 0;
    for (size_t i = 0; i < config.n_regions; i++) {
        bad = bad || region_is_bad(&regions[i]);
    }
    return bad;
}

static bool any_is_small(void) {
    bool small = false;
    for (size_t i = 0; i < config.n_regions; i++) {
        small = small || region_is_small(&regions[i]);
    }
    return small;
}

static bool any_share(void) {
    bool share = false;
    for (size_t i = 0; i < config.n_regions; i++) {
        for (size_t j = 0; j < i; j++) {
            share = share || regions_share(&regions[i], &regions[j]);
        }
    }
    return share;
}

// Far more than the heap's own data takes.
static bool host_is_large(void) {
    size_t largest = 0;
    for (size_t i = 0; i < config.n_regions; i++) {
        largest = regions[i].size > largest ? regions[i].size : largest;
    }
    return config.mark_stack < ARENA &&
           largest > 2048 + config.mark_stack * sizeof(word_t);
}

// Any reason that holds will do.
static void status_check(irqgc_status_t status) {
    const bool bad = any_is_bad();
    const bool small = any_is_small();
    const bool share = !bad && any_share();
    switch (status) {
    case IRQGC_OK:
        expect(!bad && !small && !share, "no refusal");
        break;
    case IRQGC_BAD_ARGUMENT:
        expect(bad, "BAD_ARGUMENT");
        break;
    case IRQGC_TOO_SMALL:
        expect(small || !host_is_large(), "TOO_SMALL");
        break;
    default:
        expect(status == IRQGC_OVERLAP && share, "OVERLAP");
    }
}

// ---- A heap ----------------------------------------------------------------

// Nothing but the regions has been written; nothing at all, if there is no
// heap.
static void margins_check(bool is_made) {
    for (size_t i = 0; i < ARENA; i++) {
        bool inside = false;
        for (size_t r = 0; is_made && r < config.n_regions; r++) {
            const unsigned char *start = regions[r].start;
            inside = inside || (size_t)(arena + i - start) < regions[r].size;
        }
        expect(inside || arena[i] == FILL, "written outside the regions");
    }
}

static void heap_check(const irqgc_t *h) {
    expect(irqgc_check(h) == 0, "a broken invariant");
    expect(slow_hints_match(h), "a wrong hint");
}

static void visit(void *arg, void *object, size_t size, irqgc_flags_t flags) {
    (void)size;
    (void)flags;
    uintptr_t *last = arg;
    expect((uintptr_t)object > *last, "a walk out of order");
    *last = (uintptr_t)object;
}

// Written over from end to end, the blocks leave the heap whole.
static void blocks_take(irqgc_t *h) {
    irqgc_stats_t s;
    irqgc_stats(h, &s);
    expect(s.free == s.total && s.total > 0, "not all is free");
    for (size_t left = s.total; left > 0; left -= BLOCK_BYTES) {
        void *object = irqgc_alloc(h, BLOCK_BYTES, IRQGC_FAIL_FAST);
        expect(object != NULL, "a block is missing");
        memset(object, 0, BLOCK_BYTES);
    }
    expect(irqgc_alloc(h, 1, IRQGC_FAIL_FAST) == NULL, "a block too many");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    input.bytes = bytes;
    input.size = size;
    input.at = 0;
    config_read();
    memset(arena, FILL, ARENA);
    irqgc_t *h = NULL;
    const irqgc_status_t status = irqgc_init(&h, &config);
    status_check(status);
    expect((h != NULL) == (status == IRQGC_OK), "a heap with a refusal");
    if (h != NULL) {
        heap_check(h);
        blocks_take(h);
        heap_check(h);
        irqgc_walk(h, visit, &(uintptr_t){0});
    }
    margins_check(h != NULL);
    return 0;
}
