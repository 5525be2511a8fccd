// SPDX-License-Identifier: MIT
//
// Floods: a handler that comes again as soon as the thread, where it is not
// masked, has gone on by so many instructions, or by a single one. Nothing is
// lost, and what the thread does ends. And a handler that keeps whatever it
// gets.
//
// Link: tests/picture.c
#include "picture.h"

#include <string.h>

#include "irqgc/dict.h"
#include "vic.h"

#if defined(__x86_64__)
#include "trap.h"
#endif

enum { G = GROUP_BLOCKS, LINE = 1 };

static irqgc_t *heap;

// ---- Objects that know what they are ---------------------------------------

// All held, for their addresses are kept where no collection looks: here, the
// other way round.
enum { MAX_KEPT = 64 };
typedef struct {
    uintptr_t hidden[MAX_KEPT];
    size_t sizes[MAX_KEPT];
    unsigned n;
} kept_t;

static kept_t of_thread, of_handler;

// What the heap has to have counted, in the thread and in handlers.
static irqgc_counts_t expected[2];

static irqgc_counts_t *counts(void) {
    return &expected[port_in_handler()];
}

static void collect(void) {
    irqgc_collect(heap);
    counts()->collects++;
}

static void *kept_object(const kept_t *kept, unsigned i) {
    return (void *)~kept->hidden[i];
}

static unsigned char pattern(const kept_t *kept, unsigned i) {
    return (unsigned char)(kept == &of_thread ? 0x40 + i : 0x80 + i);
}

static bool keep(kept_t *kept, word_t n_blocks, irqgc_flags_t flags) {
    void *object = irqgc_alloc(heap, blocks_size(n_blocks), flags | IRQGC_HELD);
    if (object == NULL) {
        counts()->failures++;
        return false;
    }
    counts()->allocs++;
    kept->hidden[kept->n] = ~(uintptr_t)object;
    kept->sizes[kept->n] = blocks_size(n_blocks);
    memset(object, pattern(kept, kept->n), blocks_size(n_blocks));
    kept->n++;
    return true;
}

static bool is_whole(const kept_t *kept, unsigned i) {
    const unsigned char *byte = kept_object(kept, i);
    for (size_t n = 0; n < kept->sizes[i]; n++) {
        if (byte[n] != pattern(kept, i)) {
            return false;
        }
    }
    return irqgc_size(heap, kept_object(kept, i)) == kept->sizes[i];
}

// Frees the last one; false iff it is not as it was left.
static bool drop(kept_t *kept) {
    kept->n--;
    counts()->frees++;
    return is_whole(kept, kept->n) &&
           irqgc_free(heap, kept_object(kept, kept->n)) == IRQGC_OK;
}

// All objects are there and whole, and no other but garbage; without the kept
// ones, a collection gives everything back.
static void nothing_is_lost(void) {
    assert_int_equal(irqgc_check(heap), 0);
    assert_true(hints_are_exact(heap));
    assert_null(heap->records);
    while (of_thread.n > 0) {
        assert_true(drop(&of_thread));
    }
    while (of_handler.n > 0) {
        assert_true(drop(&of_handler));
    }
    assert_memory_equal(heap->counts, expected, sizeof expected);
    stack_wipe();
    irqgc_collect(heap);
    assert_int_equal(irqgc_check(heap), 0);
    assert_true(heap->given - heap->taken == heap->n_blocks);
    assert_true(hints_are_exact(heap));
}

static void heap_new(void) {
    heap = heap_draw(".~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~");
    memset(&of_thread, 0, sizeof of_thread);
    memset(&of_handler, 0, sizeof of_handler);
    memset(expected, 0, sizeof expected);
}

// ---- The flood -------------------------------------------------------------

#if defined(__x86_64__)

static void (*body)(void); // of the handler
static unsigned long n_runs;
static unsigned long n_steps; // of the thread, dispatching apart
static unsigned long most_runs;
static unsigned long gap; // instructions of the thread between two runs
static bool is_broken;    // something in a handler failed

static void flood(void *arg) {
    (void)arg;
    n_runs++;
    body();
}

static bool on_step(uintptr_t pc) {
    (void)pc;
    if (vic_priority() == 0) {
        n_steps++;
        if (body != NULL && n_runs < most_runs && n_steps % gap == 0) {
            vic_raise(LINE);
        }
    }
    return true;
}

static void (*operation)(void);

static void operation_run(void *arg) {
    (void)arg;
    operation();
}

// A handler, how many runs of it, and how far apart.
typedef struct {
    void (*body)(void);
    unsigned long most_runs, gap;
} flood_t;

