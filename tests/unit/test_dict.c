// SPDX-License-Identifier: MIT
//
// Dictionaries, in one context: what they answer, that they grow, keep what
// they hold and nothing else, and fail cleanly.
//
// Link: tests/picture.c
#include "picture.h"

#include <string.h>

#include "irqgc/dict.h"

enum { MANY = 4 * GROUP_BLOCKS };

static irqgc_t *heap;

static irqgc_dict_t *dict_new(const irqgc_dict_keys_t *keys) {
    heap =
        heap_draw(".~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ "
                  ".~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~");
    irqgc_dict_t *d = irqgc_dict_new(heap, keys, 0);
    assert_non_null(d);
    picture_roots[0] = d;
    roots_register(heap);
    return d;
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
