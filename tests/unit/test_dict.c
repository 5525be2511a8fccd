// SPDX-License-Identifier: MIT
//
// Dictionaries, in one context: what they answer, that they grow, keep what
// they hold and nothing else, and fail cleanly.
//
// Link: tests/picture.c -Wl,--wrap=irqgc_alloc
#include "picture.h"

#include <string.h>

#include "collect.h"
#include "irqgc/dict.h"

enum { MANY = 4 * GROUP_BLOCKS };

static irqgc_t *heap;

static irqgc_dict_t *dict_again(const irqgc_dict_keys_t *keys, size_t n) {
    irqgc_dict_t *d = irqgc_dict_new(heap, keys, n);
    assert_non_null(d);
    picture_roots[0] = d;
    return d;
}

static void heap_new(void) {
    const irqgc_config_t config = {.mark_stack = 4 * MANY};
    heap = heap_draw_with(
        ".~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ "
        ".~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ "
        ".~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~",
        &config);
    roots_register(heap);
}

static irqgc_dict_t *dict_new(const irqgc_dict_keys_t *keys) {
    heap_new();
    return dict_again(keys, 0);
}

// A handler that comes when an allocation has ended, once.
static void (*after_alloc)(void);

void *__real_irqgc_alloc(irqgc_t *h, size_t size, irqgc_flags_t flags);
void *__wrap_irqgc_alloc(irqgc_t *h, size_t size, irqgc_flags_t flags);

void *__wrap_irqgc_alloc(irqgc_t *h, size_t size, irqgc_flags_t flags) {
    void *object = __real_irqgc_alloc(h, size, flags);
    void (*const handler)(void) = after_alloc;
    if (handler != NULL) {
        after_alloc = NULL;
        in_handler(handler);
    }
    return object;
}

static void has(const irqgc_dict_t *d, uintptr_t key, uintptr_t value) {
    uintptr_t is = 0;
    assert_int_equal(irqgc_dict_get(d, key, &is), IRQGC_DICT_OK);
    assert_int_equal(is, value);
}

static void has_not(const irqgc_dict_t *d, uintptr_t key) {
    uintptr_t is = 77;
    assert_int_equal(irqgc_dict_get(d, key, &is), IRQGC_DICT_ABSENT);
    assert_int_equal(is, 77);
    assert_null(irqgc_dict_cell(d, key));
}

static void set(irqgc_dict_t *d, uintptr_t key, uintptr_t value) {
    assert_int_equal(irqgc_dict_set(d, key, value), IRQGC_DICT_OK);
}

static void test_what_is_set_is_there(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    has_not(d, 5);
    set(d, 5, 0); // any value
    has(d, 5, 0);
    set(d, 5, 50);
    has(d, 5, 50);
    assert_int_equal(irqgc_dict_count(d), 1);
    assert_int_equal(irqgc_dict_set(d, 0, 1), IRQGC_DICT_BAD_KEY);
    assert_int_equal(irqgc_dict_add(d, 5, 51), IRQGC_DICT_PRESENT);
    assert_int_equal(irqgc_dict_add(d, 6, 60), IRQGC_DICT_OK);
    has(d, 5, 50);
    has(d, 6, 60);
    assert_int_equal(irqgc_dict_count(d), 2);
}

static void test_replace(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    assert_int_equal(irqgc_dict_replace(d, 5, 0, 1), IRQGC_DICT_ABSENT);
    set(d, 5, 50);
    assert_int_equal(irqgc_dict_replace(d, 5, 49, 1), IRQGC_DICT_DIFFERS);
    has(d, 5, 50);
    assert_int_equal(irqgc_dict_replace(d, 5, 50, 51), IRQGC_DICT_OK);
    has(d, 5, 51);
}

static void test_delete(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    assert_int_equal(irqgc_dict_delete(d, 5), IRQGC_DICT_ABSENT);
    set(d, 5, 50);
    set(d, 6, 60);
    assert_int_equal(irqgc_dict_delete(d, 5), IRQGC_DICT_OK);
    has_not(d, 5);
    has(d, 6, 60);
    assert_int_equal(irqgc_dict_count(d), 1);
    set(d, 7, 70); // where 5 was
    has_not(d, 5);
    has(d, 7, 70);
    set(d, 5, 51);
    has(d, 5, 51);
}

