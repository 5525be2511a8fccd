// SPDX-License-Identifier: MIT
//
// Without threads (CONFIG_MULTITHREADING=n), which irqgc does not know yet.
//
// Timers of 100, 10 and 1 Hz push samples to a list, shorten it and collect,
// while main() collects without a pause. The kernel calls all three from one
// interrupt, so they do not preempt each other; handlers of your own, connected
// at other priorities, may, and use the heap just so.
#include <irqgc/irqgc.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

typedef struct sample sample_t;
struct sample {
    sample_t *next;
    unsigned number;
};

static irqgc_t *heap;
static sample_t *samples; // a registered root
static volatile unsigned n_taken, n_refused;

static void on_100_hz(struct k_timer *timer) {
    ARG_UNUSED(timer);
    sample_t *s = irqgc_alloc(heap, sizeof *s, 0);
    if (s == NULL) {
        n_refused++;
        return;
    }
    s->number = n_taken++;
    do {
        s->next = samples; // raw: `s` is this handler's own
    } while (!irqgc_compare_and_store(heap, (void **)&samples, s->next, s));
}

static void on_10_hz(struct k_timer *timer) {
    ARG_UNUSED(timer);
    irqgc_collect(heap);
}

static void on_1_hz(struct k_timer *timer) {
    ARG_UNUSED(timer);
    irqgc_store(heap, (void **)&samples,
                NULL); // a second's samples are garbage
}

K_TIMER_DEFINE(timer_100_hz, on_100_hz, NULL);
K_TIMER_DEFINE(timer_10_hz, on_10_hz, NULL);
K_TIMER_DEFINE(timer_1_hz, on_1_hz, NULL);

int main(void) {
    static char memory[8 * 1024] __aligned(8);
    static irqgc_root_t root;
    const irqgc_region_t region = {memory, sizeof memory};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    if (irqgc_init(&heap, &config) != IRQGC_OK ||
        irqgc_root_add(heap, &root, &samples, sizeof samples) != IRQGC_OK) {
        printk("three timers: no heap\n");
        return 1;
    }
    k_timer_start(&timer_100_hz, K_MSEC(10), K_MSEC(10));
    k_timer_start(&timer_10_hz, K_MSEC(100), K_MSEC(100));
    k_timer_start(&timer_1_hz, K_MSEC(1000), K_MSEC(1000));
    for (unsigned second = 1; second <= 5; second++) {
        while (k_uptime_get_32() < 1000 * second) {
            if (irqgc_collect(heap) != IRQGC_OK || irqgc_check(heap) != 0) {
                printk("three timers: FAILED\n");
                return 1;
            }
        }
        irqgc_stats_t stats;
        irqgc_stats(heap, &stats);
        printk("%u s: %u samples, %u refused, %u bytes free, %u collections\n",
               second, n_taken, n_refused, (unsigned)stats.free,
               (unsigned)stats.cycle);
    }
    printk("three timers: %s\n", n_refused == 0 ? "ok" : "FAILED");
    return 0;
}
