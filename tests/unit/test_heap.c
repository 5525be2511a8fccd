// SPDX-License-Identifier: MIT
//
// All of the heap but the collector: each operation on a drawn heap, regions
// of any kind, statistics, walk, dump and check.
//
// Link: tests/picture.c
#include "picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slow_hints.h"

enum { G = GROUP_BLOCKS };

static irqgc_t *heap; // where handlers and visits find it

static void *alloc_blocks(irqgc_t *h, word_t n) {
    return irqgc_alloc(h, blocks_size(n), IRQGC_FAIL_FAST);
}

static void *realloc_blocks(irqgc_t *h, void *object, word_t n) {
    return irqgc_realloc(h, object, blocks_size(n), IRQGC_FAIL_FAST);
}

static bool bytes_are(const void *start, int byte, size_t size) {
    const unsigned char *bytes = start;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != byte) {
            return false;
        }
    }
    return true;
}

// ---- Allocation ------------------------------------------------------------

static void test_alloc_rounds_up_to_blocks(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~");
    const void *first = irqgc_alloc(h, 1, 0);
    assert_ptr_equal(first, block_address(h, 0));
    heap_expect(h, "o.~ .~");
    irqgc_alloc(h, IRQGC_BLOCK, 0);
    heap_expect(h, "oo.~ .~");
    irqgc_alloc(h, IRQGC_BLOCK + 1, 0);
    heap_expect(h, "ooo=.~ .~");
}

static void test_alloc_a_group(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~");
    assert_ptr_equal(alloc_blocks(h, G), block_address(h, 0));
    heap_expect(h, "o=~ .~");
    assert_ptr_equal(alloc_blocks(h, G), block_address(h, G));
    heap_expect(h, "o=~ o=~");
}

static void test_alloc_many_groups(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~ .~ .~");
    alloc_blocks(h, 2 * G + 1);
    heap_expect(h, "o=~ =~ =.~ .~");

    h = heap_draw("o.~ .~ .~ .~");
    alloc_blocks(h, 2 * G);
    heap_expect(h, "oo=~ =~ =.~ .~");

    h = heap_draw("o.~ .~ .~ .~");
    alloc_blocks(h, 3 * G - 1);
    heap_expect(h, "oo=~ =~ =~ .~");
}

static void test_alloc_straddles_two_groups(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o~.. ..o~");
    alloc_blocks(h, 4);
    heap_expect(h, "o~o= ==o~");

    h = heap_draw("o~.. ..o~");
    alloc_blocks(h, 3);
    heap_expect(h, "o~o= =.o~");
}

static void test_alloc_prefers_one_group(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o~.. .~");
    alloc_blocks(h, 3);
    heap_expect(h, "o~.. o==.~");
}

static void test_alloc_fits_exactly(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o..o~ o~");
    alloc_blocks(h, 2);
    heap_expect(h, "oo=o~ o~");

    h = heap_draw("o~. .~ .o~");
    assert_null(alloc_blocks(h, G + 3));
    alloc_blocks(h, G + 2);
    heap_expect(h, "o~o =~ =o~");
}

static void test_alloc_takes_the_last_run(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o~ o~.");
    alloc_blocks(h, 1);
    heap_expect(h, "o~ o~o");

    h = heap_draw("o~ oo.");
    alloc_blocks(h, 1);
    heap_expect(h, "o~ ooo");

    h = heap_draw("o~. .~ ..");
    assert_null(alloc_blocks(h, G + 4));
    alloc_blocks(h, G + 3);
    heap_expect(h, "o~o =~ ==");
}

static void test_alloc_takes_all(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~ ...");
    assert_null(alloc_blocks(h, 2 * G + 4));
    assert_non_null(alloc_blocks(h, 2 * G + 3));
    heap_expect(h, "o=~ =~ ===");
}

static void test_alloc_finds_none(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o~ o~");
    heap_remember();
    assert_null(alloc_blocks(h, 1));
    heap_expect_same_but(&h->counts[0].failures, 1);
    assert_null(alloc_blocks(h, G));
    assert_null(alloc_blocks(h, G + 1));
    heap_expect_same_but(&h->counts[0].failures, 3);
}

static void test_alloc_finds_none_long_enough(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o~.o .o~. o~.o");
    heap_remember();
    assert_null(alloc_blocks(h, 2));
    heap_expect_same_but(&h->counts[0].failures, 1);
    assert_non_null(alloc_blocks(h, 1));
    heap_expect(h, "o~oo .o~. o~.o");
}

static void test_alloc_in_order_of_addresses(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o~.o .~ .~ .~");
    alloc_blocks(h, 1);
    heap_expect(h, "o~oo .~ .~ .~");
    alloc_blocks(h, 1);
    heap_expect(h, "o~oo o.~ .~ .~");
    alloc_blocks(h, 2);
    heap_expect(h, "o~oo oo=.~ .~ .~");
    alloc_blocks(h, G + 1); // the first run long enough begins there
    heap_expect(h, G == 4 ? "oooo oo=o ==== .~" : "o~oo oo=o=~ ====.~ .~");
}

static void test_alloc_of_no_size(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~");
    heap_remember();
    assert_null(irqgc_alloc(h, 0, 0));
    heap_expect_same();
}

static void test_alloc_of_too_much(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~");
    heap_remember();
    const size_t sizes[] = {blocks_size(G) + 1, SIZE_MAX / 2, SIZE_MAX - 1,
                            SIZE_MAX - IRQGC_BLOCK + 1, SIZE_MAX};
    for (unsigned i = 0; i < 5; i++) {
        assert_null(irqgc_alloc(h, sizes[i], 0));
        heap_expect_same_but(&h->counts[0].failures, i + 1);
    }
}

// ---- Colours ---------------------------------------------------------------

static void test_new_objects_are_white(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~ .~");
    alloc_blocks(h, 1);
    heap_phase(h, CLEAR, 0);
    alloc_blocks(h, 1);
    heap_expect(h, "oo.~ .~ .~");
}

static void test_new_objects_are_shaded_in_mark(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o.~ .~ .~");
    heap_phase(h, MARK, 0);
    alloc_blocks(h, 1);
    heap_expect(h, "o*.~ .~ .~");
    alloc_blocks(h, 2 * G - 2);
    heap_expect(h, "o**=~ =~ .~");
    assert_int_equal(h->mark_depth, 2); // and wait to be scanned
    assert_int_equal(h->mark_stack[0], 1);
    assert_int_equal(h->mark_stack[1], 2);
}

static void test_new_objects_are_black_ahead_of_the_sweep(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o~.. .~ .~");
    heap_phase(h, SWEEP, 1);
    alloc_blocks(h, 1);
    heap_expect(h, "o~*. .~ .~");
    alloc_blocks(h, 2);
    heap_expect(h, "o~*. o=.~ .~"); // behind it
    assert_int_equal(h->mark_depth, 0);
}

static void test_the_group_of_the_head_decides(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~ .~");
    heap_phase(h, SWEEP, 1);
    alloc_blocks(h, 2 * G);
    heap_expect(h, "*=~ =~ .~");
}

static void test_resizing_keeps_the_colour(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("A=.~ .~ b.~");
    heap_phase(h, SWEEP, 2);
    assert_ptr_equal(realloc_blocks(h, named('A'), 2 * G), named('A'));
    heap_expect(h, "*=~ =~ o.~");
    assert_ptr_equal(realloc_blocks(h, named('A'), 1), named('A'));
    heap_expect(h, "*.~ .~ o.~");
}

static void test_moving_colours_anew(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("Ao~ o~ .~");
    heap_phase(h, SWEEP, 2);
    assert_ptr_equal(realloc_blocks(h, named('A'), 2), block_address(h, 2 * G));
    heap_expect(h, ".o~ o~ o=.~");

    h = heap_draw("ao~ o~ .~");
    heap_phase(h, MARK, 0);
    realloc_blocks(h, named('a'), 2);
    heap_expect(h, ".o~ o~ *=.~");
}

// ---- Content and attributes ------------------------------------------------

