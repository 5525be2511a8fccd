// SPDX-License-Identifier: MIT
//
// Traps by breakpoints come before the same instructions as those by the flag,
// whatever comes between, and leave the code as it was.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants these first
#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)

#include "decode.h"
#include "trap.h"

// ---- Operations ------------------------------------------------------------

static volatile unsigned sink;

// What compilers make, and what they do not.
__asm__(".text\n"
        ".type all_kinds, @function\n"
        "all_kinds:\n"
        "    push %rbp\n"
        "    mov %rsp, %rbp\n"
        "    push %rbx\n"
        "    push %r12\n"
        "    sub $512, %rsp\n"
        "    lea -400(%rbp), %rdi\n"
        "    mov $7, %ecx\n"
        "    xor %eax, %eax\n"
        "    rep stosb\n"
        "    lea -400(%rbp), %rsi\n"
        "    mov $5, %ecx\n"
        "    rep movsb\n"
        "    pushfq\n"
        "    popfq\n"
        "    pushfq\n"
        "    pop %rax\n"
        "    mov $3, %r12d\n"
        "    nop\n"
        "    pushfq\n"
        "    popfq\n"
        "    .byte 0xeb, 0xff, 0xc0\n" // jumps to inc %eax in its middle
        "1:  add $-1, %r12d\n"
        "    jz 2f\n"
        "    js 2f\n"
        "    jmp 1b\n"
        "2:  lea 3f(%rip), %rbx\n"
        "    call *%rbx\n"
        "    mov $3, %ecx\n"
        "4:  loop 4b\n"
        "    jrcxz 5f\n"
        "    ud2\n"
        "5:  movdqu -400(%rbp), %xmm4\n"
        "    lock addl $1, -400(%rbp)\n"
        "    movabs $0x123456789abcdef0, %rax\n"
        "    testb $1, -400(%rbp)\n"
        "    cmovne %eax, %edx\n"
        "    lea 6f(%rip), %rax\n"
        "    jmp *%rax\n"
        "    ud2\n"
        "6:  push $1\n"
        "    push $2\n"
        "    call 7f\n"
        "    mov $39, %eax\n" // getpid
        "    syscall\n"
        "    lea -16(%rbp), %rsp\n"
        "    pop %r12\n"
        "    pop %rbx\n"
        "    leave\n"
        "    ret\n"
        "3:  .byte 0xf3\n" // rep ret
        "    ret\n"
        "7:  ret $16\n"
        "    .size all_kinds, . - all_kinds\n");
void all_kinds(void *unused);

