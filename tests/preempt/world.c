// SPDX-License-Identifier: MIT
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "step.h"
#include "vic.h"

world_t world;

static void (*report)(const char *text);

void world_fail_with(void (*with)(const char *text)) {
    report = with;
}

void world_fail(const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    report(text);
    abort();
}

irqgc_t *world_heap(void) {
    return world.heap;
}

thing_t world_named(char letter) {
    const thing_t t = world.named[(unsigned char)letter];
    if (t == 0) {
        world_fail("the picture has no %c", letter);
    }
    return t;
}

size_t world_blocks(thing_t t) {
    return world.things[t].n_blocks;
}

// ---- Things ----------------------------------------------------------------

thing_t thing_new(uintptr_t address, size_t n_blocks, irqgc_flags_t flags) {
    if (world.n_things == MOST_THINGS) {
        world_fail("more things than the model has room for");
    }
    const thing_t t = world.n_things++;
    world.things[t] = (model_t){
        .life = ALIVE,
        .flags = (uint8_t)(flags & (IRQGC_NO_POINTERS | IRQGC_HELD)),
        .n_blocks = (uint16_t)n_blocks,
        .words = {1, (uint16_t)(n_blocks > 1 ? (n_blocks - 1) * 4 + 1 : 2)},
        .address = address,
    };
    return t;
}

uintptr_t *thing_words(thing_t t) {
    return (uintptr_t *)world.things[t].address;
}

// No address of a heap looks like this.
uintptr_t thing_mark(thing_t t, size_t block) {
    return ~((uintptr_t)t << 16 | block);
}

// Marks each block in its last word, so that a misplaced one shows.
void thing_fill(thing_t t, size_t from_block) {
    uintptr_t *w = thing_words(t);
    if (from_block == 0) {
        w[0] = thing_mark(t, 0xffff);
    }
    for (size_t i = from_block; i < world.things[t].n_blocks; i++) {
        w[4 * i + 3] = thing_mark(t, i);
    }
}

bool things_overlap(uintptr_t a, size_t n_a, uintptr_t b, size_t n_b) {
    return a < b + n_b * IRQGC_BLOCK && b < a + n_a * IRQGC_BLOCK;
}

// Blocks of the garbage are in use again: it was swept, or its end was.
static void garbage_cut(model_t *m, uintptr_t address) {
    const block_t b = truth_block(m->address);
    if (address > m->address && truth_is_head(b)) {
        m->n_blocks = (uint16_t)truth_extent(b);
    } else {
        m->life = ABSENT;
    }
}

// What was garbage there is gone; a thing that is alive must not be there.
static void room_take(uintptr_t address, size_t n_blocks) {
    for (thing_t t = 1; t < world.n_things; t++) {
        model_t *m = &world.things[t];
        if (m->life == ABSENT ||
            !things_overlap(address, n_blocks, m->address, m->n_blocks)) {
            continue;
        }
        if (m->life == GARBAGE) {
            garbage_cut(m, address);
        } else if (m->busy == 0) {
            world_fail("%#zx is handed out while thing %u is there", address,
                       t);
        }
    }
}

// ---- Places ----------------------------------------------------------------

bool place_is(place_t p) {
    return p.slot != (unsigned)NO_SLOT;
}

void **place_address(place_t p) {
    return p.in == 0
               ? &world.roots[p.slot]
               : (void **)&thing_words(p.in)[world.things[p.in].words[p.slot]];
}

uint16_t *place_link(place_t p) {
    return p.in == 0 ? &world.root_links[p.slot]
                     : &world.things[p.in].links[p.slot];
}

uint8_t *place_busy(place_t p) {
    return p.in == 0 ? &world.root_busy[p.slot] : &world.things[p.in].busy;
}

static void place_clear(place_t place) {
    if (place_is(place)) {
        *place_link(place) = 0;
        *place_address(place) = NULL;
    }
}

static bool thing_has_slots(thing_t t) {
    return world.things[t].life == ALIVE &&
           (world.things[t].flags & IRQGC_NO_POINTERS) == 0;
}

// For each thing, how many places point to it, the last of them, and whether
// it leads to a thing that a call under way works on.
static struct {
    unsigned n;
    place_t place;
    bool guards;
} refs[MOST_THINGS];

static void refs_note(place_t p) {
    const thing_t t = *place_link(p);
    refs[t].n++;
    refs[t].place = p;
}

static bool guards_spread(void) {
    bool any = false;
    for (thing_t t = 1; t < world.n_things; t++) {
        const model_t *m = &world.things[t];
        const bool guards = m->busy != 0 || refs[m->links[0]].guards ||
                            refs[m->links[1]].guards;
        if (m->life == ALIVE && guards && !refs[t].guards) {
            refs[t].guards = true;
            any = true;
        }
    }
    return any;
}

static void refs_count(void) {
    memset(refs, 0, world.n_things * sizeof *refs);
    for (unsigned i = 0; i < world.n_roots; i++) {
        refs_note((place_t){0, i});
    }
    for (thing_t t = 1; t < world.n_things; t++) {
        for (unsigned i = 0; i < THING_SLOTS; i++) {
            if (world.things[t].life == ALIVE) {
                refs_note((place_t){t, i});
            }
        }
    }
    while (guards_spread()) {
    }
}

