// SPDX-License-Identifier: MIT
#include "oracle.h"

#include "content.h"
#include "tests/slow_hints.h"

// ---- The planes, as one word each ------------------------------------------

// A tiny heap has at most so many blocks, sentinels included.
enum { MAX_BLOCKS = 64 };
#if IRQGC_GROUP_BLOCKS > 16
#error "with larger groups the heaps are no longer tiny"
#endif

typedef struct {
    uint64_t head, body;
    uint64_t used, all;
} planes_t;

static planes_t planes_read(void) {
    const irqgc_t *h = world.heap;
    planes_t p = {0};
    const word_t n_blocks = h->n_groups * GROUP_BLOCKS;
    if (n_blocks > MAX_BLOCKS) {
        fail("more blocks than the oracle can count", MAX_BLOCKS);
    }
    word_t outside = 0;
    for (word_t k = 0; k < h->n_groups; k++) {
        const group_t *g = &h->groups[k];
        p.head |= (uint64_t)g->head << k * GROUP_BLOCKS;
        p.body |= (uint64_t)g->body << k * GROUP_BLOCKS;
        outside |= (g->head | g->body) & ~GROUP_ALL;
    }
    if (outside != 0) {
        fail("a bit outside its group", (long)outside);
    }
    p.all = ~(uint64_t)0 >> (MAX_BLOCKS - n_blocks);
    p.used = p.head | p.body;
    return p;
}

static uint64_t bits_from(word_t b) {
    return b < MAX_BLOCKS ? ~(uint64_t)0 << b : 0;
}

static bool has_run(const planes_t *p, word_t n) {
    uint64_t starts = p->all & ~p->used;
    for (word_t i = 1; i < n && starts != 0; i++) {
        starts &= starts >> 1;
    }
    return starts != 0;
}

static bool is_free(const planes_t *p, block_t from, word_t n) {
    const uint64_t run = bits_from(from) & ~bits_from(from + n);
    return (p->used & run) == 0;
}

// ---- Invariants ------------------------------------------------------------

// I11: the state only ever goes on, from CLEAR to MARK, SWEEP, IDLE, and to
// later cycles.
static void state_check(void) {
    const state_t s = world.heap->state;
    const state_t place = (s & ~(state_t)PHASE_MASK) | ((s - 1) & PHASE_MASK);
    if ((intptr_t)(place - model()->place) < 0) {
        fail("I11: the state goes back, to", (long)s);
    }
    model()->place = place;
}

static void planes_check(const planes_t *p) {
    const irqgc_t *h = world.heap;
    const uint64_t orphans = p->body & ~p->head & ~(p->used << 1);
    if (orphans != 0) {
        fail("I1: an orphan tail", __builtin_ctzll(orphans));
    }
    const unsigned phase = state_phase(h->state);
    const uint64_t white = phase == IDLE ? ~(uint64_t)0
                           : phase == SWEEP
                               ? bits_from(h->unswept * GROUP_BLOCKS)
                               : 0;
    if ((p->head & p->body & white) != 0) {
        fail("I4: a black head", __builtin_ctzll(p->head & p->body & white));
    }
    const word_t free = (word_t)__builtin_popcountll(p->all & ~p->used);
    if (free != h->given - h->taken) {
        fail("I5: free blocks, not so many", (long)free);
    }
    if (phase != SWEEP && h->unswept != 0) {
        fail("I7: unswept outside SWEEP", (long)h->unswept);
    }
    if (phase != MARK && (h->mark_depth | h->overflowed) != 0) {
        fail("I7: something waits to be scanned in phase", (long)phase);
    }
    if (h->mark_depth > h->mark_capacity) {
        fail("the mark stack has run over", (long)h->mark_depth);
    }
}

// ---- Watching allocations --------------------------------------------------

static void search_look(search_t *s, const planes_t *p) {
    s->roomy = has_run(p, s->n_blocks);
    s->always &= s->roomy;
    if (!s->roomy) {
        s->n_roomy = 0;
    }
}

void oracle_look(void) {
    model_t *m = model();
    if (world.written) {
        const planes_t p = planes_read();
        planes_check(&p);
        state_check();
        for (unsigned i = 0; i < m->n_searches; i++) {
            search_look(&m->searches[i], &p);
        }
        world.written = false;
    }
    for (unsigned i = 0; i < m->n_searches; i++) {
        const search_t *s = &m->searches[i];
        m->searches[i].n_roomy += s->roomy && s->level == cpu.level;
    }
}

