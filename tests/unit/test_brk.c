// SPDX-License-Identifier: MIT
//
// The break: what it answers, that it is delivered once for each burst, never
// under a hold or inside an operation, and where the thread leaves it.
//
// Link: tests/picture.c
#include "picture.h"
#include "records.h"

#include <setjmp.h>
#include <signal.h>

#include "brk.h"
#include "irqgc/brk.h"
#include "irqgc/dict.h"
#include "irqgc_port.h"
#include "vic.h"

static unsigned n_delivered;
static unsigned n_escalated;

static void deliver(void *arg) {
    assert_ptr_equal(arg, &n_delivered);
    assert_false(port_in_handler());
    n_delivered++;
}

static void escalate(void *arg) {
    assert_ptr_equal(arg, &n_delivered);
    n_escalated++;
}

// A heap that nothing is done with.
static irqgc_t *idle_heap(void) {
    static _Alignas(IRQGC_BLOCK) char memory[16 * 1024];
    static irqgc_t *h;
    const irqgc_region_t region = {memory, sizeof memory};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    assert_int_equal(irqgc_init(&h, &config), IRQGC_OK);
    return h;
}

static irqgc_brk_config_t config_of(irqgc_t *h, int asynchronous) {
    n_delivered = 0;
    n_escalated = 0;
    return (irqgc_brk_config_t){.deliver = deliver,
                                .escalate = escalate,
                                .arg = &n_delivered,
                                .heap = h,
                                .asynchronous = asynchronous};
}

static void init(irqgc_t *h, int asynchronous) {
    const irqgc_brk_config_t config = config_of(h, asynchronous);
    assert_int_equal(irqgc_brk_init(&config), IRQGC_OK);
}

// First, since nothing takes a set-up back.
static void test_before_init(void **state) {
    (void)state;
    if (IRQGC_DEBUG) {
        skip(); // stops there
    }
    irqgc_brk_request();
    assert_int_equal(irqgc_brk_poll(), 0);
    init(NULL, 0);
    assert_int_equal(irqgc_brk_poll(), 0);
    assert_int_equal(n_delivered, 0);
}

static void test_init_refuses(void **state) {
    (void)state;
    init(NULL, 0);
    irqgc_brk_config_t config = config_of(NULL, 0);
    config.deliver = NULL;
    assert_int_equal(irqgc_brk_init(&config), IRQGC_BAD_ARGUMENT);
    assert_int_equal(irqgc_brk_init(NULL), IRQGC_BAD_ARGUMENT);
    config = config_of(NULL, 1); // no heap's operation would hold it off
    assert_int_equal(irqgc_brk_init(&config), IRQGC_BAD_ARGUMENT);
    config.n_heaps = 1;
    assert_int_equal(irqgc_brk_init(&config), IRQGC_BAD_ARGUMENT);
    irqgc_brk_request();
    assert_int_equal(irqgc_brk_poll(), 1); // as it was before
    assert_int_equal(n_delivered, 1);
}

// What was held or requested before is so no more.
static void test_init_begins_anew(void **state) {
    (void)state;
    for (int asynchronous = 0; asynchronous < 2; asynchronous++) {
        init(idle_heap(), asynchronous);
        irqgc_brk_hold();
        irqgc_brk_hold();
        irqgc_brk_request();
        init(idle_heap(), asynchronous);
        assert_int_equal(irqgc_brk_poll(), 0);
        irqgc_brk_request();
        assert_int_equal(irqgc_brk_poll(), !asynchronous);
        assert_int_equal(n_delivered, 1);
        assert_int_equal(n_escalated, 0);
    }
}

static void test_polls(void **state) {
    (void)state;
    init(NULL, 0);
    assert_int_equal(irqgc_brk_poll(), 0);
    irqgc_brk_request();
    assert_int_equal(n_delivered, 0);
    assert_int_equal(irqgc_brk_poll(), 1);
    assert_int_equal(irqgc_brk_poll(), 0);
    assert_int_equal(n_delivered, 1);
    assert_int_equal(n_escalated, 0);
}