static void test_growth_keeps_all_and_their_cells(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    void **cells[MANY + 1];
    for (uintptr_t key = 1; key <= MANY; key++) {
        set(d, key * 64, key); // hashes of pointers have zeros below
        cells[key] = irqgc_dict_cell(d, key * 64);
        assert_ptr_equal(*cells[key], (void *)key);
    }
    assert_int_equal(irqgc_dict_count(d), MANY);
    for (uintptr_t key = 1; key <= MANY; key++) {
        has(d, key * 64, key);
        assert_ptr_equal(irqgc_dict_cell(d, key * 64), cells[key]);
        has_not(d, key * 64 + 1);
    }
    irqgc_store(heap, cells[9], (void *)1234);
    has(d, 9 * 64, 1234);
}

static void test_order_of_insertion(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    for (uintptr_t key = MANY; key > 0; key--) {
        set(d, key, key + 1);
    }
    irqgc_dict_iter_t at = {0};
    uintptr_t key;
    uintptr_t value;
    for (uintptr_t due = MANY; due > 0; due--) {
        assert_int_equal(irqgc_dict_next(d, &at, &key, &value), 1);
        assert_int_equal(key, due);
        assert_int_equal(value, due + 1);
    }
    assert_int_equal(irqgc_dict_next(d, &at, &key, &value), 0);
    set(d, MANY + 5, 1);
    assert_int_equal(irqgc_dict_next(d, &at, &key, &value), 1); // it went on
    assert_int_equal(key, MANY + 5);
}

// Entries of dead keys are taken again, and the index is purged of them.
static void test_churn_takes_no_memory(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    size_t free_at_first = 0;
    for (uintptr_t key = 1; key <= 20 * MANY; key++) {
        set(d, key, key);
        if (key > 4) {
            assert_int_equal(irqgc_dict_delete(d, key - 4), IRQGC_DICT_OK);
        }
        assert_int_equal(irqgc_dict_count(d), key < 4 ? key : 4);
        if (key % MANY == 0) {
            irqgc_stats_t stats;
            irqgc_collect(heap);
            irqgc_stats(heap, &stats);
            free_at_first = free_at_first != 0 ? free_at_first : stats.free;
            assert_true(stats.free >= free_at_first);
        }
    }
    for (uintptr_t key = 20 * MANY - 3; key <= 20 * MANY; key++) {
        has(d, key, key);
    }
}

static void test_clear(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    for (uintptr_t key = 1; key <= MANY; key++) {
        set(d, key, key);
    }
    irqgc_dict_delete(d, 3);
    irqgc_dict_clear(d);
    assert_int_equal(irqgc_dict_count(d), 0);
    irqgc_dict_iter_t at = {0};
    uintptr_t key;
    uintptr_t value;
    assert_int_equal(irqgc_dict_next(d, &at, &key, &value), 0);
    has_not(d, 1);
    set(d, 1, 2);
    has(d, 1, 2);
}

static void test_reserve(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    assert_non_null(irqgc_dict_new(heap, NULL, MANY));
    for (uintptr_t key = 1; key <= 4; key++) { // leaves fresh entries
        set(d, key, key);
    }
    assert_int_equal(irqgc_dict_reserve(d, MANY), IRQGC_DICT_OK);
    const uintptr_t allocs = heap->counts[0].allocs;
    for (uintptr_t key = 5; key < 5 + MANY; key++) {
        set(d, key, key);
    }
    assert_int_equal(heap->counts[0].allocs, allocs);
    for (uintptr_t key = 1; key < 5 + MANY; key++) {
        has(d, key, key);
    }
    has(d, 1, 1);
}

static uintptr_t allocs(void) {
    return heap->counts[0].allocs;
}

// Inserts exactly so many keys, which need not grow; what is not there is
// looked for then, too: the chains end.
static void expect_room(irqgc_dict_t *d, uintptr_t first, uintptr_t n) {
    const uintptr_t before = allocs();
    for (uintptr_t key = first; key < first + n; key++) {
        set(d, key, key);
    }
    assert_int_equal(allocs(), before);
    for (uintptr_t key = first + n; key < first + n + 2 * MANY; key++) {
        has_not(d, key);
    }
}

