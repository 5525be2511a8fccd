// SPDX-License-Identifier: MIT
//
// The torture kit. With arguments this program is one that uses the kit, with
// the scenarios below; without, it tests the kit by calling itself.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants these first
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "irqgc/irqgc.h"
#include "irqgc/torture.h"
#include "irqgc_port.h"
#include "vic.h"

#if defined(__x86_64__)

// ---- Scenarios: a counter --------------------------------------------------

static volatile unsigned counter;
static volatile unsigned n_counts; // that were meant to be counted
static volatile unsigned n_masked; // handlers that ran in a masked window

// A read, a change and a write: interrupted before the second or the third, but
// not the first or the fourth, it loses what the handler counts.
__asm__(".text\n"
        ".type count_in_four, @function\n"
        "count_in_four:\n"
        "    mov counter(%rip), %eax\n"
        "    add $1, %eax\n"
        "    mov %eax, counter(%rip)\n"
        "    ret\n");
void count_in_four(void *unused);

static void count_setup(void *unused) {
    (void)unused;
    counter = 0;
    n_counts = 1;
}

static void count_masked(void *unused) {
    const port_irq_t irq = port_irq_save();
    count_in_four(unused);
    port_irq_restore(irq);
}

static void count_in_handler(void *unused) {
    (void)unused;
    n_masked += irqgc_posix_masked != 0 || vic_priority() == 0;
    __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED); // one instruction
    __atomic_fetch_add(&n_counts, 1, __ATOMIC_RELAXED);
}

// Its race is with a handler that comes in the middle of it.
static void count_racily(void *unused) {
    __atomic_fetch_add(&n_counts, 1, __ATOMIC_RELAXED);
    count_in_four(unused);
}

static const char *count_check(void *unused) {
    (void)unused;
    if (n_masked > 0) {
        return "a handler in a masked window";
    }
    return counter == n_counts ? NULL : "a count is lost";
}

// As it is called, for there to be a line that the kit does not use.
static void count_on_line(void *unused) {
    __atomic_fetch_add(&n_counts, 1, __ATOMIC_RELAXED);
    count_in_four(unused);
}

static void raise_setup(void *unused) {
    count_setup(unused);
    counter = 1;
    vic_connect(0, 1, count_on_line, NULL);
}

static void raise_line(void *unused) {
    (void)unused;
    vic_raise(0);
}

static volatile unsigned sink;

static void loop(unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        sink++;
    }
}

// Sees a request that waits for the end of its window.
static volatile bool is_seen;

static void look_masked(void *unused) {
    (void)unused;
    const port_irq_t irq = port_irq_save();
    loop(3);
    is_seen = irqgc_posix_pending != 0;
    port_irq_restore(irq);
}

static const char *look_check(void *unused) {
    (void)unused;
    return is_seen && counter == 1 ? "it waited, and ran" : NULL;
}

// Opens its window without a look at what waits for that.
static void count_in_bad_window(void *unused) {
    irqgc_posix_open();
    count_in_four(unused);
    irqgc_posix_close(0);
}

// ---- Scenarios: a heap -----------------------------------------------------

static irqgc_t *heap;
static void *volatile kept;

static void heap_setup(void *unused) {
    (void)unused;
    static char memory[4096];
    const irqgc_region_t region = {memory, sizeof memory};
    irqgc_init(&heap, &(irqgc_config_t){.regions = &region, .n_regions = 1});
}

static void heap_alloc(void *unused) {
    (void)unused;
    kept = irqgc_alloc(heap, 40, IRQGC_HELD);
}

static void heap_use(void *unused) {
    (void)unused;
    void *const object = irqgc_alloc(heap, 40, 0);
    irqgc_collect(heap);
    irqgc_free(heap, object);
}

static const char *heap_check(void *unused) {
    (void)unused;
    const bool sound = irqgc_check(heap) == 0 && irqgc_size(heap, kept) >= 40;
    return sound ? NULL : "a broken heap";
}

// ---- Scenarios that cannot be tested, or fail otherwise --------------------

static volatile bool is_interrupted;

static void loop_by_process(void *unused) {
    (void)unused;
    loop((unsigned)getpid() % 500);
}

static void loop_for_ever(void *unused) {
    (void)unused;
    for (;;) {
        sink++;
    }
}

static void loop_if_interrupted(void *unused) {
    (void)unused;
    loop(1);
    while (is_interrupted) {
        sink++;
    }
}

static void crash_if_interrupted(void *unused) {
    (void)unused;
    loop(1);
    if (is_interrupted) {
        __builtin_trap();
    }
}

static void exit_if_interrupted(void *unused) {
    (void)unused;
    loop(1);
    if (is_interrupted) {
        _exit(0);
    }
}

