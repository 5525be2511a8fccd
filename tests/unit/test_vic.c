// SPDX-License-Identifier: MIT
//
// The POSIX port: the interrupt controller, the mask and the stack scan.
//
// Four lines, A to D, write down what happens: a capital where a handler
// begins, the small letter where it ends, so that "ABba" is B nested in A and
// "AaBb" is B after A. A is the least urgent, C the most, D is as B.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants these first
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "irqgc/brk.h"
#include "port.h"
#include "vic.h"

#if defined(__x86_64__)
#include "trap.h"
#endif

enum { A = 1, B, C, D, N_LINES };

typedef struct {
    int priority;
    void (*body)(void); // may be NULL
} actor_t;

static actor_t actors[N_LINES] = {
    [A] = {.priority = 1},
    [B] = {.priority = 2},
    [C] = {.priority = 3},
    [D] = {.priority = 2},
};

static char text[256];
static atomic_uint text_length;
static volatile bool in_window;
static atomic_uint faults;
static const char *lowest_frame; // of handlers

static void write_down(char c) {
    const unsigned at = text_length++;
    if (at < sizeof text - 1) {
        text[at] = c;
    }
}

// Where the mask is open, what is more urgent has run.
static bool none_waits_above(int priority) {
    const unsigned pending = irqgc_posix_pending;
    for (unsigned line = A; line < N_LINES; line++) {
        if ((pending >> line & 1u) != 0 && actors[line].priority > priority) {
            return false;
        }
    }
    return true;
}

static bool is_as_in(const actor_t *a) {
    return !in_window && irqgc_posix_masked == 0 && port_in_handler() &&
           vic_priority() == a->priority && none_waits_above(a->priority);
}

static void act(void *arg) {
    const char *frame = __builtin_frame_address(0);
    lowest_frame = frame < lowest_frame ? frame : lowest_frame;
    const actor_t *a = arg;
    const char name = (char)(a - actors - A);
    const bool ok = is_as_in(a);
    write_down((char)('A' + name));
    if (a->body != NULL) {
        a->body();
    }
    write_down((char)('a' + name));
    if (!ok || !is_as_in(a)) {
        faults++;
    }
}

static void reset(void) {
    memset(text, 0, sizeof text);
    text_length = 0;
    faults = 0;
    lowest_frame = (const char *)UINTPTR_MAX;
    for (unsigned line = A; line < N_LINES; line++) {
        vic_connect(line, actors[line].priority, act, &actors[line]);
    }
}

static int setup(void **state) {
    (void)state;
    for (unsigned line = A; line < N_LINES; line++) {
        actors[line].body = NULL;
    }
    reset();
    return 0;
}

static bool line_adds_up(unsigned line) {
    vic_stats_t s;
    vic_stats(line, &s);
    return s.raised == s.run + s.lost;
}

static bool is_at_rest(void) {
    bool ok = irqgc_posix_masked == 0 && irqgc_posix_priority == 0 &&
              irqgc_posix_pending == 0 && faults == 0 && !port_in_handler();
    for (unsigned line = A; line < N_LINES; line++) {
        ok = ok && line_adds_up(line);
    }
    return ok;
}

static void expect(const char *story) {
    assert_string_equal(text, story);
    assert_true(is_at_rest());
}

static void raise_a(void) {
    vic_raise(A);
}
static void raise_b(void) {
    vic_raise(B);
}
static void raise_c(void) {
    vic_raise(C);
}
static void raise_d(void) {
    vic_raise(D);
}

// ---- Nesting ---------------------------------------------------------------

static void test_more_urgent_nests(void **state) {
    (void)state;
    actors[A].body = raise_b;
    actors[B].body = raise_c;
    vic_raise(A);
    expect("ABCcba");

    vic_stats_t s;
    vic_stats(C, &s);
    assert_int_equal(s.deepest, 3);
    vic_raise(A);
    vic_stats(A, &s);
    assert_int_equal(s.deepest, 1);
}

static void test_equal_waits(void **state) {
    (void)state;
    actors[B].body = raise_d;
    vic_raise(B);
    expect("BbDd");
}

static void test_less_urgent_waits(void **state) {
    (void)state;
    actors[C].body = raise_a;
    vic_raise(C);
    expect("CcAa");
}

