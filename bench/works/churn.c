// SPDX-License-Identifier: MIT
//
// A steady state: a random object is freed, and one of 16 to 64 bytes
// allocated, with so many percent, `what`, of as many objects alive as the peer
// can hold, or of the heap's size where it has no bound.
#include <stdlib.h>

#include "bench/heap.h"
#include "bench/peer.h"
#include "bench/random.h"
#include "bench/work.h"

#define LEAST 16u
#define MOST 64u
#define SEED 0x7F4A7C15u
#define SMALL ((size_t)1 << 20) // a heap that does more
#define PAIRS_SMALL 10000u
#define PAIRS 2000u

typedef struct {
    void **live;
    uint32_t n;
    uint32_t random;
} churn_t;

static uint32_t size_pick(churn_t *churn) {
    return LEAST + random_below(&churn->random, MOST - LEAST + 1);
}

static void fill(churn_t *churn, size_t bytes) {
    size_t asked = 0;
    void *object = NULL;
    do {
        const uint32_t size = size_pick(churn);
        asked += size;
        object = asked <= bytes ? heap_alloc(size) : NULL;
        churn->live[churn->n] = object;
        churn->n += object != NULL;
    } while (object != NULL);
}

static void thin(churn_t *churn, uint32_t percent) {
    const uint32_t n = (uint32_t)((uint64_t)churn->n * percent / 100);
    while (churn->n > n) {
        const uint32_t i = random_below(&churn->random, churn->n--);
        heap_free(churn->live[i]);
        churn->live[i] = churn->live[churn->n];
        churn->live[churn->n] = NULL;
    }
}

// An allocation that is refused is made up for by the next that is not.
static void churn_step(churn_t *churn) {
    void **slot = &churn->live[random_below(&churn->random, churn->n)];
    if (*slot != NULL) {
        heap_free(*slot);
        *slot = NULL;
    }
    *slot = heap_alloc(size_pick(churn));
}

bool work_churn(const order_t *order) {
    churn_t churn = {.live = heap_start(order->bytes, order->bytes / LEAST + 1),
                     .random = SEED};
    const uint32_t n = order->bytes <= SMALL ? PAIRS_SMALL : PAIRS;
    fill(&churn, order->bytes);
    thin(&churn, (uint32_t)strtoul(order->what, NULL, 10));
    measure_begin();
    for (uint32_t i = 0; i < n * order->times; i++) {
        churn_step(&churn);
    }
    measure_end();
    return true;
}