static void test_new_objects_are_zeroed(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~ .~");
    const void *small = irqgc_alloc(h, 1, 0);
    assert_true(bytes_are(small, 0, blocks_size(1)));
    const void *large = irqgc_alloc(h, blocks_size(2 * G), 0);
    assert_true(bytes_are(large, 0, blocks_size(2 * G)));
    assert_true(bytes_are((const char *)large + blocks_size(2 * G),
                          PICTURE_FILL, blocks_size(G - 1)));
}

static void test_not_zeroed_leaves_the_memory(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~");
    const void *object = irqgc_alloc(h, blocks_size(G + 1), IRQGC_NOT_ZEROED);
    assert_true(bytes_are(object, PICTURE_FILL, blocks_size(G + 1)));
}

typedef struct {
    const void *object;
    irqgc_flags_t flags;
} wanted_t;

static void flags_visit(void *arg, void *object, size_t size,
                        irqgc_flags_t flags) {
    (void)size;
    wanted_t *wanted = arg;
    if (object == wanted->object) {
        wanted->flags = flags;
    }
}

static irqgc_flags_t flags_of(irqgc_t *h, const void *object) {
    wanted_t wanted = {object, ~0u};
    irqgc_walk(h, flags_visit, &wanted);
    return wanted.flags;
}

static bool has_two_policies(irqgc_flags_t flags) {
    const irqgc_flags_t policy =
        flags & (IRQGC_FAIL_FAST | IRQGC_SWEEP_ON | IRQGC_COLLECT);
    return (policy & (policy - 1)) != 0;
}

static void test_attributes(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~");
    for (irqgc_flags_t flags = 0; flags < 64; flags++) {
        if (has_two_policies(flags)) {
            continue;
        }
        void *object = irqgc_alloc(h, 1, flags); // at the same place each time
        assert_int_equal(flags_of(h, object),
                         flags & (IRQGC_NO_POINTERS | IRQGC_HELD));
        assert_int_equal(irqgc_free(h, object), IRQGC_OK);
    }
}

static void test_attributes_of_neighbours_stay(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~");
    const irqgc_flags_t both = IRQGC_NO_POINTERS | IRQGC_HELD;
    const void *left = irqgc_alloc(h, 1, both);
    void *middle = irqgc_alloc(h, 1, 0);
    const void *right = irqgc_alloc(h, 1, both);
    irqgc_free(h, middle);
    irqgc_alloc(h, 1, both);
    irqgc_free(h, middle);
    irqgc_alloc(h, 1, 0);
    assert_int_equal(flags_of(h, left), both);
    assert_int_equal(flags_of(h, middle), 0);
    assert_int_equal(flags_of(h, right), both);
}

__attribute__((noinline)) static void alloc_unreached(irqgc_t *h,
                                                      irqgc_flags_t flags) {
    irqgc_alloc(h, blocks_size(2), flags);
}

__attribute__((noinline)) static void free_first(irqgc_t *h) {
    assert_int_equal(irqgc_free(h, block_address(h, 0)), IRQGC_OK);
}

static void test_held_until_freed(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~");
    alloc_unreached(h, IRQGC_HELD);
    alloc_unreached(h, 0);
    stack_wipe();
    irqgc_collect(h);
    heap_expect(h, "o=.~");
    free_first(h);
    heap_expect(h, ".~");
    alloc_unreached(h, 0); // does not inherit it
    stack_wipe();
    irqgc_collect(h);
    heap_expect(h, ".~");
}

// ---- Reallocation ----------------------------------------------------------

static void test_realloc_shrinks(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("a==b~ .~");
    assert_ptr_equal(realloc_blocks(h, named('a'), 2), named('a'));
    heap_expect(h, "o=.b~ .~");
    assert_ptr_equal(irqgc_realloc(h, named('a'), 1, 0), named('a'));
    heap_expect(h, "o..b~ .~");
}

static void test_realloc_shrinks_many_groups(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("oa=~ =~ =~ ==o~");
    realloc_blocks(h, named('a'), 3 * G);
    heap_expect(h, "oa=~ =~ =~ =.o~");
    realloc_blocks(h, named('a'), 3 * G - 1);
    heap_expect(h, "oa=~ =~ =~ ..o~");
    realloc_blocks(h, named('a'), 2 * G - 2);
    heap_expect(h, "oa=~ =~. .~ ..o~");
    realloc_blocks(h, named('a'), 1);
    heap_expect(h, "oa.~ .~ .~ ..o~");
    irqgc_stats_t stats;
    irqgc_stats(h, &stats);
    assert_int_equal(stats.thread.allocs, 0);
    assert_int_equal(stats.thread.frees, 0);
}

static void test_realloc_to_the_same_blocks(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("a==b~");
    heap_remember();
    assert_ptr_equal(realloc_blocks(h, named('a'), 3), named('a'));
    assert_ptr_equal(irqgc_realloc(h, named('a'), blocks_size(2) + 1, 0),
                     named('a'));
    heap_expect_same();
}

static void test_realloc_grows_in_place(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("a..b~ .~");
    assert_ptr_equal(realloc_blocks(h, named('a'), 2), named('a'));
    heap_expect(h, "a=.b~ .~");
    assert_ptr_equal(realloc_blocks(h, named('a'), 3), named('a'));
    heap_expect(h, "a==b~ .~");
}

static void test_realloc_grows_across_groups(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("a.~ .~ .~ ...b~");
    assert_ptr_equal(realloc_blocks(h, named('a'), G), named('a'));
    heap_expect(h, "a=~ .~ .~ ...b~");
    assert_ptr_equal(realloc_blocks(h, named('a'), G + 1), named('a'));
    heap_expect(h, "a=~ =.~ .~ ...b~");
    assert_ptr_equal(realloc_blocks(h, named('a'), 3 * G + 3), named('a'));
    heap_expect(h, "a=~ =~ =~ ===b~");
    irqgc_stats_t stats;
    irqgc_stats(h, &stats);
    assert_int_equal(stats.thread.allocs, 0);
    assert_int_equal(stats.least_free, 0);
}

static void test_realloc_moves(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("ab~ .~");
    assert_ptr_equal(realloc_blocks(h, named('a'), 2), block_address(h, G));
    heap_expect(h, ".b~ o=.~");
    irqgc_stats_t stats;
    irqgc_stats(h, &stats);
    assert_int_equal(stats.thread.allocs, 1);
    assert_int_equal(stats.thread.frees, 0);
    assert_int_equal(stats.thread.failures, 0);
}

// The third group is in the way: what was claimed of the second comes back.
static void test_realloc_backs_out_and_moves(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("a.~ .~ b.~ .~ .~ .~");
    assert_ptr_equal(realloc_blocks(h, named('a'), 2 * G + 1),
                     block_address(h, 2 * G + 1));
    heap_expect(h, ".~ .~ bo=~ =~ ==.~ .~");
}

static void test_realloc_moves_many_groups(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("oa=~ =~ =b~ .~ .~ .~");
    assert_ptr_equal(realloc_blocks(h, named('a'), 3 * G),
                     block_address(h, 3 * G));
    heap_expect(h, "o.~ .~ .b~ o=~ =~ =~");
}

static void bytes_number(void *start, size_t size) {
    for (size_t i = 0; i < size; i++) {
        ((unsigned char *)start)[i] = (unsigned char)(i * 7 + 1);
    }
}

static bool bytes_are_numbered(const void *start, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (((const unsigned char *)start)[i] != (unsigned char)(i * 7 + 1)) {
            return false;
        }
    }
    return true;
}

// Resizes `a` of so many blocks; what it kept and what it got is as it should.
static void realloc_expect_content(const char *picture, word_t n_old, word_t n,
                                   irqgc_flags_t flags) {
    irqgc_t *h = heap_draw(picture);
    bytes_number(named('a'), blocks_size(n_old));
    unsigned char *object = irqgc_realloc(h, named('a'), blocks_size(n), flags);
    assert_non_null(object);
    const word_t n_kept = n < n_old ? n : n_old;
    assert_true(bytes_are_numbered(object, blocks_size(n_kept)));
    assert_true(bytes_are(object + blocks_size(n_kept),
                          (flags & IRQGC_NOT_ZEROED) != 0 ? PICTURE_FILL : 0,
                          blocks_size(n - n_kept)));
}

