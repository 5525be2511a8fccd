// SPDX-License-Identifier: MIT
//
// Every bad input: refused with the right reason, told once, and nothing has
// changed: all memory of the heap is bit for bit what it was.
//
// Link: tests/picture.c
#include "picture.h"
#include "records.h"

#include <string.h>
#if __STDC_HOSTED__
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

enum { G = GROUP_BLOCKS };

static irqgc_t *heap; // where callbacks find it

// What on_misuse was told.
static struct {
    unsigned n;
    irqgc_t *heap;
    irqgc_status_t why;
    const void *object;
    const record_t *records; // those linked at that time
} told;

static void on_misuse(irqgc_t *h, irqgc_status_t why, const void *object) {
    told.n++;
    told.heap = h;
    told.why = why;
    told.object = object;
    told.records = h->records;
}

static irqgc_t *heap_draw_watched(const char *picture) {
    memset(&told, 0, sizeof told);
    return heap_draw_with(picture, &(irqgc_config_t){.on_misuse = on_misuse});
}

// The callback was told this once, outside of any operation, since the last
// time; the heap is what it was when it was remembered.
static void told_expect(irqgc_t *h, irqgc_status_t why, const void *object) {
    assert_int_equal(told.n, 1);
    assert_ptr_equal(told.heap, h);
    assert_int_equal(told.why, why);
    assert_ptr_equal(told.object, object);
    assert_ptr_equal(told.records, h->records);
    heap_expect_same();
    memset(&told, 0, sizeof told);
}

// All calls that take an object refuse this one, and say why.
static void refusal_expect(irqgc_t *h, void *object, irqgc_status_t why) {
    heap_remember();
    assert_int_equal(irqgc_free(h, object), why);
    told_expect(h, why, object);
    assert_int_equal(irqgc_size(h, object), 0);
    told_expect(h, why, object);
    const size_t sizes[] = {
        0, 1, blocks_size(1), SIZE_MAX, blocks_size(2 * G), SIZE_MAX - 31};
    const irqgc_flags_t flags[] = {0, IRQGC_FAIL_FAST,
                                   IRQGC_COLLECT | IRQGC_HELD};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t j = 0; j < sizeof flags / sizeof *flags; j++) {
            assert_null(irqgc_realloc(h, object, sizes[i], flags[j]));
            told_expect(h, why, object);
        }
    }
}

// ---- Flags -----------------------------------------------------------------

static bool flags_are_right(irqgc_flags_t flags) {
    const irqgc_flags_t policy = flags & 56;
    return flags < 64 && (policy == 0 || policy == IRQGC_FAIL_FAST ||
                          policy == IRQGC_SWEEP_ON || policy == IRQGC_COLLECT);
}

static void test_flags(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("a=.~ .~");
    for (unsigned bit = 0; bit < 32; bit++) {
        for (irqgc_flags_t low = 0; low < 64; low++) {
            const irqgc_flags_t flags = (irqgc_flags_t)1 << bit | low;
            if (flags_are_right(flags)) {
                continue;
            }
            heap_remember();
            assert_null(irqgc_alloc(h, 1, flags));
            told_expect(h, IRQGC_BAD_ARGUMENT, NULL);
            assert_null(irqgc_realloc(h, named('a'), 1, flags));
            told_expect(h, IRQGC_BAD_ARGUMENT, NULL);
            assert_null(irqgc_realloc(h, NULL, 1, flags));
            told_expect(h, IRQGC_BAD_ARGUMENT, NULL);
        }
    }
    for (irqgc_flags_t flags = 0; flags < 64; flags++) {
        if (flags_are_right(flags)) {
            void *object = irqgc_alloc(h, 1, flags);
            assert_non_null(irqgc_realloc(h, object, 1, flags));
            assert_int_equal(irqgc_free(h, object), IRQGC_OK);
        }
    }
    assert_int_equal(told.n, 0);
}

// ---- Roots -----------------------------------------------------------------

static irqgc_status_t root_add(irqgc_t *h, uintptr_t start, uintptr_t end) {
    static irqgc_root_t roots[16];
    static unsigned n;
    return irqgc_root_add(h, &roots[n++ % 16], (void *)start, end - start);
}

static void overlap_expect(irqgc_t *h, uintptr_t start, uintptr_t end) {
    heap_remember();
    assert_int_equal(root_add(h, start, end), IRQGC_OVERLAP);
    told_expect(h, IRQGC_OVERLAP, (void *)start);
}