void search_begin(word_t n, block_t end, word_t more) {
    if (model()->n_searches == MAX_SEARCHES) {
        fail("nested too deep for the oracle", MAX_SEARCHES);
    }
    model()->searches[model()->n_searches++] = (search_t){
        .n_blocks = n,
        .level = cpu.level,
        .behind = end,
        .more = more,
        .always = true,
        .alone = true,
    };
    world.written = true;
    oracle_look();
}

void search_end(bool refused, unsigned parting) {
    const search_t *s = &model()->searches[--model()->n_searches];
    if (!refused) {
        return;
    }
    const planes_t p = planes_read();
    const bool room = has_run(&p, s->n_blocks);
    const bool place = s->behind != NO_BLOCK && is_free(&p, s->behind, s->more);
    if (s->alone && (room || place)) {
        fail("I2: NULL, though alone and with room", (long)s->n_blocks);
    }
    if (room && s->always) {
        fail("I2: NULL, though there was always room", (long)s->n_blocks);
    }
    if (room && parting != 0 && s->n_roomy >= parting) {
        fail("I2: NULL, though there has been room for points",
             (long)s->n_roomy);
    }
}

void searches_disturb(void) {
    for (unsigned i = 0; i < model()->n_searches; i++) {
        model()->searches[i].alone = false;
    }
}

// ---- At rest ---------------------------------------------------------------

void object_expect(const object_t *o) {
    const size_t size = irqgc_size(world.heap, o->at);
    if (size != o->n_blocks * BLOCK_BYTES) {
        fail("I3: an object is not as long as it was, blocks",
             (long)(size / BLOCK_BYTES));
    }
    const block_t b = address_object(world.heap, (uintptr_t)o->at);
    if (block_attributes(world.heap, b) != o->attributes) {
        fail("I10: other attributes, of block", (long)b);
    }
    object_verify(o, o->n_blocks);
}

// Returns how many objects the slot keeps.
static word_t slot_expect(const slot_t *s, void *const *root) {
    if (*root != s->chain[0].at) {
        fail("a root has changed", 0);
    }
    const object_t *o = s->chain;
    for (; o->at != NULL; o++) {
        object_expect(o);
        if (*(void **)o->at != o[1].at) {
            fail("a pointer in an object has changed", 0);
        }
    }
    return (word_t)(o - s->chain);
}

static void roots_expect_ended(void) {
    unsigned n = 0;
    for (const irqgc_root_t *r = world.heap->roots; r != NULL; r = r->next) {
        if (++n > MAX_ROOTS) {
            fail("the list of roots is a ring", 0);
        }
    }
}

static void counts_expect(void) {
    const irqgc_counts_t *c = world.heap->counts;
    const irqgc_counts_t *wanted = &model()->counts;
    if (c[0].allocs + c[1].allocs != wanted->allocs) {
        fail("counts: allocations", (long)wanted->allocs);
    }
    if (c[0].frees + c[1].frees != wanted->frees) {
        fail("counts: frees", (long)wanted->frees);
    }
    const word_t failures = c[0].failures + c[1].failures;
    if (failures - wanted->failures > model()->n_unsure) {
        fail("counts: failures", (long)wanted->failures);
    }
}

static word_t heads(void) {
    return (word_t)__builtin_popcountll(planes_read().head) -
           world.heap->n_regions;
}

static void rest_expect(bool collected) {
    const unsigned phase = state_phase(world.heap->state);
    if (phase != IDLE && (phase != SWEEP || !world.start.sweeps || collected)) {
        fail("at rest in phase", (long)phase);
    }
    if (world.heap->records != NULL) {
        fail("a record is left", 0);
    }
    const unsigned broken = irqgc_check(world.heap);
    if (broken != 0) {
        fail("irqgc_check", (long)broken);
    }
}

// With interior pointers a pointer past an object's end keeps the next one.
static void live_expect(word_t live, word_t garbage) {
    const word_t n = heads();
    if (n < live) {
        fail("I3: objects lost", (long)(live - n));
    }
    if (n > live + garbage && !world.start.interior) {
        fail("garbage is left, objects", (long)(n - live));
    }
}

void oracle_final(bool collected) {
    world.quiet = true;
    world.written = true;
    oracle_look();
    roots_expect_ended();
    rest_expect(collected);
    if (!slow_hints_match(world.heap)) {
        fail("a hint is wrong", 0);
    }
    word_t live = 0;
    for (unsigned i = 0; i < N_SLOTS; i++) {
        live += slot_expect(&model()->slots[i], &model()->roots[i]);
    }
    counts_expect();
    const bool precise = collected && !model()->may_keep;
    live_expect(live, model()->n_dropped + (precise ? 0 : model()->n_garbage));
    if (world.thorough) {
        irqgc_collect(world.heap);
        world.written = true;
        oracle_look();
        live_expect(live, 0);
    }
    world.quiet = false;
}
