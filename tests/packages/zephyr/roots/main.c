// SPDX-License-Identifier: MIT
//
// Whether the module has told the port of Zephyr's stacks: an object that only
// main() has outlives the collections of a handler, one that only the handler
// has those by itself, and garbage does not outlive main's.
#include <irqgc/irqgc.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#ifndef IRQGC_DERIVED
#error "the flags did not come with the module"
#endif

enum { WORDS = 16, TIMES = 200 };

static irqgc_t *heap;
static volatile unsigned n_ticks, n_lost, n_refused;

static void fill(uint32_t *object, uint32_t with) {
    for (unsigned i = 0; i < WORDS; i++) {
        object[i] = with + i;
    }
}

static unsigned is_lost(const volatile uint32_t *object, uint32_t with) {
    for (unsigned i = 0; i < WORDS; i++) {
        if (object[i] != with + i) {
            return 1;
        }
    }
    return 0;
}

static uint32_t *make(uint32_t with) {
    uint32_t *object = irqgc_alloc(heap, WORDS * sizeof *object, 0);
    if (object != NULL) {
        fill(object, with);
    }
    return object;
}

static void collect(void) {
    n_refused += irqgc_collect(heap) != IRQGC_OK;
}

static void on_timer(struct k_timer *timer) {
    ARG_UNUSED(timer);
    uint32_t *mine = make(1000 * n_ticks);
    if (mine != NULL) {
        collect();
        (void)make(0); // would be given what was lost
        n_lost += is_lost(mine, 1000 * n_ticks);
    } else {
        n_lost++;
    }
    n_ticks++;
}

K_TIMER_DEFINE(timer, on_timer, NULL);

static unsigned failed(const char *what, unsigned n) {
    printk("roots: FAILED: %s: %u\n", what, n);
    return 1;
}

int main(void) {
    static char memory[8 * 1024] __aligned(8);
    const irqgc_region_t region = {memory, sizeof memory};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    if (irqgc_init(&heap, &config) != IRQGC_OK) {
        return (int)failed("irqgc_init", 0);
    }
    irqgc_stats_t before;
    irqgc_stats(heap, &before);
    uint32_t *mine = make(7);
    k_timer_start(&timer, K_MSEC(5), K_MSEC(5));
    while (n_ticks < TIMES) {
        n_lost += is_lost(mine, 7);
        if (n_ticks > TIMES / 2) {
            collect();
        }
    }
    n_lost += is_lost(mine, 7);
    collect();
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    const unsigned kept = (unsigned)(before.free - stats.free);
    const unsigned handlers = (unsigned)stats.handlers.allocs;
    if (n_lost != 0 || n_refused != 0 || irqgc_check(heap) != 0) {
        return (int)(failed("lost", n_lost) + failed("refused", n_refused));
    }
    if (handlers < 2 * TIMES) {
        return (int)failed("allocations of handlers", handlers);
    }
    if (kept > 1024) { // a few stale words may keep some
        return (int)failed("bytes kept", kept);
    }
    printk("roots: ok, %u bytes kept\n", kept);
    return 0;
}
