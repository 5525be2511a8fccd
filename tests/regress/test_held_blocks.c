// SPDX-License-Identifier: MIT
//
// A head that is given back is not held any more (I10): who allocates it next
// without a record may be left by a break before it has written its own
// attributes, and the object would be held, with nobody to free it.
//
// Link: tests/picture.c
#include "picture.h"

static void no_free_block_is_held(const irqgc_t *h) {
    for (word_t k = 0; k < h->n_groups; k++) {
        const group_t *g = &h->groups[k];
        assert_int_equal(g->held & ~(g->head | g->body) & GROUP_ALL, 0);
    }
}

static void *held_alloc(irqgc_t *h, word_t n) {
    void *object = irqgc_alloc(h, blocks_size(n), IRQGC_HELD);
    assert_non_null(object);
    return object;
}

static void test_after_a_free(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~ .~ .~");
    const word_t lengths[] = {1, 2, GROUP_BLOCKS, GROUP_BLOCKS + 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        void *beside = irqgc_alloc(h, 1, 0); // whose group is open
        assert_int_equal(irqgc_free(h, held_alloc(h, lengths[i])), IRQGC_OK);
        no_free_block_is_held(h);
        assert_int_equal(irqgc_free(h, beside), IRQGC_OK);
    }
}

static void test_after_a_move(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~ .~ .~");
    void *object = held_alloc(h, 1);
    assert_non_null(irqgc_alloc(h, 1, IRQGC_HELD)); // behind it
    assert_ptr_not_equal(irqgc_realloc(h, object, blocks_size(3), 0), object);
    no_free_block_is_held(h);
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, heap_forget)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(after_a_free), TEST(after_a_move)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