static const flood_t calm;

// Runs the operation in such a flood; how many instructions it took at thread
// level.
static unsigned long flooded(void (*of)(void), flood_t by) {
    operation = of;
    body = by.body;
    most_runs = by.most_runs;
    gap = by.gap;
    n_runs = 0;
    n_steps = 0;
    vic_connect(LINE, 1, flood, NULL);
    trap_connect(on_step, TRAP_ON_TOP);
    const char *base = irqgc_posix_stack_base;
    irqgc_posix_stack_base = __builtin_frame_address(0); // less to step through
    trap_through(operation_run, NULL);
    irqgc_posix_stack_base = base;
    assert_false(is_broken);
    return n_steps;
}

static void nothing(void) {
}

// Most instructions would be the sanitizer's.
#if defined(__SANITIZE_ADDRESS__)
enum { IS_SANITIZED = 1 };
#else
enum { IS_SANITIZED = 0 };
#endif

// Valgrind has no trap flag.
#define SKIP_UNLESS_STEPPING()                                                 \
    if (IS_SANITIZED || flooded(nothing, calm) == 0) {                         \
        skip();                                                                \
    }

// ---- What the handler does -------------------------------------------------

// Takes and gives back by turns, in the first groups, where the thread looks
// first, too.
static void body_churn(void) {
    if (of_handler.n == 0) {
        is_broken |= !keep(&of_handler, 1 + n_runs % 3, IRQGC_FAIL_FAST);
    } else {
        is_broken |= !drop(&of_handler);
    }
}

// Leaves garbage, and collects before that takes all room: in an endless flood
// whose handlers take all there is, whenever there is some, others never get
// any.
static void body_litter(void) {
    (void)irqgc_alloc(heap, blocks_size(1 + n_runs % 2), IRQGC_FAIL_FAST);
    counts()->allocs++;
    if (n_runs % 4 == 0) {
        collect();
    }
}

static void body_collect(void) {
    collect();
}

// Everything by turns.
static void body_mix(void) {
    switch (n_runs % 5) {
    case 0:
        collect();
        break;
    case 1:
        body_litter();
        break;
    default:
        body_churn();
    }
}

// ---- What the thread does --------------------------------------------------

static void thread_alloc(void) {
    is_broken |= !keep(&of_thread, 2, IRQGC_FAIL_FAST);
}

static void thread_alloc_groups(void) {
    is_broken |= !keep(&of_thread, G + 1, IRQGC_FAIL_FAST);
}

static void thread_free(void) {
    is_broken |= !drop(&of_thread);
}

// Moves or grows the last one; what it writes is the pattern again.
static void thread_realloc(void) {
    const unsigned i = of_thread.n - 1;
    const size_t size = of_thread.sizes[i] + blocks_size(1);
    unsigned char *object =
        irqgc_realloc(heap, kept_object(&of_thread, i), size, IRQGC_FAIL_FAST);
    if (object == NULL || object[0] != pattern(&of_thread, i)) {
        is_broken = true;
        return;
    }
    counts()->allocs += object != kept_object(&of_thread, i); // moved
    memset(object, pattern(&of_thread, i), size);
    of_thread.hidden[i] = ~(uintptr_t)object;
    of_thread.sizes[i] = size;
}

static void thread_collect(void) {
    collect();
}

static void prepare(void) {
    heap_new();
    assert_true(keep(&of_thread, 1, 0));
    assert_true(keep(&of_thread, 3, 0));
    is_broken = false;
}

// While handlers allocate faster than it marks, a collection goes on marking.
// To mark an object takes fewer instructions than these.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
enum { MARK_ONE = 128 };
#else
enum { MARK_ONE = 1024 };
#endif

// What the thread does, how many instructions a flood without end must leave it
// at a time, and whether it may last as long as the flood all the same, for
// handlers may take what it finds each time.
static const struct {
    const char *name;
    void (*run)(void);
    unsigned long apart;
    bool may_last;
} operations[] = {
    {"alloc", thread_alloc, 1, true},
    {"alloc of groups", thread_alloc_groups, 1, true},
    {"free", thread_free, 1, false},
    {"realloc", thread_realloc, 1, true},
    {"collect", thread_collect, MARK_ONE, false},
};

static const struct {
    const char *name;
    void (*run)(void);
} handlers[] = {
    {"churns", body_churn},
    {"litters", body_litter},
    {"collects", body_collect},
    {"does everything", body_mix},
};
enum { N_OPERATIONS = sizeof operations / sizeof *operations };
enum { N_HANDLERS = sizeof handlers / sizeof *handlers };