// What waits for C is more urgent than A, so it does not wait for A too.
static void test_waits_no_longer_than_it_has_to(void **state) {
    (void)state;
    actors[A].body = raise_c;
    actors[C].body = raise_b;
    vic_raise(A);
    expect("ACcBba");
}

// Sends the line's signal, and waits for nothing but that it has arrived.
static void send(unsigned line) {
    assert_int_equal(raise(SIGRTMIN + (int)line), 0);
}

static void send_b(void) {
    send(B);
}

static void test_signals_nest(void **state) {
    (void)state;
    actors[A].body = send_b;
    send(A);
    expect("ABba");
}

static void send_own_once(void) {
    if (text_length == 1) {
        send(A);
        write_down(irqgc_posix_pending != 0 ? '.' : '?');
    }
}

// Pending in the controller, not in the kernel.
static void test_own_signal_is_not_blocked(void **state) {
    (void)state;
    actors[A].body = send_own_once;
    send(A);
    expect("A.aAa");
}

static void raise_own_once(void) {
    if (text_length == 1) {
        vic_raise(A);
    }
}

static void test_own_line_runs_again(void **state) {
    (void)state;
    actors[A].body = raise_own_once;
    vic_raise(A);
    expect("AaAa");
}

// ---- Masking ---------------------------------------------------------------

static void test_pending_while_masked(void **state) {
    (void)state;
    const port_irq_t outer = port_irq_save();
    const port_irq_t inner = port_irq_save();
    vic_raise(A);
    send(B); // a signal, that returns to a masked context
    assert_int_equal(irqgc_posix_masked, 1);
    port_irq_restore(inner);
    assert_int_equal(irqgc_posix_masked, 1);
    assert_string_equal(text, "");
    port_irq_restore(outer);
    expect("BbAa");
}

static void test_pending_order(void **state) {
    (void)state;
    const port_irq_t irq = port_irq_save();
    vic_raise(D);
    vic_raise(A);
    vic_raise(C);
    vic_raise(B);
    port_irq_restore(irq);
    expect("CcBbDdAa");
}

static void test_one_pending_bit(void **state) {
    (void)state;
    const port_irq_t irq = port_irq_save();
    vic_raise(A);
    vic_raise(A);
    vic_raise(A);
    port_irq_restore(irq);
    expect("Aa");

    vic_stats_t s;
    vic_stats(A, &s);
    assert_int_equal(s.raised, 3);
    assert_int_equal(s.run, 1);
    assert_int_equal(s.lost, 2);
}

static void raise_b_in_window(void) {
    const port_irq_t irq = port_irq_save();
    in_window = true;
    vic_raise(B);
    write_down('.');
    in_window = false;
    if (irqgc_posix_masked != 1) {
        faults++;
    }
    port_irq_restore(irq);
}

static void test_window_of_handler(void **state) {
    (void)state;
    actors[A].body = raise_b_in_window;
    vic_raise(A);
    expect("A.Bba");
}

static void test_mask_goes_back_to_what_it_was(void **state) {
    (void)state;
    assert_int_equal(port_irq_save(), 0);
    assert_int_equal(port_irq_save(), 1);
    port_irq_restore(1);
    assert_int_equal(irqgc_posix_masked, 1);
    port_irq_restore(0);
    assert_int_equal(irqgc_posix_masked, 0);
}

static void spoil_errno(void) {
    errno = EDOM;
}

static void test_errno_is_kept(void **state) {
    (void)state;
    actors[A].body = spoil_errno;
    errno = ERANGE;
    send(A);
    assert_int_equal(errno, ERANGE);
    const port_irq_t irq = port_irq_save();
    vic_raise(A);
    port_irq_restore(irq);
    assert_int_equal(errno, ERANGE);
    expect("AaAa");
}

// ---- Timers ----------------------------------------------------------------

static volatile long balance[2];

// Tears unless the window keeps all lines out.
static void transfer(void) {
    const port_irq_t irq = port_irq_save();
    const long from = balance[0];
    const long to = balance[1];
    if (from + to != 0) {
        faults++;
    }
    balance[0] = from - 1;
    balance[1] = to + 1;
    port_irq_restore(irq);
}

static bool has_run(unsigned line, unsigned long times) {
    vic_stats_t s;
    vic_stats(line, &s);
    return s.run >= times;
}

