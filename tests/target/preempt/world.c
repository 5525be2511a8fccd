// SPDX-License-Identifier: MIT
#include "world.h"

#include <string.h>

#include "board.h"
#include "irqgc/irqgc.h"

enum {
    N_THINGS = 26, // one for each letter
    NOBODY = N_THINGS,
    MOST_UNITS = 96,
    MOST_METADATA = 64, // blocks
    LONG = 8,           // characters: no pointers inside
};

// An object of the model.
typedef struct {
    uintptr_t hidden; // its address, inverted; 0: there is none
    uint16_t n_blocks;
    uint8_t parent; // whose first word points to it; NOBODY: root of its number
    bool is_plain;
    bool is_garbage;
} thing_t;

// What a call works on. Nothing here is a root.
typedef struct {
    void **place;
    void **from;
    size_t size;
    irqgc_status_t status;
    bool failed;
    size_t room; // fewest bytes in the longest run, seen while it goes on
    bool allocates;
    bool is_disturbed; // a handler has allocated meanwhile
} request_t;

static irqgc_t *heap;
static uintptr_t memory[(MOST_UNITS * UNIT + MOST_METADATA) * 4]
    __attribute__((aligned(4 * sizeof(uintptr_t))));
static thing_t things[N_THINGS];
static void *roots[N_THINGS];
static irqgc_root_t root_node;
static request_t requests[N_CONTEXTS];
static unsigned misuses;

static struct {
    uintptr_t memory[sizeof memory / sizeof *memory];
    thing_t things[N_THINGS];
    void *roots[N_THINGS];
} image;
static size_t heap_size;

// ---- Things ----------------------------------------------------------------

static unsigned number_of(char letter) {
    return (unsigned)((letter | 32) - 'a');
}

static unsigned number_in(unsigned context, role_t role) {
    static const char letters[N_CONTEXTS][6] = {"abcdq", "fghir", "klmns"};
    return number_of(letters[context][role]);
}

static uintptr_t *thing_words(const thing_t *t) {
    return (uintptr_t *)~t->hidden;
}

static void **thing_place(unsigned number) {
    const thing_t *const t = &things[number];
    return t->parent == NOBODY ? &roots[number]
                               : (void **)thing_words(&things[t->parent]);
}

// In the last word of each block; no address looks like this.
static uintptr_t block_mark(unsigned number, size_t block) {
    return ~((uintptr_t)number << 16 | block);
}

static void thing_fill(unsigned number, size_t from_block) {
    uintptr_t *const w = thing_words(&things[number]);
    for (size_t i = from_block; i < things[number].n_blocks; i++) {
        w[4 * i + 3] = block_mark(number, i);
    }
}

static void marks_verify(unsigned number, size_t n_blocks) {
    const uintptr_t *const w = thing_words(&things[number]);
    for (size_t i = 0; i < n_blocks; i++) {
        if (w[4 * i + 3] != block_mark(number, i)) {
            world_fail("overwritten: the object ", number);
        }
    }
}

static void zeroed_verify(const uintptr_t *w, size_t n_blocks) {
    for (size_t i = 0; i < 4 * n_blocks; i++) {
        if (w[i] != 0) {
            world_fail("not zero: word ", (unsigned)i);
        }
    }
}

static void thing_make(unsigned number, void *object, size_t n_blocks,
                       bool is_plain) {
    things[number] = (thing_t){
        .hidden = ~(uintptr_t)object,
        .n_blocks = (uint16_t)n_blocks,
        .parent = NOBODY,
        .is_plain = is_plain,
    };
    thing_fill(number, 0);
}

bool world_has(unsigned context, role_t role) {
    return things[number_in(context, role)].hidden != 0;
}

// ---- Building --------------------------------------------------------------

static void on_misuse(irqgc_t *h, irqgc_status_t why, const void *object) {
    (void)h, (void)why, (void)object;
    misuses++;
}

// The heap's own data is of the same region: a first try tells its size.
static void heap_make(size_t n_blocks, size_t mark_stack) {
    irqgc_stats_t stats = {.metadata = 16 * IRQGC_BLOCK};
    for (unsigned tries = 0; tries < 8; tries++) {
        heap_size = n_blocks * IRQGC_BLOCK + stats.metadata;
        const irqgc_region_t region = {memory, heap_size};
        const irqgc_config_t config = {.regions = &region,
                                       .n_regions = 1,
                                       .mark_stack = mark_stack,
                                       .on_misuse = on_misuse};
        if (heap_size > sizeof memory ||
            irqgc_init(&heap, &config) != IRQGC_OK) {
            break;
        }
        irqgc_stats(heap, &stats);
        if (stats.total == n_blocks * IRQGC_BLOCK) {
            return;
        }
    }
    world_fail("no size makes so many blocks: ", (unsigned)n_blocks);
}

