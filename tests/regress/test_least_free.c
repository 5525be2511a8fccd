// SPDX-License-Identifier: MIT
//
// A handler that allocates in the middle of a sweep leaves fewer blocks free
// than there were when the sweep began; the low-water mark missed that, for
// what the sweep gave back next came on top of it before anyone looked.
//
// And it must not be raised by who has found fewer free than noted, and is then
// overtaken by a handler that notes fewer still.
//
// Link: tests/picture.c -Wl,--wrap=irqgc_core_hints_toggle
// Link: -Wl,--wrap=irqgc_core_least_free_note
#include "picture.h"

#include "hints.h"

enum { G = GROUP_BLOCKS };
enum { N_DEAD = WORD_BITS, N_HELD = WORD_BITS, N_FREE = 3 }; // groups

static _Alignas(64) unsigned char memory[(N_DEAD + N_HELD + N_FREE) *
                                             (G * IRQGC_BLOCK + 96) +
                                         2048];
static irqgc_t *heap;
static bool in_sweep;
static bool in_note;

void __real_irqgc_core_hints_toggle(irqgc_t *h, word_t i, const hints_t *hints);
void __wrap_irqgc_core_hints_toggle(irqgc_t *h, word_t i, const hints_t *hints);
void __real_irqgc_core_least_free_note(irqgc_t *h);
void __wrap_irqgc_core_least_free_note(irqgc_t *h);

static void group_alloc(void) {
    assert_non_null(irqgc_alloc(heap, (size_t)G * IRQGC_BLOCK, IRQGC_HELD));
}

// Between the groups that share a row of hints, once.
void __wrap_irqgc_core_hints_toggle(irqgc_t *h, word_t i,
                                    const hints_t *hints) {
    __real_irqgc_core_hints_toggle(h, i, hints);
    if (in_sweep) {
        in_sweep = false;
        in_handler(group_alloc);
    }
}

static void group_alloc_and_free(void) {
    void *object = irqgc_alloc(heap, (size_t)G * IRQGC_BLOCK, 0);
    assert_int_equal(irqgc_free(heap, object), IRQGC_OK);
}

// Between the look and the note, once.
void __wrap_irqgc_core_least_free_note(irqgc_t *h) {
    if (in_note) {
        in_note = false;
        in_handler(group_alloc_and_free);
    }
    __real_irqgc_core_least_free_note(h);
}

static void groups_fill(unsigned n, irqgc_flags_t flags) {
    for (unsigned i = 0; i < n; i++) {
        irqgc_alloc(heap, (size_t)G * IRQGC_BLOCK, flags);
    }
}

static size_t free_now(void) {
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    return stats.free;
}

static void heap_make(void) {
    const irqgc_region_t region = {memory, sizeof memory};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    assert_int_equal(irqgc_init(&heap, &config), IRQGC_OK);
}

static size_t least_free(void) {
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    return stats.least_free;
}

static void test_least_free_in_the_middle_of_a_sweep(void **state) {
    (void)state;
    heap_make();
    groups_fill(N_DEAD, IRQGC_NO_POINTERS);
    groups_fill(N_HELD, IRQGC_NO_POINTERS | IRQGC_HELD);
    const size_t free_before = free_now();
    assert_true(free_before >= (size_t)2 * G * IRQGC_BLOCK);
    in_sweep = true;
    irqgc_collect(heap);
    assert_false(in_sweep);
    assert_true(free_now() > free_before);
    assert_int_equal(least_free(), free_before - (size_t)G * IRQGC_BLOCK);
}

static void test_least_free_is_not_raised(void **state) {
    (void)state;
    heap_make();
    void *object = irqgc_alloc(heap, IRQGC_BLOCK, 0);
    const size_t free_before = free_now();
    in_note = true;
    irqgc_free(heap, object);
    assert_false(in_note);
    assert_int_equal(least_free(), free_before - (size_t)G * IRQGC_BLOCK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_least_free_in_the_middle_of_a_sweep),
        cmocka_unit_test(test_least_free_is_not_raised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
