// SPDX-License-Identifier: MIT
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "tests/slow_hints.h"

world_t world;

void fail(const char *why, long detail) {
    world.why = why;
    world.detail = detail;
    world.failed = true;
    siglongjmp(world.escape, 1);
}

// ---- Making the heap -------------------------------------------------------

enum { MAX_REGIONS = 4 };

typedef struct {
    word_t n_blocks[MAX_REGIONS];
    size_t n;
} shape_t;

static shape_t picture_shape(const char *picture) {
    shape_t s = {.n = 1};
    for (; *picture != '\0'; picture++) {
        if (*picture == '|') {
            s.n++;
        } else {
            s.n_blocks[s.n - 1]++;
        }
    }
    return s;
}

static word_t shape_blocks(const shape_t *s) {
    word_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        n += s->n_blocks[i];
    }
    return n;
}

// Makes a heap whose last region has `host` blocks, the heap's data included.
static bool shape_init(const shape_t *s, const start_t *start, word_t host) {
    irqgc_region_t regions[MAX_REGIONS];
    unsigned char *at = world.now.memory;
    for (size_t i = 0; i < s->n; i++) {
        const word_t n = i + 1 < s->n ? s->n_blocks[i] : host;
        regions[i] = (irqgc_region_t){at, n * BLOCK_BYTES};
        at += n * BLOCK_BYTES;
    }
    world.used = (size_t)(at - world.now.memory);
    const irqgc_config_t config = {.regions = regions,
                                   .n_regions = s->n,
                                   .mark_stack = start->mark_stack,
                                   .interior_pointers = start->interior};
    return irqgc_init(&world.heap, &config) == IRQGC_OK &&
           world.heap->n_blocks == shape_blocks(s);
}

// How large the host must be can only be tried; most often it is as last time.
static void heap_make(const start_t *start) {
    static word_t host;
    const shape_t s = picture_shape(start->picture);
    if (host != 0 && shape_init(&s, start, host)) {
        return;
    }
    for (host = 1; host < MEMORY / BLOCK_BYTES - shape_blocks(&s); host++) {
        if (shape_init(&s, start, host)) {
            return;
        }
    }
    printf("no heap has this shape: %s\n", start->picture);
    exit(2);
}

// ---- Painting --------------------------------------------------------------

static bool is_one_of(char c, char first, char last) {
    return c >= first && c <= last;
}

_Noreturn static void start_refuse(const char *why) {
    printf("%s: %s\n", why, world.start.picture);
    exit(2);
}

// Whether the sweep under way has still to come to this block.
static bool is_ahead(block_t b) {
    return world.start.sweeps && block_group(b) < world.start.unswept;
}

static void slot_paint(char letter, block_t b) {
    slot_t *s = &model()->slots[letter - 'a'];
    if (s->chain[0].at != NULL) {
        start_refuse("a name twice");
    }
    s->chain[0] = (object_t){.at = block_address(world.heap, b),
                             .seed = ++model()->last_seed};
    model()->roots[letter - 'a'] = s->chain[0].at;
}

// What the sweep under way spares may stay.
static void garbage_paint(char c, block_t b) {
    model_t *m = model();
    if (m->n_garbage < MAX_GARBAGE) {
        m->garbage[m->n_garbage] = block_address(world.heap, b);
    }
    m->n_garbage++;
    m->n_dropped += world.start.sweeps && (c == '*' || !is_ahead(b));
}

static void head_paint(char c, block_t b, bool black) {
    if (black && !is_ahead(b)) {
        start_refuse("black, and no sweep to come");
    }
    if (c == 'o' || c == '*') {
        garbage_paint(c, b);
        return;
    }
    if (!black && is_ahead(b)) {
        start_refuse("a slot holds what is dead");
    }
    slot_paint((char)(c | ('a' ^ 'A')), b);
}

static void block_paint(block_t b, char c) {
    irqgc_t *h = world.heap;
    group_t *g = &h->groups[block_group(b)];
    const bool white = c == 'o' || is_one_of(c, 'a', 'l');
    const bool black = c == '*' || is_one_of(c, 'A', 'L');
    g->head |= white || black ? block_bit(b) : 0;
    g->body |= black || c == '=' ? block_bit(b) : 0;
    h->taken += c != '.';
    memset(block_address(h, b), 0, BLOCK_BYTES);
    if (white || black) {
        head_paint(c, b, black);
    }
}

static void picture_paint(const char *picture) {
    const region_t *r = world.heap->regions;
    for (block_t b = r->first; *picture != '\0'; picture++) {
        if (*picture == '|') {
            b = (++r)->first;
        } else {
            block_paint(b++, *picture);
        }
    }
}

