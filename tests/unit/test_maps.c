// SPDX-License-Identifier: MIT
//
// The maps with a bit for each group, in heaps of more groups than a word has
// bits, and than a word of an index stands for: each group's bits are where
// they must be, nothing else of the heap's own data changes, and whoever goes
// by a map comes to every group. Each group is looked at, or of very large
// heaps those at the ends of words, and a sample.
//
// Link: tests/picture.c -Wl,--wrap=irqgc_core_searched_claim
#include "picture.h"

#include <stdlib.h>
#include <string.h>

#include "collect.h"
#include "searches.h"
#include "slow_hints.h"

enum { G = GROUP_BLOCKS, MAX_REGIONS = 3, GAP = 4 * BLOCK_BYTES };

static irqgc_t *heap;
static unsigned char *memory;
static unsigned char *copy; // of the heap's own data
// ---- Large heaps -----------------------------------------------------------

static int maps_forget(void **state) {
    free(memory);
    free(copy);
    memory = copy = NULL;
    return heap_forget(state);
}

// Groups of the heap in `n_blocks` blocks of memory, the first regions of a
// group and a half each; 0 if that is too small.
static word_t heap_make(word_t n_blocks, size_t n_regions) {
    irqgc_region_t regions[MAX_REGIONS];
    unsigned char *at = memory;
    for (size_t i = 0; i < n_regions; i++) {
        const word_t n = i + 1 < n_regions ? (word_t)G + G / 2 : n_blocks;
        regions[i] = (irqgc_region_t){at, blocks_size(n)};
        at += blocks_size(n) + GAP;
    }
    const irqgc_config_t config = {.regions = regions, .n_regions = n_regions};
    return irqgc_init(&heap, &config) == IRQGC_OK ? heap->n_groups : 0;
}

// A heap of `n_groups` groups, the last of which has but one block to spare.
static void heap_of(word_t n_groups, size_t n_regions) {
    maps_forget(NULL);
    word_t low = (n_groups - 2 * (n_regions - 1)) * G;
    word_t high = (n_groups + 2) * (G + 4);
    memory = malloc(blocks_size(high + MAX_REGIONS * 2 * G));
    assert_non_null(memory);
    while (high - low > 1) {
        const word_t middle = low + (high - low) / 2;
        if (heap_make(middle, n_regions) > n_groups) {
            high = middle;
        } else {
            low = middle;
        }
    }
    assert_int_equal(heap_make(low, n_regions), n_groups);
    word_t n_entries = 2 * n_groups; // from 4 to 32
    n_entries = n_entries > 32 ? 32 : n_entries;
    n_entries = n_groups / 32 > n_entries ? n_groups / 32 : n_entries;
    assert_int_equal(heap->mark_capacity, n_entries > 4 ? n_entries : 4);
}

// The groups to look at: `step` is 1 for all.
static word_t group_next(word_t k, word_t step) {
    const word_t in_word = k % WORD_BITS;
    const bool is_near_end =
        in_word < 1 || in_word >= WORD_BITS - 2 || k + 3 > heap->n_groups;
    return is_near_end || k + step >= heap->n_groups ? k + 1 : k + step;
}

// How many groups, at the ends of words and of what an index word stands for.
static const word_t some_groups[] = {
    1,
    2,
    WORD_BITS - 1,
    WORD_BITS,
    WORD_BITS + 1,
    2 * WORD_BITS,
    2 * WORD_BITS + 1,
    5 * 32 - 1, // where the mark stack becomes larger
    5 * 32,
    WORD_BITS *WORD_BITS,
    WORD_BITS *WORD_BITS + 1,
    WORD_BITS *WORD_BITS + WORD_BITS + 1,
};
enum { N_SOME = sizeof some_groups / sizeof *some_groups };

static word_t step_for(word_t n_groups) {
    return n_groups > 4 * WORD_BITS ? WORD_BITS / 2 - 1 : 1;
}

