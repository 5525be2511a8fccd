// SPDX-License-Identifier: MIT
//
// Hints on several levels, with a handler of the test's at the end of a window:
// the linker puts its own in front of what calls those that are pending.
//
// Link: tests/picture.c -Wl,--wrap=irqgc_posix_dispatch
#include "picture.h"

#include "rows.h"
#include "vic.h"

enum { G = GROUP_BLOCKS };

enum { WAITS = 1 << 30 }; // pending, and no line's

static unsigned passes; // so many windows end before it comes
static irqgc_t *heap;
static void *freed_by_handler;

// NOLINTNEXTLINE(bugprone-reserved-identifier): what --wrap asks for
void __wrap_irqgc_posix_dispatch(void);
// NOLINTNEXTLINE(bugprone-reserved-identifier)
void __wrap_irqgc_posix_dispatch(void) {
    if (passes-- == 0) {
        irqgc_posix_pending = 0;
        irqgc_posix_priority = 1;
        assert_int_equal(irqgc_free(heap, freed_by_handler), IRQGC_OK);
        irqgc_posix_priority = 0;
    }
}

// The level above is toggled by what each window saw, whoever toggles the same
// word behind it.
static void test_levels_that_two_toggle(void **state) {
    (void)state;
    for (unsigned n = 0;; n++) {
        heap = rows_draw();
        freed_by_handler = block_address(heap, (WORD_BITS + 4) * G);
        passes = n;
        irqgc_posix_pending = WAITS;
        const irqgc_status_t status =
            irqgc_free(heap, block_address(heap, (WORD_BITS + 3) * G));
        const bool has_come = irqgc_posix_pending == 0;
        irqgc_posix_pending = 0;
        assert_int_equal(status, IRQGC_OK);
        assert_true(slow_hints_match(heap));
        if (!has_come) {
            assert_true(n > 2);
            return;
        }
        heap_forget(state);
    }
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, heap_forget)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(levels_that_two_toggle)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