// Objects and gaps in the order of addresses. The gaps are given back at last.
static void objects_put(const char *blocks) {
    void *gaps[N_THINGS];
    size_t n_gaps = 0;
    for (const char *c = blocks; *c != '\0';) {
        const char kind = *c;
        size_t n = 0;
        for (; *c == kind || *c == '|'; c++) {
            n += *c == kind;
        }
        const bool is_plain = n >= LONG;
        void *const object = irqgc_alloc(
            heap, n * UNIT * IRQGC_BLOCK,
            is_plain ? IRQGC_NO_POINTERS | IRQGC_FAIL_FAST : IRQGC_FAIL_FAST);
        if (kind == '.') {
            gaps[n_gaps++] = object;
            continue;
        }
        if (object == NULL || things[number_of(kind)].hidden != 0) {
            world_fail("no room, or twice in the picture: ", number_of(kind));
        }
        thing_make(number_of(kind), object, n * UNIT, is_plain);
        things[number_of(kind)].is_garbage = (kind & 32) == 0;
    }
    while (n_gaps-- > 0) {
        irqgc_free(heap, gaps[n_gaps]);
    }
}

static void links_make(const char *links) {
    for (const char *c = links; *c != '\0'; c += c[2] == ' ' ? 3 : 2) {
        things[number_of(c[1])].parent = (uint8_t)number_of(c[0]);
    }
    for (unsigned i = 0; i < N_THINGS; i++) {
        if (things[i].hidden != 0 && !things[i].is_garbage) {
            *thing_place(i) = thing_words(&things[i]);
        }
    }
}

static size_t picture_blocks(const char *blocks) {
    size_t n = 0;
    for (; *blocks != '\0'; blocks++) {
        n += *blocks != '|';
    }
    if (n > MOST_UNITS) {
        world_fail("too large a picture, units: ", (unsigned)n);
    }
    return n * UNIT;
}

void world_build(const picture_t *p) {
    memset(things, 0, sizeof things);
    memset(roots, 0, sizeof roots);
    heap_make(picture_blocks(p->blocks), p->mark_stack);
    objects_put(p->blocks);
    links_make(p->links);
    irqgc_root_add(heap, &root_node, roots, sizeof roots);
    memcpy(image.memory, memory, heap_size);
    memcpy(image.things, things, sizeof things);
    memcpy(image.roots, roots, sizeof roots);
}

// Overwrites what former calls have left below the stack pointer.
__attribute__((noinline)) static void stack_poison(void) {
    volatile uintptr_t words[192];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        words[i] = 0xA5A5A5A5u;
    }
}

void world_restore(void) {
    memcpy(memory, image.memory, heap_size);
    memcpy(things, image.things, sizeof things);
    memcpy(roots, image.roots, sizeof roots);
    memset(requests, 0, sizeof requests);
    misuses = 0;
    stack_poison();
}

// ---- Verifying -------------------------------------------------------------

static void checker_verify(void) {
    const unsigned broken = irqgc_check(heap);
    if (broken != 0) {
        world_fail("irqgc_check finds broken: I", broken);
    }
    if (misuses != 0) {
        world_fail("refused as misuse: ", misuses);
    }
}

static size_t longest_run(void) {
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    return stats.largest_free_run;
}

// What the call of this context can count on.
static void room_note(unsigned context) {
    request_t *const r = &requests[context];
    if (r->allocates) {
        const size_t room = longest_run();
        r->room = room < r->room ? room : r->room;
    }
}

void world_verify_inside(unsigned context) {
    checker_verify();
    room_note(context - 1);
}

// Returns its blocks. Not inlined, so that it leaves no pointer in a register
// of its caller, where a collection would find it.
__attribute__((noinline)) static size_t thing_verify(unsigned number) {
    const thing_t *const t = &things[number];
    if (t->hidden == 0 || t->is_garbage) {
        return 0;
    }
    uintptr_t *const words = thing_words(t);
    if (*thing_place(number) != words) {
        world_fail("the pointer is changed of object ", number);
    }
    if (irqgc_size(heap, words) != t->n_blocks * IRQGC_BLOCK) {
        world_fail("lost, or of another size: the object ", number);
    }
    marks_verify(number, t->n_blocks);
    return t->n_blocks;
}

static bool ends_at_thing(const thing_t *garbage) {
    const uintptr_t end = ~garbage->hidden + garbage->n_blocks * IRQGC_BLOCK;
    for (unsigned i = 0; i < N_THINGS; i++) {
        if (things[i].hidden == ~end && !things[i].is_garbage) {
            return true;
        }
    }
    return false;
}

// Blocks of garbage that a collection may find reached: a pointer to an
// object's start, in its own frames, is one past the end of what lies before.
__attribute__((noinline)) static size_t garbage_excuse(void) {
    size_t n_blocks = 0;
    for (unsigned i = 0; i < N_THINGS; i++) {
        const thing_t *const t = &things[i];
        if (t->is_garbage && ends_at_thing(t) &&
            irqgc_size(heap, thing_words(t)) == t->n_blocks * IRQGC_BLOCK) {
            n_blocks += t->n_blocks;
        }
    }
    misuses = 0;
    return n_blocks;
}

