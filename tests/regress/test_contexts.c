// SPDX-License-Identifier: MIT
//
// Collections on other stacks than main's, and calls of handlers that are none
// of the controller's:
//
// - before the constructors of default priority the stack's end was not known,
//   and locals were no roots;
// - in another thread than main, in a coroutine or on a signal's alternate
// stack
//   a collection read past the stack's end, and crashed;
// - AddressSanitizer's fake frames were not scanned: what only an array in a
//   local named was collected;
// - a plain signal's handler corrupted the heap, and nobody said so.
//
// Link: tests/picture.c
#include "picture.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "irqgc/posix.h"
#include "vic.h"

enum { LINE = 1, N_KEPT = 10, STACK = 256 * 1024 };

static irqgc_t *heap;
static irqgc_status_t refused;

static void on_misuse(irqgc_t *h, irqgc_status_t why, const void *object) {
    (void)h, (void)object;
    refused = why;
}

static void heap_make(void) {
    static _Alignas(64) char memory[64 * 1024];
    const irqgc_region_t region = {memory, sizeof memory};
    assert_int_equal(
        irqgc_init(&heap, &(irqgc_config_t){.regions = &region,
                                            .n_regions = 1,
                                            .on_misuse = on_misuse}),
        IRQGC_OK);
    refused = IRQGC_OK;
}

// Not inlined, so that no register has what is in the array.
__attribute__((noinline)) static void fill(void **kept) {
    for (int i = 0; i < N_KEPT; i++) {
        kept[i] = irqgc_alloc(heap, 64, 0);
        memset(kept[i], 0x42, 64);
    }
}

__attribute__((noinline)) static unsigned lost_of(void **kept) {
    unsigned n = 0;
    for (int i = 0; i < N_KEPT; i++) {
        n += irqgc_size(heap, kept[i]) == 0;
    }
    return n;
}

static unsigned lost_while(void (*run)(void)) {
    void *kept[N_KEPT];
    fill(kept);
    run();
    return lost_of(kept);
}

// Who has no on_misuse is told by the answer.
static void collect(void) {
    const irqgc_status_t status = irqgc_collect(heap);
    assert_int_equal(status, refused);
}

static unsigned lost_in_collection;
static void collect_and_count(void) {
    lost_in_collection = lost_while(collect);
}

// ---- Early -----------------------------------------------------------------

static unsigned lost_early = N_KEPT;
static irqgc_status_t refused_early;

__attribute__((constructor(101))) static void early(void) {
    heap_make();
    lost_early = lost_while(collect);
    refused_early = refused;
}

static void test_before_other_constructors(void **state) {
    (void)state;
    assert_int_equal(lost_early, 0);
    assert_int_equal(refused_early, IRQGC_OK);
}

// ---- Fake frames -----------------------------------------------------------

static void on_line(void *unused) {
    (void)unused;
    collect_and_count();
}

static void raise_line(void) {
    vic_raise(LINE);
}

// The locals of the thread, and of the handler that collects.
static void test_locals_of_all_active_frames(void **state) {
    (void)state;
    heap_make();
    assert_int_equal(lost_while(collect), 0);
    vic_connect(LINE, 1, on_line, NULL);
    assert_int_equal(lost_while(raise_line), 0);
    assert_int_equal(lost_in_collection, 0);
}

// ---- Other stacks ----------------------------------------------------------

static void *thread_run(void *unused) {
    (void)unused;
    collect_and_count();
    return NULL;
}

// All of the heap, in garbage that a collection would free.
static void *thread_fill(void *unused) {
    (void)unused;
    while (irqgc_alloc(heap, 1024, IRQGC_NO_POINTERS) != NULL) {
        assert_int_equal(refused, IRQGC_OK);
    }
    return NULL;
}

static void test_an_allocation_does_not_collect_there(void **state) {
    (void)state;
    heap_make();
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, thread_fill, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(refused, IRQGC_UNKNOWN_STACK);
    assert_non_null(irqgc_alloc(heap, 1024, IRQGC_NO_POINTERS));
}

static void test_another_thread_is_refused(void **state) {
    (void)state;
    heap_make();
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, thread_run, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(refused, IRQGC_UNKNOWN_STACK);
    assert_int_equal(lost_in_collection, 0);
}