static void test_timers(void **state) {
    (void)state;
    for (unsigned line = A; line <= C; line++) {
        actors[line].body = transfer;
        assert_true(vic_timer_start(line, 1000));
    }
    const time_t limit = time(NULL) + 60;
    while (!(has_run(A, 50) && has_run(B, 50) && has_run(C, 50))) {
        transfer();
        assert_true(time(NULL) < limit);
    }
    for (unsigned line = A; line <= C; line++) {
        vic_timer_stop(line);
    }
    assert_true(is_at_rest());
}

static void wait_ms(long ms) {
    struct timespec left = {.tv_nsec = ms * 1000000};
    while (nanosleep(&left, &left) != 0) {
        // a signal has ended it early
    }
}

static void test_missed_periods_are_lost(void **state) {
    (void)state;
    sigset_t line_a;
    sigemptyset(&line_a);
    sigaddset(&line_a, SIGRTMIN + A);
    assert_int_equal(sigprocmask(SIG_BLOCK, &line_a, NULL), 0);
    assert_true(vic_timer_start(A, 1000));
    wait_ms(20);
    assert_int_equal(sigprocmask(SIG_UNBLOCK, &line_a, NULL), 0);
    vic_timer_stop(A);
    assert_true(is_at_rest());

    vic_stats_t s;
    vic_stats(A, &s);
    assert_true(s.lost > 10);
}

static void test_timer_stops(void **state) {
    (void)state;
    assert_true(vic_timer_start(A, 1000));
    vic_timer_stop(A);
    vic_stats_t before;
    vic_stats(A, &before);
    wait_ms(20);
    vic_stats_t after;
    vic_stats(A, &after);
    assert_int_equal(after.raised, before.raised);

    // It can be started anew, at the slowest rate too.
    assert_true(vic_timer_start(A, 1));
    vic_timer_stop(A);
}

// ---- More signals than there is time for ----------------------------------

enum { MANY = 5000, N_PRIORITIES = 3 };

// What so many handlers may take, each on top of a signal's frame, and one more
// frame: the kernel says how large one is at the most.
static ptrdiff_t stack_bound(void) {
    const unsigned long frame = getauxval(AT_MINSIGSTKSZ);
    return (N_PRIORITIES + 1) * (ptrdiff_t)((frame != 0 ? frame : 4096) + 4096);
}

static void lines_fill(sigset_t *set) {
    sigemptyset(set);
    for (unsigned line = A; line < N_LINES; line++) {
        sigaddset(set, SIGRTMIN + (int)line);
    }
}

// Signals of all lines, as many as the system takes. Returns how many of each.
static unsigned signals_queue(pid_t pid) {
    const union sigval value = {.sival_int = 0};
    unsigned n = 0;
    while (n < MANY / 4) {
        for (unsigned line = A; line < N_LINES; line++) {
            if (sigqueue(pid, SIGRTMIN + (int)line, value) != 0) {
                return n;
            }
        }
        n++;
    }
    return n;
}

static void expect_many(unsigned n, const char *top) {
    assert_true(is_at_rest());
    assert_in_range(lowest_frame, top - stack_bound(), top);
    for (unsigned line = A; line < N_LINES; line++) {
        vic_stats_t s;
        vic_stats(line, &s);
        assert_in_range(s.raised, n, n + 1);
        assert_in_range(s.run, 1, 3);
    }
}

static unsigned n_queued;

