// SPDX-License-Identifier: MIT
//
// The trace hook: what it hears of each operation, in order, from the thread,
// from a handler, and from a handler in the middle of the hook itself.
#include "picture.h"

#include "irqgc/trace.h"

typedef struct {
    irqgc_trace_event_t event;
    bool in_handler;
    const void *object;
    size_t size;
} heard_t;

static irqgc_t *heap;
static struct {
    heard_t events[16];
    size_t n;
    // Interrupts the hook at the next event of this kind; NULL: nothing does.
    void (*handler)(void);
    irqgc_trace_event_t when;
} heard;

void irqgc_trace(irqgc_trace_event_t event, irqgc_t *h, void *object,
                 size_t size) {
    assert_ptr_equal(h, heap);
    assert_true(heard.n < sizeof heard.events / sizeof *heard.events);
    heard.events[heard.n++] = (heard_t){event, port_in_handler(), object, size};
    // At an ALLOC the object is there, at a FREE still.
    if (object != NULL) {
        assert_true(irqgc_size(h, object) >= size);
    }
    void (*const handler)(void) = heard.handler;
    if (handler != NULL && event == heard.when) {
        heard.handler = NULL;
        in_handler(handler);
    }
}

static void heap_make(const char *picture) {
    heap = heap_draw(picture);
    heard.n = 0;
}

static void expect_heard(const heard_t *expected, size_t n) {
    for (size_t i = 0; i < n && i < heard.n; i++) {
        const heard_t *const e = &expected[i];
        assert_int_equal(heard.events[i].event, e->event);
        assert_int_equal(heard.events[i].in_handler, e->in_handler);
        assert_ptr_equal(heard.events[i].object, e->object);
        assert_int_equal(heard.events[i].size, e->size);
    }
    assert_int_equal(heard.n, n);
    heard.n = 0;
}

#define HEARD(...)                                                             \
    expect_heard((const heard_t[]){__VA_ARGS__},                               \
                 sizeof((const heard_t[]){__VA_ARGS__}) / sizeof(heard_t))

// ---- Each operation, in the calling context --------------------------------

static void operations_expect(void) {
    const bool at = port_in_handler();

    // Blocks, not what was asked for.
    char *const a = irqgc_alloc(heap, IRQGC_BLOCK + 1, 0);
    HEARD({IRQGC_TRACE_ALLOC, at, a, 2 * IRQGC_BLOCK});

    // In place: up, down, and to as many blocks as it has.
    assert_ptr_equal(irqgc_realloc(heap, a, 3 * IRQGC_BLOCK, 0), a);
    HEARD({IRQGC_TRACE_FREE, at, a, 2 * IRQGC_BLOCK},
          {IRQGC_TRACE_ALLOC, at, a, 3 * IRQGC_BLOCK});
    assert_ptr_equal(irqgc_realloc(heap, a, 1, 0), a);
    HEARD({IRQGC_TRACE_FREE, at, a, 3 * IRQGC_BLOCK},
          {IRQGC_TRACE_ALLOC, at, a, IRQGC_BLOCK});
    assert_ptr_equal(irqgc_realloc(heap, a, 2, 0), a);
    assert_int_equal(heard.n, 0);

    // To another place: the new one first.
    char *const b = irqgc_alloc(heap, IRQGC_BLOCK, 0);
    HEARD({IRQGC_TRACE_ALLOC, at, b, IRQGC_BLOCK});
    char *const c = irqgc_realloc(heap, a, 2 * IRQGC_BLOCK, 0);
    assert_ptr_not_equal(c, a);
    HEARD({IRQGC_TRACE_ALLOC, at, c, 2 * IRQGC_BLOCK},
          {IRQGC_TRACE_FREE, at, a, IRQGC_BLOCK});

    assert_int_equal(irqgc_free(heap, b), IRQGC_OK);
    HEARD({IRQGC_TRACE_FREE, at, b, IRQGC_BLOCK});

    // Refused for want of room, with what was asked for.
    assert_null(irqgc_alloc(heap, 1000 * IRQGC_BLOCK + 1, IRQGC_FAIL_FAST));
    HEARD({IRQGC_TRACE_REFUSED, at, NULL, 1000 * IRQGC_BLOCK + 1});
    assert_null(irqgc_realloc(heap, c, 1000 * IRQGC_BLOCK, IRQGC_FAIL_FAST));
    HEARD({IRQGC_TRACE_REFUSED, at, NULL, 1000 * IRQGC_BLOCK});

    assert_int_equal(irqgc_collect(heap), IRQGC_OK);
    HEARD({IRQGC_TRACE_COLLECT_BEGIN, at, NULL, 0},
          {IRQGC_TRACE_COLLECT_END, at, NULL, 0});

    // A collection of an allocation.
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    assert_null(irqgc_alloc(heap, stats.total, IRQGC_COLLECT));
    HEARD({IRQGC_TRACE_COLLECT_BEGIN, at, NULL, 0},
          {IRQGC_TRACE_COLLECT_END, at, NULL, 0},
          {IRQGC_TRACE_REFUSED, at, NULL, stats.total});
    assert_int_equal(irqgc_free(heap, c), IRQGC_OK);
    HEARD({IRQGC_TRACE_FREE, at, c, 2 * IRQGC_BLOCK});
}