static void test_realloc_keeps_and_zeroes(void **state) {
    (void)state;
    for (irqgc_flags_t flags = 0; flags <= IRQGC_NOT_ZEROED;
         flags += IRQGC_NOT_ZEROED) {
        realloc_expect_content("a==.~ .~", 3, 2, flags);
        realloc_expect_content("a==.~ .~ .~", 3, 2 * G + 1, flags);
        realloc_expect_content("a==b~ .~", 3, 4, flags);
        realloc_expect_content("a=~ =b~ .~ .~ .~", G + 1, 3 * G, flags);
        realloc_expect_content("a=~ =b~ .~ .~ .~", G + 1, G - 1, flags);
    }
}

static void test_realloc_keeps_attributes(void **state) {
    (void)state;
    const irqgc_flags_t both = IRQGC_NO_POINTERS | IRQGC_HELD;
    for (irqgc_flags_t flags = 0; flags <= both; flags++) {
        irqgc_t *h = heap_draw(".~ .~");
        void *object = irqgc_alloc(h, 1, flags & both);
        alloc_blocks(h, 1);
        object = irqgc_realloc(h, object, blocks_size(2), both);
        assert_ptr_equal(object, block_address(h, 2));
        assert_int_equal(flags_of(h, object), flags & both);
        object = irqgc_realloc(h, object, blocks_size(G), ~flags & both);
        object = irqgc_realloc(h, object, blocks_size(1), ~flags & both);
        assert_int_equal(flags_of(h, object), flags & both);
    }
}

static void test_realloc_fails_unchanged(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("a=b.o~ o~");
    heap_remember();
    assert_null(realloc_blocks(h, named('a'), 3));
    assert_null(realloc_blocks(h, named('a'), G + 1));
    assert_null(irqgc_realloc(h, named('a'), SIZE_MAX, 0));
    heap_expect_same_but(&h->counts[0].failures, 3);
}

// It claims and gives back before it fails, so the counters of blocks move.
static void test_realloc_fails_after_backing_out(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("a.~ .~ b~ o~");
    bytes_number(named('a'), blocks_size(1));
    assert_null(realloc_blocks(h, named('a'), 2 * G + 1));
    heap_expect(h, "a.~ .~ b~ o~");
    assert_true(bytes_are_numbered(named('a'), blocks_size(1)));
    assert_true(
        bytes_are(block_address(h, 1), PICTURE_FILL, blocks_size(2 * G - 1)));
    assert_int_equal(h->least_free, 2 * G - 1);
}

static void test_realloc_past_the_last_block(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .a");
    assert_null(realloc_blocks(h, named('a'), G + 2)); // beside itself
    heap_expect(h, ".~ .a");
    assert_ptr_equal(realloc_blocks(h, named('a'), 2), block_address(h, 0));
    heap_expect(h, "a=.~ ..");
}

static void test_realloc_takes_all(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("a.~ .~ ..");
    assert_null(realloc_blocks(h, named('a'), 2 * G + 3));
    assert_ptr_equal(realloc_blocks(h, named('a'), 2 * G + 2), named('a'));
    heap_expect(h, "a=~ =~ ==");
}

static void test_realloc_to_no_size(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("a=.~");
    heap_remember();
    assert_null(irqgc_realloc(h, named('a'), 0, 0));
    heap_expect_same();
}

static void test_realloc_of_null(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o.~");
    const void *object =
        irqgc_realloc(h, NULL, blocks_size(2), IRQGC_NO_POINTERS);
    assert_ptr_equal(object, block_address(h, 1));
    assert_true(bytes_are(object, 0, blocks_size(2)));
    assert_int_equal(flags_of(h, object), IRQGC_NO_POINTERS);
    heap_expect(h, "oo=.~");
    assert_null(irqgc_realloc(h, NULL, 0, 0));
}

// ---- Free and size ---------------------------------------------------------

static void test_free_gives_back(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("ob=d~ .~");
    assert_int_equal(irqgc_free(h, named('b')), IRQGC_OK);
    heap_expect(h, "o..d~ .~");
    irqgc_stats_t stats;
    irqgc_stats(h, &stats);
    assert_int_equal(stats.thread.frees, 1);
}

static void test_free_many_groups(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o~a= =~ =~ =o~");
    assert_int_equal(irqgc_free(h, named('a')), IRQGC_OK);
    heap_expect(h, "o~.. .~ .~ .o~");

    h = heap_draw("a=~ =~ o~");
    assert_int_equal(irqgc_free(h, named('a')), IRQGC_OK);
    heap_expect(h, ".~ .~ o~");

    h = heap_draw("a=~ =~ ==");
    assert_int_equal(irqgc_free(h, named('a')), IRQGC_OK);
    heap_expect(h, ".~ .~ ..");
}

static void test_free_of_null(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o.~");
    heap_remember();
    assert_int_equal(irqgc_free(h, NULL), IRQGC_OK);
    heap_expect_same();
}

static void test_free_in_each_phase(void **state) {
    (void)state;
    for (unsigned phase = CLEAR; phase <= SWEEP; phase += 1 + phase / MARK) {
        irqgc_t *h = heap_draw("o~B= =o~ d=.~");
        heap_phase(h, phase, phase == SWEEP ? 2 : 0);
        assert_int_equal(irqgc_free(h, named('B')), IRQGC_OK);
        assert_int_equal(irqgc_free(h, named('d')), IRQGC_OK);
        heap_expect(h, "o~.. .o~ .~");
    }
}

static void test_size(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("ab=.~ .c=~ =~ =d~");
    assert_int_equal(irqgc_size(h, named('a')), blocks_size(1));
    assert_int_equal(irqgc_size(h, named('b')), blocks_size(2));
    assert_int_equal(irqgc_size(h, named('c')), blocks_size(2 * G));
    assert_int_equal(irqgc_size(h, named('d')), blocks_size(1));
    assert_int_equal(irqgc_size(h, NULL), 0);
}

static void test_size_to_the_end_of_a_region(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("oa=~|b=|.~ .~ oc");
    assert_int_equal(irqgc_size(h, named('a')), blocks_size(G - 1));
    assert_int_equal(irqgc_size(h, named('b')), blocks_size(2));
    assert_int_equal(irqgc_size(h, named('c')), blocks_size(1));
}

// ---- Statistics ------------------------------------------------------------

static irqgc_stats_t stats_of(const irqgc_t *h) {
    irqgc_stats_t stats;
    memset(&stats, 0xFF, sizeof stats);
    irqgc_stats(h, &stats);
    return stats;
}

static void test_stats_of_blocks(void **state) {
    (void)state;
    const irqgc_stats_t s = stats_of(heap_draw("o~.. ..o~ o..o~ .."));
    assert_int_equal(s.total, blocks_size(3 * G + 2));
    assert_int_equal(s.free, blocks_size(8));
    assert_int_equal(s.largest_free_run, blocks_size(4));
    assert_int_equal(s.cycle, 0);
}

static size_t largest_of(const char *picture) {
    return stats_of(heap_draw(picture)).largest_free_run / IRQGC_BLOCK;
}

static void test_largest_free_run(void **state) {
    (void)state;
    assert_int_equal(largest_of("o~ o~"), 0);
    assert_int_equal(largest_of("o~ o~."), 1);
    assert_int_equal(largest_of(".o~ o~"), 1);
    assert_int_equal(largest_of(".~ .~"), 2 * G);
    assert_int_equal(largest_of(".~ .~ ."), 2 * G + 1);
    assert_int_equal(largest_of("o~. .~ .~ .o~"), 2 * G + 2);
    assert_int_equal(largest_of("o.~ o.~"), G - 1);
    assert_int_equal(largest_of("o~..o ..o~"), 2);
    assert_int_equal(largest_of("oo..~o .o~"), G - 3); // in the middle of one
    assert_int_equal(largest_of(".o..o~ o~"), 2);
}

