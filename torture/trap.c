// SPDX-License-Identifier: MIT
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // whatever the flags are
#endif

#include "trap.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "plant.h"

static bool (*on_step)(uintptr_t pc);

// In assembly, for the flag is to be set by the very last instruction before
// the call, and what comes back from it is told by its address.
extern const char trap_through_end[] KIT_NAME(trap_through_end);
__asm__(
    ".text\n"
    ".globl irqgc_torture_trap_through\n"
    ".type irqgc_torture_trap_through, @function\n"
    "irqgc_torture_trap_through:\n"
    "    .cfi_startproc\n"
    "    sub $8, %rsp\n" // a call wants it aligned
    "    .cfi_def_cfa_offset 16\n"
    "    mov %rdi, %rax\n"
    "    mov %rsi, %rdi\n"
    "    pushfq\n"
    "    orl $0x100, (%rsp)\n"
    "    popfq\n"
    "    call *%rax\n"
    ".globl irqgc_torture_trap_through_end\n" // seen by other parts of -flto
    "irqgc_torture_trap_through_end:\n"       // a trap here is the last
    "    add $8, %rsp\n"
    "    .cfi_def_cfa_offset 8\n"
    "    ret\n"
    "    .cfi_endproc\n"
    "    .size irqgc_torture_trap_through, . - irqgc_torture_trap_through\n");

// The program may be anywhere, in any function of the C library: nothing of
// that is called while the breakpoint is in.
static void on_trap(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    greg_t *const registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    bool is_stepped;
    if (!plant_arrive(registers, &is_stepped)) {
        return;
    }
    const int error = errno; // of what is stepped through
    const uintptr_t pc = (uintptr_t)registers[REG_RIP];
    const uintptr_t restorer = (uintptr_t)__builtin_return_address(0);
    registers[REG_EFL] &= ~TRAP_FLAG;
    const bool goes_on =
        pc != (uintptr_t)trap_through_end && on_step(pc) && is_stepped;
    const bool is_planted = goes_on && plant_find(registers, restorer);
    if (goes_on && !is_planted) {
        registers[REG_EFL] |= TRAP_FLAG;
    }
    errno = error;
    if (is_planted) {
        plant_put();
    }
}

bool trap_is_debugged(void) {
    FILE *const f = fopen("/proc/self/status", "re");
    int tracer = 0;
    char line[256];
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        // NOLINTNEXTLINE(cert-err34-c): what is no number is no debugger
        (void)sscanf(line, "TracerPid: %d", &tracer);
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    return tracer != 0;
}

// Mapped once it is needed: who rewinds the program's data need not copy it.
static void stack_set_apart(void) {
    enum { SIZE = 64 * 1024 };
    static void *stack;
    if (stack == NULL) {
        stack = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    const stack_t apart = {.ss_sp = stack, .ss_size = SIZE};
    (void)sigaltstack(&apart, NULL);
}

void trap_by_flag(bool alone) {
    plant_never(alone);
}

static void plant_begin(void) {
    static bool has_begun;
    plant_init();
    if (!has_begun) {
        has_begun = true;
        // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
        plant_never(getenv("IRQGC_TORTURE_TF") != NULL || trap_is_debugged());
    }
}

// On top, it may trap in its own handler: so handlers are stepped through.
void trap_connect(bool (*step)(uintptr_t pc), trap_stack_t where) {
    on_step = step;
    plant_begin();
    struct sigaction action = {
        .sa_sigaction = on_trap,
        .sa_flags = SA_SIGINFO | SA_NODEFER,
    };
    sigemptyset(&action.sa_mask);
    if (where == TRAP_APART) {
        stack_set_apart();
        action.sa_flags |= SA_ONSTACK;
        for (int signal = SIGRTMIN; signal <= SIGRTMAX; signal++) {
            sigaddset(&action.sa_mask, signal);
        }
    }
    sigaction(SIGTRAP, &action, NULL);
}