// The object's length is what is painted behind its head.
static void objects_fill(void) {
    for (unsigned i = 0; i < N_SLOTS; i++) {
        object_t *o = &model()->slots[i].chain[0];
        if (o->at != NULL) {
            const block_t b = address_object(world.heap, (uintptr_t)o->at);
            o->n_blocks = object_end(world.heap, b) - b;
            object_fill(o, 0);
        }
    }
}

// In SWEEP sentinels ahead are black, as the marking has left them.
static void phase_paint(void) {
    irqgc_t *h = world.heap;
    if (!world.start.sweeps) {
        return;
    }
    if (world.start.unswept > h->n_groups) {
        start_refuse("more groups to sweep than there are");
    }
    h->state = CYCLE_ONE + SWEEP;
    h->unswept = world.start.unswept;
    for (word_t i = 0; i < h->n_regions; i++) {
        const block_t b = h->regions[i].first + h->regions[i].n_blocks;
        if (block_group(b) < h->unswept) {
            h->groups[block_group(b)].body |= block_bit(b);
        }
    }
}

static void link_make(const char link[2]) {
    slot_t *from = &model()->slots[link[0] - 'a'];
    slot_t *to = &model()->slots[link[1] - 'a'];
    if (chain_length(from) != 1 || chain_length(to) == 0 ||
        chain_length(to) == MAX_CHAIN) {
        printf("no such link: %.2s\n", link);
        exit(2);
    }
    memcpy(&from->chain[1], to->chain, MAX_CHAIN * sizeof *to->chain);
    *(void **)from->chain[0].at = to->chain[0].at;
    *to = (slot_t){0};
    model()->roots[link[1] - 'a'] = NULL;
}

// ---- What contexts share ---------------------------------------------------

static void share(const void *start, size_t size) {
    const size_t from =
        (size_t)((uintptr_t)start - (uintptr_t)world.now.memory);
    for (size_t i = 0; i < size; i += sizeof(word_t)) {
        world.shared[(from + i) / sizeof(word_t)] = true;
    }
}

// All of the heap's data that changes, and the first word of each block: the
// others hold no pointers.
static void shared_find(void) {
    irqgc_t *h = world.heap;
    memset(world.shared, 0, sizeof world.shared);
    share(&h->state,
          (size_t)((uintptr_t)&h->mark_stack - (uintptr_t)&h->state));
    share(&h->mark_depth, sizeof h->mark_depth);
    share(&h->overflowed, sizeof h->overflowed);
    share(&h->least_free, sizeof h->least_free);
    share(h->counts, sizeof h->counts);
    share(h->groups, h->n_groups * sizeof *h->groups);
    share(h->overflow, sizeof *h->overflow);
    share(hint_row(h, 0, 0), N_CLASSES * sizeof(word_t));
    share(h->mark_stack, h->mark_capacity * sizeof *h->mark_stack);
    for (word_t i = 0; i < h->n_regions; i++) {
        const region_t *r = &h->regions[i];
        for (word_t b = 0; b < r->n_blocks; b++) {
            share((void *)(r->base + b * BLOCK_BYTES), sizeof(word_t));
        }
    }
}

bool world_shares(const void *address) {
    const uintptr_t memory = (uintptr_t)address - (uintptr_t)world.now.memory;
    if (memory < MEMORY) {
        return world.shared[memory / sizeof(word_t)];
    }
    return (uintptr_t)address - (uintptr_t)model()->roots <
           sizeof model()->roots;
}

// ---- The start of a run ----------------------------------------------------

void world_begin(const start_t *start) {
    const bool was_quiet = world.quiet;
    world.quiet = true;
    world.n_accesses = 0;
    world.start = *start;
    memset(&world.now, 0, sizeof world.now);
    heap_make(start);
    picture_paint(start->picture);
    objects_fill();
    phase_paint();
    for (unsigned i = 0; i < start->n_links; i++) {
        link_make(start->links[i]);
    }
    slow_hints_set(world.heap);
    irqgc_root_add(world.heap, &model()->nodes[0], model()->roots,
                   LATE * sizeof(void *));
    shared_find();
    memcpy(&world.begun, &world.now, sizeof world.begun);
    world.quiet = was_quiet;
}

void world_restore(void) {
    memcpy(&world.now, &world.begun, offsetof(image_t, memory) + world.used);
    world.n_accesses = 0;
    world.failed = false;
    world.quiet = false;
    world.written = true;
    cpu = (cpu_t){0};
}

// The stacks of all contexts are the locals that acts have noted.
bool port_stacks_known(void) {
    return true;
}

bool port_stack_runs(const void *low, const void *high) {
    (void)low, (void)high;
    return false;
}

void port_scan_stacks(port_scan_t *scan, void *arg) {
    model_t *m = model();
    if (m->n_locals != 0) {
        m->may_keep = true;
    }
    scan(arg, m->locals, m->locals + m->n_locals);
}
