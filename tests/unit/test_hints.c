// SPDX-License-Identifier: MIT
//
// Hints tell of the first group, in the order of addresses, that has room. What
// they tell of is not searched for: the linker puts a search in front of the
// heap's that counts.
//
// Link: tests/picture.c -Wl,--wrap=irqgc_core_searched_claim
#include "picture.h"

#include <stdlib.h>

#include "rows.h"
#include "searches.h"

enum { G = GROUP_BLOCKS };

// What a row says from a class on, whatever its words.
static void test_row_from(void **state) {
    (void)state;
    for (word_t words = 0; words < (word_t)1 << N_CLASSES; words++) {
        word_t row[N_CLASSES];
        for (unsigned c = 0; c < N_CLASSES; c++) {
            row[c] = (words >> c & 1) << c;
        }
        for (unsigned class = 1; class <= N_CLASSES; class ++) {
            word_t slow = words >> (class - 1) << (class - 1);
            if (class == 1) { // its map has all groups that are not full
                slow = words & 1;
            }
            assert_int_equal(row_from(row, class), slow);
        }
    }
}

// Free blocks of a group, all others of which are objects of one block.
static void group_draw(irqgc_t *h, word_t k, word_t free) {
    h->groups[k].head = ~free & GROUP_ALL;
    h->groups[k].body = 0;
    h->taken += word_count(~free & GROUP_ALL);
    slow_hints_set(h);
}

static block_t alloc_block(irqgc_t *h, word_t n) {
    n_searches = 0;
    void *object = irqgc_alloc(h, blocks_size(n), IRQGC_FAIL_FAST);
    assert_non_null(object);
    assert_true(slow_hints_match(h));
    return address_object(h, (uintptr_t)object);
}

// Groups: full, with a run of `length` at block `first`, with one that fits
// tighter, wholly free.
static irqgc_t *runs_draw(word_t length, unsigned first) {
    irqgc_t *h = heap_draw(".~ .~ .~ .~");
    group_draw(h, 0, 0);
    group_draw(h, 1, word_run(first, length));
    group_draw(h, 2, word_run(0, length > 1 ? length - 1 : length));
    return h;
}

static void test_first_group_that_has_room(void **state) {
    (void)state;
    for (word_t length = 1; length <= G; length *= 2) {
        for (unsigned first = 0; first + length <= G; first++) {
            for (word_t n = length / 2 + 1; n <= length; n++) {
                irqgc_t *h = runs_draw(length, first);
                assert_int_equal(alloc_block(h, n), G + first);
                assert_int_equal(n_searches, 0);
            }
        }
    }
}

static void test_no_smaller_class(void **state) {
    (void)state;
    for (word_t length = 1; length < G; length *= 2) {
        irqgc_t *h = runs_draw(length, 0);
        assert_int_equal(alloc_block(h, length + 1), 3 * G);
        assert_int_equal(n_searches, 0);
    }
}

// Rows follow each other in the order of addresses.
static void test_first_row_that_has_room(void **state) {
    (void)state;
    irqgc_t *h = rows_draw();
    const word_t last = 3 * WORD_BITS - 1;
    group_draw(h, last, word_run(G - 2, 2));
    group_draw(h, WORD_BITS + 3, word_run(1, 1));
    assert_int_equal(alloc_block(h, 2), last * G + G - 2);
    assert_int_equal(n_searches, 0);
    assert_int_equal(alloc_block(h, 1), (WORD_BITS + 3) * G + 1);
    assert_int_equal(n_searches, 0);
    assert_null(irqgc_alloc(h, 1, IRQGC_FAIL_FAST));
}

// Where a hint is wrong the search starts, and comes round.
static void test_wrong_hint(void **state) {
    (void)state;
    irqgc_t *h = runs_draw(2, 1);
    group_draw(h, 3, 0);
    for (unsigned c = 0; c < N_CLASSES; c++) {
        slow_map_set(h, 0, c, (word_t)1 << 3); // instead of 1 and 2
    }
    void *object = irqgc_alloc(h, blocks_size(2), IRQGC_FAIL_FAST);
    assert_ptr_equal(object, block_address(h, G + 1));
}

// What a context below has yet to take back is passed over: the search starts
// at the next group that hints tell of, not at the run before it that they do
// not.
static void test_stale_hint(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~ .~ .~ .~");
    group_draw(h, 0, 0);
    group_draw(h, 1, 0);
    group_draw(h, 2, word_run(G - 1, 1));
    slow_map_set(h, 0, 0, hint_row(h, 0, 0)[0] | 2);
    slow_map_set(h, 0, 1, hint_row(h, 0, 0)[1] | 2);
    void *object = irqgc_alloc(h, blocks_size(2), IRQGC_FAIL_FAST);
    assert_ptr_equal(object, block_address(h, 3 * G));
}