// A block of the group, another one in each; none is at the end of a region.
static block_t some_block(word_t k) {
    return k * G + k / 3 % (G / 2);
}

// ---- Nothing else changes --------------------------------------------------

static size_t data_size(void) {
    const region_t *r = heap->regions;
    while (r->base < (uintptr_t)heap) {
        r++;
    }
    return r->base - (uintptr_t)heap;
}

static void data_remember(void) {
    free(copy);
    copy = malloc(data_size());
    assert_non_null(copy);
    memcpy(copy, heap, data_size());
}

// The word of the heap's data in the copy.
static word_t *copied(const word_t *word) {
    return (word_t *)(void *)(copy + ((uintptr_t)word - (uintptr_t)heap));
}

static void data_expect(void) {
    assert_memory_equal(heap, copy, data_size());
}

// Blocks start right behind the heap's own data, whatever its size in words;
// but for those that the last group has no states for.
static void test_no_block_is_wasted(void **state) {
    (void)state;
    maps_forget(NULL);
    enum { MOST = 6 * G };
    memory = malloc(blocks_size(MOST));
    assert_non_null(memory);
    for (word_t n = 2 * G; n <= MOST; n++) {
        for (size_t entries = 1; entries <= BLOCK_WORDS; entries++) {
            const irqgc_region_t region = {memory, blocks_size(n)};
            const irqgc_config_t config = {
                .regions = &region, .n_regions = 1, .mark_stack = entries};
            if (irqgc_init(&heap, &config) != IRQGC_OK) {
                continue;
            }
            const region_t *r = heap->regions;
            const uintptr_t end = (uintptr_t)&heap->mark_stack[entries];
            assert_true(r->base >= end);
            assert_true(r->base - end < BLOCK_BYTES ||
                        r->n_blocks == heap->n_groups * G - 1);
            assert_true(r->base + blocks_size(r->n_blocks + 1) >
                        (uintptr_t)memory + blocks_size(n));
        }
    }
}

// ---- Overflow bits ---------------------------------------------------------

static void phase_set(unsigned phase) {
    heap->state = (heap->state & ~(state_t)PHASE_MASK) | phase;
}

static void test_overflow_sets_its_own_bit(void **state) {
    (void)state;
    for (size_t i = 0; i < N_SOME; i++) {
        heap_of(some_groups[i], 1);
        phase_set(MARK);
        heap->mark_depth = heap->mark_capacity;
        data_remember();
        const word_t step = step_for(heap->n_groups);
        for (word_t k = 0; k < heap->n_groups; k = group_next(k, step)) {
            const block_t b = some_block(k);
            group_t *g = &heap->groups[k];
            g->head |= block_bit(b);
            assert_true(block_shade(heap, heap->state, b));
            *copied(&g->head) |= block_bit(b);
            *copied(&g->body) |= block_bit(b);
            *copied(&heap->overflow[k / WORD_BITS]) |= (word_t)1
                                                       << k % WORD_BITS;
            *copied(&heap->overflowed) = 1;
            data_expect();
        }
    }
}

// A black head in group `k`, which waits by its group's bit alone, and whose
// last word is the address of a white one in group `to`.
__attribute__((noinline)) static void overflow_lead(word_t k, word_t to) {
    const block_t parent = some_block(k);
    const block_t child = some_block(to) + 1;
    heap->groups[k].head |= block_bit(parent);
    heap->groups[to].head |= block_bit(child);
    void **words = block_address(heap, parent);
    memset(words, 0, BLOCK_BYTES);
    memset(block_address(heap, child), 0, BLOCK_BYTES);
    words[BLOCK_WORDS - 1] = block_address(heap, child);
    phase_set(MARK);
    heap->mark_depth = heap->mark_capacity;
    assert_true(block_shade(heap, heap->state, parent));
    heap->mark_depth = 0;
}