static void leave_masked(void *unused) {
    (void)unused;
    const port_irq_t irq = port_irq_save();
    (void)irq;
}

static void sleep_for_ever(void *unused) {
    (void)unused;
    while (irqgc_posix_priority != 0) {
        sink++;
    }
}

static void nothing(void *unused) {
    (void)unused;
}

static void interrupt(void *unused) {
    (void)unused;
    is_interrupted = true;
}

static const char *agree(void *unused) {
    (void)unused;
    return NULL;
}

static const char *disagree(void *unused) {
    (void)unused;
    return "never satisfied";
}

static const irqgc_torture_handler_t counting[] = {{"count", count_in_handler}};
static const irqgc_torture_handler_t racing[] = {{"race", count_racily},
                                                 {"count", count_in_handler}};
static const irqgc_torture_handler_t using_heap[] = {{"use", heap_use}};
static const irqgc_torture_handler_t interrupting[] = {
    {"interrupt", interrupt}};
static const irqgc_torture_handler_t moody[] = {{"moody", loop_by_process}};
static const irqgc_torture_handler_t endless[] = {{"endless", sleep_for_ever}};

#define HANDLERS(list)                                                         \
    .handlers = (list), .n_handlers = sizeof(list) / sizeof *(list)
static const irqgc_torture_scenario_t scenarios[] = {
    {.name = "four",
     .setup = count_setup,
     .operation = count_in_four,
     .check = count_check,
     HANDLERS(counting)},
    {.name = "masked",
     .setup = count_setup,
     .operation = count_masked,
     .check = count_check,
     HANDLERS(counting)},
    {.name = "bad-window",
     .setup = count_setup,
     .operation = count_in_bad_window,
     .check = count_check,
     HANDLERS(counting)},
    {.name = "waiting",
     .operation = look_masked,
     .check = look_check,
     HANDLERS(counting)},
    {.name = "own-line",
     .setup = raise_setup,
     .operation = raise_line,
     .check = count_check,
     HANDLERS(counting)},
    {.name = "pairs",
     .setup = count_setup,
     .operation = count_masked,
     .check = count_check,
     HANDLERS(racing)},
    {.name = "heap",
     .setup = heap_setup,
     .operation = heap_alloc,
     .check = heap_check,
     HANDLERS(using_heap)},
    {.name = "moody",
     .operation = loop_by_process,
     .check = agree,
     HANDLERS(counting)},
    {.name = "moody-handler",
     .operation = nothing,
     .check = agree,
     HANDLERS(moody)},
    {.name = "endless",
     .operation = loop_for_ever,
     .check = agree,
     HANDLERS(counting)},
    {.name = "endless-handler",
     .operation = nothing,
     .check = agree,
     HANDLERS(endless)},
    {.name = "wrong",
     .operation = nothing,
     .check = disagree,
     HANDLERS(counting)},
    {.name = "left-masked",
     .operation = leave_masked,
     .check = agree,
     HANDLERS(counting)},
    {.name = "hangs",
     .operation = loop_if_interrupted,
     .check = agree,
     HANDLERS(interrupting)},
    {.name = "crashes",
     .operation = crash_if_interrupted,
     .check = agree,
     HANDLERS(interrupting)},
    {.name = "exits",
     .operation = exit_if_interrupted,
     .check = agree,
     HANDLERS(interrupting)},
};
enum { N_SCENARIOS = sizeof scenarios / sizeof *scenarios };

// One scenario that the kit refuses to begin with.
static int refused(const char *how, int argc, char **argv) {
    int on_stack = 0;
    irqgc_torture_scenario_t s = scenarios[0];
    if (strcmp(how, "no-operation") == 0) {
        s.operation = NULL;
    } else if (strcmp(how, "no-check") == 0) {
        s.check = NULL;
    } else if (strcmp(how, "no-handlers") == 0) {
        s.n_handlers = 0;
    } else if (strcmp(how, "bad-name") == 0) {
        s.name = "two words";
    } else {
        s.context = &on_stack;
    }
    return irqgc_torture(argc, argv, &s, 1);
}

// ---- Calling the kit -------------------------------------------------------

static char output[16384];

