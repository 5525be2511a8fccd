// SPDX-License-Identifier: MIT
#include "preempted.h"

#include "measure.h"

// The thread's operations are preempted before every 13th instruction.
enum { STRIDE = 13, SLOTS = 8 };

static irqgc_t *heap;
static void *slots[SLOTS]; // roots
static irqgc_root_t slots_root;
static uint32_t n_shots;

static void slot_fill(unsigned i, size_t size) {
    irqgc_store(heap, &slots[i % SLOTS], irqgc_alloc(heap, size, 0));
}

static void line_ignore(const char *text, void *arg) {
    (void)arg;
    (void)text;
}

// Everything in turn, except that every second handler collects.
static void on_shot(void *arg) {
    (void)arg;
    irqgc_stats_t stats;
    const uint32_t i = n_shots++;
    switch (i % 8) {
    case 0:
        slot_fill(i / 8, 40);
        break;
    case 2:
        irqgc_free(heap, irqgc_alloc(heap, 700, IRQGC_NO_POINTERS));
        break;
    case 4:
        irqgc_copy(heap, &slots[0], &slots[1], SLOTS - 1);
        irqgc_store(heap, &slots[i / 8 % SLOTS],
                    irqgc_realloc(heap, irqgc_alloc(heap, 16, 0), 900, 0));
        break;
    case 6:
        irqgc_stats(heap, &stats);
        irqgc_dump(heap, line_ignore, NULL);
        if (irqgc_check(heap) != 0) {
            board_print("figures: the heap is broken\n");
            board_exit(1);
        }
        break;
    default:
        irqgc_collect(heap);
    }
}

static void operations(void *arg) {
    (void)arg;
    slot_fill(0, 1200);
    slot_fill(1, 24);
    irqgc_free(heap, irqgc_alloc(heap, 600, IRQGC_HELD));
    void *object = irqgc_alloc(heap, 100, IRQGC_NO_POINTERS);
    object = irqgc_realloc(heap, object, 1000, 0);
    irqgc_realloc(heap, object, 16, 0);
    irqgc_collect(heap);
}

void preempted_run(irqgc_t *h) {
    heap = h;
    irqgc_root_add(heap, &slots_root, slots, sizeof slots);
    board_on_level(1, on_shot, NULL);
    uint32_t n = 1;
    while (board_interrupt(1, n, operations, NULL)) {
        n += STRIDE;
    }
    value_print("preempted", "handlers", n_shots);
}