static void test_new_has_room(void **state) {
    (void)state;
    heap_new();
    for (uintptr_t n = 0; n <= MANY; n++) {
        expect_room(dict_again(NULL, n), 1, n);
    }
}

// Whatever there was, and was deleted, before.
static void test_reserve_has_room(void **state) {
    (void)state;
    heap_new();
    for (uintptr_t n = 0; n <= MANY; n++) {
        for (uintptr_t n_before = 0; n_before < 16; n_before += 1 + n % 3) {
            irqgc_dict_t *d = dict_again(NULL, 0);
            for (uintptr_t key = 1; key <= n_before; key++) {
                set(d, key, key);
            }
            if (n_before % 4 == 3) {
                irqgc_dict_delete(d, n_before / 2);
            }
            assert_int_equal(irqgc_dict_reserve(d, n), IRQGC_DICT_OK);
            expect_room(d, n_before + 1, n);
        }
    }
}

// What is there already is not reserved again.
static void test_reserve_takes_no_more_than_it_needs(void **state) {
    (void)state;
    heap_new();
    for (uintptr_t n = 6; n <= MANY; n++) {
        irqgc_dict_t *d = dict_again(NULL, n);
        const uintptr_t before = allocs();
        assert_int_equal(irqgc_dict_reserve(d, n), IRQGC_DICT_OK);
        assert_int_equal(allocs(), before);
        set(d, 1, 1);
        assert_int_equal(irqgc_dict_reserve(d, n - 1), IRQGC_DICT_OK);
        assert_int_equal(allocs(), before);
        assert_int_equal(irqgc_dict_reserve(d, n), IRQGC_DICT_OK);
        assert_true(allocs() > before);
        expect_room(d, 2, n);
    }
}

// What was left of the entries when others were reserved behind them is taken,
// too: the index has room for all.
static void test_what_is_left_is_taken(void **state) {
    (void)state;
    for (uintptr_t n_before = 1; n_before < 6; n_before++) {
        irqgc_dict_t *d = dict_new(NULL);
        for (uintptr_t key = 1; key <= n_before; key++) {
            set(d, key, key);
        }
        assert_int_equal(irqgc_dict_reserve(d, 7), IRQGC_DICT_OK);
        expect_room(d, n_before + 1, 7 + 6 - n_before);
    }
}

// An allocation for entries and one for the index each time that their number
// has doubled.
static void test_growth_takes_few_allocations(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    const uintptr_t before = allocs();
    uintptr_t n_doubled = 0;
    for (uintptr_t key = 1; key <= MANY; key++) {
        set(d, key, key);
        n_doubled += (key & (key - 1)) == 0;
        assert_true(allocs() - before <= 2 * n_doubled);
    }
}

// Entries of dead keys are not in the index that is made next.
static void test_the_dead_take_no_room(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    for (uintptr_t key = 1; key <= MANY; key++) {
        set(d, key, key);
    }
    for (uintptr_t key = 2; key <= MANY; key++) {
        assert_int_equal(irqgc_dict_delete(d, key), IRQGC_DICT_OK);
    }
    const uintptr_t before = allocs();
    for (uintptr_t key = MANY + 1; key <= 5 * MANY; key++) {
        set(d, key, key);
        assert_int_equal(irqgc_dict_delete(d, key), IRQGC_DICT_OK);
    }
    has(d, 1, 1);
    assert_int_equal(irqgc_dict_count(d), 1);
    assert_true(allocs() > before && allocs() - before < MANY);
}

// Chunks of any length, and something that is no entry behind each.
static void test_iteration_ends_with_each_chunk(void **state) {
    (void)state;
    heap_new();
    for (uintptr_t n = 6; n < 16; n++) {
        irqgc_dict_t *d = dict_again(NULL, n);
        uintptr_t n_keys = 0;
        for (unsigned i = 0; i < 3; i++) {
            memset(irqgc_alloc(heap, 1, 0), 0xFF, BLOCK_BYTES);
            assert_int_equal(irqgc_dict_reserve(d, n + i), IRQGC_DICT_OK);
            for (uintptr_t end = n_keys + n + i; n_keys < end; n_keys++) {
                set(d, n_keys + 1, n_keys);
            }
        }
        irqgc_dict_iter_t at = {0};
        uintptr_t key;
        uintptr_t value;
        uintptr_t sum = 0;
        while (irqgc_dict_next(d, &at, &key, &value)) {
            assert_int_equal(key, value + 1);
            sum += key;
        }
        assert_int_equal(sum, n_keys * (n_keys + 1) / 2);
    }
}

