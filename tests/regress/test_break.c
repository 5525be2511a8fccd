// SPDX-License-Identifier: MIT
//
// What a break broke when it came from a handler in the middle of something,
// and its delivery left for good:
//
// - a collection, which another had completed meanwhile, so that it seemed to
//   be over: hints that were still to be toggled were wrong for ever;
// - a signal, which had arrived and not made its line pending: it was lost.
//
// And deliveries that had a break requested each came on top of each other.
//
// Link: tests/picture.c -Wl,--wrap=irqgc_core_hints_toggle
#include "picture.h"

#include <setjmp.h>
#include <signal.h>

#include "hints.h"
#include "irqgc/brk.h"
#include "vic.h"

enum { URGENT = 1, REQUESTS = 2 };

static irqgc_t *heap;
static jmp_buf away;

static void leave(void *unused) {
    (void)unused;
    longjmp(away, 1);
}

static void breaks_init(void (*deliver)(void *)) {
    const irqgc_brk_config_t config = {
        .deliver = deliver, .heap = heap, .asynchronous = 1};
    assert_int_equal(irqgc_brk_init(&config), IRQGC_OK);
}

// ---- A collection that another completes -----------------------------------

static bool in_sweep;

void __real_irqgc_core_hints_toggle(irqgc_t *h, word_t i, const hints_t *hints);
void __wrap_irqgc_core_hints_toggle(irqgc_t *h, word_t i, const hints_t *hints);

static void collect_and_request(void) {
    irqgc_collect(heap);
    irqgc_brk_request();
}

// Before the toggle, once.
void __wrap_irqgc_core_hints_toggle(irqgc_t *h, word_t i,
                                    const hints_t *hints) {
    if (in_sweep) {
        in_sweep = false;
        in_handler(collect_and_request);
    }
    __real_irqgc_core_hints_toggle(h, i, hints);
}

static void test_a_collection_is_whole(void **state) {
    (void)state;
    heap = heap_draw("o~ o~ .~ .~");
    breaks_init(leave);
    if (setjmp(away) == 0) {
        in_sweep = true;
        irqgc_collect(heap);
        fail_msg("not delivered by the end of the collection");
    }
    irqgc_brk_release();
    assert_false(in_sweep);
    assert_null(heap->records);
    assert_true(hints_are_exact(heap));
    assert_int_equal(irqgc_check(heap), 0);
}

// ---- A signal on top of which another comes --------------------------------

static volatile unsigned n_urgent, n_requests;

static void on_urgent(void *unused) {
    (void)unused;
    n_urgent++;
}

static void on_request(void *unused) {
    (void)unused;
    n_requests++;
    irqgc_brk_request();
}

// Both at once: the kernel stacks the second on the first.
static void signals_raise(void) {
    sigset_t both, before;
    sigemptyset(&both);
    sigaddset(&both, SIGRTMIN + URGENT);
    sigaddset(&both, SIGRTMIN + REQUESTS);
    sigprocmask(SIG_BLOCK, &both, &before);
    raise(SIGRTMIN + URGENT);
    raise(SIGRTMIN + REQUESTS);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void test_a_signal_is_not_lost(void **state) {
    (void)state;
    heap = heap_draw("o~ o~ .~ .~");
    breaks_init(leave);
    vic_connect(URGENT, 2, on_urgent, NULL);
    vic_connect(REQUESTS, 1, on_request, NULL);
    for (unsigned i = 1; i <= 2; i++) { // and the signals are not blocked after
        if (setjmp(away) == 0) {
            signals_raise();
            fail_msg("not delivered");
        }
        irqgc_brk_release();
        sigset_t blocked;
        sigprocmask(SIG_SETMASK, NULL, &blocked);
        assert_int_equal(sigismember(&blocked, SIGRTMIN + URGENT), 0);
        assert_int_equal(n_urgent, i);
        assert_int_equal(n_requests, i);
    }
}

// ---- A break in each delivery ----------------------------------------------

enum { DELIVERIES = 1000 };
static unsigned n_delivered;
static const char *first;

static void deliver_and_request(void *unused) {
    (void)unused;
    const char *here = __builtin_frame_address(0);
    first = n_delivered == 0 ? here : first;
    assert_ptr_equal(first, here);
    if (++n_delivered < DELIVERIES) {
        irqgc_brk_request();
    }
}

static void test_deliveries_do_not_pile_up(void **state) {
    (void)state;
    heap = heap_draw("o~ o~ .~ .~");
    breaks_init(deliver_and_request);
    irqgc_brk_request();
    assert_int_equal(n_delivered, DELIVERIES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_collection_is_whole, heap_forget),
        cmocka_unit_test_teardown(test_a_signal_is_not_lost, heap_forget),
        cmocka_unit_test_teardown(test_deliveries_do_not_pile_up, heap_forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
