// SPDX-License-Identifier: MIT
//
// A handler that allocates in the middle of a sweep leaves fewer blocks free
// than there were when the sweep began; the low-water mark missed that, for
// what the sweep gave back next came on top of it before anyone looked.
//
// Link: tests/picture.c -Wl,--wrap=hints_gain
#include "picture.h"

#include "hints.h"

enum { G = GROUP_BLOCKS };
enum { N_DEAD = WORD_BITS, N_HELD = WORD_BITS, N_FREE = 3 }; // groups

static _Alignas(64) unsigned char memory[(N_DEAD + N_HELD + N_FREE) *
                                             (G * IRQGC_BLOCK + 96) +
                                         2048];
static irqgc_t *heap;
static bool in_sweep;

void __real_hints_gain(irqgc_t *h, word_t i, const gains_t *gains);
void __wrap_hints_gain(irqgc_t *h, word_t i, const gains_t *gains);

static void group_alloc(void) {
    assert_non_null(irqgc_alloc(heap, (size_t)G * IRQGC_BLOCK, IRQGC_HELD));
}

// Between the groups that share a word of hints, once.
void __wrap_hints_gain(irqgc_t *h, word_t i, const gains_t *gains) {
    __real_hints_gain(h, i, gains);
    if (in_sweep) {
        in_sweep = false;
        in_handler(group_alloc);
    }
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

static void test_least_free_in_the_middle_of_a_sweep(void **state) {
    (void)state;
    const irqgc_region_t region = {memory, sizeof memory};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    assert_int_equal(irqgc_init(&heap, &config), IRQGC_OK);
    groups_fill(N_DEAD, IRQGC_NO_POINTERS);
    groups_fill(N_HELD, IRQGC_NO_POINTERS | IRQGC_HELD);
    const size_t free_before = free_now();
    assert_true(free_before >= (size_t)2 * G * IRQGC_BLOCK);
    in_sweep = true;
    irqgc_collect(heap);
    assert_false(in_sweep);
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    assert_true(stats.free > free_before);
    assert_int_equal(stats.least_free, free_before - (size_t)G * IRQGC_BLOCK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_least_free_in_the_middle_of_a_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
