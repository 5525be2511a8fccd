// SPDX-License-Identifier: MIT
//
// Many pointers into one large object: its length is paid for once a
// collection, not once for each of them. Counted in instructions, by the trap
// flag; each pointer into an object of N groups may take what a look at N /
// WORD_BITS words does.
//
// Link: tests/picture.c
#include "picture.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include "trap.h"

enum { G = GROUP_BLOCKS, SHORT = 2, LONG = 4 * WORD_BITS, SLICES = 100 };

// What one group, one word of the map, and one pointer may take, at any
// optimization.
enum { GROUP_STEPS = 200, WORD_STEPS = 60, SLICE_STEPS = 60 };

static irqgc_t *heap;
static void *slices[SLICES];
static irqgc_root_t root;
static unsigned long n_steps;

static bool on_step(uintptr_t pc) {
    (void)pc;
    n_steps++;
    return true;
}

static void collect(void *unused) {
    (void)unused;
    irqgc_collect(heap);
}

static unsigned long collect_steps(void) {
    n_steps = 0;
    trap_connect(on_step, TRAP_APART);
    trap_through(collect, NULL);
    return n_steps;
}

// A collection of a heap, always as large, with all slices at the end of an
// object of so many groups.
static unsigned long slices_steps(word_t n_groups) {
    const size_t size = blocks_size((LONG + 8) * (G + 4));
    char *memory = aligned_alloc(64, size);
    assert_non_null(memory);
    const irqgc_region_t region = {memory, size};
    const irqgc_config_t config = {
        .regions = &region, .n_regions = 1, .interior_pointers = 1};
    assert_int_equal(irqgc_init(&heap, &config), IRQGC_OK);
    assert_int_equal(irqgc_root_add(heap, &root, slices, sizeof slices),
                     IRQGC_OK);
    const size_t length = blocks_size(n_groups * G);
    char *object = irqgc_alloc(heap, length, IRQGC_NO_POINTERS);
    assert_non_null(object);
    for (unsigned i = 0; i < SLICES; i++) {
        slices[i] = object + length - 1 - i;
    }
    const unsigned long steps = collect_steps();
    assert_int_equal(irqgc_size(heap, object), length);
    memset(slices, 0, sizeof slices);
    free(memory);
    return steps;
}

static void test_a_length_is_paid_for_once(void **state) {
    (void)state;
    const unsigned long few = slices_steps(SHORT);
    if (few == 0) {
        skip(); // valgrind has no trap flag
    }
    const unsigned long many = slices_steps(LONG);
    const unsigned long more =
        LONG * GROUP_STEPS +
        SLICES * (LONG / WORD_BITS * WORD_STEPS + SLICE_STEPS);
    print_message("%u slices: %lu instructions into %u groups, %lu into %u\n",
                  SLICES, few, SHORT, many, LONG);
    assert_true(many <= few + more);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_length_is_paid_for_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else // no trap flag

int main(void) {
    return 0;
}

#endif