// Each region, with the data before the blocks of one, and what reaches into it
// from below or above.
static void test_roots_over_a_region(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("a=.~|..|.~ .~ c=~");
    const uintptr_t data = (uintptr_t)h;
    for (word_t i = 0; i < h->n_regions; i++) {
        const region_t *r = &h->regions[i];
        const uintptr_t end = r->base + r->n_blocks * BLOCK_BYTES;
        overlap_expect(h, r->base - 64, end + 64);
        overlap_expect(h, r->base - 64, r->base + 1);
        overlap_expect(h, end - 1, end + 64);
        overlap_expect(h, r->base - 8, end);
        overlap_expect(h, r->base, end + 8);
    }
    overlap_expect(h, data, data + 64);
    overlap_expect(h, data - 64, data + 1);
    overlap_expect(h, (uintptr_t)h->mark_stack, (uintptr_t)h->mark_stack + 8);
    overlap_expect(h, 64, UINTPTR_MAX - 64);
    const uintptr_t a = (uintptr_t)named('a');
    assert_int_equal(root_add(h, a, a + blocks_size(2)), IRQGC_OK);
    assert_int_equal(root_add(h, a + 8, a + blocks_size(1)), IRQGC_OK);
    assert_int_equal(root_add(h, data - 64, data), IRQGC_OK);
    static void *elsewhere;
    assert_int_equal(root_add(h, (uintptr_t)&elsewhere,
                              (uintptr_t)&elsewhere + sizeof elsewhere),
                     IRQGC_OK);
}

// The data lie before the blocks of one region, not of those above it.
static void test_roots_between_regions(void **state) {
    (void)state;
    enum { LARGE = 16384, GAP = 256, SMALL = 1024 };
    static _Alignas(64) unsigned char memory[LARGE + GAP + SMALL];
    const irqgc_region_t regions[] = {{memory, LARGE},
                                      {memory + LARGE + GAP, SMALL}};
    irqgc_t *h;
    assert_int_equal(
        irqgc_init(&h, &(irqgc_config_t){.regions = regions, .n_regions = 2}),
        IRQGC_OK);
    const uintptr_t gap = (uintptr_t)memory + LARGE;
    assert_int_equal(root_add(h, gap, gap + GAP), IRQGC_OK);
    assert_int_equal(irqgc_check(h), 0);
}

// ---- No object -------------------------------------------------------------

static void test_foreign_pointers(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("a=.~ b~|..|.~ .~ c~");
    static _Alignas(IRQGC_BLOCK) char elsewhere[IRQGC_BLOCK];
    int on_the_stack = 0;
    const uintptr_t first = h->regions[0].base;
    const uintptr_t end =
        (uintptr_t)block_address(h, named_block('c')) + blocks_size(G);
    const uintptr_t foreign[] = {
        (uintptr_t)elsewhere,
        (uintptr_t)&on_the_stack,
        (uintptr_t)h, // the heap's own data
        h->regions[2].base - IRQGC_BLOCK,
        first - IRQGC_BLOCK,
        first - 1,
        end,
        end + IRQGC_BLOCK,
        1,
        IRQGC_BLOCK,
        UINTPTR_MAX,
        0 - (uintptr_t)IRQGC_BLOCK,
        ~first,
        h->regions[0].base ^ ((uintptr_t)1 << (WORD_BITS - 1)),
    };
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        refusal_expect(h, (void *)foreign[i], IRQGC_NOT_AN_OBJECT);
    }
}

static void test_the_blocks_of_sentinels(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("ab|.o~|.~ .~ o~");
    for (word_t i = 0; i < h->n_regions; i++) {
        const region_t *r = &h->regions[i];
        refusal_expect(h, (void *)(r->base + r->n_blocks * BLOCK_BYTES),
                       IRQGC_NOT_AN_OBJECT);
    }
}

static void test_interior_pointers(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("oa=~ =b.~");
    for (unsigned i = 1; i < G; i++) {
        refusal_expect(h, (char *)named('a') + blocks_size(i),
                       IRQGC_NOT_AN_OBJECT);
    }
}

static void test_misaligned_pointers(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("oab=.~");
    for (size_t i = 1; i < IRQGC_BLOCK; i++) {
        refusal_expect(h, (char *)named('a') + i, IRQGC_NOT_AN_OBJECT);
        refusal_expect(h, (char *)named('b') - i, IRQGC_NOT_AN_OBJECT);
    }
}

