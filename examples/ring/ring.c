// SPDX-License-Identifier: MIT
//
// A ring of messages: handlers put them in, nested or not, the thread takes
// them out. And what tortures it. With -DRING_RACE it has a race.
#include <stdatomic.h>
#include <stdbool.h>

#include "irqgc/irqgc.h"
#include "irqgc/torture.h"

typedef struct {
    unsigned number;
} message_t;

// ---- What is to be tested --------------------------------------------------

enum { SLOTS = 4 };

static irqgc_t *heap;
static struct {
    message_t *volatile slots[SLOTS]; // a registered root
    volatile unsigned taken;          // changed by the thread only
    atomic_uint put;
} ring;

// From any handler. False: there is no room, in the ring or in the heap.
static bool ring_put(void) {
    message_t *const m = irqgc_alloc(heap, sizeof *m, 0);
    if (m == NULL) {
        return false;
    }
    unsigned at = ring.put;
    do {
        if (at - ring.taken == SLOTS) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&ring.put, &at, at + 1));
    m->number = at;
    irqgc_store(heap, (void **)&ring.slots[at % SLOTS], m);
    return true;
}

// From the thread only. NULL: the ring is empty.
static message_t *ring_take(void) {
    message_t *volatile *const slot = &ring.slots[ring.taken % SLOTS];
    message_t *const m = *slot;
    if (m == NULL) {
        return NULL;
    }
#ifdef RING_RACE
    ring.taken++; // a handler may have the slot from here on ...
    *slot = NULL; // ... and this takes its message away
#else
    *slot = NULL;
    ring.taken++;
#endif
    return m;
}

// ---- Scenarios -------------------------------------------------------------

static volatile unsigned n_put, n_taken;

static void setup(void *unused) {
    (void)unused;
    static char memory[4096];
    static irqgc_root_t root;
    const irqgc_region_t region = {memory, sizeof memory};
    irqgc_init(&heap, &(irqgc_config_t){.regions = &region, .n_regions = 1});
    irqgc_root_add(heap, &root, &ring, sizeof ring);
    while (ring_put()) {
        n_put++;
    }
}

static bool take_next(void) {
    const message_t *const m = ring_take();
    return m != NULL && m->number == n_taken++;
}

static void take(void *unused) {
    (void)unused;
    take_next();
}

static void collect(void *unused) {
    (void)unused;
    irqgc_collect(heap);
}

static void put(void *unused) {
    (void)unused;
    const bool is_put = ring_put();
    n_put += is_put;
}

// All that was put in comes out, in that order.
static const char *check(void *unused) {
    (void)unused;
    while (take_next()) {
    }
    if (irqgc_check(heap) != 0) {
        return "the heap is broken";
    }
    return n_taken == n_put ? NULL : "a message is lost";
}

int main(int argc, char **argv) {
    static const irqgc_torture_handler_t handlers[] = {
        {.name = "put", .run = put},
        {.name = "collect", .run = collect},
    };
    static const irqgc_torture_scenario_t scenarios[] = {
        {.name = "take",
         .setup = setup,
         .operation = take,
         .check = check,
         .handlers = handlers,
         .n_handlers = 2},
        {.name = "collect",
         .setup = setup,
         .operation = collect,
         .check = check,
         .handlers = handlers,
         .n_handlers = 2},
    };
    return irqgc_torture(argc, argv, scenarios, 2);
}