static void test_regions_are_never_joined(void **state) {
    (void)state;
    assert_int_equal(largest_of(".~|.~|.~"), G);
    assert_int_equal(largest_of("..|...|.."), 3);
    irqgc_t *h = heap_draw("o~.|.~|.o~");
    assert_null(alloc_blocks(h, G + 1));
    heap_expect(h, "o~.|.~|.o~");
    assert_non_null(alloc_blocks(h, G));
    heap_expect(h, "o~.|o=~|.o~");

    h = heap_draw("a.|.~|.~");
    assert_ptr_equal(realloc_blocks(h, named('a'), 3),
                     block_address(h, h->regions[1].first));
    heap_expect(h, "..|o==.~|.~");
}

static void test_least_free(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~");
    assert_int_equal(stats_of(h).least_free, blocks_size(2 * G));
    void *object = alloc_blocks(h, G + 1);
    assert_int_equal(stats_of(h).least_free, blocks_size(G - 1));
    irqgc_free(h, object);
    assert_int_equal(stats_of(h).least_free, blocks_size(G - 1));
    object = alloc_blocks(h, G);
    assert_int_equal(stats_of(h).least_free, blocks_size(G - 1));
    assert_null(alloc_blocks(h, G + 1));
    assert_int_equal(stats_of(h).least_free, blocks_size(G - 1));
    realloc_blocks(h, object, G + 2); // in place
    assert_int_equal(stats_of(h).least_free, blocks_size(G - 2));
}

// The sweep gives back by itself.
static void test_least_free_before_a_collection(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~");
    alloc_unreached(h, 0);
    alloc_unreached(h, 0);
    stack_wipe();
    irqgc_collect(h);
    heap_expect(h, ".~ .~");
    assert_int_equal(stats_of(h).least_free, blocks_size(2 * G - 4));
}

static void test_least_free_while_moving(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("ab~ .~ .~");
    realloc_blocks(h, named('a'), G + 1); // both are there for a while
    assert_int_equal(stats_of(h).least_free, blocks_size(G - 1));
}

static void test_least_free_while_shrinking(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~");
    realloc_blocks(h, alloc_blocks(h, G + 1), 1);
    assert_int_equal(stats_of(h).least_free, blocks_size(G - 1));
}

static void use_heap(void) {
    void *object = alloc_blocks(heap, 1);
    irqgc_free(heap, object);
    object = alloc_blocks(heap, 1);
    alloc_blocks(heap, 1);
    realloc_blocks(heap, object, 2); // moves
    alloc_blocks(heap, 99 * G);
    irqgc_alloc(heap, 0, 0);
    irqgc_collect(heap);
}

static void counts_expect_used(const irqgc_counts_t *counts) {
    assert_int_equal(counts->allocs, 4);
    assert_int_equal(counts->failures, 1);
    assert_int_equal(counts->frees, 1);
    assert_int_equal(counts->collects, 1);
}

static void counts_expect_none(const irqgc_counts_t *counts) {
    assert_int_equal(counts->allocs, 0);
    assert_int_equal(counts->failures, 0);
    assert_int_equal(counts->frees, 0);
    assert_int_equal(counts->collects, 0);
}

static void test_counts_in_the_thread(void **state) {
    (void)state;
    heap = heap_draw(".~");
    use_heap();
    const irqgc_stats_t s = stats_of(heap);
    counts_expect_used(&s.thread);
    counts_expect_none(&s.handlers);
    assert_int_equal(s.cycle, 1);
}

static void test_counts_in_a_handler(void **state) {
    (void)state;
    heap = heap_draw(".~");
    in_handler(use_heap);
    const irqgc_stats_t s = stats_of(heap);
    counts_expect_none(&s.thread);
    counts_expect_used(&s.handlers);
}

static void test_metadata(void **state) {
    (void)state;
    const irqgc_t *h = heap_draw(".~|.~ .~");
    assert_int_equal(stats_of(h).metadata, h->regions[1].base - (uintptr_t)h);
}

// ---- Walk ------------------------------------------------------------------

enum { MAX_VISITS = 256 };

typedef struct {
    unsigned n;
    block_t blocks[MAX_VISITS];
    size_t sizes[MAX_VISITS];
    void (*act)(void *object); // may be NULL
} visits_t;

static void visit(void *arg, void *object, size_t size, irqgc_flags_t flags) {
    (void)flags;
    visits_t *v = arg;
    assert_true(v->n < MAX_VISITS);
    v->blocks[v->n] = address_object(heap, (uintptr_t)object);
    v->sizes[v->n] = size;
    v->n++;
    if (v->act != NULL) {
        v->act(object);
    }
}

// Fails unless these objects were visited, in this order.
static void visits_expect(const visits_t *v, const char *objects) {
    assert_int_equal(v->n, strlen(objects));
    for (unsigned i = 0; i < v->n; i++) {
        assert_int_equal(v->blocks[i], named_block(objects[i]));
    }
}

static void test_walk_visits_each_once(void **state) {
    (void)state;
    heap = heap_draw("ab=~ =.~ .~c|d|e.~ .~ .~ .~g =");
    visits_t v = {.n = 0};
    irqgc_walk(heap, visit, &v);
    visits_expect(&v, "abcdeg");
    assert_int_equal(v.sizes[1], blocks_size(G));
    assert_int_equal(v.sizes[3], blocks_size(1));
    assert_int_equal(v.sizes[5], blocks_size(2)); // straddles
}

static void test_walk_of_an_empty_heap(void **state) {
    (void)state;
    heap = heap_draw(".~|.~ ..");
    visits_t v = {.n = 0};
    irqgc_walk(heap, visit, &v);
    assert_int_equal(v.n, 0);
}

static void test_walk_sees_black_ones(void **state) {
    (void)state;
    heap = heap_draw("aB=c~ D=~");
    heap_phase(heap, MARK, 0);
    visits_t v = {.n = 0};
    irqgc_walk(heap, visit, &v);
    assert_int_equal(v.n, G - 3 + 3);
    assert_int_equal(v.blocks[v.n - 1], named_block('D'));
}

static void test_walk_passes_over_the_dying(void **state) {
    (void)state;
    heap = heap_draw("abC=.~ d=~ e=~");
    heap_phase(heap, SWEEP, 2);
    visits_t v = {.n = 0};
    irqgc_walk(heap, visit, &v);
    visits_expect(&v, "Ce");
}

static void free_it(void *object) {
    assert_int_equal(irqgc_free(heap, object), IRQGC_OK);
}

static void test_walk_that_frees(void **state) {
    (void)state;
    heap = heap_draw("ab=~ =c.~ .~d");
    visits_t v = {.act = free_it};
    irqgc_walk(heap, visit, &v);
    visits_expect(&v, "abcd");
    heap_expect(heap, ".~ .~ .~");
}

static void free_next(void *object) {
    if (object == named('b')) {
        irqgc_free(heap, named('c'));
        irqgc_free(heap, named('e'));
    }
}

static void test_walk_that_frees_what_comes(void **state) {
    (void)state;
    heap = heap_draw("abcd=~ ego~");
    visits_t v = {.act = free_next};
    irqgc_walk(heap, visit, &v);
    assert_int_equal(v.blocks[2], named_block('d'));
    assert_int_equal(v.blocks[3], named_block('g'));
}

static void alloc_one(void *object) {
    (void)object;
    alloc_blocks(heap, 1);
}

// New ones come before and behind the walk: those before are not visited,
// those behind once.
static void test_walk_that_allocates(void **state) {
    (void)state;
    heap = heap_draw("..ab=~ .~ .~c");
    visits_t v = {.act = alloc_one};
    irqgc_walk(heap, visit, &v);
    assert_int_equal(v.blocks[0], named_block('a'));
    assert_int_equal(v.blocks[1], named_block('b'));
    for (unsigned i = 1; i < v.n; i++) {
        assert_true(v.blocks[i - 1] < v.blocks[i]);
    }
    assert_int_equal(v.blocks[v.n - 1], named_block('c'));
    assert_int_equal(irqgc_check(heap), 0);
}

static void split_it(void *object) {
    realloc_blocks(heap, object, 1);
    alloc_blocks(heap, 1); // where its first tail was
}

