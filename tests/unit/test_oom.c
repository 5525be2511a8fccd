// SPDX-License-Identifier: MIT
//
// The N-th search fails, for N = 0, 1, 2 ... until there is no N-th: a clear
// failure that has changed nothing, or a success that another search made
// possible. What needs no search succeeds even if all of them fail.
//
// The searches are searched_claim and blocks_claim; the linker puts ours in
// front of them. What hints would find is hidden, so that all is searched for.
//
// Link: tests/picture.c -Wl,--wrap=irqgc_core_searched_claim
// Link: -Wl,--wrap=irqgc_core_blocks_claim
#include "picture.h"

#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "slow_hints.h"

enum { G = GROUP_BLOCKS };

// ---- Searches that fail ----------------------------------------------------

enum { NEVER = 1000 };

static unsigned n_searches;
static unsigned first_to_fail = NEVER;
static unsigned last_to_fail;

bool __real_irqgc_core_searched_claim(irqgc_t *h, record_t *op, word_t n);
bool __wrap_irqgc_core_searched_claim(irqgc_t *h, record_t *op, word_t n);
word_t __real_irqgc_core_blocks_claim(irqgc_t *h, record_t *op, block_t head,
                                      block_t first, block_t end);
word_t __wrap_irqgc_core_blocks_claim(irqgc_t *h, record_t *op, block_t head,
                                      block_t first, block_t end);

static bool search_fails(void) {
    const unsigned n = n_searches++;
    return n >= first_to_fail && n <= last_to_fail;
}

bool __wrap_irqgc_core_searched_claim(irqgc_t *h, record_t *op, word_t n) {
    return !search_fails() && __real_irqgc_core_searched_claim(h, op, n);
}

word_t __wrap_irqgc_core_blocks_claim(irqgc_t *h, record_t *op, block_t head,
                                      block_t first, block_t end) {
    return search_fails()
               ? 0
               : __real_irqgc_core_blocks_claim(h, op, head, first, end);
}

static void searches_fail(unsigned first, unsigned last) {
    n_searches = 0;
    first_to_fail = first;
    last_to_fail = last;
}

// Of a heap with one row of hints. What is toggled meanwhile adds up.
static word_t hidden[N_CLASSES];

static void hints_hide(const irqgc_t *h) {
    for (unsigned c = 0; c < N_CLASSES; c++) {
        hidden[c] = hint_row(h, 0, 0)[c];
        hint_row(h, 0, 0)[c] = 0;
    }
}

static void hints_show(const irqgc_t *h) {
    for (unsigned c = 0; c < N_CLASSES; c++) {
        hint_row(h, 0, 0)[c] ^= hidden[c];
    }
}

// ---- What must not change --------------------------------------------------

// All that a collection which frees nothing leaves alone: the planes, the
// hints, the blocks of each region.

static unsigned char *image_part(const irqgc_t *h, unsigned part,
                                 size_t *size) {
    switch (part) {
    case 0:
        *size = h->n_groups * sizeof *h->groups;
        return (unsigned char *)h->groups;
    case 1:
        *size = (uintptr_t)h->mark_stack - (uintptr_t)h->overflow;
        return (unsigned char *)h->overflow;
    default:
        *size = h->regions[part - 2].n_blocks * BLOCK_BYTES;
        return (unsigned char *)h->regions[part - 2].base;
    }
}

static unsigned char *image_take(const irqgc_t *h) {
    size_t total = 0;
    size_t size;
    for (unsigned part = 0; part < 2 + h->n_regions; part++) {
        (void)image_part(h, part, &size);
        total += size;
    }
    unsigned char *image = malloc(total);
    assert_non_null(image);
    unsigned char *to = image;
    for (unsigned part = 0; part < 2 + h->n_regions; part++) {
        const unsigned char *from = image_part(h, part, &size);
        memcpy(to, from, size);
        to += size;
    }
    return image;
}

