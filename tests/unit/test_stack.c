// SPDX-License-Identifier: MIT
//
// Which words of a stack are roots, on stacks made up for the purpose instead
// of those of the port.
//
// Link: -Wl,--wrap=irqgc_core_port_scan_stacks
#include "picture.h"

static void *words[3];
static const char *low, *high;

void __wrap_irqgc_core_port_scan_stacks(port_scan_t *scan, void *arg);
void __wrap_irqgc_core_port_scan_stacks(port_scan_t *scan, void *arg) {
    scan(arg, low, high);
}

// Collects, while this word of three points at an object, with a stack from one
// offset, in bytes, up to another.
static void expect_after(const char *picture, unsigned word, size_t from,
                         size_t to) {
    irqgc_t *h = heap_draw("a=.~ ....");
    for (unsigned i = 0; i < 3; i++) {
        words[i] = i == word ? named('a') : NULL;
    }
    low = (const char *)words + from;
    high = (const char *)words + to;
    irqgc_collect(h);
    heap_expect(h, picture);
}

enum { W = sizeof(word_t) };

static void test_words_inside_are_roots(void **state) {
    (void)state;
    for (unsigned word = 0; word < 3; word++) {
        expect_after("o=.~ ....", word, 0, 3 * W);
    }
    expect_after("o=.~ ....", 1, W, 2 * W);
}

static void test_words_outside_are_none(void **state) {
    (void)state;
    expect_after("...~ ....", 0, W, 2 * W);
    expect_after("...~ ....", 2, W, 2 * W);
    expect_after("...~ ....", 1, W, W);
}

static void test_words_half_inside_are_none(void **state) {
    (void)state;
    expect_after("...~ ....", 0, 1, 2 * W);
    expect_after("o=.~ ....", 1, 1, 2 * W);
    expect_after("...~ ....", 1, 0, 2 * W - 1);
}

// The first whole word would begin behind the end.
static void test_a_stack_inside_a_word_has_no_roots(void **state) {
    (void)state;
    for (unsigned word = 0; word < 3; word++) {
        expect_after("...~ ....", word, 1, W - 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_words_inside_are_roots, heap_forget),
        cmocka_unit_test_teardown(test_words_outside_are_none, heap_forget),
        cmocka_unit_test_teardown(test_words_half_inside_are_none, heap_forget),
        cmocka_unit_test_teardown(test_a_stack_inside_a_word_has_no_roots,
                                  heap_forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