static void test_walk_that_reuses_the_tails(void **state) {
    (void)state;
    heap = heap_draw("a==o~ o~");
    visits_t v = {.act = split_it};
    irqgc_walk(heap, visit, &v);
    assert_int_equal(v.blocks[0], 0);
    assert_int_equal(v.blocks[1], 1);
    assert_int_equal(v.blocks[2], 2);
    assert_int_equal(v.blocks[3], 3);
    assert_int_equal(v.n, 2 * G);
}

static void collect_once(void *object) {
    (void)object;
    if (stats_of(heap).cycle == 0) {
        irqgc_collect(heap);
    }
}

static void test_walk_that_collects(void **state) {
    (void)state;
    heap = heap_draw("ab=c.~ .~d");
    roots_register(heap);
    root_point(0, 'b', 0);
    root_point(1, 'd', 0);
    visits_t v = {.act = collect_once};
    stack_wipe();
    irqgc_walk(heap, visit, &v);
    // The address of a, which is visited, is on the stack.
    visits_expect(&v, "abd");
}

// ---- Dump ------------------------------------------------------------------

typedef struct {
    unsigned n;
    char text[8][2 * sizeof(void *) + 2 + G];
} lines_t;

static void line_note(const char *text, void *arg) {
    lines_t *lines = arg;
    assert_true(lines->n < 8);
    assert_true(strlen(text) < sizeof lines->text[0]);
    strcpy(lines->text[lines->n++], text);
}

static void line_expect(const irqgc_t *h, const char *line, block_t first,
                        const char *cells) {
    char expected[256];
    snprintf(expected, sizeof expected, "%0*zx %s", (int)(2 * sizeof(void *)),
             (size_t)block_address(h, first), cells);
    assert_string_equal(line, expected);
}

static void test_dump(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("..|o=|.~ o=*=");
    lines_t lines = {.n = 0};
    irqgc_dump(h, line_note, &lines);
    assert_int_equal(lines.n, 4);
    line_expect(h, lines.text[0], 0, "..");
    line_expect(h, lines.text[1], G, "o=");
    line_expect(h, lines.text[3], 3 * G, "o=*=");

    h = heap_draw("o=~ =~ .~ *");
    lines.n = 0;
    irqgc_dump(h, line_note, &lines);
    assert_int_equal(lines.n, 4);
    char tails[G + 1];
    memset(tails, '=', G);
    tails[G] = '\0';
    line_expect(h, lines.text[1], G, tails);
    line_expect(h, lines.text[3], 3 * G, "*");
    tails[0] = 'o';
    line_expect(h, lines.text[0], 0, tails);
}

static void line_alloc(const char *text, void *arg) {
    (void)arg;
    (void)text;
    alloc_blocks(heap, 1);
}

static void test_dump_whose_lines_allocate(void **state) {
    (void)state;
    heap = heap_draw(".~ .~");
    irqgc_dump(heap, line_alloc, NULL);
    heap_expect(heap, "oo.~ .~");
}

// ---- Check -----------------------------------------------------------------

static void check_expect(irqgc_t *h, unsigned number) {
    heap_remember();
    assert_int_equal(irqgc_check(h), number);
    heap_expect_same(); // it is read-only
}

static void test_check_of_whole_heaps(void **state) {
    (void)state;
    check_expect(heap_draw("o=.~ .~|..|o=~ =~ =o"), 0);
    for (unsigned phase = CLEAR; phase <= MARK; phase++) {
        irqgc_t *h = heap_draw("*=o=~ =.~*");
        heap_phase(h, phase, 0);
        check_expect(h, 0);
    }
    irqgc_t *h = heap_draw("*=o.~ *=~ =o~");
    heap_phase(h, SWEEP, 2);
    check_expect(h, 0);
}

static void test_check_1_orphan_tails(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o=.~ .~");
    h->groups[0].head = 0;
    check_expect(h, 1);

    h = heap_draw("o.=.~ .~");
    check_expect(h, 1);

    check_expect(heap_draw(".~ =.~"), 1); // leads its group
    check_expect(heap_draw("=.~ .~"), 1); // leads the heap
}

// A region's end ends objects, so that what leads the next is an orphan too.
static void test_check_1_orphan_tails_lead_a_region(void **state) {
    (void)state;
    check_expect(heap_draw("o=|=.|..."), 1);
}

static void test_check_1_sentinels(void **state) {
    (void)state;
    for (unsigned broken = 0; broken < 5; broken++) {
        irqgc_t *h = heap_draw("..|..|...");
        const block_t b =
            h->regions[broken % 3].n_blocks + h->regions[broken % 3].first;
        group_t *g = &h->groups[block_group(b)];
        g->head ^= broken == 0 ? block_bit(b) : 0;
        g->body ^= broken == 1 ? block_bit(b) << 1 : 0;
        g->held ^= broken == 2 ? block_bit(b) : 0;
        g->head ^= broken == 3 ? block_bit(b) << 1 : 0;
        g->body ^= broken == 3 ? block_bit(b) << 1 : 0;
        g->body ^= broken == 4 ? (word_t)1 << (G - 1) : 0;
        check_expect(h, 1);
    }
}

// Black heads are in order in MARK, but not among the blocks of a sentinel.
static void test_check_1_heads_in_sentinels(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("..|..|...");
    heap_phase(h, MARK, 0);
    check_expect(h, 0);
    h->groups[1].head |= 8;
    check_expect(h, 1);
}

static void test_check_1_bits_outside_the_group(void **state) {
    (void)state;
    if (G == WORD_BITS) {
        return;
    }
    irqgc_t *h = heap_draw("o=.~ .~");
    h->groups[0].head |= GROUP_ALL + 1;
    check_expect(h, 1);
}

static void test_check_4_black_heads(void **state) {
    (void)state;
    check_expect(heap_draw(".~ o*.~"), 4);

    irqgc_t *h = heap_draw("*.~ o*.~ .~");
    heap_phase(h, SWEEP, 1);
    check_expect(h, 4);
    heap_phase(h, SWEEP, 2);
    check_expect(h, 0);
}

static void test_check_5_free_blocks(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o=.~ .~");
    h->given++;
    check_expect(h, 5);
    h->given -= 2;
    check_expect(h, 5);
    h->given++;
    h->groups[1].head |= 2; // claimed, but not counted
    check_expect(h, 5);
}

static void test_check_7_unswept(void **state) {
    (void)state;
    for (unsigned phase = IDLE; phase <= MARK; phase++) {
        irqgc_t *h = heap_draw("o=.~ .~");
        heap_phase(h, phase, 1);
        check_expect(h, 7);
    }
    irqgc_t *h = heap_draw("o=.~ .~ ..");
    heap_phase(h, SWEEP, h->n_groups);
    check_expect(h, 0);
    heap_phase(h, SWEEP, h->n_groups + 1);
    check_expect(h, 7);
}

static void test_check_8_mark_stack(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o=.~ .~");
    heap_phase(h, MARK, 0);
    h->mark_depth = h->mark_capacity;
    check_expect(h, 0);
    h->mark_depth++;
    check_expect(h, 8);
}

// ---- Policies --------------------------------------------------------------

static irqgc_flags_t policy;
static void *allocated;

static void alloc_by_policy(void) {
    allocated = irqgc_alloc(heap, 1, policy);
}

// Allocates a block in the thread, or in a handler, from this heap in this
// phase, and expects to see the other; cycles may have been completed.
typedef struct {
    const char *before;
    unsigned phase;
    irqgc_flags_t policy;
    enum { THREAD, HANDLER } where;
    const char *after;
    enum { FINDS, FAILS } result;
    unsigned n_cycles;
} policy_case_t;

static void policy_expect(const policy_case_t *c) {
    heap = heap_draw(c->before);
    heap_phase(heap, c->phase, c->phase == SWEEP ? heap->n_groups : 0);
    policy = c->policy;
    stack_wipe();
    if (c->where == HANDLER) {
        in_handler(alloc_by_policy);
    } else {
        alloc_by_policy();
    }
    const bool failed = c->result == FAILS;
    assert_int_equal(allocated == NULL, failed);
    allocated = NULL;
    heap_expect(heap, c->after);
    const irqgc_stats_t s = stats_of(heap);
    assert_int_equal(s.cycle, c->n_cycles);
    const irqgc_counts_t *mine = c->where == HANDLER ? &s.handlers : &s.thread;
    const irqgc_counts_t *others =
        c->where == HANDLER ? &s.thread : &s.handlers;
    assert_int_equal(mine->failures, failed);
    assert_int_equal(mine->allocs, !failed);
    assert_int_equal(mine->collects, c->n_cycles);
    counts_expect_none(others);
}

