// SPDX-License-Identifier: MIT
//
// Stacks that are listed and taken off at every instruction of a collection,
// and of each other's listing. Who takes one off makes its memory unreadable at
// once: whatever reads it then dies.
#include <sys/mman.h>

#include "irqgc/irqgc.h"
#include "irqgc/torture.h"

enum { PAGE = 4096, WORDS = PAGE / sizeof(void *), VALUE = 77 };

// A stack that was left, with all that is read of it in pages of its own.
typedef struct {
    irqgc_stack_t node;
    irqgc_range_t range;
    const void *saved;
    void *registers[4];
    void *words[16];
} coroutine_t;

static irqgc_t *heap;
static coroutine_t *coroutines[2];
static int *object;  // a root
static int *other;   // a root
static int *hidden;  // the complement of an object's address: no root
static int **holder; // a root
static irqgc_root_t roots[3];
static int n_refused;

static int *complement(const int *p) {
    return (int *)~(uintptr_t)p;
}

// What stays on no stack but the coroutine's.
static void coroutine_init(coroutine_t *c) {
    c->saved = &c->words[8];
    c->range = (irqgc_range_t){c->registers, sizeof c->registers};
    c->node = (irqgc_stack_t){.low = c->words,
                              .high = c->words + 16,
                              .saved = &c->saved,
                              .ranges = &c->range,
                              .n_ranges = 1};
}

static void setup(void *unused) {
    (void)unused;
    static _Alignas(IRQGC_BLOCK) char memory[2 * 1024];
    static _Alignas(PAGE) char pages[2 * PAGE];
    const irqgc_region_t region = {memory, sizeof memory};
    (void)irqgc_init(&heap,
                     &(irqgc_config_t){.regions = &region, .n_regions = 1});
    irqgc_root_add(heap, &roots[0], &object, sizeof object);
    irqgc_root_add(heap, &roots[1], &other, sizeof other);
    for (unsigned i = 0; i < 2; i++) {
        coroutines[i] = (coroutine_t *)(pages + (size_t)i * PAGE);
        // Where all runs are in one process the last one has left its own.
        (void)mprotect(coroutines[i], PAGE, PROT_READ | PROT_WRITE);
        (void)irqgc_stack_remove(&coroutines[i]->node);
    }
    for (unsigned i = 0; i < 2; i++) {
        coroutine_init(coroutines[i]);
    }
    object = irqgc_alloc(heap, IRQGC_BLOCK, IRQGC_NO_POINTERS);
    other = irqgc_alloc(heap, IRQGC_BLOCK, IRQGC_NO_POINTERS);
    *object = *other = VALUE;
    hidden = NULL;
    n_refused = 0;
    irqgc_root_add(heap, &roots[2], &holder, sizeof holder);
    holder = irqgc_alloc(heap, IRQGC_BLOCK, 0);
}

static void refuse(int is_refused) {
    n_refused += is_refused;
}

// ---- What a collection of the thread finds ---------------------------------

static void list_first(void *unused) {
    setup(unused);
    refuse(irqgc_stack_add(&coroutines[0]->node) != IRQGC_OK);
    coroutines[0]->words[9] = object;
    coroutines[0]->registers[3] = other;
    hidden = complement(object);
    object = NULL;
    other = NULL;
}

// Nothing is listed yet, and an object is in another.
static void hold_in_object(void *unused) {
    setup(unused);
    holder[0] = object;
    hidden = complement(object);
    object = NULL;
}

static void collect(void *unused) {
    (void)unused;
    irqgc_collect(heap);
}

static void list_second(void *unused) {
    (void)unused;
    refuse(irqgc_stack_add(&coroutines[1]->node) != IRQGC_OK);
}

// ---- What comes in between -------------------------------------------------

static void unmap(coroutine_t *c) {
    refuse(irqgc_stack_remove(&c->node) != IRQGC_OK);
    refuse(mprotect(c, PAGE, PROT_NONE) != 0);
}

// Saves what it had by stores that a collection is told of.
static void end(void *unused) {
    (void)unused;
    irqgc_store(heap, (void **)&object, coroutines[0]->words[9]);
    irqgc_store(heap, (void **)&other, coroutines[0]->registers[3]);
    unmap(coroutines[0]);
}

// Its words go to another stack, by plain stores.
static void move(void *unused) {
    (void)unused;
    coroutine_t *from = coroutines[0];
    coroutine_t *to = coroutines[1];
    to->words[15] = from->words[9];
    to->registers[0] = from->registers[3];
    refuse(irqgc_stack_add(&to->node) != IRQGC_OK);
    unmap(from);
}

// A coroutine is made in a handler, of something that is taken out of an
// object.
static void spawn(void *unused) {
    (void)unused;
    coroutine_t *to = coroutines[1];
    to->words[15] = holder[0];
    holder[0] = NULL;
    refuse(irqgc_stack_add(&to->node) != IRQGC_OK);
}

static void move_and_collect(void *unused) {
    move(unused);
    irqgc_collect(heap);
}

static void end_and_collect(void *unused) {
    end(unused);
    irqgc_collect(heap);
}

static void allocate(void *unused) {
    (void)unused;
    for (unsigned i = 0; i < 4; i++) {
        int *p = irqgc_alloc(heap, IRQGC_BLOCK, IRQGC_NO_POINTERS);
        if (p != NULL) {
            *p = -1;
        }
    }
}

static const char *check(void *unused) {
    allocate(unused);
    if (irqgc_check(heap) != 0) {
        return "the heap is broken";
    }
    if (n_refused != 0) {
        return "a stack was refused";
    }
    return *complement(hidden) != VALUE ? "what a stack points at is lost"
                                        : NULL;
}

// ---- Listing, in the middle of listing -------------------------------------

static void list_none(void *unused) {
    list_first(unused);
}

static void list_and_unlist(void *unused) {
    list_second(unused);
    refuse(irqgc_stack_remove(&coroutines[1]->node) != IRQGC_OK);
}

// The second is the first of the list, so that its node points at the other's.
static void list_both(void *unused) {
    setup(unused);
    refuse(irqgc_stack_add(&coroutines[0]->node) != IRQGC_OK);
    list_second(unused);
    hidden = complement(object);
}

static void unlist(void *unused) {
    (void)unused;
    unmap(coroutines[0]);
    irqgc_collect(heap);
}

static void unlist_second(void *unused) {
    (void)unused;
    unmap(coroutines[1]);
}

static const irqgc_torture_handler_t in_collection[] = {
    {"end", end},
    {"move", move},
    {"end-collect", end_and_collect},
    {"move-collect", move_and_collect},
    {"collect", collect},
};
static const irqgc_torture_handler_t in_listing[] = {
    {"end", end},
    {"end-collect", end_and_collect},
    {"collect", collect},
};

static const irqgc_torture_handler_t in_first_listing[] = {{"spawn", spawn}};

static const irqgc_torture_handler_t in_unlisting[] = {
    {"unlist", unlist_second}};

static const irqgc_torture_scenario_t scenarios[] = {
    {"first", NULL, hold_in_object, collect, check, in_first_listing, 1},
    {"collect", NULL, list_first, collect, check, in_collection, 5},
    {"list", NULL, list_none, list_and_unlist, check, in_listing, 3},
    {"unlist", NULL, list_both, unlist, check, in_unlisting, 1},
};

int main(int argc, char **argv) {
    _Static_assert(sizeof(coroutine_t) <= PAGE && WORDS > 16,
                   "a page is enough");
    return irqgc_torture(argc, argv, scenarios,
                         sizeof scenarios / sizeof *scenarios);
}