static void test_holds_nest(void **state) {
    (void)state;
    init(NULL, 0);
    irqgc_brk_hold();
    irqgc_brk_hold();
    irqgc_brk_request();
    assert_int_equal(irqgc_brk_poll(), 0);
    irqgc_brk_release();
    assert_int_equal(irqgc_brk_poll(), 0);
    irqgc_brk_release();
    assert_int_equal(n_delivered, 0); // no release delivers, but a poll
    assert_int_equal(irqgc_brk_poll(), 1);
}

static void test_a_release_without_a_hold(void **state) {
    (void)state;
    init(NULL, 0);
    if (!IRQGC_DEBUG) {
        irqgc_brk_release();
        irqgc_brk_hold();
        irqgc_brk_request();
        assert_int_equal(irqgc_brk_poll(), 0);
        irqgc_brk_release();
        assert_int_equal(irqgc_brk_poll(), 1);
    }
}

static void test_a_second_request_escalates(void **state) {
    (void)state;
    init(NULL, 0);
    irqgc_brk_request();
    irqgc_brk_request();
    irqgc_brk_request();
    assert_int_equal(n_escalated, 2);
    assert_int_equal(irqgc_brk_poll(), 1);
    assert_int_equal(irqgc_brk_poll(), 0);
    irqgc_brk_request();
    assert_int_equal(n_escalated, 2);
}

static void again(void *unused) {
    (void)unused;
    n_delivered++;
    if (n_delivered == 1) {
        irqgc_brk_request();
        assert_int_equal(irqgc_brk_poll(), 0); // under a hold
    }
}

static void test_a_request_in_a_delivery_is_another(void **state) {
    (void)state;
    for (int asynchronous = 0; asynchronous < 2; asynchronous++) {
        irqgc_brk_config_t config = config_of(idle_heap(), asynchronous);
        config.deliver = again;
        assert_int_equal(irqgc_brk_init(&config), IRQGC_OK);
        irqgc_brk_request();
        irqgc_brk_poll();
        irqgc_brk_poll();
        assert_int_equal(n_delivered, 2);
        assert_int_equal(n_escalated, 0);
    }
}

// ---- What is under way, in either way ---------------------------------------
//
// Holds and operations of the heap, in any order, with a request before the
// first, behind the last, or in between. Polls are delivered by polls alone,
// others by the end of what holds them off.

enum { MOST = 3 }; // things that are under way

typedef enum { A_HOLD, AN_OPERATION, OF_ANOTHER_HEAP, N_KINDS } kind_t;

typedef struct {
    int asynchronous;
    kind_t under_way[MOST];
    unsigned n;         // of these
    unsigned requested; // when so many of them have begun
} course_t;

static irqgc_t *break_heap;
static irqgc_t another; // of which nobody asks more than its records
static record_t operations[MOST];

static void thing_begin(kind_t kind, unsigned i) {
    if (kind == A_HOLD) {
        irqgc_brk_hold();
    } else {
        record_link(kind == AN_OPERATION ? break_heap : &another,
                    &operations[i], NO_BLOCK);
    }
}

static void thing_end(kind_t kind, unsigned i) {
    if (kind == A_HOLD) {
        irqgc_brk_release();
    } else {
        record_unlink(kind == AN_OPERATION ? break_heap : &another,
                      &operations[i]);
    }
}

// Whether one of the first `n` holds a break off.
static bool is_held_off(const course_t *c, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        if (c->under_way[i] != OF_ANOTHER_HEAP) {
            return true;
        }
    }
    return false;
}

// Of so many that are still under way; polls, too.
static void expect_delivered(const course_t *c, unsigned n, unsigned *due) {
    const bool is_due = *due == 0 && !is_held_off(c, n);
    if (is_due && c->asynchronous) {
        *due = 1;
    }
    assert_int_equal(n_delivered, *due);
    assert_int_equal(irqgc_brk_poll(), is_due && !c->asynchronous);
    *due = is_due ? 1 : *due;
    assert_int_equal(n_delivered, *due);
}

