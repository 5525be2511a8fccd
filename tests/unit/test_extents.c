// SPDX-License-Identifier: MIT
//
// Where objects end, and what is given back of a group: for all legal states of
// a group of 8 blocks, or of the last 6 of a larger one, and an object that
// goes on for several lengths behind it. What is slow here goes block by block.
//
// Link: tests/picture.c
#include "picture.h"

#include <string.h>

#include "release.h"
#include "slow_hints.h"

enum { G = GROUP_BLOCKS, N_CELLS = G <= 8 ? G : 6, FIRST = G - N_CELLS };

static irqgc_t *heap;
static unsigned long n_heaps, n_objects, n_strays;

static char cell(block_t b) {
    const group_t *g = &heap->groups[block_group(b)];
    const unsigned i = block_index(b);
    return ".o=*"[(g->head >> i & 1) | (g->body >> i & 1) << 1];
}

static void cell_set(block_t b, unsigned c) {
    group_t *g = &heap->groups[block_group(b)];
    g->head = (g->head & ~block_bit(b)) | (word_t)(c & 1) << block_index(b);
    g->body = (g->body & ~block_bit(b)) | (word_t)(c >> 1) << block_index(b);
}

static block_t slow_end(block_t head) {
    block_t b = head + 1;
    while (cell(b) == '=') {
        b++;
    }
    return b;
}

typedef struct {
    group_t groups[3];
    word_t given;
} image_t;

static image_t image(void) {
    image_t i = {.given = heap->given};
    memcpy(i.groups, heap->groups, sizeof i.groups);
    return i;
}

// Frees the object at this block, and puts all back as it was.
static void object_try(block_t head) {
    const image_t before = image();
    const block_t end = slow_end(head);
    assert_int_equal(object_end(heap, head), end);
    void *object = block_address(heap, head);
    assert_int_equal(irqgc_size(heap, object), blocks_size(end - head));
    assert_int_equal(irqgc_free(heap, object), IRQGC_OK);
    image_t after = image();
    assert_int_equal(after.given - before.given, end - head);
    assert_true(slow_hints_match(heap));
    memcpy(heap->groups, before.groups, sizeof before.groups);
    for (block_t b = head; b < end; b++) {
        cell_set(b, 0);
    }
    assert_memory_equal(after.groups, heap->groups, sizeof after.groups);
    memcpy(heap->groups, before.groups, sizeof before.groups);
    heap->given = before.given;
    slow_hints_set(heap);
    n_objects++;
}

// What is not the object's stays, down to the group where it was found; a debug
// build stops there.
static void stray_try(block_t named, block_t end) {
    const image_t before = image();
    record_t op = {named, NULL};
    blocks_release(heap, &op, named, end);
    const image_t after = image();
    assert_memory_equal(&after, &before, sizeof after);
    assert_int_equal(op.object, named);
    n_strays++;
}

static void strays_try(block_t b) {
    if (cell(b) == 'o' || cell(b) == '*') {
        stray_try(b, slow_end(b) + 1);
    } else {
        stray_try(b, b + 1);
    }
}

static void heap_try(void) {
    word_t n_free = heap->n_blocks;
    for (block_t b = 0; b < 3 * G; b++) {
        n_free -= cell(b) != '.';
    }
    heap->given = heap->taken + n_free;
    slow_hints_set(heap);
    assert_int_equal(irqgc_check(heap), 0);
    n_heaps++;
    for (block_t b = FIRST; b < G; b++) {
        if (cell(b) == 'o' || cell(b) == '*') {
            object_try(b);
        }
        if (!IRQGC_DEBUG) {
            strays_try(b);
        }
    }
}

// An object of the first group goes on for so many blocks, if there is one that
// may.
static void tails_try(void) {
    static const unsigned lengths[] = {0, 1, 2, G - 1, G, G + 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        if (lengths[i] > 0 && cell(G - 1) == '.') {
            break;
        }
        for (block_t b = G; b < 3 * G; b++) {
            cell_set(b, b < G + lengths[i] ? 2 : 0);
        }
        heap_try();
    }
}

static void cells_try(block_t b, bool used) {
    if (b == G) {
        tails_try();
        return;
    }
    for (unsigned c = 0; c < 4; c++) {
        if (c != 2 || used) {
            cell_set(b, c);
            cells_try(b + 1, c != 0);
        }
    }
}

static void test_all_extents(void **state) {
    (void)state;
    heap = heap_draw(".~ .~ .~ .~");
    heap_phase(heap, MARK, 0); // black heads are legal
    cells_try(FIRST, false);
    print_message("%lu heaps, %lu objects, %lu that are none\n", n_heaps,
                  n_objects, n_strays);
    assert_true(n_objects > n_heaps);
    assert_true(IRQGC_DEBUG || n_strays > n_objects);
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, heap_forget)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(all_extents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