static void test_free_blocks(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("a..b~ .~ .~");
    for (block_t b = 0; b < 3 * G; b++) {
        if (b == 1 || b == 2 || b >= G) {
            refusal_expect(h, block_address(h, b), IRQGC_NOT_AN_OBJECT);
        }
    }
}

// ---- No longer an object ---------------------------------------------------

static void test_a_second_free(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("ab=~ =c~");
    assert_int_equal(irqgc_free(h, named('b')), IRQGC_OK);
    assert_int_equal(told.n, 0);
    refusal_expect(h, named('b'), IRQGC_NOT_AN_OBJECT);

    // Its memory has another tenant, of which it is a tail.
    irqgc_free(h, named('a'));
    assert_ptr_equal(irqgc_alloc(h, blocks_size(2), 0), named('a'));
    refusal_expect(h, named('b'), IRQGC_NOT_AN_OBJECT);
}

static void test_a_second_free_of_a_held_object(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched(".~");
    void *held = irqgc_alloc(h, 1, IRQGC_HELD | IRQGC_NO_POINTERS);
    assert_int_equal(irqgc_free(h, held), IRQGC_OK);
    refusal_expect(h, held, IRQGC_NOT_AN_OBJECT);
}

static void test_where_an_object_moved_from(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("ab~ .~ .~");
    assert_non_null(irqgc_realloc(h, named('a'), blocks_size(2), 0));
    refusal_expect(h, named('a'), IRQGC_NOT_AN_OBJECT);
}

static void test_what_was_collected(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("ab.~");
    stack_wipe();
    irqgc_collect(h);
    refusal_expect(h, named('b'), IRQGC_NOT_AN_OBJECT);
}

// ---- Found dead by the sweep under way -------------------------------------

static void test_unreachable_objects(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("ab=C.~ d=~ =e.~ f.~");
    heap_phase(h, SWEEP, 2);
    refusal_expect(h, named('a'), IRQGC_UNREACHABLE);
    refusal_expect(h, named('b'), IRQGC_UNREACHABLE);
    refusal_expect(h, named('d'), IRQGC_UNREACHABLE);

    // Behind the sweep, and what it found alive.
    assert_int_equal(irqgc_size(h, named('d')), 0);
    assert_int_equal(irqgc_size(h, named('f')), blocks_size(1));
    assert_int_equal(irqgc_free(h, named('e')), IRQGC_OK);
    assert_int_equal(irqgc_size(h, named('C')), blocks_size(1));
    assert_int_equal(irqgc_free(h, named('C')), IRQGC_OK);
    heap_expect(h, "ab=.~ d=~ =.~ f.~");
}

static void test_only_the_sweep_makes_unreachable(void **state) {
    (void)state;
    for (unsigned phase = IDLE; phase <= MARK; phase++) {
        irqgc_t *h = heap_draw_watched("ab=.~ .~");
        heap_phase(h, phase, 0);
        assert_int_equal(irqgc_size(h, named('a')), blocks_size(1));
        assert_int_equal(irqgc_free(h, named('b')), IRQGC_OK);
        assert_int_equal(told.n, 0);
        heap_expect(h, "a.~ .~");
    }
}

// ---- In operation ----------------------------------------------------------

static void test_objects_in_operation(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("ab=.~ c=~ =.~");
    record_t records[3];
    record_link(h, &records[0], named_block('b'));
    record_link(h, &records[1], NO_BLOCK);
    record_link(h, &records[2], named_block('c'));
    for (const char *name = "bc"; *name != '\0'; name++) {
        void *object = named(*name);
        heap_remember();
        assert_int_equal(irqgc_free(h, object), IRQGC_IN_OPERATION);
        told_expect(h, IRQGC_IN_OPERATION, object);
        assert_null(irqgc_realloc(h, object, 1, 0));
        told_expect(h, IRQGC_IN_OPERATION, object);
        assert_null(irqgc_realloc(h, object, blocks_size(2 * G), 0));
        told_expect(h, IRQGC_IN_OPERATION, object);
    }
    assert_int_equal(irqgc_free(h, named('a')), IRQGC_OK);
    record_unlink(h, &records[2]);
    assert_int_equal(irqgc_free(h, named('c')), IRQGC_OK);
    record_unlink(h, &records[1]);
    record_unlink(h, &records[0]);
    assert_int_equal(irqgc_free(h, named('b')), IRQGC_OK);
    heap_expect(h, ".~ .~ .~");
}

// To ask for the size does not disturb.
static void test_the_size_of_objects_in_operation(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("ab=.~ .~");
    record_t record;
    record_link(h, &record, named_block('b'));
    heap_remember();
    assert_int_equal(irqgc_size(h, named('b')), blocks_size(2));
    assert_int_equal(told.n, 0);
    heap_expect_same();
    record_unlink(h, &record);
}