static bool block_is_black(block_t b) {
    const group_t *g = &heap->groups[block_group(b)];
    return (g->head & g->body & block_bit(b)) != 0;
}

static void head_forget(block_t b) {
    heap->groups[block_group(b)].head &= ~block_bit(b);
    heap->groups[block_group(b)].body &= ~block_bit(b);
}

// From each group alone, to one of another word of the map.
static void test_overflow_is_looked_for_everywhere(void **state) {
    (void)state;
    const word_t groups[] = {1, WORD_BITS, WORD_BITS + 1, 2 * WORD_BITS + 1};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        heap_of(groups[i], 1);
        for (word_t k = 0; k < heap->n_groups; k++) {
            const word_t to = (k + WORD_BITS) % heap->n_groups;
            overflow_lead(k, to);
            heap->overflowed |= 2; // a flip: any bit asks for the scan, once
            stack_wipe();
            mark(heap, heap->state);
            assert_int_equal(state_phase(heap->state), SWEEP);
            assert_true(block_is_black(some_block(to) + 1));
            assert_int_equal(heap->overflowed, 0);
            for (word_t j = 0; j * WORD_BITS < heap->n_groups; j++) {
                assert_int_equal(heap->overflow[j], 0);
            }
            sweep(heap, heap->state);
            head_forget(some_block(k));
            head_forget(some_block(to) + 1);
        }
        assert_true(slow_hints_match(heap)); // the words behind the map
    }
}

// ---- Hints -----------------------------------------------------------------

static void hint_expect(word_t k, unsigned c, word_t hinted) {
    for (word_t level = 0; level < heap->n_levels; level++) {
        const word_t bit = (word_t)1 << k % WORD_BITS;
        k /= WORD_BITS;
        word_t *word = copied(&hint_row(heap, level, k)[c]);
        *word = hinted != 0 ? *word | bit : *word & ~bit;
        hinted = *word;
    }
}

static void test_hints_of_each_group(void **state) {
    (void)state;
    const word_t free[] = {0, 1, GROUP_ALL, 6, 0, GROUP_ALL / 2, 0};
    for (size_t i = 0; i < N_SOME; i++) {
        heap_of(some_groups[i], 1);
        assert_true(slow_hints_match(heap));
        const word_t step = 2 * step_for(heap->n_groups) - 1;
        for (word_t k = 0; k < heap->n_groups; k = group_next(k, step)) {
            word_t before =
                ~(heap->groups[k].head | heap->groups[k].body) & GROUP_ALL;
            data_remember();
            for (size_t j = 0; j < sizeof free / sizeof *free; j++) {
                hints_changed(heap, k, before, free[j]);
                for (unsigned c = 0; c < N_CLASSES; c++) {
                    hint_expect(k, c, slow_maps(free[j]) >> c & 1);
                }
                before = free[j];
                data_expect();
            }
        }
    }
}

// Objects of one block, dead and alive, and free ones, differently in each
// group; whole groups of one kind among them.
static void planes_draw(unsigned seed) {
    srand(seed);
    for (word_t k = 0; k < heap->n_groups; k++) {
        group_t *g = &heap->groups[k];
        const word_t ends = g->held;
        const unsigned kind = (unsigned)rand() % 8;
        for (unsigned b = 0; b < G; b++) {
            const word_t bit = (word_t)1 << b;
            const bool is_head = kind < 2 ? kind == 0 : rand() % 2 == 0;
            const bool is_black = kind < 4 ? kind % 2 == 0 : rand() % 4 == 0;
            if ((g->body & bit) == 0 && (ends & bit) == 0 && is_head) {
                g->head |= bit;
                g->body |= is_black ? bit : 0;
                heap->taken++;
            }
        }
        g->body |= ends; // black, as a mark leaves it
    }
    slow_hints_set(heap);
}