__attribute__((noinline)) static size_t things_verify(void) {
    size_t n_blocks = 0;
    for (unsigned i = 0; i < N_THINGS; i++) {
        n_blocks += thing_verify(i);
    }
    return n_blocks;
}

void world_verify(void) {
    checker_verify();
    stack_poison();
    irqgc_collect(heap);
    checker_verify();
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    const size_t used = (stats.total - stats.free) / IRQGC_BLOCK;
    const size_t due = things_verify();
    checker_verify();
    if (used != due && used != due + garbage_excuse()) {
        world_fail("in use by nobody: blocks ", (unsigned)(used - due));
    }
}

// ---- Calls -----------------------------------------------------------------

// Whether a call that allocates could not have failed: there was a run all the
// while, or in the thread one that a collection makes.
static bool is_wrong_failure(unsigned context) {
    const request_t *const r = &requests[context];
    const bool collects = context == 0 && !r->is_disturbed;
    return r->room >= r->size || (collects && longest_run() >= r->size);
}

static void allocation_begin(unsigned context, void **place, size_t n_blocks) {
    requests[context] = (request_t){.place = place,
                                    .size = n_blocks * IRQGC_BLOCK,
                                    .room = SIZE_MAX,
                                    .allocates = true};
    room_note(context);
    for (unsigned i = 0; i < context; i++) {
        requests[i].is_disturbed = true;
    }
}

static void call_alloc(void *arg) {
    request_t *const r = arg;
    *r->place = irqgc_alloc(heap, r->size, 0);
}

void world_alloc(unsigned context, size_t n_blocks) {
    request_t *const r = &requests[context];
    const unsigned number = number_in(context, NEW);
    allocation_begin(context, &roots[number], n_blocks);
    world_interrupt(context, call_alloc, r);
    r->allocates = false;
    void *const object = roots[number];
    if (object != NULL) {
        zeroed_verify(object, n_blocks);
        thing_make(number, object, n_blocks, false);
    } else if (is_wrong_failure(context)) {
        world_fail("no room found, but there was, for blocks: ",
                   (unsigned)n_blocks);
    }
}

static void call_free(void *arg) {
    request_t *const r = arg;
    void *const object = *r->place;
    *(void *volatile *)r->place = NULL;
    r->status = irqgc_free(heap, object);
}

void world_free(unsigned context, role_t role) {
    request_t *const r = &requests[context];
    const unsigned number = number_in(context, role);
    *r = (request_t){.place = thing_place(number)};
    things[number].hidden = 0;
    world_interrupt(context, call_free, r);
    if (r->status != IRQGC_OK) {
        world_fail("irqgc_free answers ", r->status);
    }
}

static void call_realloc(void *arg) {
    request_t *const r = arg;
    void *const object = irqgc_realloc(heap, *r->place, r->size, 0);
    r->failed = object == NULL;
    if (object != NULL) {
        irqgc_store(heap, r->place, object);
    }
}

static void resized_note(unsigned number, void *object, size_t n_blocks) {
    thing_t *const t = &things[number];
    const size_t n_old = t->n_blocks;
    t->hidden = ~(uintptr_t)object;
    t->n_blocks = (uint16_t)n_blocks;
    if (n_blocks > n_old) {
        marks_verify(number, n_old);
        zeroed_verify(thing_words(t) + 4 * n_old, n_blocks - n_old);
        thing_fill(number, n_old);
    }
}

void world_realloc(unsigned context, role_t role, size_t n_blocks) {
    request_t *const r = &requests[context];
    const unsigned number = number_in(context, role);
    const size_t n_old = things[number].n_blocks;
    allocation_begin(context, thing_place(number), n_blocks);
    world_interrupt(context, call_realloc, r);
    r->allocates = false;
    if (!r->failed) {
        resized_note(number, *r->place, n_blocks);
    } else if (n_blocks <= n_old || is_wrong_failure(context)) {
        world_fail("realloc found no room for blocks: ", (unsigned)n_blocks);
    }
}

static void call_store(void *arg) {
    request_t *const r = arg;
    irqgc_store(heap, r->place, *r->from);
    *(void *volatile *)r->from = NULL;
}

void world_store(unsigned context) {
    request_t *const r = &requests[context];
    const unsigned number = number_in(context, CHILD);
    *r = (request_t){.place = &roots[number], .from = thing_place(number)};
    things[number].parent = NOBODY;
    world_interrupt(context, call_store, r);
}

static void call_collect(void *arg) {
    (void)arg;
    irqgc_collect(heap);
}

void world_collect(unsigned context) {
    world_interrupt(context, call_collect, NULL);
}