static ucontext_t main_context, context;
static _Alignas(64) char stack[STACK];

static void coroutine(void) {
    collect_and_count();
    void *kept[N_KEPT];
    fill(kept);
    swapcontext(&context, &main_context);
    lost_in_collection += lost_of(kept);
}

// Until it comes back by itself; again until it is over.
static void coroutine_begin(void) {
    getcontext(&context);
    context.uc_stack.ss_sp = stack;
    context.uc_stack.ss_size = sizeof stack;
    context.uc_link = &main_context;
    makecontext(&context, coroutine, 0);
    swapcontext(&main_context, &context);
}

static void coroutine_end(void) {
    swapcontext(&main_context, &context);
}

static void test_a_coroutine_is_refused(void **state) {
    (void)state;
    heap_make();
    assert_int_equal(lost_while(coroutine_begin), 0);
    assert_int_equal(refused, IRQGC_UNKNOWN_STACK);
    coroutine_end();
    assert_int_equal(lost_in_collection, 0);
}

static irqgc_stack_t main_stack, other_stack;

static void stacks_list(void) {
    static irqgc_range_t ranges[2];
    ranges[0] = (irqgc_range_t){&main_context, sizeof main_context};
    ranges[1] = (irqgc_range_t){&context, sizeof context};
    irqgc_posix_stack(&main_stack);
    main_stack.saved = irqgc_posix_saved(&main_context);
    main_stack.ranges = &ranges[0];
    main_stack.n_ranges = 1;
    other_stack = (irqgc_stack_t){.low = stack,
                                  .high = stack + sizeof stack,
                                  .saved = irqgc_posix_saved(&context),
                                  .ranges = &ranges[1],
                                  .n_ranges = 1};
    assert_int_equal(irqgc_stack_add(&other_stack), IRQGC_OK);
}

static void skip_with_fake_frames(void) {
    if (irqgc_posix_has_fake_frames()) {
        skip(); // a debug build says so
    }
}

static void test_a_coroutine_that_is_listed(void **state) {
    (void)state;
    skip_with_fake_frames();
    heap_make();
    stacks_list();
    assert_int_equal(lost_while(coroutine_begin), 0);
    assert_int_equal(refused, IRQGC_UNKNOWN_STACK); // main's is not
    coroutine_end();

    refused = IRQGC_OK;
    assert_int_equal(irqgc_stack_add(&main_stack), IRQGC_OK);
    assert_int_equal(lost_while(coroutine_begin), 0);
    assert_int_equal(lost_while(collect), 0); // with the coroutine left
    coroutine_end();
    assert_int_equal(lost_in_collection, 0);
    assert_int_equal(refused, IRQGC_OK);
    assert_int_equal(irqgc_stack_remove(&other_stack), IRQGC_OK);
    assert_int_equal(irqgc_stack_remove(&main_stack), IRQGC_OK);
}

static void *listed_thread_run(void *unused) {
    (void)unused;
    irqgc_posix_stack(&other_stack);
    assert_int_equal(irqgc_stack_add(&other_stack), IRQGC_OK);
    collect_and_count();
    assert_int_equal(irqgc_stack_remove(&other_stack), IRQGC_OK);
    return NULL;
}

