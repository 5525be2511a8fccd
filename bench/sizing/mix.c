// SPDX-License-Identifier: MIT
#include "mix.h"

#include "bench/random.h"
#include "rig/host/text.h"

enum { N_SLOTS = 512, N_EVENTS = 40000, ROOM = N_EVENTS + 2 * N_SLOTS };

typedef struct {
    trace_event_t *events;
    uint32_t n;
    uint32_t size[N_SLOTS]; // 0: empty
    uint32_t random;
} maker_t;

// Nothing is settled: so no object links to another, and none is kept by one.
static void put(maker_t *m, trace_kind_t kind, uint32_t slot, uint32_t size) {
    m->events[m->n++] = (trace_event_t)TRACE_EVENT(kind, 0, slot, size);
    m->size[slot] = kind == TRACE_DROP ? 0 : size;
}

// ---- Sizes -----------------------------------------------------------------

static uint32_t size_small(maker_t *m) {
    return 16 * (1 + random_below(&m->random, 4));
}

// Each size half as often as one half as large.
static uint32_t size_any(maker_t *m) {
    uint32_t most = 32;
    while (most < 4096 && random_below(&m->random, 2) == 0) {
        most *= 2;
    }
    return 16 + random_below(&m->random, most - 15);
}

static uint32_t size_framed(maker_t *m) {
    return random_below(&m->random, 16) == 0
               ? 1024 * (1 + random_below(&m->random, 4))
               : size_small(m);
}

// ---- Mixes -----------------------------------------------------------------

// Slots are filled and dropped in any order; half of them are full.
static void any_order(maker_t *m, uint32_t (*size)(maker_t *)) {
    while (m->n < N_EVENTS) {
        const uint32_t slot = random_below(&m->random, N_SLOTS);
        if (m->size[slot] == 0) {
            put(m, TRACE_ALLOC, slot, size(m));
        } else {
            put(m, TRACE_DROP, slot, 0);
        }
    }
}

static void records(maker_t *m) {
    any_order(m, size_small);
}

static void mixed(maker_t *m) {
    any_order(m, size_any);
}

static void frames(maker_t *m) {
    any_order(m, size_framed);
}

// Strings and lists that double as they grow.
static void growing(maker_t *m) {
    while (m->n < N_EVENTS) {
        const uint32_t slot = random_below(&m->random, N_SLOTS / 8);
        const uint32_t size = m->size[slot];
        if (size == 0) {
            put(m, TRACE_ALLOC, slot, 16);
        } else if (size >= 2048 || random_below(&m->random, 8) == 0) {
            put(m, TRACE_DROP, slot, 0);
        } else {
            put(m, TRACE_REALLOC, slot, 2 * size);
        }
    }
}

// The textbook's worst: every other small object goes, and what comes next is
// twice as large and fits into none of the holes.
static void every_other(maker_t *m) {
    for (uint32_t slot = 0; slot < N_SLOTS; slot++) {
        put(m, TRACE_ALLOC, slot, 32);
    }
    for (uint32_t slot = 0; slot < N_SLOTS; slot += 2) {
        put(m, TRACE_DROP, slot, 0);
    }
    for (uint32_t slot = 0; slot < N_SLOTS; slot += 4) {
        put(m, TRACE_ALLOC, slot, 64);
    }
}

static const struct {
    const char *name;
    void (*make)(maker_t *);
} mixes[N_MIXES] = {
    {"records, 16 to 64 bytes", records},     {"sizes from 16 to 4,096", mixed},
    {"records and frames", frames},           {"growing by doubling", growing},
    {"every other, then twice", every_other},
};

rig_trace_t mix_make(unsigned i) {
    maker_t m = {.events = memory_take(ROOM, sizeof(trace_event_t)),
                 .random = 0x2545F491u};
    mixes[i].make(&m);
    return (rig_trace_t){.name = mixes[i].name,
                         .events = m.events,
                         .n_events = m.n,
                         .n_slots = N_SLOTS};
}