// None of these sizes in bytes is computed: it would wrap to a small one.
static void test_sizes_that_no_heap_has(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    set(d, 1, 1);
    for (unsigned bit = 16; bit < WORD_BITS; bit++) {
        const size_t n = (size_t)1 << bit;
        const size_t sizes[] = {n - 1,         n,    n + 1, n / 4 * 3,
                                n / 4 * 3 + 1, 0 - n};
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            assert_int_equal(irqgc_dict_reserve(d, sizes[i]),
                             IRQGC_DICT_NO_ROOM);
            assert_null(irqgc_dict_new(heap, NULL, sizes[i]));
        }
    }
    has(d, 1, 1);
}

// Also where entries are left when others are reserved behind them.
static void test_order_after_reserve(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    set(d, 1, 1);
    assert_int_equal(irqgc_dict_reserve(d, 20), IRQGC_DICT_OK);
    irqgc_dict_iter_t at = {0};
    uintptr_t key;
    uintptr_t value;
    for (uintptr_t due = 1; due <= 20; due++) {
        set(d, due, 1);
    }
    for (uintptr_t due = 1; due <= 20; due++) {
        assert_int_equal(irqgc_dict_next(d, &at, &key, &value), 1);
        assert_int_equal(key, due);
    }
}

static uintptr_t first_byte_hash(uintptr_t key) {
    return *(const unsigned char *)key;
}

// 0 is no key: neither function is asked.
static void test_no_key(void **state) {
    (void)state;
    const irqgc_dict_keys_t keys = {first_byte_hash, NULL};
    irqgc_dict_t *d = dict_new(&keys);
    has_not(d, 0);
    assert_int_equal(irqgc_dict_delete(d, 0), IRQGC_DICT_ABSENT);
    assert_int_equal(irqgc_dict_replace(d, 0, 1, 2), IRQGC_DICT_ABSENT);
    assert_int_equal(irqgc_dict_set(d, 0, 1), IRQGC_DICT_BAD_KEY);
}

// ---- Collections -----------------------------------------------------------

static bool is_alive(uintptr_t hidden) {
    const block_t b = address_object(heap, ~hidden);
    return block_is_head(heap, b);
}

// Where no address stays behind in registers or frames of the test.
#define APART __attribute__((noinline)) static

static uintptr_t hidden_key, hidden_value;

APART void pair_new(void) {
    irqgc_dict_t *d = dict_new(NULL);
    void *key = irqgc_alloc(heap, 1, 0);
    void *value = irqgc_alloc(heap, 1, 0);
    hidden_key = ~(uintptr_t)key;
    hidden_value = ~(uintptr_t)value;
    set(d, (uintptr_t)key, (uintptr_t)value);
}

APART void pair_delete(void) {
    has(picture_roots[0], ~hidden_key, ~hidden_value);
    assert_int_equal(irqgc_dict_delete(picture_roots[0], ~hidden_key),
                     IRQGC_DICT_OK);
}

static void test_what_it_holds_is_kept(void **state) {
    (void)state;
    pair_new();
    stack_wipe();
    irqgc_collect(heap);
    assert_true(is_alive(hidden_key) && is_alive(hidden_value));
    pair_delete();
    stack_wipe();
    irqgc_collect(heap);
    assert_false(is_alive(hidden_key) || is_alive(hidden_value));
}

APART void dict_fill_and_forget(void) {
    irqgc_dict_t *d = dict_new(NULL);
    for (uintptr_t key = 1; key <= MANY; key++) {
        set(d, key, key);
    }
    picture_roots[0] = NULL;
}

static void test_it_is_collected_itself(void **state) {
    (void)state;
    dict_fill_and_forget();
    assert_true(heap->given - heap->taken < heap->n_blocks);
    stack_wipe();
    irqgc_collect(heap);
    assert_true(heap->given - heap->taken == heap->n_blocks);
}