// So many times what an operation takes undisturbed it may: some take more
// windows the more is changed under them.
enum { TIMES = 8, ENDLESS = 10000 };

// Floods of so many times the instructions that the operation takes
// undisturbed, an activation after each; or endless ones.
static void all_flooded(unsigned long times) {
    for (size_t i = 0; i < N_OPERATIONS; i++) {
        prepare();
        const unsigned long quiet = flooded(operations[i].run, calm);
        const unsigned long runs = times != 0 ? times * quiet : ENDLESS;
        const unsigned long apart = times != 0 ? 1 : operations[i].apart;
        nothing_is_lost();
        for (size_t j = 0; j < N_HANDLERS; j++) {
            prepare();
            const unsigned long steps = flooded(
                operations[i].run, (flood_t){handlers[j].run, runs, apart});
            print_message("%s: %lu instructions, and %lu with %lu runs of a "
                          "handler that %s\n",
                          operations[i].name, quiet, steps, n_runs,
                          handlers[j].name);
            assert_true(n_runs == runs || n_runs >= steps / apart / 2);
            const unsigned long lasts = operations[i].may_last ? n_runs : 0;
            assert_true(steps <= lasts + (TIMES + times) * quiet);
            nothing_is_lost();
        }
    }
}

// Not even an activation after each instruction keeps what gives back from
// ending: what a window finds changed in a group does not matter to it.
static void test_what_ends_in_an_endless_flood(void **state) {
    (void)state;
    SKIP_UNLESS_STEPPING();
    all_flooded(0);
}

// And what does last as long as the flood does not last longer.
static void test_what_ends_with_the_flood(void **state) {
    (void)state;
    SKIP_UNLESS_STEPPING();
    all_flooded(2);
}

// ---- What cannot succeed ---------------------------------------------------

static void thread_fail(void) {
    is_broken |=
        irqgc_alloc(heap, blocks_size(12 * G), IRQGC_FAIL_FAST) != NULL;
    counts()->failures++;
}

static void body_take(void) {
    if (of_handler.n < 4) {
        is_broken |= !keep(&of_handler, G, IRQGC_FAIL_FAST);
    }
}

// To fail takes a pass over all groups in which nothing came back. Handlers
// that take do not hinder it.
static void test_a_failure_ends_in_a_flood_that_takes(void **state) {
    (void)state;
    SKIP_UNLESS_STEPPING();
    prepare();
    const unsigned long quiet = flooded(thread_fail, calm);
    const unsigned long steps =
        flooded(thread_fail, (flood_t){body_take, ENDLESS, 1});
    print_message("failure: %lu instructions, %lu with %lu runs of a handler "
                  "that takes\n",
                  quiet, steps, n_runs);
    assert_true(n_runs > steps / 4 && n_runs < ENDLESS);
    assert_true(steps <= TIMES * quiet);
    nothing_is_lost();
}

// What comes back during a pass asks for one more. So a failure may last as
// long as a flood whose handlers give back; when that ends, the pass under way
// and one more are left.
static void test_a_failure_ends_after_a_flood_that_gives(void **state) {
    (void)state;
    SKIP_UNLESS_STEPPING();
    prepare();
    const unsigned long quiet = flooded(thread_fail, calm);
    for (unsigned long runs = 1; runs < 5 * quiet; runs *= 5) {
        const unsigned long steps =
            flooded(thread_fail, (flood_t){body_churn, runs, 1});
        print_message("failure: %lu instructions with %lu runs of a handler "
                      "that takes and gives\n",
                      steps, n_runs);
        assert_true(steps <= runs + TIMES * quiet);
    }
    assert_true(n_runs > quiet); // it did last
    nothing_is_lost();
}

// ---- Two places for two blocks ---------------------------------------------

// The handler's object is in the one or in the other, and moves over.
static void body_move(void) {
    if (!keep(&of_handler, 2, IRQGC_FAIL_FAST)) {
        return; // the thread has got the other place
    }
    kept_t older = {.hidden = {of_handler.hidden[of_handler.n - 2]},
                    .sizes = {of_handler.sizes[of_handler.n - 2]},
                    .n = 1};
    of_handler.n--;
    counts()->frees++;
    is_broken |= irqgc_free(heap, kept_object(&older, 0)) != IRQGC_OK;
    of_handler.hidden[of_handler.n - 1] = of_handler.hidden[of_handler.n];
    memset(kept_object(&of_handler, of_handler.n - 1),
           pattern(&of_handler, of_handler.n - 1), older.sizes[0]);
}