static void signals_come_at_once(void) {
    sigset_t set;
    sigset_t before;
    lines_fill(&set);
    sigprocmask(SIG_BLOCK, &set, &before);
    n_queued = signals_queue(getpid());
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void signals_come_once(void) {
    if (n_queued == 0) {
        signals_come_at_once();
    }
}

static void test_many_signals_at_once(void **state) {
    (void)state;
    signals_come_at_once();
    assert_true(n_queued > 500);
    expect_many(n_queued, __builtin_frame_address(0));
}

static void test_many_signals_in_a_handler(void **state) {
    (void)state;
    for (unsigned line = A; line < N_LINES; line++) {
        setup(NULL);
        n_queued = 0;
        actors[line].body = signals_come_once;
        send(line);
        assert_true(n_queued > 500);
        expect_many(n_queued, __builtin_frame_address(0));
    }
}

static void test_many_signals_in_a_window(void **state) {
    (void)state;
    const port_irq_t irq = port_irq_save();
    signals_come_at_once();
    assert_string_equal(text, "");
    port_irq_restore(irq);
    expect_many(n_queued, __builtin_frame_address(0));
    assert_string_equal(text, "CcBbDdAa");
}

// Of a child, which is stopped. Returns its exit status.
static int stop_and_flood(pid_t child, unsigned *n) {
    int status = 0;
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    assert_true(WIFSTOPPED(status));
    *n = signals_queue(child);
    kill(child, SIGCONT);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_many_signals_while_stopped(void **state) {
    (void)state;
    const char *top = __builtin_frame_address(0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        raise(SIGSTOP);
        _exit(is_at_rest() && lowest_frame > top - stack_bound() ? 0 : 1);
    }
    unsigned n = 0;
    assert_int_equal(stop_and_flood(child, &n), 0);
    assert_true(n > 500);
}

// The thread goes on, if slowly, and can end it.
static void test_timers_faster_than_signals(void **state) {
    (void)state;
    for (unsigned line = A; line <= C; line++) {
        actors[line].body = transfer;
        assert_true(vic_timer_start(line, 1000000));
    }
    const time_t limit = time(NULL) + 60;
    while (!(has_run(A, 100) && has_run(B, 100) && has_run(C, 100))) {
        transfer();
        assert_true(time(NULL) < limit);
    }
    for (unsigned line = A; line <= C; line++) {
        vic_timer_stop(line);
    }
    assert_true(is_at_rest());
    vic_stats_t s;
    vic_stats(A, &s);
    assert_true(s.lost > s.run);
    const char *top = __builtin_frame_address(0);
    assert_in_range(lowest_frame, top - stack_bound(), top);
}

// ---- Stack -----------------------------------------------------------------

static uintptr_t wanted; // the complement: it must not be found by itself
static bool is_found;
static const char *scan_low;
static const char *scan_high;
static const char *above_all_frames;

__attribute__((no_sanitize("address"))) static void
look_for_wanted(void *arg, const void *low, const void *high) {
    (void)arg;
    scan_low = low;
    scan_high = high;
    const uintptr_t *word = low;
    for (; word < (const uintptr_t *)high; word++) {
        is_found = is_found || *word == ~wanted;
    }
}

static void test_scan_covers_frames(void **state) {
    (void)state;
    const volatile uintptr_t local = ~(wanted = 0x1d0c4a11);
    is_found = false;
    port_scan_stacks(look_for_wanted, NULL);
    assert_true(is_found);
    assert_true(scan_low < (const char *)__builtin_frame_address(0));
    assert_true(scan_high > above_all_frames);
    (void)local;
}

#if defined(__x86_64__)

// Calls scan_it with the complement of the argument in one register alone.
#define DEFINE_CALL_WITH(reg)                                                  \
    __asm__(".text\n"                                                          \
            ".type call_with_" #reg ", @function\n"                            \
            "call_with_" #reg ":\n"                                            \
            "    push %" #reg "\n"                                             \
            "    mov %rdi, %" #reg "\n"                                        \
            "    not %" #reg "\n"                                              \
            "    call scan_it\n"                                               \
            "    pop %" #reg "\n"                                              \
            "    ret\n");                                                      \
    void call_with_##reg(uintptr_t complement)

DEFINE_CALL_WITH(rbx);
DEFINE_CALL_WITH(rbp);
DEFINE_CALL_WITH(r12);
DEFINE_CALL_WITH(r13);
DEFINE_CALL_WITH(r14);
DEFINE_CALL_WITH(r15);

__attribute__((used)) void scan_it(void);
void scan_it(void) {
    is_found = false;
    port_scan_stacks(look_for_wanted, NULL);
}

static void test_scan_covers_saved_registers(void **state) {
    (void)state;
    void (*const calls[])(uintptr_t) = {
        call_with_rbx, call_with_rbp, call_with_r12,
        call_with_r13, call_with_r14, call_with_r15,
    };
    scan_it();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        wanted = 0x5eed0000 + i; // a new one: no old copy is found
        scan_it();
        assert_false(is_found);
        calls[i](wanted);
        if (!is_found) {
            print_error("register %zu of calls[] is not scanned\n", i);
        }
        assert_true(is_found);
    }
}

// A breakpoint with the complement in a scratch register, and one with it in
// the red zone.
__asm__(".text\n"
        ".type break_with_r11, @function\n"
        "break_with_r11:\n"
        "    mov %rdi, %r11\n"
        "    not %r11\n"
        "    int3\n"
        "    ret\n"
        ".type break_with_red_zone, @function\n"
        "break_with_red_zone:\n"
        "    not %rdi\n"
        "    mov %rdi, -120(%rsp)\n"
        "    xor %edi, %edi\n"
        "    int3\n"
        "    movq $0, -120(%rsp)\n"
        "    ret\n");
void break_with_r11(uintptr_t complement);
void break_with_red_zone(uintptr_t complement);

static void on_signal_do(int signal, void (*f)(int, siginfo_t *, void *)) {
    struct sigaction action = {
        .sa_sigaction = f,
        .sa_flags = SA_SIGINFO | SA_NODEFER,
    };
    sigemptyset(&action.sa_mask);
    assert_int_equal(sigaction(signal, &action, NULL), 0);
}

static void on_break(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info, (void)context;
    scan_it();
}

static void test_scan_covers_interrupted_context(void **state) {
    (void)state;
    on_signal_do(SIGTRAP, on_break);
    is_found = false;
    break_with_r11(wanted = 0x0ff1ce11);
    assert_true(is_found);
    is_found = false;
    break_with_red_zone(wanted = 0x0ff1ce22);
    assert_true(is_found);
}

// ---- Every instruction -----------------------------------------------------

// What is raised: the first line before each instruction of the operation and
// of all that runs in it, the second, if there is one, before each `stride`-th
// that follows. From there on the test goes on in a process of its own, so that
// nothing is stepped through anew for each.
enum { FAILED = 255 };
static unsigned lines[2];
static unsigned n_lines, n_raised;
static long stride, n_steps, next_step;
static bool has_failed;
static unsigned long seen; // stories that came of it, a bit for each

static void child_wait(pid_t child) {
    int status = 0;
    const bool has_ended =
        child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status);
    if (!has_ended || WEXITSTATUS(status) == FAILED) {
        has_failed = true;
    } else {
        seen |= 1ul << WEXITSTATUS(status);
    }
}