static void test_hints_after_a_sweep(void **state) {
    (void)state;
    for (size_t i = 0; i < N_SOME; i++) {
        for (unsigned seed = 1; seed <= (i < 9 ? MAX_REGIONS : 1); seed++) {
            const bool is_small = some_groups[i] < 2 * MAX_REGIONS;
            heap_of(some_groups[i], is_small ? 1 : seed);
            planes_draw(seed);
            phase_set(SWEEP);
            heap->unswept = heap->n_groups;
            sweep(heap, heap->state);
            assert_true(slow_hints_match(heap));
            assert_int_equal(irqgc_check(heap), 0);
        }
    }
}

// ---- Searches --------------------------------------------------------------

static void group_fill(word_t k) {
    group_t *g = &heap->groups[k];
    const word_t free = ~(g->head | g->body) & GROUP_ALL;
    g->head |= free;
    heap->taken += word_count(free);
}

// Two free blocks across the end of the group: no hint tells of them.
static void border_is_found(word_t k) {
    const block_t b = (k + 1) * G - 1;
    void *at = block_address(heap, b);
    void *behind = block_address(heap, b + 1);
    assert_int_equal(irqgc_free(heap, at), IRQGC_OK);
    assert_int_equal(irqgc_free(heap, behind), IRQGC_OK);
    assert_ptr_equal(irqgc_alloc(heap, blocks_size(2), IRQGC_FAIL_FAST), at);
    assert_int_equal(irqgc_free(heap, at), IRQGC_OK);
    assert_ptr_equal(irqgc_alloc(heap, 1, IRQGC_FAIL_FAST), at);
    assert_ptr_equal(irqgc_alloc(heap, 1, IRQGC_FAIL_FAST), behind);
}

static void row_forget(word_t i) {
    for (unsigned c = 0; c < N_CLASSES; c++) {
        slow_map_set(heap, i, c, 0);
    }
}

// The only free block, of which no hint tells: the truth does (I2).
static void truth_is_searched(word_t k) {
    void *at = block_address(heap, some_block(k));
    assert_int_equal(irqgc_free(heap, at), IRQGC_OK);
    row_forget(k / WORD_BITS);
    assert_ptr_equal(irqgc_alloc(heap, 1, IRQGC_FAIL_FAST), at);
    row_forget(k / WORD_BITS);
}

// The only free block is found without a search, and the only run of two.
static void test_the_only_group_with_room(void **state) {
    (void)state;
    for (size_t i = 0; i < N_SOME; i++) {
        heap_of(some_groups[i], 1);
        for (word_t k = 0; k < heap->n_groups; k++) {
            group_fill(k);
        }
        slow_hints_set(heap);
        const word_t step = step_for(heap->n_groups);
        for (word_t k = 0; k < heap->n_groups; k = group_next(k, step)) {
            void *at = block_address(heap, some_block(k));
            assert_int_equal(irqgc_free(heap, at), IRQGC_OK);
            n_searches = 0;
            assert_ptr_equal(irqgc_alloc(heap, 1, IRQGC_FAIL_FAST), at);
            assert_int_equal(n_searches, 0);
            assert_null(irqgc_alloc(heap, 1, IRQGC_FAIL_FAST));
            truth_is_searched(k);
            if (k + 1 < heap->n_groups) {
                border_is_found(k);
            }
        }
        assert_true(slow_hints_match(heap));
    }
}

// ---- Whoever goes through all groups ---------------------------------------

static uintptr_t hidden;
static unsigned n_visits;

static void visit(void *arg, void *object, size_t size, irqgc_flags_t flags) {
    (void)arg, (void)size, (void)flags;
    n_visits++;
    hidden = ~(uintptr_t)object;
}

// What handles the object's address is apart, so that none is left of it.
#define APART __attribute__((noinline)) static

APART void visit_expect(block_t b) {
    n_visits = 0;
    irqgc_walk(heap, visit, NULL);
    assert_int_equal(n_visits, 1);
    assert_int_equal(~hidden, (uintptr_t)block_address(heap, b));
    assert_int_equal(irqgc_size(heap, (void *)~hidden), BLOCK_BYTES);
}

