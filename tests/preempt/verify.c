// SPDX-License-Identifier: MIT
//
// Holds the heap against the model. All of it reads the planes by itself, bit
// by bit, rather than by the code under test.
#include <string.h>

#include "model.h"
#include "step.h"
#include "tests/slow_hints.h"

// ---- The truth -------------------------------------------------------------

static bool bit_of(word_t word, block_t b) {
    return (word >> (b % GROUP_BLOCKS) & 1) != 0;
}

static word_t n_all_blocks(void) {
    return world.heap->n_groups * GROUP_BLOCKS;
}

bool truth_is_head(block_t b) {
    return b < n_all_blocks() &&
           bit_of(world.heap->groups[b / GROUP_BLOCKS].head, b);
}

bool truth_is_tail(block_t b) {
    return b < n_all_blocks() && !truth_is_head(b) &&
           bit_of(world.heap->groups[b / GROUP_BLOCKS].body, b);
}

static bool truth_is_black(block_t b) {
    return truth_is_head(b) &&
           bit_of(world.heap->groups[b / GROUP_BLOCKS].body, b);
}

size_t truth_extent(block_t head) {
    block_t end = head + 1;
    while (truth_is_tail(end)) {
        end++;
    }
    return end - head;
}

block_t truth_block(uintptr_t address) {
    const irqgc_t *h = world.heap;
    for (word_t i = 0; i < h->n_regions; i++) {
        const region_t *r = &h->regions[i];
        if (address >= r->base &&
            address < r->base + r->n_blocks * IRQGC_BLOCK) {
            return (address - r->base) % IRQGC_BLOCK == 0
                       ? r->first + (address - r->base) / IRQGC_BLOCK
                       : NO_BLOCK;
        }
    }
    return NO_BLOCK;
}

static bool has_memory(block_t b) {
    const irqgc_t *h = world.heap;
    for (word_t i = 0; i < h->n_regions; i++) {
        const region_t *r = &h->regions[i];
        if (b >= r->first && b < r->first + r->n_blocks) {
            return true;
        }
    }
    return false;
}

static bool truth_is_free(block_t b) {
    return !truth_is_head(b) && !truth_is_tail(b);
}

size_t truth_free(void) {
    size_t n = 0;
    for (block_t b = 0; b < n_all_blocks(); b++) {
        n += truth_is_free(b);
    }
    return n;
}

// The thing lies there: alive, or garbage that was not swept yet.
static bool thing_is_there(thing_t t) {
    const model_t *m = &world.things[t];
    return m->life == ALIVE ||
           (m->life == GARBAGE && truth_is_head(truth_block(m->address)) &&
            truth_extent(truth_block(m->address)) == m->n_blocks);
}