static bool image_is_same(const irqgc_t *h, const unsigned char *image) {
    bool is_same = true;
    for (unsigned part = 0; part < 2 + h->n_regions; part++) {
        size_t size;
        const unsigned char *now_there = image_part(h, part, &size);
        is_same = is_same && memcmp(image, now_there, size) == 0;
        image += size;
    }
    return is_same;
}

// ---- Cases -----------------------------------------------------------------

// Calls irqgc_realloc of `a`, or irqgc_alloc if there is no such object.
typedef struct {
    const char *before;
    word_t n_blocks; // asked for
    irqgc_flags_t flags;
    unsigned n_fatal; // the call fails if so many searches from N on do: 1, or
                      // 2 if its policy searches once more
} case_t;

static irqgc_t *heap;
static const case_t *current;
static void *result;

static bool is_realloc(const case_t *c) {
    return strchr(c->before, 'a') != NULL;
}

static void current_call(void) {
    const size_t size = blocks_size(current->n_blocks);
    result = is_realloc(current)
                 ? irqgc_realloc(heap, named('a'), size, current->flags)
                 : irqgc_alloc(heap, size, current->flags);
}

// Everything is held, so that no collection frees any.
static void case_draw(const case_t *c) {
    heap = heap_draw(c->before);
    for (word_t k = 0; k < heap->n_groups; k++) {
        heap->groups[k].held |= heap->groups[k].head;
        heap->groups[k].plain |= heap->groups[k].head;
    }
    hints_hide(heap);
    current = c;
}

static bool bytes_are(const unsigned char *bytes, int byte, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != byte) {
            return false;
        }
    }
    return true;
}

static void success_expect(const case_t *c, word_t n_old) {
    assert_int_equal(irqgc_check(heap), 0);
    hints_show(heap);
    assert_true(hints_are_exact(heap));
    const block_t b = address_object(heap, (uintptr_t)result);
    assert_int_equal(object_end(heap, b) - b, c->n_blocks);
    const unsigned char *bytes = result;
    const word_t n_kept = n_old < c->n_blocks ? n_old : c->n_blocks;
    assert_true(bytes_are(bytes, PICTURE_FILL, blocks_size(n_kept)));
    assert_true(bytes_are(bytes + blocks_size(n_kept), 0,
                          blocks_size(c->n_blocks - n_kept)));
}

// Runs the case with these searches failing, in the thread or a handler.
// Returns whether one of them took place.
static bool case_run(const case_t *c, unsigned first, unsigned last,
                     bool handler) {
    case_draw(c);
    const word_t n_old =
        is_realloc(c) ? object_end(heap, named_block('a')) - named_block('a')
                      : 0;
    unsigned char *image = image_take(heap);
    const irqgc_counts_t *counts = &heap->counts[handler];
    heap_remember();
    searches_fail(first, last);
    if (handler) {
        in_handler(current_call);
    } else {
        current_call();
    }
    const bool took_place = n_searches > first;
    searches_fail(NEVER, 0);
    assert_null(heap->records);
    if (result != NULL) {
        success_expect(c, n_old);
        assert_int_equal(counts->failures, 0);
    } else {
        assert_true(took_place);
        assert_int_equal(counts->failures, 1);
        assert_int_equal(counts->allocs, 0);
        assert_true(image_is_same(heap, image));
        assert_int_equal(irqgc_check(heap), 0);
    }
    if (result == NULL && counts->collects == 0) {
        heap_expect_same_but(&counts->failures, 1);
    }
    free(image);
    return took_place;
}