// In the process that goes on from here. True iff there is more to raise, which
// a process that has begun in the middle of this may have done.
static bool line_raise(void) {
    const unsigned line = lines[n_raised++];
    if (n_raised < n_lines) { // another phase for each first instruction
        next_step = n_steps + 1 + n_steps * 7 % stride;
        trap_flag_set();
    }
    vic_raise(line);
    trap_flag_clear();
    return n_raised < n_lines;
}

static bool on_step(uintptr_t pc) {
    (void)pc;
    n_steps++;
    if (n_lines == 0 || n_steps < next_step) {
        return true;
    }
    next_step += n_raised == 0 ? 1 : stride;
    const pid_t child = fork();
    if (child == 0) {
        return line_raise();
    }
    child_wait(child);
    return true;
}

static void step_through(void (*operation)(void)) {
    reset();
    n_steps = 0;
    n_raised = 0;
    next_step = 1;
    has_failed = false;
    seen = 0;
    trap_flag_set();
    operation();
    trap_flag_clear();
}

// Each handler begins in a less urgent one and ends before that does.
static bool story_is_nested(void) {
    int stack[16] = {0};
    int depth = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '.') {
            continue;
        }
        const int line = (*c | 0x20) - 'a' + A;
        const bool begins = *c < 'a';
        if (begins && depth < 15 &&
            actors[line].priority > actors[stack[depth]].priority) {
            stack[++depth] = line;
        } else if (!begins && stack[depth] == line) {
            depth--;
        } else {
            return false;
        }
    }
    return depth == 0;
}

// How the story is called among these, or 0 if any sound one will do; FAILED if
// it is none of them.
static int story_name(const char *const *stories) {
    for (int i = 0; stories != NULL && stories[i] != NULL; i++) {
        if (strcmp(text, stories[i]) == 0) {
            return i;
        }
    }
    return stories == NULL ? 0 : FAILED;
}

