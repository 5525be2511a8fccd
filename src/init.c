// SPDX-License-Identifier: MIT
//
// Lays the heap out. The largest region hosts the heap's own data, its lowest
// part, from low to high addresses:
//
//   irqgc_t | regions | groups | overflow | tails | hints | mark stack |
//   blocks ...

#include "blocks.h"
#include "frames.h"
#include "heap.h"
#include "hints.h"

// The aligned blocks of a stretch of memory.
typedef struct {
    uintptr_t base;
    word_t n_blocks;
} span_t;

COLD static span_t region_span(const irqgc_region_t *region) {
    const uintptr_t mask = BLOCK_BYTES - 1;
    const uintptr_t start = (uintptr_t)region->start;
    const uintptr_t skip = (0 - start) & mask;
    const word_t room = region->size > skip ? region->size - skip : 0;
    return (span_t){start + skip, room / BLOCK_BYTES};
}

// ---- Checks, before anything is written ------------------------------------

static irqgc_status_t region_check(const irqgc_region_t *region) {
    const uintptr_t start = (uintptr_t)region->start;
    if (start == 0 || start + region->size < start ||
        region->size > PTRDIFF_MAX) {
        return IRQGC_BAD_ARGUMENT;
    }
    return region_span(region).n_blocks > 0 ? IRQGC_OK : IRQGC_TOO_SMALL;
}

static bool regions_overlap(const irqgc_region_t *a, const irqgc_region_t *b) {
    const uintptr_t a_start = (uintptr_t)a->start;
    const uintptr_t b_start = (uintptr_t)b->start;
    return a_start < b_start + b->size && b_start < a_start + a->size;
}

static irqgc_status_t config_check(const irqgc_config_t *config) {
    if (config == NULL || config->regions == NULL || config->n_regions == 0) {
        return IRQGC_BAD_ARGUMENT;
    }
    const irqgc_region_t *r = config->regions;
    bool overlap = false;
    for (size_t i = 0; i < config->n_regions; i++) {
        const irqgc_status_t status = region_check(&r[i]);
        if (status != IRQGC_OK) {
            return status;
        }
        for (size_t j = 0; j < i; j++) {
            overlap |= regions_overlap(&r[i], &r[j]);
        }
    }
    return overlap ? IRQGC_OVERLAP : IRQGC_OK;
}

// ---- Sizes -----------------------------------------------------------------

typedef struct {
    word_t n_groups;     // in all
    word_t n_map_words;  // words in a map of one bit for each group
    word_t n_rows;       // of hints, on all levels
    word_t mark_entries; // of the mark stack
    word_t n_metadata;   // blocks that the heap's own data takes of the host
} layout_t;

// The largest region hosts the heap's own data.
typedef struct {
    size_t host;
    word_t n_blocks;        // of the host
    word_t n_groups_others; // of the other regions
} survey_t;

static survey_t regions_survey(const irqgc_config_t *config) {
    survey_t s = {0};
    word_t n_groups = 0;
    for (size_t i = 0; i < config->n_regions; i++) {
        const word_t n_blocks = region_span(&config->regions[i]).n_blocks;
        n_groups += blocks_groups(n_blocks);
        if (n_blocks > s.n_blocks) {
            s.host = i;
            s.n_blocks = n_blocks;
        }
    }
    s.n_groups_others = n_groups - blocks_groups(s.n_blocks);
    return s;
}

// Rows of all levels, the first of which has so many.
static word_t level_rows(word_t n) {
    word_t rows = n;
    while (n > 1) {
        n = map_words(n);
        rows += n;
    }
    return rows;
}

// One for every 32 groups keeps marking linear (mark.c). 32 are a tree of 2^32
// objects, and next to nothing: 0.2 % of 64 KiB, where a block is 16 bytes. A
// small heap, of fewer objects, has 2 for each group, and 4 at least.
static word_t mark_entries(word_t n_groups) {
    return n_groups / 32 > 32  ? n_groups / 32
           : n_groups > 32 / 2 ? 32
           : n_groups > 4 / 2  ? 2 * n_groups
                               : 4;
}