// ---- In the middle of a marking
// ----------------------------------------------
//
// A handler stores to what the collection that it has preempted has scanned
// already: nobody will come there again.

// New objects, white; their addresses are hidden.
enum { N_PAIRS = MANY / 2 };
static uintptr_t pairs[N_PAIRS][2];

APART void pairs_new(void) {
    for (unsigned i = 0; i < N_PAIRS; i++) {
        for (unsigned of = 0; of < 2; of++) {
            pairs[i][of] = ~(uintptr_t)irqgc_alloc(heap, 1, 0);
        }
    }
}

// All that waits is scanned, as the collection does when it goes on.
static void scan_on(void) {
    while (heap->mark_depth > 0) {
        const block_t b = heap->mark_stack[--heap->mark_depth];
        const group_t *g = &heap->groups[block_group(b)];
        if ((g->plain & block_bit(b)) == 0) {
            words_shade(heap, heap->state, block_address(heap, b),
                        (object_end(heap, b) - b) * BLOCK_WORDS);
        }
    }
}

static bool is_black(uintptr_t word) {
    const block_t b = address_object(heap, word);
    return (heap->groups[block_group(b)].body & block_bit(b)) != 0;
}

// The dictionary is reached and scanned, the pairs are not.
static void marking_begin(irqgc_dict_t *d) {
    heap_phase(heap, MARK, 0);
    void *root = d;
    words_shade(heap, heap->state, &root, 1);
    scan_on();
    assert_false(is_black(~pairs[0][0]) || is_black(~pairs[N_PAIRS - 1][1]));
}

// Goes on to the end.
static void marking_end(void) {
    assert_int_equal(heap->overflowed, 0);
    assert_int_equal(state_phase(heap->state), MARK); // the same
    assert_int_equal(heap->state / CYCLE_ONE, 0);
    stack_wipe();
    mark(heap, heap->state);
    sweep(heap, heap->state);
    assert_int_equal(irqgc_check(heap), 0);
}

// The ways to store a pair, key `a` and value `b`.
static void by_set(irqgc_dict_t *d, uintptr_t a, uintptr_t b) {
    set(d, a, b);
}

static void by_add(irqgc_dict_t *d, uintptr_t a, uintptr_t b) {
    assert_int_equal(irqgc_dict_add(d, a, b), IRQGC_DICT_OK);
}

static void by_set_over(irqgc_dict_t *d, uintptr_t a, uintptr_t b) {
    set(d, a, 5);
    set(d, a, b);
}

static void by_replace(irqgc_dict_t *d, uintptr_t a, uintptr_t b) {
    set(d, a, 5);
    assert_int_equal(irqgc_dict_replace(d, a, 5, b), IRQGC_DICT_OK);
}

static void by_set_where_deleted(irqgc_dict_t *d, uintptr_t a, uintptr_t b) {
    set(d, 7, 7);
    assert_int_equal(irqgc_dict_delete(d, 7), IRQGC_DICT_OK);
    set(d, a, b);
}

static void by_add_where_deleted(irqgc_dict_t *d, uintptr_t a, uintptr_t b) {
    set(d, 7, 7);
    assert_int_equal(irqgc_dict_delete(d, 7), IRQGC_DICT_OK);
    by_add(d, a, b);
}

static void by_cell(irqgc_dict_t *d, uintptr_t a, uintptr_t b) {
    set(d, a, 5);
    irqgc_store(heap, irqgc_dict_cell(d, a), (void *)b);
}

typedef void store_t(irqgc_dict_t *d, uintptr_t a, uintptr_t b);
static store_t *const stores[] = {by_set,
                                  by_add,
                                  by_replace,
                                  by_set_over,
                                  by_cell,
                                  by_set_where_deleted,
                                  by_add_where_deleted};
enum { N_STORES = sizeof stores / sizeof *stores };

// Whether what was stored as number `i` is a key, a value, or both.
enum { AS_KEY = 1, AS_VALUE, AS_BOTH };

static uintptr_t key_of(unsigned i, unsigned as) {
    return (as & AS_KEY) != 0 ? ~pairs[i][0] : 1000 + i;
}

static uintptr_t value_of(unsigned i, unsigned as) {
    return (as & AS_VALUE) != 0 ? ~pairs[i][1] : 2000 + i;
}