place_t world_place_of(thing_t t) {
    refs_count();
    return t != 0 && refs[t].n == 1 ? refs[t].place : NOWHERE;
}

// As refs_count has left it.
static bool thing_is_takeable(thing_t t) {
    const model_t *m = &world.things[t];
    return m->life == ALIVE && !refs[t].guards &&
           (m->flags & IRQGC_HELD) == 0 && refs[t].n == 1 &&
           *place_busy(refs[t].place) == 0;
}

bool world_can_move(place_t p) {
    refs_count();
    return place_is(p) && *place_link(p) != 0 &&
           thing_is_takeable(*place_link(p));
}

thing_t world_linked(place_t p) {
    return *place_link(p);
}

bool world_is_alive(thing_t t) {
    return world.things[t].life == ALIVE;
}

static bool is_better(pick_t which, const model_t *a, const model_t *b) {
    switch (which) {
    case PICK_LOWEST:
        return a->address < b->address;
    case PICK_HIGHEST:
        return a->address > b->address;
    case PICK_LARGEST:
        return a->n_blocks > b->n_blocks;
    case PICK_SMALLEST:
    default:
        return a->n_blocks < b->n_blocks;
    }
}

thing_t world_pick(pick_t which) {
    thing_t best = 0;
    refs_count();
    for (thing_t t = 1; t < world.n_things; t++) {
        if (thing_is_takeable(t) &&
            (best == 0 ||
             is_better(which, &world.things[t], &world.things[best]))) {
            best = t;
        }
    }
    return best;
}

thing_t world_pick_above(size_t n_blocks) {
    thing_t best = 0;
    refs_count();
    for (thing_t t = 1; t < world.n_things; t++) {
        const model_t *m = &world.things[t];
        if (thing_is_takeable(t) && m->n_blocks >= n_blocks &&
            (best == 0 || m->address > world.things[best].address)) {
            best = t;
        }
    }
    return best;
}

place_t world_free_root(void) {
    for (unsigned i = 0; i < N_ROOTS; i++) {
        if (world.root_links[i] == 0 && world.root_busy[i] == 0) {
            return (place_t){0, i};
        }
    }
    return NOWHERE;
}

place_t world_free_root_pair(void) {
    for (unsigned i = 0; i + 1 < N_ROOTS; i++) {
        if (world.root_links[i] == 0 && world.root_busy[i] == 0 &&
            world.root_links[i + 1] == 0 && world.root_busy[i + 1] == 0) {
            return (place_t){0, i};
        }
    }
    return NOWHERE;
}

thing_t world_copy_source(void) {
    refs_count();
    for (thing_t t = 1; t < world.n_things; t++) {
        const model_t *m = &world.things[t];
        const thing_t a = m->links[0], b = m->links[1];
        if (m->life == ALIVE && m->busy == 0 && m->n_blocks == 1 &&
            (a != 0 || b != 0) && (a == 0 || thing_is_takeable(a)) &&
            (b == 0 || thing_is_takeable(b))) {
            return t;
        }
    }
    return 0;
}

// Is `t` reached from `from`? Then a link back would make a ring of garbage.
static bool leads_to(thing_t from, thing_t t, unsigned depth) {
    if (from == t) {
        return true;
    }
    for (unsigned i = 0; from != 0 && depth > 0 && i < THING_SLOTS; i++) {
        const thing_t next = world.things[from].links[i];
        if (next != 0 && leads_to(next, t, depth - 1)) {
            return true;
        }
    }
    return false;
}

place_t world_free_slot(bool highest, thing_t not_in) {
    place_t best = NOWHERE;
    world_reach();
    for (thing_t t = 1; t < world.n_things; t++) {
        const model_t *m = &world.things[t];
        if (!thing_has_slots(t) || m->busy != 0 || !m->reached ||
            (not_in != 0 && leads_to(not_in, t, 64))) {
            continue;
        }
        for (unsigned i = 0; i < THING_SLOTS; i++) {
            if (m->links[i] == 0 &&
                (!place_is(best) ||
                 is_better(highest ? PICK_HIGHEST : PICK_LOWEST, m,
                           &world.things[best.in]))) {
                best = (place_t){t, i};
            }
        }
    }
    return best;
}

thing_t world_parent(bool highest) {
    thing_t best = 0;
    refs_count();
    for (thing_t t = 1; t < world.n_things; t++) {
        const model_t *m = &world.things[t];
        if (m->life != ALIVE || m->busy != 0) {
            continue;
        }
        for (unsigned i = 0; i < THING_SLOTS; i++) {
            if (m->links[i] != 0 && thing_is_takeable(m->links[i]) &&
                (best == 0 || is_better(highest ? PICK_HIGHEST : PICK_LOWEST, m,
                                        &world.things[best]))) {
                best = t;
            }
        }
    }
    return best;
}

// ---- Reachability ----------------------------------------------------------

