// SPDX-License-Identifier: MIT
#include "demo.h"
#include "fail.h"

static irqgc_t *heap;
static volatile unsigned n_faults;
static volatile uint32_t n_counted; // by on_count
static volatile uint32_t pairs_n;   // of the shot in a shot's handler; 0: none

static void on_work(void *arg) {
    (void)arg;
    irqgc_free(heap, irqgc_alloc(heap, 40, 0));
    irqgc_collect(heap);
    const unsigned broken = irqgc_check(heap);
    if (broken != 0) {
        n_faults += demo_fail("irqgc_check", broken);
    }
}

static void operation(void *arg) {
    (void)arg;
    void *const object = irqgc_alloc(heap, 24, 0);
    if (object == NULL || irqgc_free(heap, object) != IRQGC_OK) {
        n_faults += demo_fail("an interrupted operation", 0);
    }
}

static void on_shot(void *arg) {
    (void)arg;
    board_interrupt(HEAP_LEVELS, pairs_n, operation, NULL);
}

#ifdef __riscv
#define RETURN "ret"
#else
#define RETURN "bx lr"
#endif

// 128 instructions of two bytes, and one more, that are hit one after the
// other.
__attribute__((naked)) static void straight(__attribute__((unused)) void *arg) {
    __asm__ volatile(".rept 128\n\tnop\n\t.endr\n\t" RETURN);
}

static void handler_none(void *arg) {
    (void)arg;
}

static void exactness_check(unsigned level) {
    board_on_level(level, handler_none, NULL);
    uint32_t n_steps = 0;
    uintptr_t last = 0;
    for (uint32_t n = 1; board_interrupt(level, n, straight, NULL); n++) {
        n_steps += board_interrupted(level) - last == 2;
        last = board_interrupted(level);
    }
    if (n_steps != 128) {
        n_faults += demo_fail("of 128 instructions hit", n_steps);
    }
}

// Returns how many instructions were interrupted.
static uint32_t sweep(unsigned level, board_handler_t *handler) {
    board_on_level(level, handler, NULL);
    uint32_t n = 1;
    while (board_interrupt(level, n, operation, NULL)) {
        n++;
    }
    return n - 1;
}

// How many shots of a level were put off to where the next one hit too.
static uint32_t delayed_count(unsigned level) {
    board_on_level(level, handler_none, NULL);
    uint32_t n_delayed = 0;
    uintptr_t last = 0;
    for (uint32_t n = 1; board_interrupt(level, n, operation, NULL); n++) {
        n_delayed += board_interrupted(level) == last;
        last = board_interrupted(level);
    }
    return n_delayed;
}

static void delays_check(void) {
    for (unsigned level = 1; level <= BOARD_LEVELS; level++) {
        const uint32_t n_delayed = delayed_count(level);
        if ((n_delayed != 0) != (level <= HEAP_LEVELS)) {
            n_faults += demo_fail("delays of another level", n_delayed);
        }
    }
}

static void on_count(void *arg) {
    (void)arg;
    n_counted++;
}

// The windows of an operation end as they began: masked, in a masked caller.
static void masking_check(void) {
    board_on_level(1, on_count, NULL);
    const port_irq_t irq = port_irq_save();
    board_request(1);
    operation(NULL);
    const uint32_t masked = n_counted;
    port_irq_restore(irq);
    if (masked != 0 || n_counted != 1) {
        n_faults += demo_fail("handlers where masked", masked);
    }
}

static void figure_print(const char *name, uint32_t figure) {
    board_print(name);
    board_print_number(figure);
}

unsigned shots_run(irqgc_t *h) {
    heap = h;
    for (unsigned level = 1; level <= BOARD_LEVELS; level++) {
        exactness_check(level);
    }
    delays_check();
    masking_check();
    const uint32_t begin = board_cycles();
    operation(NULL);
    const uint32_t instructions = board_instructions(board_cycles() - begin);
    const uint32_t single = sweep(HEAP_LEVELS, on_work);
    const uint32_t step = single / 20 + 1;
    uint32_t pairs = 0;
    for (pairs_n = 1; HEAP_LEVELS > 1 && pairs_n < single; pairs_n += step) {
        pairs += sweep(1, on_shot);
    }
    figure_print("shots: operation of ", instructions);
    figure_print(" instructions, interrupted at ", single);
    figure_print(", pairs ", pairs);
    figure_print(", faults ", n_faults);
    board_print("\n");
    return n_faults;
}