APART void pairs_store(irqgc_dict_t *d, store_t *store, unsigned as) {
    for (unsigned i = 0; i < N_PAIRS; i++) {
        store(d, key_of(i, as), value_of(i, as));
        scan_on();
        assert_true(is_black(~pairs[i][0]) == ((as & AS_KEY) != 0));
        assert_true(is_black(~pairs[i][1]) == ((as & AS_VALUE) != 0));
    }
}

APART void pairs_expect(const irqgc_dict_t *d, unsigned as) {
    for (unsigned i = 0; i < N_PAIRS; i++) {
        assert_true(is_alive(pairs[i][0]) || (as & AS_KEY) == 0);
        assert_true(is_alive(pairs[i][1]) || (as & AS_VALUE) == 0);
        has(d, key_of(i, as), value_of(i, as));
    }
}

// And as the dictionary grows, what it is made of is kept, too.
static void test_what_is_stored_in_mark_is_kept(void **state) {
    (void)state;
    for (unsigned i = 0; i < N_STORES; i++) {
        for (unsigned as = AS_KEY; as <= AS_BOTH; as++) {
            irqgc_dict_t *d = dict_new(NULL);
            pairs_new();
            marking_begin(d);
            pairs_store(d, stores[i], as);
            marking_end();
            pairs_expect(d, as);
        }
    }
}

static void test_what_is_reserved_in_mark_is_kept(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    pairs_new();
    marking_begin(d);
    assert_int_equal(irqgc_dict_reserve(d, MANY), IRQGC_DICT_OK);
    scan_on();
    marking_end();
    for (uintptr_t key = 1; key <= MANY; key++) {
        irqgc_alloc(heap, 1, 0); // what was freed is someone else's
        set(d, key, key);
    }
    for (uintptr_t key = 1; key <= MANY; key++) {
        has(d, key, key);
    }
    assert_int_equal(irqgc_check(heap), 0);
}

// ---- No room ---------------------------------------------------------------

static void hog_all(void) {
    for (size_t size = 1 << 16; size >= IRQGC_BLOCK; size /= 2) {
        while (irqgc_alloc(heap, size, IRQGC_HELD) != NULL) {
        }
    }
}

static void test_no_room_loses_nothing(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(NULL);
    hog_all();
    uintptr_t key = 0;
    while (irqgc_dict_set(d, key + 1, key) == IRQGC_DICT_OK) {
        key++;
    }
    assert_int_equal(irqgc_dict_set(d, key + 1, key), IRQGC_DICT_NO_ROOM);
    assert_int_equal(irqgc_dict_count(d), key);
    has_not(d, key + 1);
    set(d, key, 99); // one that is there needs none
    has(d, key, 99);
    assert_int_equal(irqgc_dict_delete(d, 1), IRQGC_DICT_OK);
    assert_null(irqgc_dict_new(heap, NULL, 0));
    assert_null(irqgc_dict_new(heap, NULL, ~(size_t)0));
    assert_int_equal(irqgc_check(heap), 0);
}

// Room for an index, and not for as many entries; then for one entry.
static void test_little_room(void **state) {
    (void)state;
    enum { FEW = 6, MORE = 40, N_WORDS = 64, INDEX = N_WORDS * sizeof(word_t) };
    irqgc_dict_t *d = dict_new(NULL);
    void *for_index = irqgc_alloc(heap, INDEX + 2 * IRQGC_BLOCK, IRQGC_HELD);
    void *for_entry = irqgc_alloc(heap, 3 * IRQGC_BLOCK, IRQGC_HELD);
    hog_all();
    irqgc_free(heap, for_index);
    assert_int_equal(irqgc_dict_reserve(d, MORE), IRQGC_DICT_NO_ROOM);
    stack_wipe(); // of the index that was given up
    irqgc_collect(heap);
    hog_all();
    for (uintptr_t key = 1; key <= FEW; key++) {
        set(d, key, key);
    }
    assert_int_equal(irqgc_dict_set(d, FEW + 1, 0), IRQGC_DICT_NO_ROOM);
    irqgc_free(heap, for_entry);
    set(d, FEW + 1, FEW + 1);
    assert_int_equal(irqgc_dict_count(d), FEW + 1);
    for (uintptr_t key = 1; key <= FEW + 1; key++) {
        has(d, key, key);
    }
    assert_int_equal(irqgc_check(heap), 0);
}

