// SPDX-License-Identifier: MIT
//
// Stores that look at what was there, and what they shade.
#include "picture.h"

static irqgc_t *heap;

static const unsigned phases[] = {IDLE, CLEAR, MARK, SWEEP};
enum { N_PHASES = sizeof phases / sizeof *phases };

static void test_exchange(void **state) {
    (void)state;
    for (unsigned i = 0; i < N_PHASES; i++) {
        heap = heap_draw(".~ ab.~");
        heap_phase(heap, phases[i], 0);
        void *slot = named('a');
        void *was = irqgc_exchange(heap, &slot, named('b'));
        assert_ptr_equal(was, named('a'));
        assert_ptr_equal(slot, named('b'));
        heap_expect(heap, phases[i] == MARK ? ".~ aB.~" : ".~ ab.~");
        was = irqgc_exchange(heap, &slot, NULL);
        assert_ptr_equal(was, named('b'));
        assert_null(slot);
    }
}

static void test_compare_and_store(void **state) {
    (void)state;
    for (unsigned i = 0; i < N_PHASES; i++) {
        heap = heap_draw(".~ abc.~");
        heap_phase(heap, phases[i], 0);
        void *slot = named('a');
        assert_int_equal(
            irqgc_compare_and_store(heap, &slot, named('c'), named('b')), 0);
        assert_ptr_equal(slot, named('a'));
        heap_expect(heap, ".~ abc.~");
        assert_int_not_equal(
            irqgc_compare_and_store(heap, &slot, named('a'), named('b')), 0);
        assert_ptr_equal(slot, named('b'));
        heap_expect(heap, phases[i] == MARK ? ".~ aBc.~" : ".~ abc.~");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_exchange, heap_forget),
        cmocka_unit_test_teardown(test_compare_and_store, heap_forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