static const case_t cases[] = {
    // alloc: small, a group, many groups, straddling
    {"o.~ .~ .~", 1, IRQGC_FAIL_FAST, 1},
    {"o.~ .~ .~", G, IRQGC_FAIL_FAST, 1},
    {"o.~ .~ .~", 2 * G, IRQGC_FAIL_FAST, 1},
    {"o~.. .~", 3, IRQGC_FAIL_FAST, 1},
    {"o.~ .~ .~", 1, IRQGC_SWEEP_ON, 2},
    {"o.~ .~ .~", 2 * G, IRQGC_COLLECT, 2},

    // realloc: in place, if what is behind is free, or by moving
    {"a.~ .~ .~", 2, IRQGC_FAIL_FAST, 2},
    {"a.~ .~ .~ .~ .~", 2 * G, IRQGC_FAIL_FAST, 2},
    {"ao.~ .~ .~", 2, IRQGC_FAIL_FAST, 1},
    {"a=~ =o.~ .~ .~ .~", 2 * G, IRQGC_FAIL_FAST, 1},
    {"a.~ .~ .~", 2, IRQGC_SWEEP_ON, 4},
    {"a=~ =o.~ .~ .~ .~", 2 * G, IRQGC_COLLECT, 2},
};
enum { N_CASES = sizeof cases / sizeof *cases };

// One of them fails: the call does, iff nothing else is left to try.
static void test_the_nth_search_fails(void **state) {
    (void)state;
    for (size_t i = 0; i < N_CASES; i++) {
        for (int handler = 0; handler < 2; handler++) {
            unsigned n = 0;
            while (case_run(&cases[i], n, n, handler)) {
                assert_true(cases[i].n_fatal != 1 || result == NULL);
                n++;
            }
            assert_true(n > 0);
            assert_non_null(result);
        }
    }
}

static void test_all_searches_from_the_nth_on_fail(void **state) {
    (void)state;
    for (size_t i = 0; i < N_CASES; i++) {
        for (int handler = 0; handler < 2; handler++) {
            unsigned n = 0;
            while (case_run(&cases[i], n, NEVER, handler)) {
                assert_true(n > 0 || result == NULL);
                if (n == 0) {
                    assert_int_equal(heap->counts[handler].failures, 1);
                }
                n++;
            }
            assert_non_null(result);
        }
    }
}

// A policy is good for one more search, and so many are made before it fails.
static void test_how_many_searches_it_takes(void **state) {
    (void)state;
    for (size_t i = 0; i < N_CASES; i++) {
        case_draw(&cases[i]);
        searches_fail(0, NEVER);
        current_call();
        assert_null(result);
        const unsigned n = n_searches;
        searches_fail(NEVER, 0);
        assert_int_equal(n, cases[i].n_fatal);
    }
}

// The default of the thread, the default of handlers.
static void test_default_policies(void **state) {
    (void)state;
    static const case_t alloc = {"o.~ .~", 1, 0, 2};
    assert_true(case_run(&alloc, 0, 0, false));
    assert_non_null(result);
    assert_int_equal(heap->counts[0].collects, 1);
    assert_true(case_run(&alloc, 0, 0, true));
    assert_null(result);
    assert_int_equal(heap->counts[1].collects, 0);
}

// ---- What needs no search --------------------------------------------------

static void visit_none(void *arg, void *object, size_t size,
                       irqgc_flags_t flags) {
    (void)arg;
    (void)object;
    (void)size;
    (void)flags;
}

static void test_the_rest_needs_no_search(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("a==b~ =c.~ d=~ =.~");
    roots_register(h);
    root_point(0, 'a', 0);
    root_point(1, 'd', 0);
    searches_fail(0, NEVER);
    assert_ptr_equal(irqgc_realloc(h, named('a'), 1, 0), named('a'));
    assert_ptr_equal(irqgc_realloc(h, named('d'), blocks_size(2), 0),
                     named('d'));
    assert_int_equal(irqgc_free(h, named('b')), IRQGC_OK);
    assert_int_equal(irqgc_size(h, named('a')), blocks_size(1));
    irqgc_walk(h, visit_none, NULL);
    stack_wipe();
    irqgc_collect(h);
    assert_int_equal(n_searches, 0);
    searches_fail(NEVER, 0);
    heap_expect(h, "a.~ .~ d=.~ .~");
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, heap_forget)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_nth_search_fails),
        TEST(all_searches_from_the_nth_on_fail),
        TEST(how_many_searches_it_takes),
        TEST(default_policies),
        TEST(the_rest_needs_no_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