void world_reach(void) {
    static uint16_t waiting[MOST_THINGS];
    unsigned n = 0;
    for (thing_t t = 1; t < world.n_things; t++) {
        model_t *m = &world.things[t];
        m->reached =
            m->life == ALIVE && (m->busy != 0 || (m->flags & IRQGC_HELD) != 0);
        if (m->reached) {
            waiting[n++] = (uint16_t)t;
        }
    }
    for (unsigned i = 0; i < world.n_roots; i++) {
        model_t *m = &world.things[world.root_links[i]];
        if (world.root_links[i] != 0 && !m->reached) {
            m->reached = true;
            waiting[n++] = world.root_links[i];
        }
    }
    while (n > 0) {
        const model_t *from = &world.things[waiting[--n]];
        for (unsigned i = 0; i < THING_SLOTS; i++) {
            model_t *m = &world.things[from->links[i]];
            if (from->links[i] != 0 && !m->reached) {
                m->reached = true;
                waiting[n++] = from->links[i];
            }
        }
    }
}

void world_settle(void) {
    world_reach();
    for (thing_t t = 1; t < world.n_things; t++) {
        model_t *m = &world.things[t];
        if (m->life == ALIVE && !m->reached) {
            m->life = GARBAGE;
        }
    }
}

// ---- The context of a call -------------------------------------------------

static context_t *here(void) {
    return &world.contexts[vic_priority()];
}

static context_t *below(void) {
    return &world.contexts[vic_priority() - 1];
}

size_t world_wanted(void) {
    return vic_priority() > 0 ? below()->wanted : 0;
}

size_t world_victim_blocks(void) {
    const thing_t t = vic_priority() > 0 ? below()->victim : 0;
    return t != 0 ? world.things[t].n_blocks : 0;
}

static irqgc_counts_t *counts(void) {
    return &world.counts[vic_priority() > 0];
}

// How long the longest run is, or would be without the calls under way, at an
// instant that the lowest allocation under way can see.
static void room_note(int level) {
    context_t *c = &world.contexts[level];
    if (c->wanted == 0) {
        return;
    }
    const size_t room = truth_longest_run(true);
    c->room = room < c->room ? room : c->room;
}

static bool is_lowest_allocation(int level) {
    for (int i = 0; i < level; i++) {
        if (world.contexts[i].wanted != 0) {
            return false;
        }
    }
    return true;
}

static void want(size_t n_blocks) {
    here()->wanted = n_blocks;
    here()->room = MOST_BLOCKS;
    if (is_lowest_allocation(vic_priority())) {
        room_note(vic_priority());
    }
}

// The call wanted `n` blocks, and none were found. That is wrong if there was
// a free run of that length all the while; what was so while handlers ran is
// known for the lowest such call only.
static void want_failed(size_t n, unsigned long n_preemptions) {
    const bool undisturbed = n_preemptions == world.n_preemptions;
    if (undisturbed && truth_longest_run(false) >= n) {
        world_fail("no room for %zu blocks is found, undisturbed, but there is",
                   n);
    }
    if (is_lowest_allocation(vic_priority()) && here()->room >= n) {
        world_fail("no room for %zu blocks is found, but there was all along",
                   n);
    }
}

static void want_ends(void) {
    here()->wanted = 0;
}

// ---- Stubs: the instructions that are stepped ------------------------------

static void *stub_alloc(size_t size, irqgc_flags_t flags) {
    irqgc_t *const h = world.heap;
    step_on();
    void *const object = irqgc_alloc(h, size, flags);
    step_off();
    return object;
}

static void *stub_realloc(void *object, size_t size, irqgc_flags_t flags) {
    irqgc_t *const h = world.heap;
    step_on();
    void *const resized = irqgc_realloc(h, object, size, flags);
    step_off();
    return resized;
}

static irqgc_status_t stub_free(void *object) {
    irqgc_t *const h = world.heap;
    step_on();
    const irqgc_status_t status = irqgc_free(h, object);
    step_off();
    return status;
}

static void stub_store(void **slot, void *value) {
    irqgc_t *const h = world.heap;
    step_on();
    irqgc_store(h, slot, value);
    step_off();
}

static void stub_move(void **from, void **to) {
    irqgc_t *const h = world.heap;
    step_on();
    irqgc_store(h, to, *from);
    *(void *volatile *)from = NULL;
    step_off();
}

static void stub_copy(void **from, void **to, size_t n) {
    irqgc_t *const h = world.heap;
    step_on();
    irqgc_copy(h, to, from, n);
    for (size_t i = 0; i < n; i++) {
        ((void *volatile *)from)[i] = NULL;
    }
    step_off();
}

static void stub_collect(void) {
    irqgc_t *const h = world.heap;
    step_on();
    irqgc_collect(h);
    step_off();
}

static irqgc_status_t stub_root_add(irqgc_root_t *node, void **start,
                                    void **old) {
    irqgc_t *const h = world.heap;
    step_on();
    const irqgc_status_t status = irqgc_root_add(h, node, start, sizeof *start);
    *(void *volatile *)old = NULL;
    step_off();
    return status;
}