// The only object, held and in this group: black, of a cycle that was
// abandoned; then held no more.
static void group_is_passed(word_t k) {
    block_t b = some_block(k);
    if ((heap->groups[k].head | heap->groups[k].body) & block_bit(b)) {
        b = k * G; // groups are so small that a sentinel comes earlier
    }
    const word_t bit = block_bit(b);
    group_t *g = &heap->groups[k];
    const word_t free = ~(g->head | g->body) & GROUP_ALL;
    hints_changed(heap, k, free, free & ~bit);
    g->head |= bit;
    g->body |= bit;
    g->held |= bit;
    g->plain |= bit;
    heap->taken++;
    phase_set(MARK);
    irqgc_collect(heap);
    assert_int_equal(g->head & ~g->body & bit, bit);
    visit_expect(b);
    g->held &= ~bit;
    stack_wipe();
    irqgc_collect(heap);
    assert_int_equal(g->head & bit, 0);
    assert_true(slow_hints_match(heap));
    assert_int_equal(irqgc_check(heap), 0);
    g->plain &= ~bit;
}

static void test_all_groups_are_passed(void **state) {
    (void)state;
    for (size_t n_regions = 1; n_regions <= MAX_REGIONS; n_regions++) {
        const word_t groups[] = {2 * MAX_REGIONS, WORD_BITS, WORD_BITS + 1};
        for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
            heap_of(groups[i], n_regions);
            for (word_t k = 0; k < heap->n_groups; k++) {
                group_is_passed(k);
            }
        }
    }
}

// ---- What is no group ------------------------------------------------------

static void flip_expect(word_t *word, word_t bit, unsigned broken) {
    *word ^= bit;
    assert_int_equal(irqgc_check(heap), broken);
    *word ^= bit;
}

// The first bit behind the last group of a map, and the last before it.
static void bits_behind(word_t *word, word_t n, unsigned broken) {
    if (n % WORD_BITS != 0) {
        flip_expect(word, (word_t)1 << n % WORD_BITS, broken);
        flip_expect(word, (word_t)1 << (WORD_BITS - 1), broken);
    }
    flip_expect(word, (word_t)1 << (n - 1) % WORD_BITS, 0);
}

static void test_check_knows_what_is_no_group(void **state) {
    (void)state;
    for (size_t i = 0; i < N_SOME; i++) {
        heap_of(some_groups[i], 1);
        const word_t n = heap->n_groups;
        const word_t n_rows = slow_rows(heap);
        assert_int_equal(irqgc_check(heap), 0);
        word_t n_bits = n;
        for (word_t level = 0; level < heap->n_levels; level++) {
            const word_t n_words = (n_bits + WORD_BITS - 1) / WORD_BITS;
            for (unsigned c = 0; c < N_CLASSES; c++) {
                bits_behind(&hint_row(heap, level, n_words - 1)[c], n_bits, 2);
            }
            n_bits = n_words;
        }
        bits_behind(&heap->overflow[n_rows - 1], n, 8);
        heap->mark_depth = heap->mark_capacity;
        flip_expect(&heap->mark_stack[heap->mark_depth - 1], n * G - 1, 0);
        flip_expect(&heap->mark_stack[heap->mark_depth - 1], n * G, 8);
        heap->mark_depth = heap->mark_capacity - 1;
        flip_expect(&heap->mark_stack[heap->mark_depth], n * G, 0);
    }
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, maps_forget)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(no_block_is_wasted),
        TEST(overflow_sets_its_own_bit),
        TEST(overflow_is_looked_for_everywhere),
        TEST(hints_of_each_group),
        TEST(hints_after_a_sweep),
        TEST(the_only_group_with_room),
        TEST(all_groups_are_passed),
        TEST(check_knows_what_is_no_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
