// SPDX-License-Identifier: MIT
//
// What the POSIX port makes of fake frames, here made up, and of a signal that
// is no line's, after a line's handler is over.
#include "picture.h"

#include <signal.h>

#include "vic.h"

enum { LINE = 1, N_FAKES = 3, N_WORDS = 4 };

// ---- Fake frames -----------------------------------------------------------

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define WITH_SANITIZER
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define WITH_SANITIZER
#endif

static void *fakes[N_FAKES][N_WORDS];
static unsigned n_scanned[N_FAKES];

#ifndef WITH_SANITIZER
// NOLINTBEGIN(bugprone-reserved-identifier)
void *__asan_get_current_fake_stack(void);
void *__asan_get_current_fake_stack(void) {
    return fakes;
}

void *__asan_addr_is_in_fake_stack(void *fake_stack, void *address, void **low,
                                   void **high);
void *__asan_addr_is_in_fake_stack(void *fake_stack, void *address, void **low,
                                   void **high) {
    assert_ptr_equal(fake_stack, fakes);
    const uintptr_t offset = (uintptr_t)address - (uintptr_t)fakes;
    if (offset >= sizeof fakes) {
        return NULL;
    }
    *low = fakes[offset / sizeof *fakes];
    *high = fakes[offset / sizeof *fakes + 1];
    return *low;
}
// NOLINTEND(bugprone-reserved-identifier)
#endif

static void fakes_count(void *arg, const void *low, const void *high) {
    (void)arg;
    for (unsigned i = 0; i < N_FAKES; i++) {
        if (low == fakes[i]) {
            assert_ptr_equal(high, fakes[i] + N_WORDS);
            n_scanned[i]++;
        }
    }
}

static void test_each_fake_frame_is_scanned(void **state) {
    (void)state;
#ifdef WITH_SANITIZER
    skip();
#endif
    void *names[] = {&fakes[0][1], &fakes[0][2], &fakes[1][0],
                     &fakes[2][N_WORDS - 1]};
    IRQGC_KEEP(names); // stored
    port_scan_stacks(fakes_count, NULL);
    for (unsigned i = 0; i < N_FAKES; i++) {
        assert_true(n_scanned[i] > 0);
    }
    IRQGC_KEEP(names); // and still there
}

// ---- A signal that is no line's --------------------------------------------

static const char *volatile found_out;

static void on_foreign(int signal) {
    (void)signal;
    found_out = port_context_error();
}

static void on_line(void *unused) {
    (void)unused;
    assert_non_null(irqgc_posix_entry);
}

static void test_a_signal_after_a_handler_is_over(void **state) {
    (void)state;
    const struct sigaction action = {.sa_handler = on_foreign};
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    vic_connect(LINE, 1, on_line, NULL);
    for (unsigned i = 0; i < 2; i++) {
        assert_null(irqgc_posix_entry);
        found_out = NULL;
        raise(SIGUSR1);
        assert_int_equal(found_out != NULL, IRQGC_DEBUG);
        vic_raise(LINE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_fake_frame_is_scanned),
        cmocka_unit_test(test_a_signal_after_a_handler_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