static void test_policies(void **state) {
    (void)state;
    const policy_case_t cases[] = {
        // In IDLE only a collection finds room.
        {"o~ o~", IDLE, 0, HANDLER, "o~ o~", FAILS, 0},
        {"o~ o~", IDLE, IRQGC_FAIL_FAST, THREAD, "o~ o~", FAILS, 0},
        {"o~ o~", IDLE, IRQGC_FAIL_FAST, HANDLER, "o~ o~", FAILS, 0},
        {"o~ o~", IDLE, IRQGC_SWEEP_ON, THREAD, "o~ o~", FAILS, 0},
        {"o~ o~", IDLE, IRQGC_SWEEP_ON, HANDLER, "o~ o~", FAILS, 0},
        {"o~ o~", IDLE, 0, THREAD, "o.~ .~", FINDS, 1},
        {"o~ o~", IDLE, IRQGC_COLLECT, THREAD, "o.~ .~", FINDS, 1},
        {"o~ o~", IDLE, IRQGC_COLLECT, HANDLER, "o.~ .~", FINDS, 1},

        // In MARK there is no sweep to go on with.
        {"o~ *~", MARK, IRQGC_SWEEP_ON, HANDLER, "o~ *~", FAILS, 0},
        {"o~ *~", MARK, IRQGC_FAIL_FAST, HANDLER, "o~ *~", FAILS, 0},

        // In SWEEP a collection sweeps first, and then begins a cycle.
        {"o~ *~", SWEEP, 0, HANDLER, "o~ *~", FAILS, 0},
        {"o~ *~", SWEEP, IRQGC_FAIL_FAST, THREAD, "o~ *~", FAILS, 0},
        {"o~ *~", SWEEP, IRQGC_SWEEP_ON, THREAD, "o.~ o~", FINDS, 0},
        {"o~ *~", SWEEP, IRQGC_SWEEP_ON, HANDLER, "o.~ o~", FINDS, 0},
        {"*~ *~", SWEEP, IRQGC_SWEEP_ON, HANDLER, "o~ o~", FAILS, 0},
        {"o~ *~", SWEEP, IRQGC_COLLECT, HANDLER, "o.~ .~", FINDS, 1},
        {"o~ *~", SWEEP, 0, THREAD, "o.~ .~", FINDS, 1},

        // Not consulted where there is room.
        {"o.~ *~", SWEEP, IRQGC_COLLECT, HANDLER, "o*.~ *~", FINDS, 0},
        {"o.~ o~", IDLE, 0, THREAD, "oo.~ o~", FINDS, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        policy_expect(&cases[i]);
    }
}

static void realloc_by_policy(void) {
    allocated = irqgc_realloc(heap, named('a'), blocks_size(2), policy);
}

// What is being resized survives the collection that makes room for it.
static void test_policies_of_realloc(void **state) {
    (void)state;
    heap = heap_draw("ao~ o~");
    bytes_number(named('a'), blocks_size(1));
    policy = 0;
    stack_wipe();
    in_handler(realloc_by_policy);
    assert_null(allocated);
    heap_expect(heap, "ao~ o~");
    realloc_by_policy();
    heap_expect(heap, "a=.~ .~"); // in place after all
    assert_ptr_equal(allocated, named('a'));
    assert_true(bytes_are_numbered(allocated, blocks_size(1)));
    const irqgc_stats_t s = stats_of(heap);
    assert_int_equal(s.handlers.failures, 1);
    assert_int_equal(s.handlers.collects, 0);
    assert_int_equal(s.thread.failures, 0);
    assert_int_equal(s.thread.collects, 1);
}

static void test_policies_of_realloc_that_moves(void **state) {
    (void)state;
    heap = heap_draw("ab~ o~");
    roots_register(heap);
    root_point(0, 'b', 0);
    bytes_number(named('a'), blocks_size(1));
    policy = IRQGC_COLLECT;
    stack_wipe();
    in_handler(realloc_by_policy);
    heap_expect(heap, ".bo=.~ .~");
    assert_true(bytes_are_numbered(allocated, blocks_size(1)));
}

// ---- Regions ---------------------------------------------------------------

static irqgc_status_t init(irqgc_t **h, const irqgc_region_t *regions,
                           size_t n) {
    return irqgc_init(h, &(irqgc_config_t){.regions = regions, .n_regions = n});
}

static void test_init_refuses_arguments(void **state) {
    (void)state;
    static char memory[1 << 14];
    const irqgc_region_t region = {memory, sizeof memory};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    irqgc_t *untouched = (void *)memory;
    irqgc_t *h = untouched;
    assert_int_equal(irqgc_init(NULL, &config), IRQGC_BAD_ARGUMENT);
    assert_int_equal(irqgc_init(&h, NULL), IRQGC_BAD_ARGUMENT);
    assert_int_equal(init(&h, NULL, 1), IRQGC_BAD_ARGUMENT);
    assert_int_equal(init(&h, &region, 0), IRQGC_BAD_ARGUMENT);
    const irqgc_region_t bad[][2] = {
        {{memory, sizeof memory}, {NULL, 1000}},
        {{NULL, sizeof memory}, {memory, sizeof memory}},
        {{memory, SIZE_MAX}, {memory, 0}},
        {{memory, sizeof memory}, {memory, SIZE_MAX - 100}},
        {{(void *)(UINTPTR_MAX - 99), 101}, {memory, sizeof memory}},
        {{(void *)64, (size_t)PTRDIFF_MAX + 1}, {memory, sizeof memory}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(init(&h, bad[i], 2), IRQGC_BAD_ARGUMENT);
    }
    assert_ptr_equal(h, untouched);
    assert_true(bytes_are(memory, 0, sizeof memory));
    assert_int_equal(irqgc_init(&h, &config), IRQGC_OK);
}

static void test_init_refuses_small_regions(void **state) {
    (void)state;
    static _Alignas(IRQGC_BLOCK) char memory[1 << 14];
    irqgc_t *h = NULL;
    char *tiny = memory + (1 << 13);
    const irqgc_region_t small[] = {
        {tiny, 0},
        {tiny, IRQGC_BLOCK - 1},
        {tiny + 1, 2 * IRQGC_BLOCK - 2}, // no aligned one
    };
    for (size_t i = 0; i < 3; i++) {
        const irqgc_region_t regions[] = {{memory, 1 << 13}, small[i]};
        assert_int_equal(init(&h, regions, 2), IRQGC_TOO_SMALL);
    }
    const irqgc_region_t enough[] = {{memory, 1 << 13},
                                     {tiny + 1, 2 * IRQGC_BLOCK - 1}};
    assert_int_equal(init(&h, enough, 2), IRQGC_OK);
    assert_int_equal(h->regions[1].base, (uintptr_t)tiny + IRQGC_BLOCK);
    assert_int_equal(h->regions[1].n_blocks, 1);
}

static void test_init_refuses_overlap(void **state) {
    (void)state;
    static _Alignas(IRQGC_BLOCK) char memory[1 << 15];
    irqgc_t *h = NULL;
    const size_t half = 1 << 14;
    const irqgc_region_t overlapping[][2] = {
        {{memory, half + 1}, {memory + half, half}},
        {{memory + half, half}, {memory, half + 1}},
        {{memory, half}, {memory, half}},
        {{memory, 2 * half}, {memory + 100, 200}},
        {{memory + 100, 200}, {memory, 2 * half}},
    };
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(init(&h, overlapping[i], 2), IRQGC_OVERLAP);
    }
    const irqgc_region_t third[] = {
        {memory, 400}, {memory + half, half}, {memory + 399, 400}};
    assert_int_equal(init(&h, third, 3), IRQGC_OVERLAP);
    assert_true(bytes_are(memory, 0, sizeof memory));
    const irqgc_region_t touching[] = {{memory, half}, {memory + half, half}};
    assert_int_equal(init(&h, touching, 2), IRQGC_OK);
}

static void test_init_refuses_a_mark_stack_without_room(void **state) {
    (void)state;
    static char memory[1 << 14];
    const irqgc_region_t region = {memory, sizeof memory};
    irqgc_config_t config = {.regions = &region, .n_regions = 1};
    irqgc_t *h = NULL;
    const size_t stacks[] = {SIZE_MAX, SIZE_MAX / sizeof(void *) + 2,
                             sizeof memory / sizeof(void *)};
    for (size_t i = 0; i < 3; i++) {
        config.mark_stack = stacks[i];
        assert_int_equal(irqgc_init(&h, &config), IRQGC_TOO_SMALL);
    }
    config.mark_stack = sizeof memory / sizeof(void *) / 2;
    assert_int_equal(irqgc_init(&h, &config), IRQGC_OK);
    assert_int_equal(h->mark_capacity, config.mark_stack);
}

// Allocates block by block: gets all of them, each once, in the regions, and
// their memory takes a pattern. Then frees them: the heap is as it was.
static void heap_expect_allocatable(irqgc_t *h, const irqgc_region_t *regions,
                                    size_t n_regions) {
    const irqgc_stats_t s = stats_of(h);
    assert_int_equal(irqgc_check(h), 0);
    assert_true(hints_are_exact(h));
    assert_int_equal(s.free, s.total);
    assert_true(s.total >= IRQGC_BLOCK);
    const word_t n = s.total / IRQGC_BLOCK;
    void **objects = calloc(n, sizeof *objects);
    assert_non_null(objects);
    for (word_t i = 0; i < n; i++) {
        objects[i] = irqgc_alloc(h, IRQGC_BLOCK, IRQGC_FAIL_FAST);
        assert_non_null(objects[i]);
        assert_int_equal((uintptr_t)objects[i] % IRQGC_BLOCK, 0);
        memset(objects[i], 0xFF, IRQGC_BLOCK);
        bool inside = false;
        for (size_t r = 0; r < n_regions; r++) {
            const uintptr_t offset =
                (uintptr_t)objects[i] - (uintptr_t)regions[r].start;
            inside = inside || (offset < regions[r].size &&
                                regions[r].size - offset >= IRQGC_BLOCK);
        }
        assert_true(inside);
    }
    assert_null(irqgc_alloc(h, 1, IRQGC_FAIL_FAST));
    assert_int_equal(irqgc_check(h), 0);
    for (word_t i = 0; i < n; i++) {
        *(word_t *)objects[i] = i;
    }
    for (word_t i = 0; i < n; i++) {
        assert_int_equal(*(word_t *)objects[i], i);
    }
    for (word_t i = 0; i < n; i += 2) {
        assert_int_equal(irqgc_free(h, objects[i]), IRQGC_OK);
    }
    for (word_t i = 1; i < n; i += 2) {
        assert_int_equal(irqgc_free(h, objects[i]), IRQGC_OK);
    }
    free(objects);
    assert_int_equal(irqgc_check(h), 0);
    assert_int_equal(stats_of(h).free, s.total);
    void *all = irqgc_alloc(h, s.largest_free_run, IRQGC_FAIL_FAST);
    assert_non_null(all);
    assert_int_equal(irqgc_free(h, all), IRQGC_OK);
    assert_int_equal(irqgc_check(h), 0);
    assert_true(hints_are_exact(h));
}

// A region of exactly this size, at this distance from an aligned block, so
// that a sanitizer sees what goes outside. Returns whether it made a heap.
static bool region_expect_refused_or_whole(size_t skip, size_t size,
                                           size_t mark_stack) {
    char *memory = aligned_alloc(IRQGC_BLOCK, skip + size + IRQGC_BLOCK -
                                                  (skip + size) % IRQGC_BLOCK);
    assert_non_null(memory);
    memset(memory, PICTURE_FILL, skip + size);
    const irqgc_region_t region = {memory + skip, size};
    irqgc_t *h = NULL;
    const irqgc_status_t status = irqgc_init(
        &h, &(irqgc_config_t){&region, 1, mark_stack, .on_misuse = NULL});
    if (status == IRQGC_OK) {
        const irqgc_stats_t s = stats_of(h);
        const size_t used =
            size - (IRQGC_BLOCK - skip % IRQGC_BLOCK) % IRQGC_BLOCK;
        assert_int_equal(s.total + s.metadata, used - used % IRQGC_BLOCK);
        assert_int_equal(s.largest_free_run, s.total);
        heap_expect_allocatable(h, &region, 1);
    } else {
        assert_int_equal(status, IRQGC_TOO_SMALL);
        assert_null(h);
        assert_true(bytes_are(memory, PICTURE_FILL, skip + size));
    }
    free(memory);
    return status == IRQGC_OK;
}

static void test_every_size_is_refused_or_whole(void **state) {
    (void)state;
    for (size_t skip = 0; skip < IRQGC_BLOCK; skip += skip == 0 ? 1 : 6) {
        bool was_whole = false;
        for (size_t size = 0; size < 1500; size++) {
            const bool whole = region_expect_refused_or_whole(skip, size, 0);
            assert_true(whole || !was_whole); // more is never worse
            was_whole = whole;
        }
        assert_true(was_whole);
    }
}

// Around the sizes at which a group more fits.
static void test_larger_sizes_are_whole(void **state) {
    (void)state;
    for (size_t size = 1500; size < 12000; size += 1 + size % 29) {
        assert_true(region_expect_refused_or_whole(0, size, 0));
        assert_true(region_expect_refused_or_whole(3, size, 1));
    }
}

// Three regions in any order, the small ones of 1 to 5 blocks and unaligned.
static void small_regions_expect_whole(unsigned order, size_t n_left,
                                       size_t n_right, size_t skip) {
    static _Alignas(IRQGC_BLOCK) char memory[1 << 13];
    const irqgc_region_t places[] = {
        {memory + skip, (n_left + (skip != 0)) * IRQGC_BLOCK - skip},
        {memory + 8 * IRQGC_BLOCK + skip, 4096},
        {memory + 4096 + 10 * IRQGC_BLOCK,
         n_right * IRQGC_BLOCK + skip % IRQGC_BLOCK},
    };
    static const unsigned char orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                               {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    irqgc_region_t regions[3];
    for (unsigned i = 0; i < 3; i++) {
        regions[i] = places[orders[order][i]];
    }
    irqgc_t *h = NULL;
    assert_int_equal(init(&h, regions, 3), IRQGC_OK);
    assert_int_equal(h->regions[0].n_blocks, n_left);
    assert_int_equal(h->regions[2].n_blocks, n_right);
    heap_expect_allocatable(h, regions, 3);
}

static void test_regions_in_any_order(void **state) {
    (void)state;
    for (unsigned order = 0; order < 6; order++) {
        for (size_t n = 0; n < 25; n++) {
            small_regions_expect_whole(order, n % 5 + 1, n / 5 + 1, 0);
            small_regions_expect_whole(order, n % 5 + 1, n / 5 + 1, 5);
        }
    }
}

// Only the largest counts for the heap's data.
// The host is between two others, without a gap.
static void test_regions_without_a_gap(void **state) {
    (void)state;
    enum { SIDE = 2 * G, HOST = 8 * G };
    static _Alignas(64) unsigned char memory[(2 * SIDE + HOST) * BLOCK_BYTES];
    const irqgc_region_t regions[] = {
        {memory, SIDE * BLOCK_BYTES},
        {memory + SIDE * BLOCK_BYTES, HOST * BLOCK_BYTES},
        {memory + (SIDE + HOST) * BLOCK_BYTES, SIDE * BLOCK_BYTES}};
    for (size_t n = 2; n <= 3; n++) {
        for (size_t first = 0; first + n <= 3; first++) {
            irqgc_t *h;
            const irqgc_config_t config = {.regions = &regions[first],
                                           .n_regions = n};
            assert_int_equal(irqgc_init(&h, &config), IRQGC_OK);
            assert_ptr_equal(h, regions[1].start);
            assert_int_equal(irqgc_check(h), 0);
        }
    }
}

static void test_many_small_regions(void **state) {
    (void)state;
    enum { N = 40 };
    static char memory[N * 512 + 8192];
    irqgc_region_t regions[N + 1];
    for (unsigned i = 0; i < N; i++) {
        regions[i] = (irqgc_region_t){memory + 512 * (N - 1 - i), 500 - i};
    }
    regions[N] = (irqgc_region_t){memory + 512 * N, 8192};
    irqgc_t *h = NULL;
    assert_int_equal(init(&h, regions, N), IRQGC_TOO_SMALL);
    assert_int_equal(init(&h, regions, N + 1), IRQGC_OK);
    heap_expect_allocatable(h, regions, N + 1);
}

static void test_a_pointer_between_regions_is_foreign(void **state) {
    (void)state;
    static _Alignas(IRQGC_BLOCK) char memory[1 << 14];
    char *second = memory + 100 * IRQGC_BLOCK;
    char *first = memory + IRQGC_BLOCK;
    const irqgc_region_t regions[] = {{first, 4 * IRQGC_BLOCK},
                                      {second, sizeof memory / 2}};
    irqgc_t *h = NULL;
    assert_int_equal(init(&h, regions, 2), IRQGC_OK);
    assert_int_equal(address_block(h, (uintptr_t)first), 0);
    const char *foreign[] = {
        first - 1, first + 4 * IRQGC_BLOCK,        second - 1,
        second,    (char *)h->regions[1].base - 1, second + sizeof memory / 2};
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(address_block(h, (uintptr_t)foreign[i]), NO_BLOCK);
    }
}

// 3.5 % of a heap of 64 KiB or more, with groups of a whole word.
static void test_metadata_is_small(void **state) {
    (void)state;
    if (G != WORD_BITS) {
        return;
    }
    enum { MOST = 1 << 20 };
    char *memory = aligned_alloc(IRQGC_BLOCK, MOST);
    if (memory == NULL) {
        skip();
    }
    for (size_t size = 1 << 16; size <= MOST; size += size / 64 + 8) {
        const irqgc_region_t region = {memory, size};
        irqgc_t *h = NULL;
        assert_int_equal(init(&h, &region, 1), IRQGC_OK);
        const size_t metadata = stats_of(h).metadata;
        if (metadata * 1000 > size * (size < 1 << 18 ? 38u : 35u)) {
            print_error("%zu bytes of %zu: %zu.%02zu %%\n", metadata, size,
                        metadata * 100 / size, metadata * 10000 / size % 100);
            free(memory);
            fail();
        }
    }
    free(memory);
}

// ---- Hints -----------------------------------------------------------------

static uint32_t random_below(uint32_t *seed, uint32_t limit) {
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % limit;
}

static void *objects[256]; // no roots

// One operation on one of the objects.
static void random_step(irqgc_t *h, uint32_t *seed) {
    void **object = &objects[random_below(seed, 256)];
    const word_t n =
        1 + random_below(seed, random_below(seed, 8) == 0 ? 4 * G : G / 2);
    if (*object == NULL) {
        *object = alloc_blocks(h, n);
    } else if (random_below(seed, 2) == 0) {
        irqgc_free(h, *object);
        *object = NULL;
    } else {
        void *resized = realloc_blocks(h, *object, n);
        *object = resized != NULL ? resized : *object;
    }
    if (random_below(seed, 500) == 0) {
        memset(objects, 0, sizeof objects);
        irqgc_collect(h);
    }
}

static void test_hints_are_exact_at_rest(void **state) {
    (void)state;
    uint32_t seed = 1;
    irqgc_t *h = heap_draw(".~|.~ .~ ..|.~ .~ .~ .~ .~ .~ .~ .~ .~ .");
    memset(objects, 0, sizeof objects);
    for (unsigned step = 0; step < 20000; step++) {
        random_step(h, &seed);
        assert_true(hints_are_exact(h));
        if (step % 64 == 0) {
            assert_int_equal(irqgc_check(h), 0);
        }
    }
}

// A hint that is wrong costs time, never a result.
static void test_hints_may_be_wrong(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o~ o..o~ o~");
    for (unsigned c = 0; c < N_CLASSES; c++) {
        slow_map_set(h, 0, c, 0x5); // full ones, not the second
    }
    alloc_blocks(h, 2);
    slow_hints_set(h);
    heap_expect(h, "o~ oo=o~ o~");
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, heap_forget)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(alloc_rounds_up_to_blocks),
        TEST(alloc_a_group),
        TEST(alloc_many_groups),
        TEST(alloc_straddles_two_groups),
        TEST(alloc_prefers_one_group),
        TEST(alloc_fits_exactly),
        TEST(alloc_takes_the_last_run),
        TEST(alloc_takes_all),
        TEST(alloc_finds_none),
        TEST(alloc_finds_none_long_enough),
        TEST(alloc_in_order_of_addresses),
        TEST(alloc_of_no_size),
        TEST(alloc_of_too_much),
        TEST(new_objects_are_white),
        TEST(new_objects_are_shaded_in_mark),
        TEST(new_objects_are_black_ahead_of_the_sweep),
        TEST(the_group_of_the_head_decides),
        TEST(resizing_keeps_the_colour),
        TEST(moving_colours_anew),
        TEST(new_objects_are_zeroed),
        TEST(not_zeroed_leaves_the_memory),
        TEST(attributes),
        TEST(attributes_of_neighbours_stay),
        TEST(held_until_freed),
        TEST(realloc_shrinks),
        TEST(realloc_shrinks_many_groups),
        TEST(realloc_to_the_same_blocks),
        TEST(realloc_grows_in_place),
        TEST(realloc_grows_across_groups),
        TEST(realloc_moves),
        TEST(realloc_backs_out_and_moves),
        TEST(realloc_moves_many_groups),
        TEST(realloc_keeps_and_zeroes),
        TEST(realloc_keeps_attributes),
        TEST(realloc_fails_unchanged),
        TEST(realloc_fails_after_backing_out),
        TEST(realloc_past_the_last_block),
        TEST(realloc_takes_all),
        TEST(realloc_to_no_size),
        TEST(realloc_of_null),
        TEST(free_gives_back),
        TEST(free_many_groups),
        TEST(free_of_null),
        TEST(free_in_each_phase),
        TEST(size),
        TEST(size_to_the_end_of_a_region),
        TEST(stats_of_blocks),
        TEST(largest_free_run),
        TEST(regions_are_never_joined),
        TEST(least_free),
        TEST(least_free_before_a_collection),
        TEST(least_free_while_moving),
        TEST(least_free_while_shrinking),
        TEST(counts_in_the_thread),
        TEST(counts_in_a_handler),
        TEST(metadata),
        TEST(walk_visits_each_once),
        TEST(walk_of_an_empty_heap),
        TEST(walk_sees_black_ones),
        TEST(walk_passes_over_the_dying),
        TEST(walk_that_frees),
        TEST(walk_that_frees_what_comes),
        TEST(walk_that_allocates),
        TEST(walk_that_reuses_the_tails),
        TEST(walk_that_collects),
        TEST(dump),
        TEST(dump_whose_lines_allocate),
        TEST(check_of_whole_heaps),
        TEST(check_1_orphan_tails),
        TEST(check_1_orphan_tails_lead_a_region),
        TEST(check_1_sentinels),
        TEST(check_1_heads_in_sentinels),
        TEST(check_1_bits_outside_the_group),
        TEST(check_4_black_heads),
        TEST(check_5_free_blocks),
        TEST(check_7_unswept),
        TEST(check_8_mark_stack),
        TEST(policies),
        TEST(policies_of_realloc),
        TEST(policies_of_realloc_that_moves),
        TEST(init_refuses_arguments),
        TEST(init_refuses_small_regions),
        TEST(init_refuses_overlap),
        TEST(init_refuses_a_mark_stack_without_room),
        TEST(every_size_is_refused_or_whole),
        TEST(larger_sizes_are_whole),
        TEST(regions_in_any_order),
        TEST(regions_without_a_gap),
        TEST(many_small_regions),
        TEST(a_pointer_between_regions_is_foreign),
        TEST(metadata_is_small),
        TEST(hints_are_exact_at_rest),
        TEST(hints_may_be_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