// So many keys in an index of 16 words that is worn out, an entry to spare, and
// nothing else free but room for an index of `n_words`, at some places.
static irqgc_dict_t *worn_dict(uintptr_t n_keys, size_t n_words) {
    enum { ROOM = 12, HEAD = 3 }; // words
    heap_new();
    irqgc_dict_t *d = dict_again(NULL, ROOM);
    for (uintptr_t key = 1; key <= n_keys; key++) {
        set(d, key, key);
    }
    for (uintptr_t i = n_keys; i < ROOM; i++) {
        set(d, 50, 1);
        assert_int_equal(irqgc_dict_delete(d, 50), IRQGC_DICT_OK);
    }
    const size_t size = (HEAD + n_words) * sizeof(word_t);
    void *rooms[3];
    for (unsigned i = 0; i < 3; i++) {
        rooms[i] = irqgc_alloc(heap, size, IRQGC_HELD);
        irqgc_alloc(heap, size, IRQGC_HELD); // no less, to lie behind it
    }
    (void)irqgc_check(heap); // nothing is left in registers
    stack_wipe();
    irqgc_collect(heap); // indexes that were given up
    hog_all();
    for (unsigned i = 0; i < 3; i++) {
        irqgc_free(heap, rooms[i]);
    }
    return d;
}

static void test_little_room_for_an_index(void **state) {
    (void)state;
    for (uintptr_t n = 7; n < 12; n++) { // for twice as many there is none
        irqgc_dict_t *d = worn_dict(n, 16);
        set(d, n + 1, 5);
        has(d, n + 1, 5);
        has(d, 1, 1);
        assert_int_equal(irqgc_dict_count(d), n + 1);
    }
    irqgc_dict_t *d = worn_dict(6, 8); // it would be full
    stack_wipe();
    irqgc_collect(heap); // what is free now was no garbage
    const word_t free = heap->given - heap->taken;
    assert_int_equal(irqgc_dict_set(d, 7, 7), IRQGC_DICT_NO_ROOM);
    assert_true(heap->given - heap->taken >= free); // none is made in vain
    has(d, 6, 6);
    assert_int_equal(irqgc_check(heap), 0);
}

static void delete_one(void) {
    assert_int_equal(irqgc_dict_delete(picture_roots[0], 1), IRQGC_DICT_OK);
}

static unsigned n_to_fail; // allocations before that

static void delete_later(void) {
    if (n_to_fail-- == 0) {
        delete_one();
    } else {
        after_alloc = delete_later;
    }
}

// When the last allocation has failed a handler makes room: that is seen.
static void test_room_by_a_handler(void **state) {
    (void)state;
    for (unsigned n_later = 0; n_later < 2; n_later++) {
        heap_new();
        irqgc_dict_t *d = dict_again(NULL, 6);
        assert_int_equal(irqgc_dict_reserve(d, 7), IRQGC_DICT_OK);
        hog_all();
        uintptr_t n = 0;
        while (irqgc_dict_set(d, n + 1, n + 1) == IRQGC_DICT_OK) {
            n++;
        }
        n_to_fail = n_later;
        after_alloc = delete_later;
        set(d, n + 1, 5);
        assert_null(after_alloc);
        has(d, n + 1, 5);
        has_not(d, 1);
    }
}

// ---- Keys equal by content -------------------------------------------------

static uintptr_t text_hash(uintptr_t key) {
    uintptr_t hash = 5381;
    for (const char *c = (const char *)key; *c != '\0'; c++) {
        hash = hash * 33 + (unsigned char)*c;
    }
    return hash;
}

static int text_equal(uintptr_t a, uintptr_t b) {
    return strcmp((const char *)a, (const char *)b) == 0;
}

static const irqgc_dict_keys_t texts = {text_hash, text_equal};

static void test_keys_by_content(void **state) {
    (void)state;
    irqgc_dict_t *d = dict_new(&texts);
    char one[] = "one";
    char same[] = "one";
    set(d, (uintptr_t)one, 1);
    has(d, (uintptr_t)same, 1);
    set(d, (uintptr_t)same, 2);
    has(d, (uintptr_t)one, 2);
    assert_int_equal(irqgc_dict_count(d), 1);
    has_not(d, (uintptr_t) "two");
    assert_int_equal(irqgc_dict_delete(d, (uintptr_t)same), IRQGC_DICT_OK);
    has_not(d, (uintptr_t)one);
}