static void course_run(const course_t *c) {
    init(break_heap, c->asynchronous);
    unsigned due = 0;
    for (unsigned i = 0; i <= c->n; i++) {
        if (i == c->requested) {
            irqgc_brk_request();
        }
        if (i >= c->requested) {
            expect_delivered(c, i, &due);
        }
        if (i < c->n) {
            thing_begin(c->under_way[i], i);
        }
    }
    for (unsigned i = c->n; i-- > 0;) {
        thing_end(c->under_way[i], i);
        expect_delivered(c, i, &due);
    }
    assert_int_equal(due, 1);
    assert_int_equal(break_heap->deferred, 0);
    assert_int_equal(n_escalated, 0);
}

static void test_whatever_is_under_way(void **state) {
    (void)state;
    break_heap = heap_draw("o=.~ .~");
    for (unsigned of = 0; of < N_KINDS * N_KINDS * N_KINDS; of++) {
        for (unsigned i = 0; i < 2 * (MOST + 1) * (MOST + 1); i++) {
            const course_t c = {
                .asynchronous = (int)(i % 2),
                .under_way = {(kind_t)(of % N_KINDS),
                              (kind_t)(of / N_KINDS % N_KINDS),
                              (kind_t)(of / N_KINDS / N_KINDS)},
                .n = i / 2 % (MOST + 1),
                .requested = i / 2 / (MOST + 1),
            };
            if (c.requested <= c.n) {
                course_run(&c);
            }
        }
    }
}

// The functions of keys run in the middle of a growth.
static bool has_asked;

static uintptr_t hash_and_request(uintptr_t key) {
    if (break_heap->records != NULL && !has_asked) {
        has_asked = true;
        irqgc_brk_request();
        assert_int_equal(irqgc_brk_poll(), 0);
        assert_int_equal(n_delivered, 0);
    }
    return key;
}

static int is_equal(uintptr_t a, uintptr_t b) {
    return a == b;
}

static void test_in_the_middle_of_a_growth(void **state) {
    (void)state;
    static const irqgc_dict_keys_t keys = {hash_and_request, is_equal};
    for (int asynchronous = 0; asynchronous < 2; asynchronous++) {
        break_heap = heap_draw(".~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~");
        irqgc_dict_t *d = irqgc_dict_new(break_heap, &keys, 0);
        assert_int_equal(irqgc_dict_set(d, 1, 1), IRQGC_DICT_OK);
        init(break_heap, asynchronous);
        has_asked = false;
        assert_int_equal(irqgc_dict_reserve(d, 7), IRQGC_DICT_OK);
        assert_true(has_asked);
        assert_int_equal(n_delivered, asynchronous);
        assert_int_equal(irqgc_brk_poll(), !asynchronous);
        assert_int_equal(n_delivered, 1);
    }
}

// ---- Asynchronous -----------------------------------------------------------

static void test_at_once(void **state) {
    (void)state;
    init(idle_heap(), 1);
    irqgc_brk_request();
    assert_int_equal(n_delivered, 1);
    irqgc_brk_hold();
    irqgc_brk_request();
    assert_int_equal(n_delivered, 1);
    irqgc_brk_release();
    assert_int_equal(n_delivered, 2);
}

static void test_not_in_a_window(void **state) {
    (void)state;
    init(idle_heap(), 1);
    const port_irq_t irq = port_irq_save();
    irqgc_brk_request();
    assert_int_equal(n_delivered, 0);
    port_irq_restore(irq);
    assert_int_equal(n_delivered, 1);
}

static void request(void *unused) {
    (void)unused;
    irqgc_brk_hold();
    irqgc_brk_request();
    irqgc_brk_release();
    assert_int_equal(irqgc_brk_poll(), 0);
    assert_int_equal(n_delivered, 0);
}

static void test_when_handlers_are_over(void **state) {
    (void)state;
    init(idle_heap(), 1);
    vic_connect(1, 1, request, NULL);
    vic_raise(1);
    assert_int_equal(n_delivered, 1);
}

static jmp_buf away;

static void leave(void *unused) {
    (void)unused;
    n_delivered++;
    longjmp(away, 1);
}

