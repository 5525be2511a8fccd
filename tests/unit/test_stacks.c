// SPDX-License-Identifier: MIT
//
// Which words of listed stacks are roots, on a port that has no stack of its
// own; and the list.
//
// Link: -Wl,--wrap=irqgc_core_port_scan_stacks
// Link: -Wl,--wrap=irqgc_core_port_stack_runs
#include "picture.h"

#include "stacks.h"

enum { N_WORDS = 6, N_STACKS = 3 };

static irqgc_t *heap;
static void *words[N_STACKS][N_WORDS];
static void *further[4];
static irqgc_stack_t stacks[N_STACKS];
static bool runs;

void __wrap_irqgc_core_port_scan_stacks(port_scan_t *scan, void *arg);
void __wrap_irqgc_core_port_scan_stacks(port_scan_t *scan, void *arg) {
    (void)scan, (void)arg;
}

bool __wrap_irqgc_core_port_stack_runs(const void *low, const void *high);
bool __wrap_irqgc_core_port_stack_runs(const void *low, const void *high) {
    (void)low, (void)high;
    return runs;
}

static void stack_add(unsigned i) {
    stacks[i].low = words[i];
    stacks[i].high = words[i] + N_WORDS;
    assert_int_equal(irqgc_stack_add(&stacks[i]), IRQGC_OK);
}

static int setup(void **state) {
    (void)state;
    runs = false;
    for (unsigned i = 0; i < N_STACKS; i++) {
        stacks[i] = (irqgc_stack_t){.low = NULL};
    }
    return 0;
}

static int teardown(void **state) {
    for (unsigned i = 0; i < N_STACKS; i++) {
        (void)irqgc_stack_remove(&stacks[i]);
    }
    return heap_forget(state);
}

// Whether a collection keeps an object while this word is so many bytes from
// its start.
static bool keeps_at(void **word, ptrdiff_t offset) {
    heap = heap_draw("a=.~ ....");
    *word = (char *)named('a') + offset;
    irqgc_collect(heap);
    *word = NULL;
    const bool kept = block_is_head(heap, named_block('a'));
    heap_expect(heap, kept ? "o=.~ ...." : "...~ ....");
    return kept;
}

static bool keeps(void **word) {
    return keeps_at(word, 0);
}

// The words of the first stack from this one on are roots, the others are not.
static void expect_from(unsigned first) {
    for (unsigned i = 0; i < N_WORDS; i++) {
        assert_int_equal(keeps(&words[0][i]), i >= first);
    }
}

// ---- Which words -----------------------------------------------------------

static void test_all_of_it(void **state) {
    (void)state;
    expect_from(N_WORDS);
    stack_add(0);
    expect_from(0);
    assert_int_equal(irqgc_stack_remove(&stacks[0]), IRQGC_OK);
    expect_from(N_WORDS);
}

static void test_from_where_it_was_left(void **state) {
    (void)state;
    const void *saved;
    stacks[0].saved = &saved;
    stack_add(0);
    for (unsigned i = 0; i <= N_WORDS; i++) {
        saved = words[0] + i;
        expect_from(i);
    }
    saved = (char *)words[0] + 1; // the first whole word
    expect_from(1);
}

static void test_all_of_it_if_left_elsewhere(void **state) {
    (void)state;
    const void *saved = NULL;
    stacks[0].saved = &saved;
    stack_add(0);
    expect_from(0);
    saved = (const void *)((uintptr_t)words[0] - 1);
    expect_from(0);
    saved = (const void *)((uintptr_t)(words[0] + N_WORDS) + 1);
    expect_from(0);
}

// As of what was preempted, for nobody knows where it was left.
static void test_past_the_end_too(void **state) {
    (void)state;
    stack_add(0);
    assert_true(keeps_at(&words[0][1], 2 * BLOCK_BYTES));
    assert_false(keeps_at(&words[0][1], 2 * BLOCK_BYTES + 1));
    assert_true(keeps_at(&words[0][1], -8));
    assert_false(keeps_at(&words[0][1], -9));
}