static void thread_want(void) {
    is_broken |= !keep(&of_thread, 2, IRQGC_FAIL_FAST);
}

// How many runs of the handler it took the thread to get one, with the handler
// again after every so many instructions.
static unsigned long runs_of_a_flood_that_moves(unsigned long runs,
                                                unsigned long every) {
    heap = heap_draw("..o~ o~ o~ o..o~ o~");
    memset(&of_thread, 0, sizeof of_thread);
    memset(&of_handler, 0, sizeof of_handler);
    is_broken = !keep(&of_handler, 2, IRQGC_FAIL_FAST);
    const unsigned long steps =
        flooded(thread_want, (flood_t){body_move, runs, every});
    print_message("alloc: %lu instructions with %lu runs of a handler that "
                  "moves\n",
                  steps, n_runs);
    assert_true(steps <= runs * every + 8000);
    assert_int_equal(of_thread.n, 1);
    assert_true(is_whole(&of_thread, 0) && is_whole(&of_handler, 0));
    assert_int_equal(irqgc_check(heap), 0);
    return n_runs;
}

// Whatever the thread finds is taken before it can claim it. When that ends, it
// gets the other place. Whether it lasts is for the number of instructions from
// the look to the claim: the places change after every so many.
static void test_an_allocation_ends_after_a_flood_that_moves(void **state) {
    (void)state;
    SKIP_UNLESS_STEPPING();
    unsigned long most = 0;
    for (unsigned long every = 1; every <= 5; every++) {
        for (unsigned long runs = 1; runs < 20000; runs = 3 * runs + 1) {
            const unsigned long n = runs_of_a_flood_that_moves(runs, every);
            most = n > most ? n : most;
        }
        if (most > 8000) {
            break;
        }
    }
    assert_true(most > 8000); // it did last
}

// ---- Two handlers, one after the other -------------------------------------
//
// An entry changes its tenant, and changes back, at two instructions, near each
// other, of whoever reads it: the pair that is read is of one of them.

enum { OURS = 3, THEIRS = 5, TIMES_KEY = 100 }; // a value tells its key

static irqgc_dict_t *dict;
static unsigned long visits[2]; // the instructions before which a handler comes

static bool on_visit(uintptr_t pc) {
    (void)pc;
    if (vic_priority() == 0) {
        n_steps++;
        if (n_steps == visits[0] || n_steps == visits[1]) {
            vic_raise(LINE);
        }
    }
    return n_steps < visits[1]; // the rest need not be seen
}

static void tenants_change(void *unused) {
    (void)unused;
    const bool is_ours = n_runs++ % 2 == 0;
    const uintptr_t leaves = is_ours ? OURS : THEIRS;
    const uintptr_t comes = is_ours ? THEIRS : OURS;
    is_broken |= irqgc_dict_delete(dict, leaves) != IRQGC_DICT_OK ||
                 irqgc_dict_set(dict, comes, TIMES_KEY * comes) != 0;
}

static void tenant_get(void *unused) {
    (void)unused;
    uintptr_t value = TIMES_KEY * OURS;
    is_broken |=
        irqgc_dict_get(dict, OURS, &value) != IRQGC_DICT_OK && n_runs == 0;
    is_broken |= value != TIMES_KEY * OURS;
}

static void tenant_next(void *unused) {
    (void)unused;
    irqgc_dict_iter_t at = {0};
    uintptr_t key;
    uintptr_t value;
    if (irqgc_dict_next(dict, &at, &key, &value)) { // there is one entry
        is_broken |= value != TIMES_KEY * key;
    }
}

// Returns how many instructions the reader took.
static unsigned long tenants_run(void (*reader)(void *)) {
    dict = irqgc_dict_new(heap, NULL, 0);
    picture_roots[0] = dict;
    assert_int_equal(irqgc_dict_set(dict, OURS, TIMES_KEY * OURS), 0);
    n_runs = n_steps = 0;
    is_broken = false;
    vic_connect(LINE, 1, tenants_change, NULL);
    trap_connect(on_visit, TRAP_ON_TOP);
    trap_through(reader, NULL);
    if (is_broken) {
        print_error("handlers before instructions %lu and %lu\n", visits[0],
                    visits[1]);
        fail();
    }
    return n_steps;
}

static void test_a_pair_is_of_one_tenant(void **state) {
    (void)state;
    SKIP_UNLESS_STEPPING();
    heap_new();
    roots_register(heap);
    void (*const readers[])(void *) = {tenant_get, tenant_next};
    for (unsigned i = 0; i < 2; i++) {
        bool is_over = false;
        for (unsigned long first = 1; !is_over; first++) {
            for (unsigned long gap_behind = 1; gap_behind < 16; gap_behind++) {
                visits[0] = first;
                visits[1] = first + gap_behind;
                is_over = tenants_run(readers[i]) < visits[0];
            }
        }
    }
}