// The layout for so many groups.
static layout_t layout_for(const irqgc_config_t *config, word_t n_groups) {
    layout_t l = {.n_groups = n_groups};
    l.n_map_words = map_words(n_groups);
    l.n_rows = level_rows(l.n_map_words);
    l.mark_entries =
        config->mark_stack != 0 ? config->mark_stack : mark_entries(n_groups);
    const size_t bytes =
        sizeof(irqgc_t) + config->n_regions * sizeof(region_t) +
        n_groups * sizeof(group_t) + l.n_rows * N_CLASSES * sizeof(word_t) +
        2 * l.n_map_words * sizeof(word_t) + l.mark_entries * sizeof(block_t);
    l.n_metadata = (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
    return l;
}

// Whether the host has a block for each of `n_groups` although their states
// take room too.
COLD static bool layout_fits(layout_t *l, const irqgc_config_t *config,
                             const survey_t *survey, word_t n_groups) {
    const word_t total = survey->n_blocks;
    *l = layout_for(config, survey->n_groups_others + n_groups);
    return l->n_metadata < total &&
           blocks_groups(total - l->n_metadata) >= n_groups;
}

// Gives the host as many groups as fit. What the states of all its blocks would
// take leaves room for some, and so for almost as many. False iff none fits.
static bool layout_fit(layout_t *l, const irqgc_config_t *config,
                       const survey_t *survey) {
    const word_t total = survey->n_blocks;
    if (config->mark_stack > total * BLOCK_WORDS) {
        return false; // its size in bytes might not even be a number
    }
    layout_fits(l, config, survey, blocks_groups(total));
    word_t fit =
        l->n_metadata < total ? blocks_groups(total - l->n_metadata) : 1;
    while (layout_fits(l, config, survey, fit + 1)) {
        fit++;
    }
    if (!layout_fits(l, config, survey, fit)) {
        return false;
    }
    const word_t most = fit * GROUP_BLOCKS - 1; // the sentinel keeps a block
    if (total - l->n_metadata > most) {
        l->n_metadata = total - most;
    }
    return true;
}

// ---- Filling in ------------------------------------------------------------

static void *carve(uintptr_t *from, size_t bytes) {
    void *start = (void *)*from;
    *from += bytes;
    return start;
}

// In the order of addresses.
static void region_insert(irqgc_t *h, word_t i, span_t blocks) {
    region_t *r = h->regions + i;
    for (; r > h->regions && r[-1].base > blocks.base; r--) {
        *r = r[-1];
    }
    r->base = blocks.base;
    r->n_blocks = blocks.n_blocks;
}

// Takes the blocks that fill up the last group of a region, for good.
static void sentinel_set(irqgc_t *h, block_t b) {
    group_t *g = &h->groups[block_group(b)];
    const word_t bit = block_bit(b);
    const word_t run = word_run(block_index(b), block_room(b));
    g->head = bit;
    g->body = run & ~bit;
    g->plain = bit;
    g->held = bit;
}

static void regions_place(irqgc_t *h) {
    block_t first = 0;
    for (word_t i = 0; i < h->n_regions; i++) {
        region_t *r = &h->regions[i];
        r->first = first;
        sentinel_set(h, first + r->n_blocks);
        first += blocks_groups(r->n_blocks) * GROUP_BLOCKS;
        h->n_blocks += r->n_blocks;
    }
}

// One level above the other, up to one of one row.
static void levels_place(irqgc_t *h, uintptr_t *at, word_t n_rows) {
    for (;;) {
        h->hints[h->n_levels++] =
            carve(at, n_rows * N_CLASSES * sizeof(word_t));
        if (n_rows == 1) {
            return;
        }
        n_rows = map_words(n_rows);
    }
}

static irqgc_t *heap_place(const irqgc_config_t *config, const layout_t *l,
                           uintptr_t base) {
    uintptr_t at = base;
    __builtin_memset((void *)base, 0, l->n_metadata * BLOCK_BYTES);
    irqgc_t *h = carve(&at, sizeof *h);
    h->n_regions = config->n_regions;
    carve(&at, config->n_regions * sizeof(region_t));
    h->n_groups = l->n_groups;
    h->groups = carve(&at, l->n_groups * sizeof(group_t));
    h->overflow = carve(&at, l->n_map_words * sizeof(word_t));
    h->tails = carve(&at, l->n_map_words * sizeof(word_t));
    levels_place(h, &at, l->n_map_words);
    h->mark_capacity = l->mark_entries;
    h->mark_stack = carve(&at, l->mark_entries * sizeof(block_t));
    h->interior_pointers = config->interior_pointers != 0;
    h->wide_scan = config->wide_scan != 0;
    h->on_misuse = config->on_misuse;
    return h;
}

COLD static irqgc_status_t heap_make(irqgc_t **heap,
                                     const irqgc_config_t *config) {
    const irqgc_status_t status =
        heap == NULL ? IRQGC_BAD_ARGUMENT : config_check(config);
    if (status != IRQGC_OK) {
        return status;
    }
    const survey_t survey = regions_survey(config);
    layout_t l;
    if (!layout_fit(&l, config, &survey)) {
        return IRQGC_TOO_SMALL;
    }
    irqgc_t *h =
        heap_place(config, &l, region_span(&config->regions[survey.host]).base);
    for (size_t i = 0; i < config->n_regions; i++) {
        span_t blocks = region_span(&config->regions[i]);
        if (i == survey.host) {
            blocks.base += l.n_metadata * BLOCK_BYTES;
            blocks.n_blocks -= l.n_metadata;
        }
        region_insert(h, i, blocks);
    }
    regions_place(h);
    h->given = h->n_blocks; // as if all had been taken and given back
    h->least_free = h->n_blocks;
    for (word_t k = 0; k < h->n_groups; k++) {
        const group_t *g = &h->groups[k];
        hints_changed(h, k, 0, ~(g->head | g->body) & GROUP_ALL);
    }
    in_order(); // complete before anyone can see it
    *(irqgc_t *volatile *)heap = h;
    return IRQGC_OK;
}

// Where the blocks begin, is none of the caller's (frames_wipe).
COLD irqgc_status_t irqgc_init(irqgc_t **heap, const irqgc_config_t *config) {
    const irqgc_status_t status = heap_make(heap, config);
    frames_wipe();
    return status;
}
