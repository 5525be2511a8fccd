// SPDX-License-Identifier: MIT
//
// The roots test of a port. An object's only pointer is put into one register,
// and a handler requested that collects. The pointer is kept inverted anywhere
// else, so that nothing but that register can keep the object. That this is
// so, a second object shows each time: put nowhere, it has to die.
#include "demo.h"
#include "fail.h"

// Calls of one register each. ~inverted goes there; the level is requested by
// one store, or one instruction, as a call would change registers. The handler
// has run two instructions later.
typedef void hold_t(uintptr_t inverted, unsigned level);

#ifdef __riscv

#define HOLD(name)                                                             \
    static void hold_##name(uintptr_t inverted, unsigned level) {              \
        const uintptr_t line = level == 1 ? 1u << 1 : 1u << 5;                 \
        __asm__ volatile("not " #name ", %0\n\t"                               \
                         "csrs mip, %1\n\t"                                    \
                         "nop\n\t"                                             \
                         "li " #name ", 0"                                     \
                         :                                                     \
                         : "r"(inverted), "r"(line)                            \
                         : #name, "memory");                                   \
    }

// clang-format off
#define REGISTERS(X)                                                           \
    X(s0) X(s1) X(s2) X(s3) X(s4) X(s5) X(s6) X(s7) X(s8) X(s9) X(s10) X(s11)  \
    X(ra) X(t0) X(t6) X(a0) X(a7)
// clang-format on

#define SCRUB_REGISTERS()                                                      \
    __asm__ volatile(                                                          \
        "li t0, 0\n\tli t1, 0\n\tli t2, 0\n\tli t3, 0\n\tli t4, 0\n\t"         \
        "li t5, 0\n\tli t6, 0\n\tli a0, 0\n\tli a1, 0\n\tli a2, 0\n\t"         \
        "li a3, 0\n\tli a4, 0\n\tli a5, 0\n\tli a6, 0\n\tli a7, 0"             \
        :                                                                      \
        :                                                                      \
        : "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0", "a1", "a2", "a3",    \
          "a4", "a5", "a6", "a7", "memory")

#else

#define HOLD_BY(name, move)                                                    \
    static void hold_##name(uintptr_t inverted, unsigned level) {              \
        __asm__ volatile("mvns r2, %0\n\t" move " " #name ", r2\n\t"           \
                         "movs r2, #0\n\t"                                     \
                         "str %2, [%1]\n\t"                                    \
                         "dsb\n\t"                                             \
                         "isb\n\t"                                             \
                         "nop\n\t"                                             \
                         "nop\n\t" move " " #name ", r2"                       \
                         :                                                     \
                         : "l"(inverted), "l"(0xE000E200u),                    \
                           "l"(1u << (BOARD_IRQ + level - 1))                  \
                         : #name, "r2", "memory");                             \
    }
#define HOLD(name) HOLD_BY(name, "mov")
#define HOLD_FP(name) HOLD_BY(name, "vmov")

// clang-format off
#define REGISTERS(X)                                                           \
    X(r4) X(r5) X(r6) X(r7) X(r8) X(r9) X(r10) X(r11) X(r12) X(lr)
// clang-format on
#ifdef __ARM_FP
// clang-format off
#define REGISTERS_FP(X)                                                        \
    X(s0) X(s1) X(s7) X(s8) X(s15) X(s16) X(s17) X(s18) X(s19) X(s20) X(s21)   \
    X(s22) X(s23) X(s24) X(s25) X(s26) X(s27) X(s28) X(s29) X(s30) X(s31)
// clang-format on
#endif

#define SCRUB_REGISTERS()                                                      \
    __asm__ volatile("movs r0, #0\n\t"                                         \
                     "movs r1, #0\n\t"                                         \
                     "movs r2, #0\n\t"                                         \
                     "movs r3, #0\n\t"                                         \
                     "mov r12, r0"                                             \
                     :                                                         \
                     :                                                         \
                     : "r0", "r1", "r2", "r3", "r12", "cc", "memory")

#endif

#ifndef REGISTERS_FP
#define REGISTERS_FP(X)
#else
REGISTERS_FP(HOLD_FP)
#endif
REGISTERS(HOLD)