// A handler that adds a root of its own while the thread adds one, before each
// instruction of that.
static irqgc_root_t nodes[2];
static void *ranges[2][1];

static void node_add(void *of) {
    const uintptr_t i = (uintptr_t)of;
    is_broken |= irqgc_root_add(heap, &nodes[i], ranges[i], sizeof ranges[i]) !=
                 IRQGC_OK;
}

static unsigned nodes_listed(void) {
    unsigned listed = 0;
    for (const irqgc_root_t *r = heap->roots; r != NULL; r = r->next) {
        listed = listed * 10 + (r == &nodes[0] ? 1 : 2);
    }
    return listed;
}

static void test_two_roots_at_once(void **state) {
    (void)state;
    SKIP_UNLESS_STEPPING();
    bool is_over = false;
    for (unsigned long at = 1; !is_over; at++) {
        heap_new();
        visits[0] = visits[1] = at;
        n_steps = 0;
        is_broken = false;
        vic_connect(LINE, 1, node_add, (void *)1);
        trap_connect(on_visit, TRAP_ON_TOP);
        trap_through(node_add, NULL);
        is_over = n_steps < at;
        assert_false(is_broken);
        const unsigned listed = nodes_listed();
        assert_true(listed == (is_over ? 1 : 12) || listed == 21);
    }
}

#endif

// ---- A handler that never gives back ---------------------------------------

static void hog(void) {
    for (word_t n = 2 * G; n > 0; n /= 2) {
        while (of_handler.n < MAX_KEPT && keep(&of_handler, n, 0)) {
        }
    }
}

// A chain of objects, each of which points to the one before, from a root.
static void hog_linked(void) {
    for (word_t n = G; n > 0; n /= 2) {
        void **object;
        while ((object = irqgc_alloc(heap, blocks_size(n), 0)) != NULL) {
            counts()->allocs++;
            irqgc_store(heap, &object[0], picture_roots[0]);
            irqgc_store(heap, &picture_roots[0], object);
        }
        counts()->failures++;
    }
}

static void fails_cleanly(void) {
    const irqgc_flags_t policies[] = {0, IRQGC_FAIL_FAST, IRQGC_SWEEP_ON,
                                      IRQGC_COLLECT};
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        assert_null(irqgc_alloc(heap, 1, policies[i]));
        assert_null(irqgc_realloc(heap, kept_object(&of_thread, 0),
                                  blocks_size(2), policies[i]));
        counts()->failures += 2;
        counts()->collects +=
            (policies[i] & (IRQGC_FAIL_FAST | IRQGC_SWEEP_ON)) ? 0 : 2;
        assert_true(is_whole(&of_thread, 0));
        assert_int_equal(irqgc_check(heap), 0);
        assert_true(heap->given == heap->taken);
    }
}

static void test_a_handler_that_keeps_all(void **state) {
    (void)state;
    heap_new();
    assert_true(keep(&of_thread, 1, 0));
    in_handler(hog);
    in_handler(hog); // another time: it gets nothing, nor the thread
    assert_true(of_handler.n < MAX_KEPT);
    fails_cleanly();

    // One comes back, and all is as before.
    const word_t n = of_handler.sizes[of_handler.n - 1] / IRQGC_BLOCK;
    assert_true(drop(&of_handler));
    assert_true(keep(&of_thread, n, 0));
    nothing_is_lost();
}

__attribute__((noinline)) static void roots_drop(void) {
    picture_roots[0] = NULL;
}

static void test_what_such_a_handler_drops_comes_back(void **state) {
    (void)state;
    heap_new();
    roots_register(heap);
    assert_true(keep(&of_thread, 1, 0));
    in_handler(hog_linked);
    fails_cleanly();
    roots_drop();
    nothing_is_lost();
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, heap_forget)

int main(void) {
    const struct CMUnitTest tests[] = {
#if defined(__x86_64__)
        TEST(what_ends_in_an_endless_flood),
        TEST(what_ends_with_the_flood),
        TEST(a_failure_ends_in_a_flood_that_takes),
        TEST(a_failure_ends_after_a_flood_that_gives),
        TEST(an_allocation_ends_after_a_flood_that_moves),
        TEST(a_pair_is_of_one_tenant),
        TEST(two_roots_at_once),
#endif
        TEST(a_handler_that_keeps_all),
        TEST(what_such_a_handler_drops_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