static uintptr_t no_hash(uintptr_t key) {
    (void)key;
    return 0;
}

static void test_keys_of_one_hash(void **state) {
    (void)state;
    static const irqgc_dict_keys_t keys = {no_hash, text_equal};
    irqgc_dict_t *d = dict_new(&keys);
    set(d, (uintptr_t) "one", 1);
    set(d, (uintptr_t) "two", 2);
    has(d, (uintptr_t) "one", 1);
    has(d, (uintptr_t) "two", 2);
    has_not(d, (uintptr_t) "three");
}

static uintptr_t one_hash; // of all keys

static uintptr_t same_hash(uintptr_t key) {
    assert_true(key != 0);
    return one_hash;
}

static uintptr_t n_equals; // keys that were compared in vain

static int word_equal(uintptr_t a, uintptr_t b) {
    n_equals++;
    return a == b;
}

// One long chain, from each word of the index on, also round its end, and into
// each larger index.
static void test_a_chain_of_all_keys(void **state) {
    (void)state;
    static const irqgc_dict_keys_t keys = {same_hash, word_equal};
    enum { N = 14 };
    heap_new();
    for (one_hash = 0; one_hash < 64; one_hash++) {
        irqgc_dict_t *d = dict_again(&keys, 0);
        for (uintptr_t key = 1; key <= N; key++) {
            set(d, key, key);
            has_not(d, key + 1);
            for (uintptr_t there = 1; there <= key; there++) {
                has(d, there, there);
            }
        }
        for (uintptr_t key = 1; key <= N; key += 2) {
            assert_int_equal(irqgc_dict_delete(d, key), IRQGC_DICT_OK);
        }
        assert_int_equal(irqgc_dict_reserve(d, 4 * N), IRQGC_DICT_OK);
        for (uintptr_t key = 1; key <= N; key++) {
            if (key % 2 == 0) {
                has(d, key, key);
            } else {
                has_not(d, key);
            }
        }
    }
}

static uintptr_t own_hash(uintptr_t key) {
    return key;
}

// Small numbers, and addresses: one key in vain for each that is looked for, in
// the mean.
static void test_chains_are_short(void **state) {
    (void)state;
    static const irqgc_dict_keys_t keys = {own_hash, word_equal};
    static const uintptr_t steps[] = {1, 8, IRQGC_BLOCK, 64, 4096};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        irqgc_dict_t *d = dict_new(&keys);
        for (uintptr_t n = 1; n <= MANY; n++) {
            set(d, n * steps[i], n);
        }
        n_equals = 0;
        for (uintptr_t n = 1; n <= MANY; n++) {
            has(d, n * steps[i], n);
            has_not(d, (n + MANY) * steps[i]);
        }
        assert_true(n_equals <= 4 * MANY); // of 3 look-ups for each
    }
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, heap_forget)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_set_is_there),
        TEST(replace),
        TEST(delete),
        TEST(growth_keeps_all_and_their_cells),
        TEST(order_of_insertion),
        TEST(churn_takes_no_memory),
        TEST(clear),
        TEST(reserve),
        TEST(new_has_room),
        TEST(what_is_left_is_taken),
        TEST(growth_takes_few_allocations),
        TEST(the_dead_take_no_room),
        TEST(iteration_ends_with_each_chunk),
        TEST(little_room_for_an_index),
        TEST(room_by_a_handler),
        TEST(a_chain_of_all_keys),
        TEST(chains_are_short),
        TEST(reserve_has_room),
        TEST(reserve_takes_no_more_than_it_needs),
        TEST(what_is_stored_in_mark_is_kept),
        TEST(what_is_reserved_in_mark_is_kept),
        TEST(what_it_holds_is_kept),
        TEST(sizes_that_no_heap_has),
        TEST(order_after_reserve),
        TEST(no_key),
        TEST(it_is_collected_itself),
        TEST(no_room_loses_nothing),
        TEST(little_room),
        TEST(keys_by_content),
        TEST(keys_of_one_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