// A row that has lost its last hint, but not yet its bit above, and one whose
// only hint is wrong: the search goes up again, and on behind them.
static void test_stale_rows(void **state) {
    (void)state;
    irqgc_t *h = rows_draw();
    const word_t last = 3 * WORD_BITS - 1;
    group_draw(h, last, word_run(G - 2, 2));
    hint_row(h, 1, 0)[0] |= 1;
    hint_row(h, 1, 0)[1] |= 1;
    slow_map_set(h, 1, 0, (word_t)1 << (WORD_BITS - 1));
    slow_map_set(h, 1, 1, (word_t)1 << (WORD_BITS - 1));
    n_searches = 0;
    void *object = irqgc_alloc(h, blocks_size(2), IRQGC_FAIL_FAST);
    assert_ptr_equal(object, block_address(h, last * G + G - 2));
    assert_int_equal(n_searches, 0);
}

// Where the open group has no room the next one is opened, and nothing
// searched.
static void test_next_group_is_opened(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~ .~");
    assert_null(h->open);
    for (block_t b = 0; b < 2 * G && !FOR_SIZE; b++) {
        assert_int_equal(alloc_block(h, 1), b);
        assert_ptr_equal(h->open, &h->groups[b / G]);
        assert_int_equal(n_searches, 0);
    }
}

// More groups than a row of the second level stands for: none is searched for.
static void test_far_rows(void **state) {
    (void)state;
    const word_t n_near = WORD_BITS * WORD_BITS;
    const size_t size = blocks_size((n_near + 2 * WORD_BITS) * (G + 2));
    unsigned char *memory = malloc(size);
    assert_non_null(memory);
    irqgc_t *h;
    const irqgc_region_t region = {memory, size};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    assert_int_equal(irqgc_init(&h, &config), IRQGC_OK);
    assert_int_equal(alloc_block(h, n_near * G), 0);
    assert_int_equal(alloc_block(h, G), n_near * G);
    assert_int_equal(alloc_block(h, 1), (n_near + 1) * G);
    assert_int_equal(alloc_block(h, G), (n_near + 2) * G);
    void *far = block_address(h, n_near * G);
    assert_int_equal(irqgc_free(h, far), IRQGC_OK);
    assert_int_equal(alloc_block(h, G), n_near * G);
    assert_int_equal(n_searches, 0);
    assert_int_equal(irqgc_check(h), 0);
    free(memory);
}

// The last blocks of a group, and the first ones of the next, free.
static void border_draw(irqgc_t *h, word_t k, word_t n_tail, word_t n_lead) {
    group_draw(h, k, word_run((unsigned)(G - n_tail), n_tail));
    group_draw(h, k + 1, word_run(0, n_lead));
}

static irqgc_t *full_draw(void) {
    irqgc_t *h = heap_draw(".~ .~ .~ .~ .~ .~ .~ .~");
    for (word_t k = 0; k < 8; k++) {
        group_draw(h, k, 0);
    }
    return h;
}

// Runs across groups: first where hints tell of a piece, then everywhere.
static void test_run_across_groups(void **state) {
    (void)state;
    irqgc_t *h = full_draw();
    border_draw(h, 0, G / 2, G / 2);
    border_draw(h, 4, G / 2, G / 2);
    for (unsigned c = 0; c < N_CLASSES; c++) {
        hint_row(h, 0, 0)[c] &= ~(word_t)3;
    }
    const size_t size = blocks_size(G);
    void *object = irqgc_alloc(h, size, IRQGC_FAIL_FAST);
    assert_ptr_equal(object, block_address(h, 4 * G + G / 2));
    object = irqgc_alloc(h, size, IRQGC_FAIL_FAST);
    assert_ptr_equal(object, block_address(h, G / 2));
    assert_null(irqgc_alloc(h, size, IRQGC_FAIL_FAST));
}

// The run may begin in the group before the one that is hinted at.
static void test_run_from_the_group_before(void **state) {
    (void)state;
    irqgc_t *h = full_draw();
    border_draw(h, 2, G / 4, G - G / 4);
    border_draw(h, 5, G / 2, G / 2);
    assert_int_equal(alloc_block(h, G), 2 * G + G - G / 4);
    assert_int_equal(alloc_block(h, G), 5 * G + G / 2);
}

// The half of it is in a group, not more.
static void test_run_of_halves(void **state) {
    (void)state;
    irqgc_t *h = full_draw();
    border_draw(h, 1, G - G / 4, G - G / 4);
    border_draw(h, 5, G, G / 2);
    assert_int_equal(alloc_block(h, G + G / 2), G + G / 4);
    assert_int_equal(alloc_block(h, G + G / 2), 5 * G);
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, heap_forget)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(row_from),
        TEST(run_across_groups),
        TEST(run_from_the_group_before),
        TEST(run_of_halves),
        TEST(first_group_that_has_room),
        TEST(no_smaller_class),
        TEST(first_row_that_has_room),
        TEST(wrong_hint),
        TEST(stale_hint),
        TEST(stale_rows),
        TEST(far_rows),
        TEST(next_group_is_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