static void test_no_object_in_operation(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("ab=.~ .~");
    record_t record; // of an object that has just been given back
    record_link(h, &record, named_block('b') + 1);
    refusal_expect(h, (char *)named('b') + IRQGC_BLOCK, IRQGC_NOT_AN_OBJECT);
    record_unlink(h, &record);
}

// ---- Sizes -----------------------------------------------------------------

static void test_no_size(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("a=.~");
    heap_remember();
    assert_null(irqgc_alloc(h, 0, 0));
    assert_null(irqgc_realloc(h, NULL, 0, 0));
    assert_null(irqgc_realloc(h, named('a'), 0, 0));
    assert_int_equal(irqgc_free(h, NULL), IRQGC_OK);
    assert_int_equal(irqgc_size(h, NULL), 0);
    heap_expect_same();
    assert_int_equal(told.n, 0);
}

static void test_sizes_beyond_the_heap(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("a=.~ .~|.~ .~ .~");
    const size_t sizes[] = {
        blocks_size(5 * G) + 1,
        blocks_size(6 * G),
        SIZE_MAX / 2,
        SIZE_MAX / 2 + 1,
        SIZE_MAX - 2 * IRQGC_BLOCK,
        SIZE_MAX - IRQGC_BLOCK,
        SIZE_MAX - IRQGC_BLOCK + 1,
        SIZE_MAX - IRQGC_BLOCK + 2,
        SIZE_MAX - 1,
        SIZE_MAX,
    };
    heap_remember();
    uintptr_t n = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_null(irqgc_alloc(h, sizes[i], IRQGC_COLLECT));
        assert_null(irqgc_realloc(h, NULL, sizes[i], 0));
        assert_null(irqgc_realloc(h, named('a'), sizes[i], 0));
        n += 3;
        heap_expect_same_but(&h->counts[0].failures, n);
    }
    assert_int_equal(told.n, 0);
    assert_int_equal(irqgc_size(h, named('a')), blocks_size(2));
}

// ---- Roots -----------------------------------------------------------------

static void root_refusal_expect(irqgc_t *h, irqgc_root_t *root,
                                const void *start, size_t size) {
    static const irqgc_root_t untouched = {(void *)1, 2, (void *)3};
    if (root != NULL) {
        *root = untouched;
    }
    heap_remember();
    assert_int_equal(irqgc_root_add(h, root, start, size), IRQGC_BAD_ARGUMENT);
    heap_expect_same();
    assert_true(root == NULL ||
                memcmp(root, &untouched, sizeof untouched) == 0);
}

static void test_bad_ranges(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("a=.~");
    const size_t word = sizeof(void *);
    irqgc_root_t root;
    static void *words[4];
    char *start = (char *)words;
    root_refusal_expect(h, NULL, words, sizeof words);
    root_refusal_expect(h, &root, NULL, sizeof words);
    root_refusal_expect(h, &root, words, 0);
    root_refusal_expect(h, &root, words, word - 1);
    for (size_t skip = 1; skip < word; skip++) {
        root_refusal_expect(h, &root, start + skip, 2 * word - skip - 1);
    }
    root_refusal_expect(h, &root, words, SIZE_MAX);
    root_refusal_expect(h, &root, words, SIZE_MAX - (uintptr_t)words + 2);
    root_refusal_expect(h, &root, (void *)(UINTPTR_MAX - word), 2 * word);
    root_refusal_expect(h, &root, (void *)UINTPTR_MAX, 1);
    root_refusal_expect(h, &root, (void *)(UINTPTR_MAX - 2), SIZE_MAX);
    assert_null(h->roots);
    assert_int_equal(told.n, 0); // that is for objects
}

static void test_the_same_node_twice(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_watched("ab.~");
    static void *words[2];
    static irqgc_root_t nodes[3];
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(irqgc_root_add(h, &nodes[i], words, sizeof words),
                         IRQGC_OK);
    }
    for (unsigned i = 0; i < 3; i++) {
        irqgc_root_t before[3];
        memcpy(before, nodes, sizeof nodes);
        heap_remember();
        assert_int_equal(irqgc_root_add(h, &nodes[i], &words[1], sizeof *words),
                         IRQGC_BAD_ARGUMENT);
        heap_expect_same();
        assert_memory_equal(before, nodes, sizeof nodes);
    }
    irqgc_collect(h); // ends, as the list does
    assert_ptr_equal(h->roots, &nodes[2]);
}