static void expect_ranges(void) {
    assert_false(keeps(&further[0]));
    assert_true(keeps(&further[1]));
    assert_true(keeps(&further[2]));
    assert_false(keeps(&further[3]));
}

static void test_ranges(void **state) {
    (void)state;
    const irqgc_range_t ranges[] = {{further + 1, sizeof(void *)},
                                    {further + 2, sizeof(void *) + 1}};
    stacks[0].ranges = ranges;
    stacks[0].n_ranges = 2;
    stack_add(0);
    expect_ranges();
    expect_from(0);
    runs = true;
    expect_ranges();
    expect_from(N_WORDS);
}

// ---- The list --------------------------------------------------------------

static void test_refusals(void **state) {
    (void)state;
    const irqgc_status_t bad = IRQGC_BAD_ARGUMENT;
    assert_int_equal(irqgc_stack_add(NULL), bad);
    assert_int_equal(irqgc_stack_remove(NULL), bad);
    irqgc_stack_t s = {.low = NULL, .high = words[0]};
    assert_int_equal(irqgc_stack_add(&s), bad);
    s.low = words[0];
    assert_int_equal(irqgc_stack_add(&s), bad);
    s.high = words[0] + 1;
    s.n_ranges = 1;
    assert_int_equal(irqgc_stack_add(&s), bad);
    assert_int_equal(irqgc_stack_remove(&s), bad);
    for (unsigned i = 0; i < N_STACKS; i++) {
        stack_add(i);
        assert_int_equal(irqgc_stack_add(&stacks[0]), bad);
    }
}

// In turn each of the three.
static void test_others_stay(void **state) {
    (void)state;
    for (unsigned off = 0; off < N_STACKS; off++) {
        for (unsigned i = 0; i < N_STACKS; i++) {
            stack_add(i);
        }
        assert_int_equal(irqgc_stack_remove(&stacks[off]), IRQGC_OK);
        assert_int_equal(irqgc_stack_remove(&stacks[off]), IRQGC_BAD_ARGUMENT);
        for (unsigned i = 0; i < N_STACKS; i++) {
            assert_int_equal(keeps(&words[i][0]), i != off);
        }
        teardown(state);
    }
}

// A stack pointer is where the last word is, or at the end of an empty stack.
static void test_the_end(void **state) {
    (void)state;
    assert_null(stack_end(words[1]));
    for (unsigned i = 0; i < N_STACKS; i++) {
        stack_add(i);
    }
    const char *low = (const char *)words[1];
    const char *high = (const char *)(words[1] + N_WORDS);
    assert_ptr_equal(stack_end(low + 1), high);
    assert_ptr_equal(stack_end(high - 1), high);
    assert_ptr_equal(stack_end(high), high);
    assert_ptr_not_equal(stack_end(low), high);
    assert_ptr_not_equal(stack_end(high + 1), high);
    assert_null(stack_end(&low));
}

static unsigned n_read;
static irqgc_status_t removed;

static void stack_remove(void) {
    removed = irqgc_stack_remove(&stacks[1]);
}

static void stack_list(void) {
    stack_add(2);
}

static bool read_and(void *arg, word_t word) {
    (void)word;
    void (*const then)(void) = *(void (**)(void))arg;
    if (++n_read == 2) {
        in_handler(then);
    }
    return true;
}

// By a handler, while it is read: nothing of it is read any more.
static void test_a_change_while_it_is_read(void **state) {
    (void)state;
    void (*changes[])(void) = {stack_remove, stack_list};
    for (unsigned i = 0; i < 2; i++) {
        stack_add(0);
        stack_add(1);
        n_read = 0;
        removed = IRQGC_OK;
        assert_false(stacks_scan(stacks_version, read_and, &changes[i]));
        assert_int_equal(n_read, 2);
        assert_int_equal(removed, IRQGC_OK);
        teardown(state);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(all_of_it),
        TEST(from_where_it_was_left),
        TEST(all_of_it_if_left_elsewhere),
        TEST(past_the_end_too),
        TEST(ranges),
        TEST(refusals),
        TEST(others_stay),
        TEST(the_end),
        TEST(a_change_while_it_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