#define ENTRY(name) {#name, hold_##name},
static const struct {
    const char *name;
    hold_t *hold;
} entries[] = {REGISTERS(ENTRY) REGISTERS_FP(ENTRY)};
enum { N_ENTRIES = sizeof entries / sizeof *entries };

// The heap, for handlers; what they found.
static irqgc_t *heap;
static volatile unsigned n_faults;
static volatile uint32_t n_collects;

static void on_collect(void *arg) {
    (void)arg;
    irqgc_collect(heap);
    n_collects++;
}

// Overwrites what former calls have left, below the stack pointer and in the
// registers that a caller saves.
__attribute__((noinline)) static void stack_scrub(void) {
    volatile uint32_t words[160];
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        words[i] = 0;
    }
    SCRUB_REGISTERS();
}

__attribute__((noinline)) static uintptr_t inverted_make(void) {
    return ~(uintptr_t)irqgc_alloc(heap, 64, 0);
}

__attribute__((noinline)) static bool is_alive(uintptr_t inverted) {
    return irqgc_size(heap, (void *)~inverted) != 0;
}

__attribute__((noinline)) static void object_free(uintptr_t inverted) {
    irqgc_free(heap, (void *)~inverted);
}

static void entry_check(unsigned i, unsigned level) {
    const uintptr_t kept = inverted_make();
    const uintptr_t lost = inverted_make();
    stack_scrub();
    entries[i].hold(kept, level);
    if (!is_alive(kept)) {
        n_faults += demo_fail(entries[i].name, level);
    }
    if (is_alive(lost)) {
        n_faults += demo_fail("garbage kept, with level", level);
        object_free(lost);
    }
    object_free(kept);
    stack_scrub();
}

// A handler of this level collects; the caller is less urgent.
static void registers_check(unsigned level) {
    for (unsigned i = 0; i < N_ENTRIES; i++) {
        entry_check(i, level);
    }
}

static void on_registers(void *arg) {
    (void)arg;
    registers_check(2);
}

// The pointer is in memory, on the stack that the caller runs on.
__attribute__((noinline)) static void stack_check(void) {
    const uintptr_t kept = inverted_make();
    void *volatile on_stack = (void *)~kept;
    stack_scrub();
    board_request(1);
    if (!is_alive(kept)) {
        n_faults += demo_fail("an object on the stack is gone", 0);
    }
    on_stack = NULL;
    (void)on_stack;
    stack_scrub();
    board_request(1);
    if (is_alive(kept)) {
        n_faults += demo_fail("garbage kept, on the stack", 0);
    }
}

static void thread_check(void) {
    stack_check();
    board_on_level(1, on_collect, NULL);
    registers_check(1);
}

#ifndef __riscv

#include "irqgc/cortex_m.h"

// Runs the function on the process stack, in the port's order.
static void process_stack_check(void) {
    static uint64_t stack[512];
    uint64_t *const base = &stack[sizeof stack / sizeof *stack];
    __asm__ volatile("msr psp, %0" : : "r"(base) : "memory");
    irqgc_cortex_m_process_stack_base = base;
    uint32_t control;
    __asm__ volatile("mrs %0, control" : "=r"(control));
    __asm__ volatile("msr control, %0\n\t"
                     "isb\n\t"
                     "blx %1\n\t"
                     "mrs r0, control\n\t"
                     "movs r1, #2\n\t"
                     "bics r0, r0, r1\n\t"
                     "msr control, r0\n\t"
                     "isb"
                     :
                     : "r"(control | 2), "r"(thread_check)
                     : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory"
#ifdef __ARM_FP
                       ,
                       "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8",
                       "s9", "s10", "s11", "s12", "s13", "s14", "s15"
#endif
    );
    irqgc_cortex_m_process_stack_base = NULL;
}

#else

static void process_stack_check(void) {
}

#endif

unsigned roots_run(irqgc_t *h) {
    heap = h;
    board_on_level(1, on_collect, NULL);
    board_on_level(2, on_collect, NULL);
    thread_check();
    process_stack_check();
    if (HEAP_LEVELS > 1) {
        board_on_level(1, on_registers, NULL);
        board_request(1);
    }
    board_print("roots: ");
    board_print_number(N_ENTRIES);
    board_print(" registers, ");
    board_print_number(n_collects);
    board_print(" collections, faults ");
    board_print_number(n_faults);
    board_print("\n");
    return n_faults;
}