// What a process ends with that has raised a line.
static int outcome(const char *const *stories) {
    bool all_ran = true;
    for (unsigned i = 0; i < n_raised; i++) {
        all_ran = all_ran && has_run(lines[i], 1);
    }
    const int name = story_name(stories);
    if (is_at_rest() && story_is_nested() && all_ran && name != FAILED) {
        return has_failed ? FAILED : name;
    }
    print_error("%u raised, the last by step %ld: \"%s\"%s\n", n_raised,
                n_steps, text, is_at_rest() ? "" : ", not at rest");
    return FAILED;
}

static long stride_given(void) {
    const char *given = getenv("STRIDE");
    return given != NULL ? strtol(given, NULL, 10) : 61;
}

static void skip_unless_stepping(void) {
    if (stride_given() == 0) {
        skip();
    }
    trap_connect(on_step, TRAP_ON_TOP);
    n_lines = 0;
    step_through(raise_b_in_window); // binds what is bound lazily
    if (n_steps == 0) {
        skip(); // valgrind has no trap flag
    }
    assert_true(n_steps > 50);
}

static void raise_lines(void (*operation)(void), const char *const *stories) {
    step_through(operation);
    if (n_raised > 0) {
        _exit(outcome(stories));
    }
    assert_false(has_failed);
    assert_true(n_steps > 0);
}

// All stories that may come out must come out.
static void raise_everywhere(void (*operation)(void), unsigned line,
                             const char *const *stories) {
    lines[0] = line;
    n_lines = 1;
    raise_lines(operation, stories);
    unsigned long all = 0;
    for (int i = 0; stories[i] != NULL; i++) {
        all |= 1ul << i;
    }
    assert_int_equal(seen, all);
}
#define STORIES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void window(void) {
    const port_irq_t irq = port_irq_save();
    in_window = true;
    write_down('.');
    in_window = false;
    if (irqgc_posix_masked != 1) {
        faults++;
    }
    port_irq_restore(irq);
}

static void test_steps_of_window(void **state) {
    (void)state;
    skip_unless_stepping();
    raise_everywhere(window, A, STORIES("Aa.", ".Aa"));
}

// The window of the thread, then the dispatcher, which runs B.
static void test_steps_of_dispatch(void **state) {
    (void)state;
    skip_unless_stepping();
    raise_everywhere(raise_b_in_window, C,
                     STORIES("Cc.Bb", ".CcBb", ".BCcb", ".BbCc"));
    raise_everywhere(raise_b_in_window, D, STORIES("Dd.Bb", ".BbDd"));
    raise_everywhere(raise_b_in_window, A, STORIES("Aa.Bb", ".BbAa"));
    raise_everywhere(raise_b_in_window, B, STORIES("Bb.Bb", ".Bb", ".BbBb"));
}

// The same two, in a handler.
static void test_steps_of_handler(void **state) {
    (void)state;
    skip_unless_stepping();
    actors[A].body = raise_b_in_window;
    raise_everywhere(raise_a, C,
                     STORIES("CcA.Bba", "ACc.Bba", "A.CcBba", "A.BCcba",
                             "A.BbCca", "A.BbaCc"));
    raise_everywhere(raise_a, D,
                     STORIES("DdA.Bba", "ADd.Bba", "A.BbDda", "A.BbaDd"));
    actors[A].body = window;
    raise_everywhere(raise_a, A, STORIES("A.aA.a", "A.a"));
}

// Two lines at pairs of instructions, in the dispatcher of B, of the first
// line, and in their handlers. All pairs take minutes, so it is every n-th;
// STRIDE=1 has it do all, and STRIDE=0 leaves out all tests at single steps.
static void raise_pairs(unsigned first, unsigned second) {
    lines[0] = first;
    lines[1] = second;
    n_lines = 2;
    raise_lines(raise_b_in_window, NULL);
}

static void test_pairs_of_steps(void **state) {
    (void)state;
    skip_unless_stepping();
    stride = stride_given();
    raise_pairs(A, C);
    raise_pairs(C, D);
}

// ---- No signal on top of one that is over ----------------------------------

// From the end of A's handler on, or of a delivery's, each instruction in turn:
// there comes another signal of A, and so for a few generations.
enum { GENERATIONS = 4 };
static struct {
    long at, n_steps;
    unsigned n_begun;
    bool fires;
    const char *frame;
    ptrdiff_t piled; // from the first generation's frame to the deepest
} pile;

static bool on_pile_step(uintptr_t pc) {
    (void)pc;
    pile.n_steps++;
    if (pile.n_steps != pile.at) {
        return pile.n_steps < pile.at;
    }
    pile.fires = true;
    send(A);
    return false;
}