static int compare(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

static void library(void *unused) {
    (void)unused;
    int numbers[] = {5, 3, 9, 1, 7};
    qsort(numbers, 5, sizeof *numbers, compare);
    char text[300];
    char copy[sizeof text];
    (void)snprintf(text, sizeof text, "%d %s %g", numbers[2], "x", 0.25);
    memset(text + 50, 1, sizeof text - 50);
    memcpy(copy, text, sizeof text);
    sink += (unsigned)strlen(copy) + (unsigned)strtol("0x1f", NULL, 16);
}

static void choose(void *unused) {
    (void)unused;
    for (unsigned i = 0; i < 8; i++) {
        switch (i) {
        case 0:
            sink += 3;
            break;
        case 1:
            sink *= 5;
            break;
        case 2:
            sink ^= 0x55;
            break;
        case 3:
            sink /= 3;
            break;
        case 5:
            sink = -sink;
            break;
        default:
            sink--;
            break;
        }
    }
}

static void leap(void *unused) {
    (void)unused;
    jmp_buf back;
    volatile unsigned n = 0;
    (void)setjmp(back);
    if (++n < 3) {
        longjmp(back, 1);
    }
}

// Traps in what a handler of the operation's own does not, and behind it.
static void handle(int signal) {
    (void)signal;
    choose(NULL);
}

static void signal_itself(void *unused) {
    (void)unused;
    (void)raise(SIGUSR1);
    choose(NULL);
}

// The fault's handler runs over the very instructions that come next.
static char *page;

static void fault_handle(int signal) {
    (void)signal;
    (void)mprotect(page, 4096, PROT_READ | PROT_WRITE);
    page[0] = 1;
    choose(NULL);
    all_kinds(NULL);
}

static void fault(void *unused) {
    (void)mprotect(page, 4096, PROT_NONE);
    sink += (unsigned)page[0];
    all_kinds(unused);
}

static void flag_put(void *unused) {
    trap_flag_set();
    choose(unused);
    trap_flag_clear();
    choose(unused); // not stepped
}

// ---- Traces ----------------------------------------------------------------

typedef struct {
    size_t n;
    uintptr_t pcs[1 << 16];
} trace_t;

static trace_t by_flag, by_breakpoint;
static trace_t *trace;
static size_t most; // steps after which to stop
static void (*at_step)(void);

static bool on_step(uintptr_t pc) {
    if (trace->n < sizeof trace->pcs / sizeof *trace->pcs) {
        trace->pcs[trace->n++] = pc;
    }
    if (at_step != NULL) {
        at_step();
    }
    return trace->n < most;
}

static void trace_take(trace_t *into, void (*operation)(void *)) {
    trace = into;
    trace->n = 0;
    trap_through(operation, NULL);
}

static void expect_same(void (*operation)(void *), size_t least) {
    trap_by_flag(true);
    trace_take(&by_flag, operation);
    trap_by_flag(false);
    trace_take(&by_breakpoint, operation);
    assert_true(by_flag.n >= least);
    for (size_t i = 0; i < by_flag.n; i++) {
        if (by_flag.pcs[i] != by_breakpoint.pcs[i]) {
            print_error("step %zu: %#zx by the flag, else %#zx\n", i,
                        by_flag.pcs[i], by_breakpoint.pcs[i]);
            fail();
        }
    }
    assert_int_equal(by_flag.n, by_breakpoint.n);
}

static const struct {
    void (*run)(void *);
    size_t least;
} operations[] = {{all_kinds, 60}, {library, 1000},     {choose, 10},
                  {leap, 50},      {signal_itself, 20}, {fault, 60},
                  {flag_put, 10}};
enum { N_OPERATIONS = sizeof operations / sizeof *operations };

// ---- Code as it is without a breakpoint ------------------------------------

extern const char __executable_start[], etext[];
static char *code;

static bool code_is_as_it_was(void) {
    return memcmp(code, __executable_start,
                  (size_t)(etext - __executable_start)) == 0;
}

static void code_note(void) {
    const size_t size = (size_t)(etext - __executable_start);
    code = malloc(size);
    assert_non_null(code);
    memcpy(code, __executable_start, size);
}

// ---- Tests -----------------------------------------------------------------

static int start(void **state) {
    (void)state;
    most = SIZE_MAX;
    at_step = NULL;
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
    (void)signal(SIGUSR1, handle);
    trap_connect(on_step, TRAP_ON_TOP);
    by_flag.n = 0;
    trap_by_flag(true);
    trace_take(&by_flag, choose);
    return by_flag.n == 0; // valgrind has no trap flag
}

static void test_same_instructions(void **state) {
    (void)state;
    (void)signal(SIGSEGV, fault_handle);
    for (size_t i = 0; i < N_OPERATIONS; i++) {
        expect_same(operations[i].run, operations[i].least);
        assert_true(code_is_as_it_was());
    }
}

static void test_stops_anywhere(void **state) {
    (void)state;
    for (most = 1; most < 60; most++) {
        expect_same(all_kinds, most);
        assert_true(by_flag.n >= most); // what it pushed has the flag
        assert_true(code_is_as_it_was());
    }
}

// A request that arrives when the trap's handler has returned: its handler runs
// over where the breakpoint is, unstepped, and the operation is stepped on.
static bool is_nested;
static unsigned n_breakpoints;

static bool is_passing;

static void pass_by(int signal) {
    (void)signal;
    n_breakpoints += !code_is_as_it_was();
    is_passing = true;
    if (is_nested) {
        trap_flag_set();
    }
    all_kinds(NULL);
    choose(NULL);
    if (is_nested) {
        trap_flag_clear();
    }
    is_passing = false;
}

static void send(void) {
    if (!is_passing) {
        (void)raise(SIGRTMIN);
    }
}

static void expect_passes(void) {
    (void)signal(SIGRTMIN, pass_by);
    trap_connect(on_step, TRAP_APART);
    at_step = send;
    expect_same(all_kinds, 60);
    expect_same(choose, 10);
    assert_true(code_is_as_it_was());
}

static void test_others_pass_by(void **state) {
    (void)state;
    is_nested = false;
    n_breakpoints = 0;
    expect_passes();
    assert_true(n_breakpoints > 50);
}

// ... or stepped itself.
static void test_others_are_stepped(void **state) {
    (void)state;
    is_nested = true;
    expect_passes();
}

// Each process has its own.
static void branch(void) {
    const pid_t child = fork();
    if (child == 0) {
        _exit(!code_is_as_it_was());
    }
    int status = 1;
    (void)waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

static void test_processes_part(void **state) {
    (void)state;
    at_step = branch;
    expect_same(choose, 10);
}

// Of all flags that conditions look at.
#define HOLDS(name)                                                            \
    __asm__ volatile("lea -128(%%rsp), %%rsp\n"                                \
                     "push %1\n"                                               \
                     "popfq\n"                                                 \
                     "set" name " %0\n"                                        \
                     "lea 128(%%rsp), %%rsp"                                   \
                     : "=q"(holds[n])                                          \
                     : "r"(flags)                                              \
                     : "cc", "memory");                                        \
    n++

static void test_conditions(void **state) {
    (void)state;
    static const uint64_t bits[] = {0x001, 0x004, 0x040, 0x080, 0x800};
    for (unsigned set = 0; set < 32; set++) {
        uint64_t flags = 0x202;
        for (unsigned i = 0; i < 5; i++) {
            flags |= (set >> i & 1) != 0 ? bits[i] : 0;
        }
        uint8_t holds[16];
        unsigned n = 0;
        HOLDS("o");
        HOLDS("no");
        HOLDS("b");
        HOLDS("nb");
        HOLDS("z");
        HOLDS("nz");
        HOLDS("be");
        HOLDS("nbe");
        HOLDS("s");
        HOLDS("ns");
        HOLDS("p");
        HOLDS("np");
        HOLDS("l");
        HOLDS("nl");
        HOLDS("le");
        HOLDS("nle");
        for (unsigned i = 0; i < 16; i++) {
            assert_int_equal(decode_holds(i, flags), holds[i]);
        }
    }
}

int main(void) {
    enum { SECONDS = 120 };
    (void)alarm(SECONDS); // what runs into a breakpoint may run for ever
    code_note();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_same_instructions, start),
        cmocka_unit_test_setup(test_stops_anywhere, start),
        cmocka_unit_test_setup(test_others_pass_by, start),
        cmocka_unit_test_setup(test_others_are_stepped, start),
        cmocka_unit_test_setup(test_processes_part, start),
        cmocka_unit_test(test_conditions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) {
    return 0;
}

#endif