// ---- Callbacks that use the heap -------------------------------------------

static void misuse_uses(irqgc_t *h, irqgc_status_t why, const void *object) {
    if (told.n == 0) {
        on_misuse(h, why, object);
        assert_non_null(irqgc_alloc(h, 1, 0));
        assert_int_equal(irqgc_free(h, named('a')), IRQGC_OK);
        assert_int_equal(irqgc_free(h, named('a')), IRQGC_NOT_AN_OBJECT);
        irqgc_collect(h);
        assert_int_equal(irqgc_check(h), 0);
    } else {
        told.n++; // for the misuse above
    }
}

static void test_on_misuse_may_use_the_heap(void **state) {
    (void)state;
    irqgc_t *h = heap_draw_with("abc=.~ .~",
                                &(irqgc_config_t){.on_misuse = misuse_uses});
    memset(&told, 0, sizeof told);
    roots_register(h);
    root_point(0, 'b', 0);
    assert_int_equal(irqgc_free(h, h), IRQGC_NOT_AN_OBJECT);
    assert_int_equal(told.n, 2);
    assert_int_equal(irqgc_check(h), 0);
    assert_null(h->records);
    assert_int_equal(irqgc_size(h, named('b')), blocks_size(1));
    assert_int_equal(h->counts[0].collects, 1);
}

static void visit_misuses(void *arg, void *object, size_t size,
                          irqgc_flags_t flags) {
    (void)size;
    (void)flags;
    ++*(unsigned *)arg;
    irqgc_t *h = heap;
    heap_remember();
    assert_int_equal(irqgc_free(h, (char *)object + 1), IRQGC_NOT_AN_OBJECT);
    told_expect(h, IRQGC_NOT_AN_OBJECT, (char *)object + 1);
    assert_null(irqgc_realloc(h, h, 1, 0));
    told_expect(h, IRQGC_NOT_AN_OBJECT, h);
}

static void test_misuse_in_a_walk(void **state) {
    (void)state;
    heap = heap_draw_watched("ab=.~ c~");
    unsigned n = 0;
    irqgc_walk(heap, visit_misuses, &n);
    assert_int_equal(n, 2 + G);
    heap_expect(heap, "ab=.~ c~");
}

static void misuse_in_handler(void) {
    assert_int_equal(irqgc_free(heap, heap), IRQGC_NOT_AN_OBJECT);
}

static void test_misuse_in_a_handler(void **state) {
    (void)state;
    heap = heap_draw_watched("a.~");
    heap_remember();
    in_handler(misuse_in_handler);
    told_expect(heap, IRQGC_NOT_AN_OBJECT, heap);
}

// ---- Nobody to tell --------------------------------------------------------

#if __STDC_HOSTED__ // it takes a child

// How a child that frees what is no object ends: its status, as wait tells.
static int child_misuses(irqgc_t *h) {
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGILL, SIG_DFL);
        signal(SIGTRAP, SIG_DFL);
        signal(SIGABRT, SIG_DFL);
        _exit(irqgc_free(h, h) == IRQGC_NOT_AN_OBJECT ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_without_on_misuse(void **state) {
    (void)state;
    const int status = child_misuses(heap_draw("a.~"));
    if (IRQGC_DEBUG) {
        assert_false(WIFEXITED(status)); // stopped at the culprit
    } else {
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

#endif

#define TEST(name) cmocka_unit_test_teardown(test_##name, heap_forget)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(flags),
        TEST(roots_over_a_region),
        TEST(roots_between_regions),
        TEST(foreign_pointers),
        TEST(the_blocks_of_sentinels),
        TEST(interior_pointers),
        TEST(misaligned_pointers),
        TEST(free_blocks),
        TEST(a_second_free),
        TEST(a_second_free_of_a_held_object),
        TEST(where_an_object_moved_from),
        TEST(what_was_collected),
        TEST(unreachable_objects),
        TEST(only_the_sweep_makes_unreachable),
        TEST(objects_in_operation),
        TEST(the_size_of_objects_in_operation),
        TEST(no_object_in_operation),
        TEST(no_size),
        TEST(sizes_beyond_the_heap),
        TEST(bad_ranges),
        TEST(the_same_node_twice),
        TEST(on_misuse_may_use_the_heap),
        TEST(misuse_in_a_walk),
        TEST(misuse_in_a_handler),
#if __STDC_HOSTED__
        TEST(without_on_misuse),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