static void generation_end(void) {
    const char *frame = __builtin_frame_address(0);
    pile.frame = pile.n_begun == 0 ? frame : pile.frame;
    if (pile.piled < pile.frame - frame) {
        pile.piled = pile.frame - frame;
    }
    if (++pile.n_begun < GENERATIONS) {
        pile.n_steps = 0;
        trap_flag_set();
    }
}

// Neither the handlers nor what follows is any deeper than the first.
static void expect_no_pile(void) {
    trap_connect(on_pile_step, TRAP_ON_TOP);
    for (long k = 1; pile.fires || k == 1; k++) {
        reset();
        memset(&pile, 0, sizeof pile);
        pile.at = k;
        send(A);
        trap_flag_clear();
        if (pile.piled != 0 || !is_at_rest()) {
            print_error("signal at step %ld: %u generations on %td bytes\n", k,
                        pile.n_begun, pile.piled);
            fail();
        }
        assert_int_equal(pile.n_begun, pile.fires ? GENERATIONS : 1);
    }
}

static void test_no_handler_on_top_of_one_that_is_over(void **state) {
    (void)state;
    skip_unless_stepping();
    actors[A].body = generation_end;
    expect_no_pile();
}

static void on_delivery(void *unused) {
    (void)unused;
    generation_end();
}

static void test_no_delivery_on_top_of_one_that_is_over(void **state) {
    (void)state;
    skip_unless_stepping();
    static char memory[4096];
    const irqgc_region_t region = {memory, sizeof memory};
    irqgc_brk_config_t breaks = {.deliver = on_delivery, .asynchronous = 1};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    assert_int_equal(irqgc_init(&breaks.heap, &config), IRQGC_OK);
    assert_int_equal(irqgc_brk_init(&breaks), IRQGC_OK);
    actors[A].body = irqgc_brk_request;
    expect_no_pile();
}

#endif

int main(int argc, char **argv) {
    (void)argc;
    above_all_frames = (const char *)argv;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_more_urgent_nests, setup),
        cmocka_unit_test_setup(test_equal_waits, setup),
        cmocka_unit_test_setup(test_less_urgent_waits, setup),
        cmocka_unit_test_setup(test_waits_no_longer_than_it_has_to, setup),
        cmocka_unit_test_setup(test_signals_nest, setup),
        cmocka_unit_test_setup(test_own_signal_is_not_blocked, setup),
        cmocka_unit_test_setup(test_own_line_runs_again, setup),
        cmocka_unit_test_setup(test_pending_while_masked, setup),
        cmocka_unit_test_setup(test_pending_order, setup),
        cmocka_unit_test_setup(test_one_pending_bit, setup),
        cmocka_unit_test_setup(test_window_of_handler, setup),
        cmocka_unit_test_setup(test_mask_goes_back_to_what_it_was, setup),
        cmocka_unit_test_setup(test_errno_is_kept, setup),
        cmocka_unit_test_setup(test_timers, setup),
        cmocka_unit_test_setup(test_missed_periods_are_lost, setup),
        cmocka_unit_test_setup(test_timer_stops, setup),
        cmocka_unit_test_setup(test_many_signals_at_once, setup),
        cmocka_unit_test_setup(test_many_signals_in_a_handler, setup),
        cmocka_unit_test_setup(test_many_signals_in_a_window, setup),
        cmocka_unit_test_setup(test_many_signals_while_stopped, setup),
        cmocka_unit_test_setup(test_timers_faster_than_signals, setup),
        cmocka_unit_test(test_scan_covers_frames),
#if defined(__x86_64__)
        cmocka_unit_test(test_scan_covers_saved_registers),
        cmocka_unit_test(test_scan_covers_interrupted_context),
        cmocka_unit_test_setup(test_steps_of_window, setup),
        cmocka_unit_test_setup(test_steps_of_dispatch, setup),
        cmocka_unit_test_setup(test_steps_of_handler, setup),
        cmocka_unit_test_setup(test_pairs_of_steps, setup),
        cmocka_unit_test_setup(test_no_handler_on_top_of_one_that_is_over,
                               setup),
        cmocka_unit_test_setup(test_no_delivery_on_top_of_one_that_is_over,
                               setup),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