size_t truth_longest_run(bool lenient) {
    static uint8_t known[MOST_BLOCKS];
    memset(known, 0, sizeof known);
    for (thing_t t = 1; lenient && t < world.n_things; t++) {
        const model_t *m = &world.things[t];
        const block_t b = truth_block(m->address);
        if (m->life == ALIVE) {
            memset(&known[b], 1, m->n_blocks);
        } else if (m->life == GARBAGE && truth_is_head(b)) {
            memset(&known[b], 1, truth_extent(b)); // may be swept in part
        }
    }
    size_t longest = 0, run = 0;
    for (block_t b = 0; b < n_all_blocks(); b++) {
        const bool free =
            has_memory(b) && (truth_is_free(b) || (lenient && !known[b]));
        run = free ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

size_t world_longest_run(void) {
    return truth_longest_run(false);
}

// ---- How far a collection is -----------------------------------------------

static bool thing_is_black(thing_t t) {
    return truth_is_black(truth_block(world.things[t].address));
}

size_t world_n_black(bool children) {
    size_t n = 0;
    for (thing_t t = 1; t < world.n_things; t++) {
        const place_t p = children ? world_place_of(t) : NOWHERE;
        n += world.things[t].life == ALIVE && (!children || p.in != 0) &&
             thing_is_black(t);
    }
    return n;
}

bool world_all_black(void) {
    for (thing_t t = 1; t < world.n_things; t++) {
        if (world.things[t].life == ALIVE && !thing_is_black(t)) {
            return false;
        }
    }
    return true;
}

bool world_waits(void) {
    return world.heap->mark_depth > 0 || world.heap->overflowed != 0;
}

// ---- Things ----------------------------------------------------------------

static void links_verify(thing_t t) {
    const model_t *m = &world.things[t];
    for (unsigned i = 0; i < THING_SLOTS; i++) {
        const uintptr_t held = thing_words(t)[m->words[i]];
        const uintptr_t due =
            m->links[i] != 0 ? world.things[m->links[i]].address : 0;
        if (held != due && world.things[m->links[i]].busy == 0) {
            world_fail("slot %u of thing %u holds %#zx, not %#zx", i, t, held,
                       due);
        }
    }
}

static void thing_verify(thing_t t) {
    const model_t *m = &world.things[t];
    const block_t b = truth_block(m->address);
    if (!truth_is_head(b)) {
        world_fail("thing %u at %#zx is lost", t, m->address);
    }
    if (truth_extent(b) != m->n_blocks) {
        world_fail("thing %u has %zu blocks, not %u", t, truth_extent(b),
                   m->n_blocks);
    }
    const group_t *g = &world.heap->groups[b / GROUP_BLOCKS];
    if (bit_of(g->plain, b) != ((m->flags & IRQGC_NO_POINTERS) != 0) ||
        bit_of(g->held, b) != ((m->flags & IRQGC_HELD) != 0)) {
        world_fail("thing %u has the attributes of another", t);
    }
    const uintptr_t *w = thing_words(t);
    if (w[0] != thing_mark(t, 0xffff)) {
        world_fail("thing %u is overwritten", t);
    }
    for (size_t i = 0; i < m->n_blocks; i++) {
        if (w[4 * i + 3] != thing_mark(t, i)) {
            world_fail("block %zu of thing %u is overwritten", i, t);
        }
    }
    links_verify(t);
}

static void roots_verify(void) {
    for (unsigned i = 0; i < world.n_roots; i++) {
        const model_t *m = &world.things[world.root_links[i]];
        if (world.root_busy[i] == 0 && m->busy == 0 &&
            (uintptr_t)world.roots[i] != m->address) {
            world_fail("root %u holds %p", i, world.roots[i]);
        }
    }
}

static void things_verify(void) {
    roots_verify();
    world_reach();
    for (thing_t t = 1; t < world.n_things; t++) {
        if (world.things[t].life == ALIVE && world.things[t].reached &&
            world.things[t].busy == 0) {
            thing_verify(t);
        }
    }
}

static void checker_passes(const char *when) {
    const unsigned broken = irqgc_check(world.heap);
    if (broken != 0) {
        world_fail("%s, the checker answers %u", when, broken);
    }
}

static void least_free_verify(void) {
    irqgc_stats_t s;
    irqgc_stats(world.heap, &s);
    if (s.least_free > world.fewest * IRQGC_BLOCK) {
        world_fail("%zu free blocks were left, and the least is %zu",
                   world.fewest, s.least_free / IRQGC_BLOCK);
    }
}

void world_verify_inside(void) {
    checker_passes("in a handler");
    things_verify();
}

// ---- When nothing is in progress -------------------------------------------

static thing_t thing_at(block_t b) {
    for (thing_t t = 1; t < world.n_things; t++) {
        const model_t *m = &world.things[t];
        if (thing_is_there(t) && truth_block(m->address) == b) {
            return t;
        }
    }
    return 0;
}

// Every object of the heap is one of the model.
static void objects_verify(void) {
    for (block_t b = 0; b < n_all_blocks(); b++) {
        if (truth_is_head(b) && has_memory(b) && thing_at(b) == 0) {
            world_fail("block %zu is an object that nobody has", b);
        }
    }
}

static void hints_verify(void) {
    if (!slow_hints_match(world.heap)) {
        world_fail("a hint is wrong");
    }
}

static void rest_verify(void) {
    const irqgc_t *h = world.heap;
    if (state_phase(h->state) != IDLE || h->unswept != 0) {
        world_fail("at rest the state is %#zx, unswept %zu", h->state,
                   h->unswept);
    }
    if (h->records != NULL) {
        world_fail("at rest there is a record");
    }
    if (h->given - h->taken != truth_free()) {
        world_fail("%zu blocks are free, and counted as %zu", truth_free(),
                   h->given - h->taken);
    }
    for (block_t b = 0; b < n_all_blocks(); b++) {
        if (truth_is_black(b)) {
            world_fail("at rest the object at block %zu is black", b);
        }
    }
    hints_verify();
}

static void count_verify(const char *what, word_t counted, word_t due) {
    if (counted != due) {
        world_fail("%zu %s were counted, not %zu", counted, what, due);
    }
}

static void counts_verify(void) {
    for (unsigned i = 0; i < 2; i++) {
        const irqgc_counts_t *is = &world.heap->counts[i];
        const irqgc_counts_t *due = &world.counts[i];
        count_verify("allocations", is->allocs, due->allocs);
        count_verify("failures", is->failures, due->failures);
        count_verify("frees", is->frees, due->frees);
        if (!world.collects_alone) {
            count_verify("collections", is->collects, due->collects);
        }
    }
    if (world.refused != world.reported) {
        world_fail("on_misuse was called %u times, not %u", world.reported,
                   world.refused);
    }
}

static void garbage_excuse_from(thing_t t) {
    model_t *m = &world.things[t];
    if (m->life == GARBAGE && !m->excused) {
        m->excused = true;
        garbage_excuse_from(m->links[0]);
        garbage_excuse_from(m->links[1]);
    }
}

static bool is_kept(thing_t t) {
    return world.things[t].life == ALIVE ||
           (world.things[t].excused && garbage_is_there(t));
}

// Whether a pointer to what comes next may be one past its end.
static bool ends_at_kept_thing(const model_t *m) {
    const uintptr_t end = m->address + m->n_blocks * IRQGC_BLOCK;
    for (thing_t t = 1; t < world.n_things; t++) {
        if (world.things[t].address == end && is_kept(t)) {
            return true;
        }
    }
    return false;
}

static bool garbage_excuse_more(void) {
    bool more = false;
    for (thing_t t = 1; t < world.n_things; t++) {
        const model_t *m = &world.things[t];
        if (m->life == GARBAGE && !m->excused && ends_at_kept_thing(m)) {
            garbage_excuse_from(t);
            more = true;
        }
    }
    return more;
}

void garbage_excuse(void) {
    for (thing_t t = 1; t < world.n_things; t++) {
        world.things[t].excused = false;
    }
    for (thing_t t = 1; t < world.n_things; t++) {
        if (world.notes_frames && world.things[t].pointed_at) {
            garbage_excuse_from(t);
        }
    }
    while (garbage_excuse_more()) {
    }
}

static void garbage_verify(void) {
    garbage_excuse();
    for (thing_t t = 1; t < world.n_things; t++) {
        if (garbage_is_there(t) && !world.things[t].excused) {
            world_fail("garbage %u outlives a collection", t);
        }
    }
}

static void walk_count(void *arg, void *object, size_t size,
                       irqgc_flags_t flags) {
    (void)object, (void)flags;
    *(size_t *)arg += size / IRQGC_BLOCK;
}

static void walk_verify(void) {
    size_t n = 0;
    irqgc_walk(world.heap, walk_count, &n);
    if (n != world.heap->n_blocks - truth_free()) {
        world_fail("a walk counts %zu blocks", n);
    }
}

// Not inlined, so that it leaves no pointer in a register of its caller, where
// a collection would find it.
__attribute__((noinline)) static void all_verify(void) {
    checker_passes("at rest");
    things_verify();
    objects_verify();
    rest_verify();
}

static void all_free(void) {
    for (thing_t t = 1; t < world.n_things; t++) {
        const model_t *m = &world.things[t];
        if ((m->life == ALIVE || garbage_is_there(t)) &&
            irqgc_free(world.heap, (void *)m->address) != IRQGC_OK) {
            world_fail("at last, thing %u cannot be freed", t);
        }
    }
    if (truth_free() != world.heap->n_blocks) {
        world_fail("at last, %zu blocks of %zu are free", truth_free(),
                   world.heap->n_blocks);
    }
    rest_verify();
}

void model_reset(void) {
    memcpy(world.counts, world.heap->counts, sizeof world.counts);
    // What was fewer before the run began would hide what it fails to note.
    world.fewest = truth_free();
    world.heap->least_free = world.fewest;
    world.reported = 0;
    all_verify();
}

// ---- The end ---------------------------------------------------------------

void world_verify(void) {
    world_settle();
    least_free_verify();
    counts_verify();
    all_verify();
    step_wipe_stack();
    if (irqgc_collect(world.heap) != IRQGC_OK) {
        world_fail("the last collection is refused");
    }
    all_verify();
    garbage_verify();
    walk_verify();
    all_free();
}