// In a loop that never polls, by a signal; and it may stay away.
static void test_a_loop_without_polls(void **state) {
    (void)state;
    irqgc_brk_config_t config = config_of(idle_heap(), 1);
    config.deliver = leave;
    assert_int_equal(irqgc_brk_init(&config), IRQGC_OK);
    vic_connect(1, 1, request, NULL);
    for (unsigned i = 1; i <= 3; i++) {
        n_delivered = 0;
        if (setjmp(away) == 0) {
            assert_true(vic_timer_start(1, 1000));
            for (;;) {
            }
        }
        vic_timer_stop(1);
        assert_int_equal(n_delivered, 1);
        assert_int_equal(vic_priority(), 0);
        assert_int_equal(irqgc_posix_masked, 0);
        irqgc_brk_release(); // the delivery's
    }
}

static void request_on_visit(void *arg, void *object, size_t size,
                             irqgc_flags_t flags) {
    (void)object, (void)size, (void)flags;
    irqgc_brk_request();
    *(unsigned *)arg = n_delivered;
}

// A walk reads only: one that is broken leaves nothing behind.
static void test_in_a_walk(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o=.~ .~");
    init(h, 1);
    unsigned seen = 0;
    irqgc_walk(h, request_on_visit, &seen);
    assert_int_equal(seen, 1);
}

// As a handler finds the thread there.
static void test_in_the_middle_of_an_operation(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o=.~ .~");
    init(h, 1);
    record_t op;
    record_link(h, &op, NO_BLOCK);
    irqgc_brk_request();
    assert_int_equal(n_delivered, 0);
    record_unlink(h, &op);
    assert_int_equal(n_delivered, 1);
}

// A marking of any of them must not be cut by a delivery.
static void test_each_heap_holds_it_off(void **state) {
    (void)state;
    irqgc_t *const heaps[] = {idle_heap(), heap_draw("o=.~ .~")};
    irqgc_t *others[] = {NULL, NULL};
    for (unsigned alone = 0; alone < 2; alone++) {
        for (int asynchronous = 0; asynchronous < 2; asynchronous++) {
            irqgc_brk_config_t config = config_of(heaps[0], asynchronous);
            if (alone) {
                config.heap = NULL;
                others[1] = heaps[0];
            }
            others[0] = heaps[1];
            config.heaps = others;
            config.n_heaps = 1 + alone;
            assert_int_equal(irqgc_brk_init(&config), IRQGC_OK);
            for (unsigned i = 0; i < 2; i++) {
                n_delivered = 0;
                record_t op;
                record_link(heaps[i], &op, NO_BLOCK);
                irqgc_brk_request();
                assert_int_equal(irqgc_brk_poll(), 0);
                assert_int_equal(n_delivered, 0);
                record_unlink(heaps[i], &op);
                assert_int_equal(irqgc_brk_poll(), !asynchronous);
                assert_int_equal(n_delivered, 1);
            }
        }
    }
}

static void test_nobody_to_escalate_to(void **state) {
    (void)state;
    irqgc_brk_config_t config = config_of(NULL, 0);
    config.escalate = NULL;
    assert_int_equal(irqgc_brk_init(&config), IRQGC_OK);
    irqgc_brk_request();
    irqgc_brk_request();
    assert_int_equal(irqgc_brk_poll(), 1);
    assert_int_equal(irqgc_brk_poll(), 0);
}

static void misused(irqgc_t *h, irqgc_status_t why, const void *object) {
    (void)h, (void)why, (void)object;
    irqgc_brk_request();
    assert_int_equal(n_delivered, 1); // the operation is over
}

static void test_misuse_is_told_outside(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o=.~ .~");
    h->on_misuse = misused;
    init(h, 1);
    assert_int_not_equal(irqgc_free(h, h), IRQGC_OK);
    assert_int_equal(n_delivered, 1);
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, heap_forget)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(before_init),
        TEST(init_refuses),
        TEST(init_begins_anew),
        TEST(polls),
        TEST(holds_nest),
        TEST(a_release_without_a_hold),
        TEST(a_second_request_escalates),
        TEST(a_request_in_a_delivery_is_another),
        TEST(whatever_is_under_way),
        TEST(in_the_middle_of_a_growth),
        TEST(at_once),
        TEST(not_in_a_window),
        TEST(when_handlers_are_over),
        TEST(a_loop_without_polls),
        TEST(in_a_walk),
        TEST(in_the_middle_of_an_operation),
        TEST(each_heap_holds_it_off),
        TEST(nobody_to_escalate_to),
        TEST(misuse_is_told_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