static void thread_begin_and_wait(void) {
    pthread_t thread;
    getcontext(&main_context); // its stack pointer, above what waits
    assert_int_equal(pthread_create(&thread, NULL, listed_thread_run, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_another_thread_that_is_listed(void **state) {
    (void)state;
    skip_with_fake_frames();
    heap_make();
    stacks_list();
    assert_int_equal(irqgc_stack_remove(&other_stack), IRQGC_OK);
    other_stack = (irqgc_stack_t){.saved = NULL};
    assert_int_equal(irqgc_stack_add(&main_stack), IRQGC_OK);
    assert_int_equal(lost_while(thread_begin_and_wait), 0);
    assert_int_equal(lost_in_collection, 0);
    assert_int_equal(refused, IRQGC_OK);
    assert_int_equal(irqgc_stack_remove(&main_stack), IRQGC_OK);
}

// ---- Signals that are no line's --------------------------------------------

static void on_signal(int signal) {
    (void)signal;
    raise_line();
}

static void signal_connect(void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
}

static void raise_signal(void) {
    raise(SIGUSR1);
}

static void alternate_set(char *low, int flags) {
    const stack_t alternate = {
        .ss_sp = low, .ss_size = STACK / 2, .ss_flags = flags};
    assert_int_equal(sigaltstack(&alternate, NULL), 0);
}

static void test_an_alternate_stack_is_refused(void **state) {
    (void)state;
    char inner[STACK / 2]; // within main's
    char *const lows[] = {stack, inner};
    vic_connect(LINE, 1, on_line, NULL);
    signal_connect(on_signal, SA_ONSTACK);
    for (unsigned i = 0; i < 2; i++) {
        heap_make();
        alternate_set(lows[i], 0);
        assert_int_equal(lost_while(raise_signal), 0);
        assert_int_equal(lost_in_collection, 0);
        assert_int_equal(refused, IRQGC_UNKNOWN_STACK);
    }
    alternate_set(NULL, SS_DISABLE);
}

static void on_foreign(int signal) {
    (void)signal;
    irqgc_alloc(heap, 32, 0);
}

static void raise_in_window(void) {
    (void)port_irq_save();
    raise_signal();
}

// What the child says, and by which signal it dies; 0: by none.
static int child_says(void (*run)(void), int flags, char *text, size_t size) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGILL, SIG_DFL);
        signal(SIGTRAP, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        signal_connect(on_foreign, flags);
        run();
        _exit(0);
    }
    close(ends[1]);
    const ssize_t n = read(ends[0], text, size - 1);
    text[n > 0 ? n : 0] = '\0';
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void expect_stop(void (*run)(void), int flags, const char *says) {
    char text[256];
    const int signal = child_says(run, flags, text, sizeof text);
    if (strcmp(says, "") == 0) {
        assert_string_equal(text, "");
        assert_int_equal(signal, 0);
    } else {
        if (strstr(text, says) == NULL) {
            print_error("said: \"%s\"\n", text);
            fail();
        }
        assert_string_equal(strchr(text, '\n'), "\n");
        assert_true(signal == SIGILL || signal == SIGTRAP);
    }
}

static void raise_with_another_mask(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    irqgc_alloc(heap, 32, 0); // it is the thread that does so
    raise_signal();
}

static void alloc_on_line(void *unused) {
    (void)unused;
    irqgc_alloc(heap, 32, 0);
}

static void raise_line_in_signal(void) {
    vic_connect(LINE, 1, alloc_on_line, NULL);
    signal_connect(on_signal, 0);
    raise_signal();
    irqgc_alloc(heap, 32, 0);
}

static void raise_in_line(void *unused) {
    (void)unused;
    raise_signal();
}

static void raise_signal_in_line(void) {
    vic_connect(LINE, 1, raise_in_line, NULL);
    raise(SIGRTMIN + LINE);
}

static void test_a_foreign_handler_stops_a_debug_build(void **state) {
    (void)state;
    heap_make();
    if (!IRQGC_DEBUG) {
        skip();
    }
    const char *foreign = "irqgc: a call from the handler of a signal that is "
                          "no line's";
    expect_stop(raise_signal, 0, foreign);
    expect_stop(raise_signal_in_line, 0, foreign);
    expect_stop(raise_with_another_mask, 0, foreign);
    expect_stop(raise_signal, SA_NODEFER, ""); // not caught
    expect_stop(raise_in_window, SA_NODEFER,
                "irqgc: a call in the middle of a masked window");
    expect_stop(raise_line_in_signal, 0, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_before_other_constructors),
        cmocka_unit_test(test_locals_of_all_active_frames),
        cmocka_unit_test(test_another_thread_is_refused),
        cmocka_unit_test(test_an_allocation_does_not_collect_there),
        cmocka_unit_test(test_a_coroutine_is_refused),
        cmocka_unit_test(test_a_coroutine_that_is_listed),
        cmocka_unit_test(test_another_thread_that_is_listed),
        cmocka_unit_test(test_an_alternate_stack_is_refused),
        cmocka_unit_test(test_a_foreign_handler_stops_a_debug_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