static unsigned stub_check(void) {
    const irqgc_t *const h = world.heap;
    step_on();
    const unsigned broken = irqgc_check(h);
    step_off();
    return broken;
}

static void stub_stats(irqgc_stats_t *stats) {
    const irqgc_t *const h = world.heap;
    step_on();
    irqgc_stats(h, stats);
    step_off();
}

static size_t stub_size(const void *object) {
    irqgc_t *const h = world.heap;
    step_on();
    const size_t size = irqgc_size(h, object);
    step_off();
    return size;
}

// ---- Allocation ------------------------------------------------------------

static void refused_if(bool refused) {
    world.refused += refused;
}

static bool is_zero(const void *memory, size_t size) {
    const uintptr_t *w = memory;
    for (size_t i = 0; i < size / sizeof *w; i++) {
        if (w[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool may_collect(irqgc_flags_t flags) {
    const irqgc_flags_t policies =
        IRQGC_FAIL_FAST | IRQGC_SWEEP_ON | IRQGC_COLLECT;
    return (flags & IRQGC_COLLECT) != 0 ||
           ((flags & policies) == 0 && vic_priority() == 0);
}

// A handler has freed what a preempted call is about to free: were there a new
// tenant, the call would free that, and rightly.
static bool misused_below(void) {
    for (int i = 0; i < vic_priority(); i++) {
        if (world.contexts[i].victim != 0 && world.contexts[i].attacked) {
            return true;
        }
    }
    return false;
}

// What is left now will not be forgotten, unless it was a call under way that
// took the rest: it may yet give that back.
static void fewest_note(void) {
    for (int i = 0; i < vic_priority(); i++) {
        if (world.contexts[i].wanted != 0 || world.contexts[i].victim != 0) {
            return;
        }
    }
    const word_t free = world.heap->given - world.heap->taken;
    world.fewest = free < world.fewest ? free : world.fewest;
}

static thing_t alloc(size_t n_blocks, irqgc_flags_t flags) {
    const unsigned long n_preemptions = world.n_preemptions;
    if (misused_below()) {
        return 0;
    }
    world.collects_alone |= may_collect(flags);
    want(n_blocks);
    uint8_t *object = stub_alloc(n_blocks * IRQGC_BLOCK, flags);
    if (object == NULL) {
        want_failed(n_blocks, n_preemptions);
        want_ends();
        counts()->failures++;
        return 0;
    }
    want_ends();
    counts()->allocs++;
    fewest_note();
    room_take((uintptr_t)object, n_blocks);
    if ((flags & IRQGC_NOT_ZEROED) != 0) {
        memset(object, 0, n_blocks * IRQGC_BLOCK);
    } else if (!is_zero(object, n_blocks * IRQGC_BLOCK)) {
        world_fail("the memory handed out at %p is not zero", (void *)object);
    }
    const thing_t t = thing_new((uintptr_t)object, n_blocks, flags);
    thing_fill(t, 0);
    return t;
}

thing_t world_alloc(place_t place, size_t n_blocks, irqgc_flags_t flags,
                    how_t how) {
    const bool keep = place_is(place);
    if (keep) {
        ++*place_busy(place);
    }
    const thing_t t = alloc(n_blocks, flags);
    if (keep) {
        --*place_busy(place);
    }
    if (t != 0 && keep && how == BY_STORE) {
        world_store(place, t);
    } else if (t != 0 && keep) {
        *place_address(place) = (void *)world.things[t].address;
        *place_link(place) = (uint16_t)t;
    }
    world_settle();
    return t;
}

thing_t world_adopt(thing_t child, size_t n_blocks) {
    const place_t place = world_place_of(child);
    ++*place_busy(place);
    ++world.things[child].busy;
    const thing_t t = alloc(n_blocks, IRQGC_FAIL_FAST);
    --world.things[child].busy;
    --*place_busy(place);
    if (t != 0) {
        const place_t slot = {t, 1};
        *place_address(slot) = (void *)world.things[child].address;
        *place_link(slot) = (uint16_t)child;
        *place_address(place) = (void *)world.things[t].address;
        *place_link(place) = (uint16_t)t;
    }
    return t;
}

// ---- Free and realloc ------------------------------------------------------

// What only this thing led to is garbage from now on, not from when the call
// that frees it returns: once the head is given back, a handler's collection
// may take it.
static void links_cut(thing_t t) {
    memset(world.things[t].links, 0, sizeof world.things[t].links);
    world_settle();
}

void world_free(thing_t t) {
    model_t *m = &world.things[t];
    if ((m->flags & IRQGC_HELD) == 0) {
        place_clear(world_place_of(t));
    }
    m->busy++;
    links_cut(t);
    here()->victim = t;
    here()->attacked = false;
    const irqgc_status_t status = stub_free((void *)m->address);
    here()->victim = 0;
    if (here()->attacked ? status == IRQGC_OK : status != IRQGC_OK) {
        world_fail("free of thing %u answers %d%s", t, (int)status,
                   here()->attacked ? " although a handler freed it" : "");
    }
    refused_if(status != IRQGC_OK);
    counts()->frees += status == IRQGC_OK;
    m->busy--;
    m->life = ABSENT;
    world_settle();
}

// The children whose link is in what is cut off are left alone by it.
static void shrink_links(thing_t t, size_t n_blocks) {
    model_t *m = &world.things[t];
    for (unsigned i = 0; i < THING_SLOTS; i++) {
        if (m->words[i] >= n_blocks * BLOCK_WORDS) {
            m->links[i] = 0;
        }
    }
    world_settle();
}

// A link whose word was cut off is kept in the first block from now on.
static void place_links(thing_t t) {
    model_t *m = &world.things[t];
    if (m->words[1] >= m->n_blocks * BLOCK_WORDS) {
        m->words[1] = 2;
    }
}

static void resized_check(thing_t t, uintptr_t address, size_t n_old, size_t n,
                          bool zeroed) {
    const uintptr_t *w = (const uintptr_t *)address;
    const size_t kept = n < n_old ? n : n_old;
    for (size_t i = 0; i < kept; i++) {
        if (w[4 * i + 3] != thing_mark(t, i)) {
            world_fail("realloc of thing %u loses block %zu", t, i);
        }
    }
    if (n > n_old && zeroed &&
        !is_zero(&w[4 * n_old], (n - n_old) * IRQGC_BLOCK)) {
        world_fail("realloc of thing %u does not zero its new end", t);
    }
    if (n > n_old && !zeroed) {
        memset((void *)(address + n_old * IRQGC_BLOCK), 0,
               (n - n_old) * IRQGC_BLOCK);
    }
}

static bool realloc_failed(thing_t t, size_t n, unsigned long n_preemptions) {
    model_t *m = &world.things[t];
    if (here()->attacked && world.reported > world.refused) {
        refused_if(true); // the call found it gone
        m->life = ABSENT;
        return false;
    }
    if (n <= m->n_blocks) {
        world_fail("shrinking thing %u fails", t);
    }
    if (!here()->attacked) {
        want_failed(n, n_preemptions);
    } else {
        m->life = ABSENT;
    }
    counts()->failures++;
    return false;
}

static void resized_note(thing_t t, uintptr_t address, size_t n,
                         irqgc_flags_t flags) {
    model_t *m = &world.things[t];
    const size_t n_old = m->n_blocks;
    counts()->allocs += address != m->address;
    if (here()->attacked) { // when all was done but the return
        if (address != m->address) {
            world_fail("thing %u was freed and moved", t);
        }
        m->life = ABSENT;
        return;
    }
    room_take(address, n);
    resized_check(t, address, n_old, n, (flags & IRQGC_NOT_ZEROED) == 0);
    m->address = address;
    m->n_blocks = (uint16_t)n;
    thing_fill(t, n < n_old ? n : n_old);
    place_links(t);
}

bool world_realloc(thing_t t, size_t n, irqgc_flags_t flags) {
    const unsigned long n_preemptions = world.n_preemptions;
    const place_t place = world_place_of(t);
    model_t *m = &world.things[t];
    if (misused_below()) {
        return false;
    }
    world.collects_alone |= may_collect(flags);
    if (place_is(place)) {
        ++*place_busy(place);
    }
    m->busy++;
    shrink_links(t, n);
    here()->victim = t;
    here()->attacked = false;
    want(n);
    void *resized = stub_realloc((void *)m->address, n * IRQGC_BLOCK, flags);
    here()->victim = 0;
    const bool done = resized != NULL || realloc_failed(t, n, n_preemptions);
    want_ends();
    if (done) {
        resized_note(t, (uintptr_t)resized, n, flags);
    }
    m->busy--;
    if (place_is(place)) {
        --*place_busy(place);
    }
    if (m->life == ABSENT) {
        place_clear(place);
    } else if (done && place_is(place) && *place_address(place) != resized) {
        world_store(place, t);
    }
    world_settle();
    return done;
}

// ---- Stores ----------------------------------------------------------------

void world_store(place_t place, thing_t t) {
    ++world.things[t].busy;
    ++*place_busy(place);
    *place_link(place) = (uint16_t)t;
    stub_store(place_address(place), (void *)world.things[t].address);
    --*place_busy(place);
    --world.things[t].busy;
    world_settle();
}

void world_move(place_t from, place_t to) {
    const thing_t t = *place_link(from);
    ++world.things[t].busy;
    ++*place_busy(from);
    ++*place_busy(to);
    *place_link(from) = 0;
    *place_link(to) = (uint16_t)t;
    stub_move(place_address(from), place_address(to));
    --*place_busy(to);
    --*place_busy(from);
    --world.things[t].busy;
}

// Both slots of a thing of one block are neighbours.
void world_copy(thing_t from, unsigned first_root) {
    model_t *m = &world.things[from];
    m->busy++;
    for (unsigned i = 0; i < THING_SLOTS; i++) {
        world.root_busy[first_root + i]++;
        world.root_links[first_root + i] = m->links[i];
        world.things[m->links[i]].busy++;
    }
    stub_copy(place_address((place_t){from, 0}), &world.roots[first_root],
              THING_SLOTS);
    for (unsigned i = 0; i < THING_SLOTS; i++) {
        world.root_busy[first_root + i]--;
        world.things[m->links[i]].busy--;
        m->links[i] = 0;
    }
    m->busy--;
}

void world_cut(place_t place) {
    place_clear(place);
    world_settle();
}

void world_root_add(thing_t t) {
    const place_t from = world_place_of(t);
    if (!place_is(from) || world.n_roots == N_ROOTS + N_EXTRA) {
        return;
    }
    const unsigned i = world.n_roots++;
    world.roots[i] = (void *)world.things[t].address;
    world.root_links[i] = (uint16_t)t;
    world.things[t].busy++;
    ++*place_busy(from);
    *place_link(from) = 0;
    const irqgc_status_t status =
        stub_root_add(&world.root_nodes[i - N_ROOTS + 1], &world.roots[i],
                      place_address(from));
    if (status != IRQGC_OK) {
        world_fail("root_add answers %d", (int)status);
    }
    --*place_busy(from);
    world.things[t].busy--;
}

// ---- Collection ------------------------------------------------------------

// Not inlined: leaves no pointer in a register of its caller.
__attribute__((noinline)) static void garbage_note(void) {
    for (thing_t t = 1; t < world.n_things; t++) {
        world.things[t].pointed_at = false;
    }
    garbage_excuse(); // by what a handler may free meanwhile, too
    for (thing_t t = 1; t < world.n_things; t++) {
        model_t *m = &world.things[t];
        m->old = m->life == GARBAGE && !m->excused;
    }
}

// What was garbage when the call began is gone. Nothing but the frames of the
// collection itself could keep some, and of contexts that it has preempted.
static void garbage_is_gone(void) {
    garbage_excuse();
    for (thing_t t = 1; t < world.n_things; t++) {
        const model_t *m = &world.things[t];
        if (m->old && garbage_is_there(t) && !m->excused) {
            world_fail("a collection leaves thing %u, which nothing reached",
                       t);
        }
    }
}

void world_collect(void) {
    const bool is_outermost = vic_priority() == 0;
    if (is_outermost) {
        garbage_note();
        world.notes_frames = true;
        step_wipe_stack();
    }
    stub_collect();
    counts()->collects++;
    if (is_outermost) {
        garbage_is_gone();
        world.notes_frames = false;
    }
}

// The pointer is in a register that a callee saves, and nowhere else.
__attribute__((noinline)) static uintptr_t
stub_collect_holding(const uintptr_t *pointer) {
    uintptr_t held;
    step_on();
    __asm__ volatile("mov %%rsp, %%r15\n"
                     "sub $128, %%rsp\n" // the red zone
                     "and $-16, %%rsp\n"
                     "mov (%[pointer]), %%r14\n"
                     "mov %[heap], %%rdi\n"
                     "call %P[collect]\n"
                     "mov %%r14, %[held]\n"
                     "xor %%r14d, %%r14d\n"
                     "mov %%r15, %%rsp\n"
                     : [held] "=&r"(held)
                     : [pointer] "r"(pointer), [heap] "r"(world.heap),
                       [collect] "i"(irqgc_collect)
                     : "r14", "r15", "rax", "rcx", "rdx", "rsi", "rdi", "r8",
                       "r9", "r10", "r11", "memory", "cc");
    step_off();
    return held;
}

void world_collect_holding(thing_t t, size_t offset) {
    static uintptr_t pointer;
    const place_t place = world_place_of(t);
    model_t *m = &world.things[t];
    if (!place_is(place)) {
        world_fail("thing %u is not in one place", t);
    }
    m->busy++;
    ++*place_busy(place);
    place_clear(place);
    pointer = m->address + offset;
    if (stub_collect_holding(&pointer) != pointer) {
        world_fail("a register changes");
    }
    counts()->collects++;
    *place_link(place) = (uint16_t)t;
    *place_address(place) = (void *)m->address;
    --*place_busy(place);
    m->busy--;
}

// ---- Reading ---------------------------------------------------------------

void world_check(void) {
    const unsigned broken = stub_check();
    if (broken != 0) {
        world_fail("the checker answers %u", broken);
    }
}

void world_size(thing_t t) {
    model_t *m = &world.things[t];
    m->busy++;
    const size_t size = stub_size((void *)m->address);
    m->busy--;
    if (size != m->n_blocks * IRQGC_BLOCK) {
        world_fail("the size of thing %u is %zu", t, size);
    }
}

void world_stats(void) {
    irqgc_stats_t s;
    const size_t free_before = truth_free();
    const unsigned long n_preemptions = world.n_preemptions;
    stub_stats(&s);
    const size_t free_after = truth_free();
    const size_t free = s.free / IRQGC_BLOCK;
    const size_t most = s.total / IRQGC_BLOCK;
    if ((free != free_before && free != free_after &&
         n_preemptions == world.n_preemptions) ||
        free > most || s.largest_free_run > s.total) {
        world_fail("the statistics tell of %zu free blocks", free);
    }
}

typedef struct {
    uintptr_t last;
    uint8_t visits[MOST_THINGS];
    uintptr_t addresses[MOST_THINGS];
    bool was[MOST_THINGS]; // there, and left alone, since the walk began
    unsigned long n_preemptions;
} walk_t;

static void walk_visit(void *arg, void *object, size_t size,
                       irqgc_flags_t flags) {
    step_off();
    walk_t *w = arg;
    if (is_in_operation((uintptr_t)object)) {
        world_fail("the walk shows %p, which is in operation", object);
    }
    if ((uintptr_t)object <= w->last) {
        world_fail("the walk goes back to %p", object);
    }
    w->last = (uintptr_t)object;
    for (thing_t t = 1; t < world.n_things; t++) {
        const model_t *m = &world.things[t];
        if (m->life == ALIVE && m->address == (uintptr_t)object && w->was[t]) {
            w->visits[t]++;
            if (w->n_preemptions == world.n_preemptions &&
                (size != m->n_blocks * IRQGC_BLOCK || flags != m->flags)) {
                world_fail("the walk tells wrong of thing %u", t);
            }
        }
    }
    step_on();
}

void world_walk(void) {
    static walk_t walks[N_LEVELS];
    walk_t *const w = &walks[vic_priority()];
    irqgc_t *const h = world.heap;
    memset(w, 0, sizeof *w);
    w->n_preemptions = world.n_preemptions;
    for (thing_t t = 1; t < world.n_things; t++) {
        w->was[t] = world.things[t].life == ALIVE && world.things[t].busy == 0;
        w->addresses[t] = world.things[t].address;
    }
    step_on();
    irqgc_walk(h, walk_visit, w);
    step_off();
    for (thing_t t = 1; t < world.n_things; t++) {
        const model_t *m = &world.things[t];
        if (w->was[t] && m->life == ALIVE && m->address == w->addresses[t] &&
            w->visits[t] != 1) {
            world_fail("the walk visits thing %u %u times", t, w->visits[t]);
        }
    }
}

static void dump_line(const char *text, void *arg) {
    step_off();
    size_t *n = arg;
    const char *blocks = strchr(text, ' ');
    *n += blocks != NULL ? strspn(blocks + 1, ".o*=") : 0;
    step_on();
}

void world_dump(void) {
    const irqgc_t *const h = world.heap;
    size_t n = 0;
    step_on();
    irqgc_dump(h, dump_line, &n);
    step_off();
    if (n != h->n_blocks) {
        world_fail("the dump shows %zu blocks of %zu", n, h->n_blocks);
    }
}

// ---- Misuse ----------------------------------------------------------------

bool is_in_operation(uintptr_t address) {
    const block_t b = truth_block(address);
    for (const record_t *r = world.heap->records; r != NULL; r = r->below) {
        if (r->object == b) {
            return true;
        }
    }
    return false;
}

static void misuse_is(irqgc_status_t status) {
    if (world.misuse != status) {
        world_fail("on_misuse is told %d, not %d", (int)world.misuse,
                   (int)status);
    }
}

// Another has been allocated where this one was: it would be freed, and
// rightly.
static bool has_new_tenant(thing_t t) {
    for (thing_t other = 1; other < world.n_things; other++) {
        const model_t *m = &world.things[other];
        if (other != t && m->life != ABSENT &&
            m->address == world.things[t].address) {
            return true;
        }
    }
    return false;
}

bool world_attack_free(void) {
    const thing_t t = vic_priority() > 0 ? below()->victim : 0;
    if (t == 0 || below()->attacked || has_new_tenant(t)) {
        return false;
    }
    const uintptr_t address = world.things[t].address;
    const bool is_named = is_in_operation(address);
    const bool is_there = truth_is_head(truth_block(address));
    if (!is_there && !is_named && world.handlers_nest) {
        return false; // there may be a new tenant before our free looks
    }
    const irqgc_status_t due = !is_there  ? IRQGC_NOT_AN_OBJECT
                               : is_named ? IRQGC_IN_OPERATION
                                          : IRQGC_OK;
    if (due == IRQGC_OK) {
        links_cut(t);
    }
    const irqgc_status_t status = stub_free((void *)address);
    if (status != due) {
        world_fail("a second free answers %d, not %d", (int)status, (int)due);
    }
    refused_if(status != IRQGC_OK);
    if (status != IRQGC_OK) {
        misuse_is(status);
        return true;
    }
    counts()->frees++;
    below()->attacked = true;
    return false;
}

void world_attack_realloc(void) {
    const thing_t t = vic_priority() > 0 ? below()->victim : 0;
    if (t == 0 || !is_in_operation(world.things[t].address)) {
        return;
    }
    const uintptr_t address = world.things[t].address;
    const size_t size = (world.things[t].n_blocks + 1u) * IRQGC_BLOCK;
    const bool is_there = truth_is_head(truth_block(address));
    if (stub_realloc((void *)address, size, IRQGC_FAIL_FAST) != NULL) {
        world_fail("a second realloc succeeds");
    }
    refused_if(true);
    misuse_is(is_there ? IRQGC_IN_OPERATION : IRQGC_NOT_AN_OBJECT);
}

// It lies there still, marked as it was, and no call under way has taken it.
bool garbage_is_there(thing_t t) {
    const model_t *m = &world.things[t];
    const block_t b = truth_block(m->address);
    return m->life == GARBAGE && truth_is_head(b) &&
           truth_extent(b) == m->n_blocks && !is_in_operation(m->address) &&
           thing_words(t)[0] == thing_mark(t, 0xffff);
}

static void garbage_use(thing_t t) {
    model_t *m = &world.things[t];
    const block_t b = truth_block(m->address);
    const irqgc_t *h = world.heap;
    const bool black = (h->groups[block_group(b)].body & block_bit(b)) != 0;
    const bool dying = block_group(b) < h->unswept && !black;
    if (dying) {
        if (stub_size((void *)m->address) != 0) {
            world_fail("a dead object has a size");
        }
        misuse_is(IRQGC_UNREACHABLE);
        if (stub_realloc((void *)m->address, IRQGC_BLOCK, IRQGC_FAIL_FAST) !=
            NULL) {
            world_fail("a dead object is reallocated");
        }
        misuse_is(IRQGC_UNREACHABLE);
        world.refused += 2;
    }
    const irqgc_status_t status = stub_free((void *)m->address);
    if (status != (dying ? IRQGC_UNREACHABLE : IRQGC_OK)) {
        world_fail("free of garbage answers %d", (int)status);
    }
    refused_if(status != IRQGC_OK);
    counts()->frees += status == IRQGC_OK;
    if (status == IRQGC_OK) {
        m->life = ABSENT;
    }
}

void world_free_garbage(void) {
    if (step_is_due()) {
        return; // what a handler would put in its place would be freed
    }
    const thing_t n = world.n_things;
    for (thing_t t = 1; t < n; t++) {
        if (garbage_is_there(t)) {
            garbage_use(t);
        }
    }
}

void world_alloc_masked(size_t n_blocks) {
    irqgc_t *const h = world.heap;
    step_on();
    const port_irq_t irq = port_irq_save();
    void *object = irqgc_alloc(h, n_blocks * IRQGC_BLOCK, IRQGC_FAIL_FAST);
    const bool still_alloc = irqgc_posix_masked == 1;
    const irqgc_status_t status = irqgc_free(h, object);
    const bool still_free = irqgc_posix_masked == 1;
    port_irq_restore(irq);
    step_off();
    if (object == NULL) {
        counts()->failures++;
        return;
    }
    counts()->allocs++;
    counts()->frees++;
    if (status != IRQGC_OK || !still_alloc || !still_free) {
        world_fail("the caller's mask is open after a call");
    }
}

// ---- Around a handler ------------------------------------------------------

void world_above(void) {
    here()->records = world.heap->records;
}

// Also from some bytes before, which may be about to be added to.
static void pointer_note(uintptr_t pointer) {
    enum { BEFORE = 8 };
    size_t size;
    const uintptr_t memory = (uintptr_t)world_memory(&size);
    if (pointer + BEFORE - memory > size + BEFORE) {
        return; // as most
    }
    for (thing_t t = 1; t < world.n_things; t++) {
        model_t *m = &world.things[t];
        const uintptr_t end = m->address + m->n_blocks * IRQGC_BLOCK;
        m->pointed_at |= pointer + BEFORE >= m->address && pointer <= end;
    }
}

// What the preempted contexts have pointers to, in frames and in registers,
// which the signal has put on the stack: to all that a handler's collection is
// right to keep. A loop over an object may have but one past its end.
static void frames_note(void) {
    const uintptr_t *end = (const uintptr_t *)(const void *)step_stack_base();
    for (const uintptr_t *w = __builtin_frame_address(0); w < end; w++) {
        pointer_note(*w);
    }
}

void world_enter(void) {
    context_t *c = here();
    world_above();
    if (world.notes_frames) {
        frames_note();
    }
    world.n_preemptions++;
    c->state = world.heap->state;
    c->unswept = world.heap->unswept;
    c->wanted = 0;
    c->victim = 0;
    if (is_lowest_allocation(vic_priority() - 1)) {
        room_note(vic_priority() - 1);
    }
    world_verify_inside();
}

// I11, as the preempted context sees it.
static bool state_is_lawful(const context_t *c) {
    const irqgc_t *h = world.heap;
    if (h->state == c->state) {
        return state_phase(h->state) == SWEEP ? h->unswept <= c->unswept
                                              : h->unswept == c->unswept;
    }
    return state_phase(h->state) == IDLE && h->unswept == 0 &&
           (state_is_later(h->state, c->state) ||
            (state_phase(c->state) == SWEEP &&
             h->state == c->state - SWEEP + IDLE));
}

void world_leave(void) {
    const context_t *c = here();
    if (world.heap->records != c->records) {
        world_fail("a handler leaves a record behind");
    }
    if (!state_is_lawful(c)) {
        world_fail("a handler finds state %#zx and leaves %#zx", c->state,
                   world.heap->state);
    }
    world_verify_inside();
    if (is_lowest_allocation(vic_priority() - 1)) {
        room_note(vic_priority() - 1);
    }
}
