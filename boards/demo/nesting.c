// SPDX-License-Identifier: MIT
//
// The periods are chosen for the default SHIFT of qemu.sh: there, the handlers
// take long enough to be preempted.
#include "demo.h"
#include "fail.h"

enum { KEPT = 8, SECONDS = 3 };
static const uint32_t periods[BOARD_LEVELS] = {19000, 7000, 2900};

// An object: its links, and a word that tells them and its size.
typedef struct {
    void *link;
    uintptr_t size;
    uintptr_t seal;
} node_t;

typedef struct {
    unsigned level;
    volatile uint32_t ticks;
    uint32_t allocs, failures, collects, deepest;
    uint32_t random;
    unsigned faults;
} actor_t;

static irqgc_t *heap;
static actor_t actors[BOARD_LEVELS + 1];
static void *kept[BOARD_LEVELS + 1][KEPT];
static void *shared[KEPT]; // of all, stored to with the barrier
static volatile uint32_t depth;

static uint32_t actor_random(actor_t *a) {
    a->random ^= a->random << 13;
    a->random ^= a->random >> 17;
    a->random ^= a->random << 5;
    return a->random;
}

static void actor_look(actor_t *a, const node_t *node) {
    for (unsigned hops = 0; node != NULL && hops < 4; hops++) {
        if (node->seal != ~node->size || irqgc_size(heap, node) < node->size) {
            a->faults += demo_fail("an object is damaged, level", a->level);
            return;
        }
        node = node->link;
    }
}

static node_t *actor_make(actor_t *a) {
    const size_t size = sizeof(node_t) + actor_random(a) % 300;
    node_t *const node = irqgc_alloc(heap, size, 0);
    if (node == NULL) {
        a->failures++;
        return NULL;
    }
    a->allocs++;
    node->size = size;
    node->seal = ~size;
    return node;
}

static void actor_work(actor_t *a) {
    if (port_in_handler() != (a->level != 0)) {
        a->faults += demo_fail("port_in_handler, level", a->level);
    }
    const uint32_t i = actor_random(a) % KEPT;
    actor_look(a, kept[a->level][i]);
    node_t *const node = actor_make(a);
    if (node != NULL) {
        // A shared one may be linked, and so any may be reachable from many
        // places: nothing is freed but by collection.
        irqgc_store(heap, &node->link, shared[actor_random(a) % KEPT]);
        irqgc_store(heap, &kept[a->level][i], node);
        if (actor_random(a) % 4 == 0) {
            // Cuts the chain, which would else grow for ever.
            irqgc_store(heap, &node->link, NULL);
            irqgc_store(heap, &shared[actor_random(a) % KEPT], node);
        }
    }
    node_t *const fleeting = actor_make(a);
    actor_look(a, fleeting);
    if (fleeting != NULL && actor_random(a) % 2 == 0 &&
        irqgc_free(heap, fleeting) != IRQGC_OK) {
        a->faults += demo_fail("irqgc_free, level", a->level);
    }
}

static void actor_check(actor_t *a) {
    const unsigned broken = irqgc_check(heap);
    if (broken != 0) {
        a->faults += demo_fail("irqgc_check", broken);
    }
}

static void actor_tick(actor_t *a) {
    actor_work(a);
    if (a->ticks % 4 == 0) {
        irqgc_collect(heap);
        a->collects++;
    }
    if (a->ticks % 16 == 3) {
        actor_check(a);
    }
}

static void on_tick(void *arg) {
    actor_t *const a = arg;
    const uint32_t d = depth + 1; // who preempts puts it back
    depth = d;
    a->deepest = d > a->deepest ? d : a->deepest;
    a->ticks++;
    if (a->level <= HEAP_LEVELS) {
        actor_tick(a);
    }
    depth = d - 1;
}

static void actor_report(const actor_t *a) {
    const uint32_t figures[] = {a->level,    a->ticks,    a->allocs,
                                a->failures, a->collects, a->deepest};
    static const char *const names[] = {"level ",      ": ticks ",
                                        ", allocs ",   ", failures ",
                                        ", collects ", ", deepest "};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        board_print(names[i]);
        board_print_number(figures[i]);
    }
    board_print("\n");
}

static void levels_start(void) {
    for (unsigned level = 1; level <= BOARD_LEVELS; level++) {
        board_on_level(level, on_tick, &actors[level]);
        board_timer_start(level, periods[level - 1]);
    }
}

static void levels_stop(void) {
    for (unsigned level = 1; level <= BOARD_LEVELS; level++) {
        board_timer_stop(level);
    }
    const uint32_t ticks = actors[3].ticks;
    for (unsigned i = 0; i < 10; i++) {
        irqgc_collect(heap);
    }
    if (actors[3].ticks != ticks) {
        actors[0].faults += demo_fail("a stopped timer, level", 3);
    }
}

unsigned nesting_run(irqgc_t *h) {
    static irqgc_root_t kept_root, shared_root;
    heap = h;
    irqgc_root_add(heap, &kept_root, kept, sizeof kept);
    irqgc_root_add(heap, &shared_root, shared, sizeof shared);
    for (unsigned level = 0; level <= BOARD_LEVELS; level++) {
        actors[level].level = level;
        actors[level].random = 0x9E3779B9u * (level + 1);
    }
    levels_start();
    while (actors[1].ticks < SECONDS * 1000000u / periods[0]) {
        actor_work(&actors[0]);
        irqgc_collect(heap);
        actors[0].collects++;
        actor_check(&actors[0]);
    }
    levels_stop();
    actor_check(&actors[0]);
    unsigned faults = 0;
    for (unsigned level = 0; level <= BOARD_LEVELS; level++) {
        actor_report(&actors[level]);
        faults += actors[level].faults;
    }
    if (HEAP_LEVELS > 1 && actors[3].deepest != 3) {
        faults += demo_fail("no nesting, deepest", actors[3].deepest);
    }
    return faults;
}