// Runs a command; returns its exit status. What it prints is in `output`.
static int command(const char *text) {
    char whole[512];
    snprintf(whole, sizeof whole, "%s 2>&1", text);
    FILE *const p = popen(whole, "r");
    assert_non_null(p);
    const size_t n = fread(output, 1, sizeof output - 1, p);
    output[n] = '\0';
    const int status = pclose(p);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

// Its own program, by a name that replay lines can use.
static const char *own_path(void) {
    static char path[256];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    assert_true(n > 0);
    return path;
}

static int torture(const char *options) {
    char text[512];
    snprintf(text, sizeof text, "%s %s", own_path(), options);
    return command(text);
}

static void expect_text(const char *text) {
    if (strstr(output, text) == NULL) {
        print_error("no \"%s\" in:\n%s", text, output);
        fail();
    }
}

static void expect_no_text(const char *text) {
    if (strstr(output, text) != NULL) {
        print_error("\"%s\" in:\n%s", text, output);
        fail();
    }
}

static unsigned times(const char *text) {
    unsigned n = 0;
    for (const char *s = output; (s = strstr(s, text)) != NULL; s++) {
        n++;
    }
    return n;
}

static void expect_status(int status, int wanted) {
    if (status != wanted) {
        print_error("exit status %d, not %d:\n%s", status, wanted, output);
        fail();
    }
}

// The first line that replays a failure, without what is before the command.
static void replay_line(char *line, size_t size, const char *label) {
    const char *const at = strstr(output, label);
    assert_non_null(at);
    const size_t n = strcspn(at, "\n") - strlen(label);
    assert_true(n < size);
    memcpy(line, at + strlen(label), n);
    line[n] = '\0';
}

static void expect_replay(const char *scenario, const char *failure) {
    char line[512];
    expect_status(torture(scenario), 1);
    replay_line(line, sizeof line, "  replay: ");
    expect_status(command(line), 1);
    expect_text(failure);
    expect_text(" 1 points,");
    expect_text(line); // and it says how again
}

// ---- Tests -----------------------------------------------------------------

// Before its instructions 2 and 3, and nowhere else.
static void test_finds_a_race_in_its_window(void **state) {
    (void)state;
    expect_status(torture("--scenario four"), 1);
    assert_int_equal(times("FAILED four: a count is lost"), 2);
    assert_int_equal(times("  replay: "), 2);
    expect_text("--scenario four --handler count --point 2\n");
    expect_text("--scenario four --handler count --point 3\n");
    expect_text(", 4 points, 4 distinct, 2 failures, 0 untestable");
}

static void test_keeps_out_of_masked_windows(void **state) {
    (void)state;
    expect_status(torture("--scenario masked"), 0);
    expect_text(", 0 failures, 0 untestable");
}

// One point, and no more, has the request come in the window. It runs, later.
static void test_requests_in_masked_windows(void **state) {
    (void)state;
    expect_status(torture("--scenario waiting"), 1);
    assert_int_equal(times("FAILED waiting: it waited, and ran"), 1);
    expect_replay("--scenario waiting", "FAILED waiting: it waited, and ran");
}

static void test_finds_windows_that_keep_handlers_out_for_good(void **state) {
    (void)state;
    expect_status(torture("--scenario bad-window"), 1);
    assert_int_equal(times("FAILED bad-window: a window's end runs no"), 1);
}

// A handler of the operation's own is part of it.
static void test_interrupts_the_operations_handlers(void **state) {
    (void)state;
    expect_status(torture("--scenario own-line"), 1);
    assert_int_equal(times("FAILED own-line: a count is lost"), 2);
}

static void test_nests_at_depth_2(void **state) {
    (void)state;
    expect_status(torture("--scenario pairs"), 0);
    expect_status(
        torture("--scenario pairs --depth 2 --handler race --handler2 count"),
        1);
    expect_text("--handler race --point 1 --handler2 count --point2 ");
    expect_no_text("--handler count");
    expect_status(
        torture("--scenario pairs --depth 2 --handler count --handler2 race"),
        0);
}

static void test_replays(void **state) {
    (void)state;
    expect_replay("--scenario four", "FAILED four: a count is lost");
    expect_replay("--scenario crashes",
                  "FAILED crashes: crashes: Illegal instruction");
    expect_replay("--scenario exits", "FAILED exits: exits with status 0");

    char line[512];
    expect_status(torture("--scenario pairs --depth 2 --handler race"), 1);
    expect_text("--handler2 race");
    expect_text("--handler2 count");
    replay_line(line, sizeof line, "  replay: ");
    assert_non_null(strstr(line, "--point2"));
    expect_status(command(line), 1);
    expect_text("FAILED pairs: a count is lost");
    expect_text(" 2 points,");
}

// Only the points that fail do.
static void test_replays_what_passes(void **state) {
    (void)state;
    expect_status(torture("--scenario four --handler count --point 1"), 0);
    expect_status(torture("--scenario four --handler count --point 2"), 1);
    expect_status(torture("--scenario four --handler count --point 4"), 0);
    expect_status(torture("--scenario four --handler count --point 5"), 2);
    expect_text("has no such point");
}

static void test_replays_in_gdb(void **state) {
    (void)state;
    if (system("gdb -batch -ex run --args true >/dev/null 2>&1") != 0) {
        skip();
    }
    char line[512];
    char text[600];
    expect_status(torture("--scenario four"), 1);
    replay_line(line, sizeof line, "  debug:  gdb ");
    char *const program = strstr(line, " --args ");
    assert_non_null(program);
    *program = '\0';
    snprintf(text, sizeof text, "gdb -batch %s -ex 'x/i $pc' -ex 'c' --args %s",
             line, program + strlen(" --args "));
    command(text);
    expect_text("add    $0x1,%eax"); // the second instruction is to come
    expect_text("FAILED four: a count is lost");
}

static void test_interrupts_the_heap(void **state) {
    (void)state;
    expect_status(torture("--scenario heap"), 0);
    long instructions = 0;
    long points = 0;
    const char *const line = strstr(output, "\nheap");
    assert_non_null(line);
    assert_int_equal(sscanf(line, " heap %ld %ld", &instructions, &points), 2);
    assert_true(instructions > 100 && points > 60);
}

// Twice the same, to the point.
static void test_samples(void **state) {
    (void)state;
    static char before[sizeof output];
    const char *const options =
        "--scenario heap --depth 2 --seconds 1 --seed 7 --quiet";
    expect_status(torture(options), 0);
    strcpy(before, output);
    *strstr(before, "0 untestable") = '\0';
    expect_status(torture(options), 0);
    *strstr(output, "0 untestable") = '\0';
    assert_string_equal(before, output);
}

static void expect_untestable(const char *scenario, const char *why) {
    char options[128];
    char text[256];
    snprintf(options, sizeof options, "--scenario %s --instructions 50000",
             scenario);
    expect_status(torture(options), 2);
    snprintf(text, sizeof text, "UNTESTABLE %s: %s", scenario, why);
    expect_text(text);
    expect_text(" 0 failures, 1 untestable");
}

static void test_says_what_it_cannot_test(void **state) {
    (void)state;
    expect_untestable("moody", "the operation is not deterministic: two runs "
                               "differ in instruction ");
    expect_text("  first: 0x");
    expect_text("  then: ");
    expect_untestable("moody-handler", "handler moody is not deterministic");
    expect_untestable("endless", "the operation does not end within 50000 "
                                 "instructions");
    expect_untestable("endless-handler", "handler endless does not end within");
    expect_untestable("wrong", "fails without any interrupt: never satisfied");
    expect_untestable("left-masked", "fails without any interrupt: interrupts "
                                     "are left masked");
}

static void test_finds_what_hangs(void **state) {
    (void)state;
    expect_status(torture("--scenario hangs --handler interrupt --point 1"), 1);
    expect_text("FAILED hangs: it does not end");
}

static void test_refuses(void **state) {
    (void)state;
    static const char *const wrong[][2] = {
        {"--scenario none", "no such scenario"},
        {"--scenario four --handler none", "no such handler"},
        {"--depth 3", "not a number from 1 to 2: 3"},
        {"--point 0", "not a number"},
        {"--point 1", "--point needs --scenario"},
        {"--scenario four --point 1", "--point needs --handler"},
        {"four", "unknown argument four"},
        {"--frequency 3", "unrecognized option"},
        {"refused no-operation", "has no operation"},
        {"refused no-check", "has no check"},
        {"refused no-handlers", "has no handlers"},
        {"refused bad-name", "has no name of its own"},
        {"refused on-stack", "has its context on the stack"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        expect_status(torture(wrong[i][0]), 2);
        expect_text(wrong[i][1]);
    }
}

static void test_lists(void **state) {
    (void)state;
    expect_status(torture("--list"), 0);
    expect_text("pairs\n  race\n  count\n");
}

int main(int argc, char **argv) {
    if (argc > 2 && strcmp(argv[1], "refused") == 0) {
        return refused(argv[2], 1, argv);
    }
    if (argc > 1) {
        return irqgc_torture(argc, argv, scenarios, N_SCENARIOS);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_a_race_in_its_window),
        cmocka_unit_test(test_keeps_out_of_masked_windows),
        cmocka_unit_test(test_requests_in_masked_windows),
        cmocka_unit_test(test_finds_windows_that_keep_handlers_out_for_good),
        cmocka_unit_test(test_interrupts_the_operations_handlers),
        cmocka_unit_test(test_nests_at_depth_2),
        cmocka_unit_test(test_replays),
        cmocka_unit_test(test_replays_what_passes),
        cmocka_unit_test(test_replays_in_gdb),
        cmocka_unit_test(test_interrupts_the_heap),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_says_what_it_cannot_test),
        cmocka_unit_test(test_finds_what_hangs),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) {
    return 0; // the kit is for x86-64
}

#endif