static void test_in_the_thread(void **state) {
    (void)state;
    heap_make(".~ .~ .~");
    operations_expect();
}

static void test_in_a_handler(void **state) {
    (void)state;
    heap_make(".~ .~ .~");
    in_handler(operations_expect);
}

// A call that is refused as misuse, or that has nothing to do, is silent.
static void test_what_is_not_told(void **state) {
    (void)state;
    char foreign[IRQGC_BLOCK];
    heap_make(".~ .~");
    (void)irqgc_free(heap, NULL);
    assert_int_equal(irqgc_size(heap, NULL), 0);
    assert_null(irqgc_alloc(heap, 0, 0));
    if (!IRQGC_DEBUG) {
        assert_int_equal(irqgc_free(heap, foreign), IRQGC_NOT_AN_OBJECT);
        assert_null(irqgc_realloc(heap, foreign, 1, 0));
        assert_null(irqgc_alloc(heap, 1, 1u << 20));
    }
    assert_int_equal(heard.n, 0);
}

// ---- In the middle of the hook ----------------------------------------------

static void interrupt_at(irqgc_trace_event_t when, void (*handler)(void)) {
    heard.when = when;
    heard.handler = handler;
}

static void collect_and_allocate(void) {
    assert_int_equal(irqgc_collect(heap), IRQGC_OK);
    char *const object = irqgc_alloc(heap, IRQGC_BLOCK, 0);
    assert_int_equal(irqgc_free(heap, object), IRQGC_OK);
}

// Collections nest, and end in the order that contexts do.
static void test_a_collection_in_a_collection(void **state) {
    (void)state;
    heap_make(".~ .~");
    interrupt_at(IRQGC_TRACE_COLLECT_BEGIN, collect_and_allocate);
    assert_int_equal(irqgc_collect(heap), IRQGC_OK);
    const void *const object = heard.events[3].object;
    HEARD({IRQGC_TRACE_COLLECT_BEGIN, false, NULL, 0},
          {IRQGC_TRACE_COLLECT_BEGIN, true, NULL, 0},
          {IRQGC_TRACE_COLLECT_END, true, NULL, 0},
          {IRQGC_TRACE_ALLOC, true, object, IRQGC_BLOCK},
          {IRQGC_TRACE_FREE, true, object, IRQGC_BLOCK},
          {IRQGC_TRACE_COLLECT_END, false, NULL, 0});
}

static irqgc_status_t freed;

static void free_what_was_told(void) {
    freed = irqgc_free(heap, (void *)(uintptr_t)heard.events[0].object);
}

// What was told as allocated is nobody's before the call returns.
static void test_a_free_in_an_allocation(void **state) {
    (void)state;
    if (IRQGC_DEBUG) {
        skip(); // it stops
    }
    heap_make(".~ .~");
    interrupt_at(IRQGC_TRACE_ALLOC, free_what_was_told);
    char *const object = irqgc_alloc(heap, IRQGC_BLOCK, 0);
    assert_int_equal(freed, IRQGC_IN_OPERATION);
    HEARD({IRQGC_TRACE_ALLOC, false, object, IRQGC_BLOCK});
}

static void allocate_in_vain(void) {
    assert_null(irqgc_alloc(heap, IRQGC_BLOCK, IRQGC_FAIL_FAST));
}

// What was told as freed has its blocks until after that.
static void test_an_allocation_in_a_free(void **state) {
    (void)state;
    heap_make("...");
    char *const object = irqgc_alloc(heap, 3 * IRQGC_BLOCK, 0);
    heard.n = 0;
    interrupt_at(IRQGC_TRACE_FREE, allocate_in_vain);
    assert_int_equal(irqgc_free(heap, object), IRQGC_OK);
    HEARD({IRQGC_TRACE_FREE, false, object, 3 * IRQGC_BLOCK},
          {IRQGC_TRACE_REFUSED, true, NULL, IRQGC_BLOCK});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_in_the_thread, heap_forget),
        cmocka_unit_test_teardown(test_in_a_handler, heap_forget),
        cmocka_unit_test_teardown(test_what_is_not_told, heap_forget),
        cmocka_unit_test_teardown(test_a_collection_in_a_collection,
                                  heap_forget),
        cmocka_unit_test_teardown(test_a_free_in_an_allocation, heap_forget),
        cmocka_unit_test_teardown(test_an_allocation_in_a_free, heap_forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
