// SPDX-License-Identifier: MIT
//
// The stack that the thread runs on, the main thread's or a listed one, which
// handlers share: they run on top of what they interrupt. Between the caller
// and the base lie therefore all preempted contexts, and the signal frames in
// which the kernel has stored all of their registers. A frame's red zone, below
// its stack pointer, is above the signal frame that the kernel put there, so it
// is within the range as well.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // whatever the flags are
#endif

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "../../src/port.h"
#include "../../src/stacks.h"
#include "irqgc/posix.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(low, size) ((void)(low), (void)(size))
#endif

// Used: assembly of the torture kit names it.
__attribute__((used)) const char *irqgc_posix_stack_base;

// Linux puts the program's arguments, its environment and some bytes at random
// on the stack before it starts it, in this order downwards from the base:
// random bytes, the array of pointers, the first frame. A look into what it
// tells the program allocates nothing and reads no file, so it needs no
// constructor, and may be taken in a handler.
const char *irqgc_posix_stack_find(void) {
    if (irqgc_posix_stack_base == NULL) {
        irqgc_posix_stack_base = (const char *)getauxval(AT_RANDOM);
    }
    return irqgc_posix_stack_base;
}

// How far the main thread's stack may reach: as far as the kernel lets it grow,
// within what it keeps free below the base in any case.
static size_t main_stack_most(void) {
    enum { MOST_LOG2 = sizeof(void *) > 4 ? 30 : 28 };
    struct rlimit limit = {0, 0};
    (void)getrlimit(RLIMIT_STACK, &limit);
    const size_t most = (size_t)1 << MOST_LOG2;
    return limit.rlim_cur < most ? (size_t)limit.rlim_cur : most;
}

// An alternate stack for signals may lie in the main thread's; what is below it
// is then not known, unless it is listed.
static bool is_on_alternate_stack(void) {
    stack_t alternate = {.ss_flags = 0};
    return sigaltstack(NULL, &alternate) == 0 &&
           (alternate.ss_flags & SS_ONSTACK) != 0;
}

// Where the stack ends that this frame is on, or NULL.
static const char *frame_base(const char *frame) {
    const char *listed = stack_end(frame);
    const char *main_base = irqgc_posix_stack_find();
    if (listed != NULL) {
        return listed;
    }
    return frame < main_base &&
                   (size_t)(main_base - frame) <= main_stack_most() &&
                   !is_on_alternate_stack()
               ? main_base
               : NULL;
}

// Of the stack that a listed one was come from nobody knows the pointer unless
// it is listed, too.
bool port_stacks_known(void) {
    const char *base = frame_base(__builtin_frame_address(0));
    return base != NULL && (base == irqgc_posix_stack_find() ||
                            stack_end(irqgc_posix_stack_find()) != NULL);
}

bool port_stack_runs(const void *low, const void *high) {
    const char *frame = __builtin_frame_address(0);
    return frame > (const char *)low && frame <= (const char *)high;
}

// ---- What sanitizers move away from the stack -------------------------------

// AddressSanitizer may have a function's locals in memory of its own: a *fake
// frame*, which the true one has a pointer to for as long as it is there.
// Weak: there without it is none of this.
// NOLINTBEGIN(bugprone-reserved-identifier)
void *__asan_get_current_fake_stack(void) __attribute__((weak));
void *__asan_addr_is_in_fake_stack(void *fake_stack, void *address, void **low,
                                   void **high) __attribute__((weak));
// NOLINTEND(bugprone-reserved-identifier)

bool irqgc_posix_has_fake_frames(void) {
    return __asan_get_current_fake_stack != NULL &&
           __asan_get_current_fake_stack() != NULL;
}

__attribute__((no_sanitize("address"))) static void
fake_frames_scan(const char *low, const char *high, port_scan_t *scan,
                 void *arg) {
    void *const fakes = __asan_get_current_fake_stack();
    void *last = NULL; // most frames have several pointers to theirs
    void *const volatile *word = (void *const volatile *)low;
    for (; (const char *)(word + 1) <= high; word++) {
        void *from = NULL;
        void *to = NULL;
        if (__asan_addr_is_in_fake_stack(fakes, *word, &from, &to) != NULL &&
            from != last) {
            scan(arg, from, to);
            last = from;
        }
    }
}

// SafeStack keeps what pointers point at on a stack of its own.
#if defined __has_feature
#if __has_feature(safe_stack)
#define SAFE_STACK 1
#endif
#endif

static void unsafe_stack_scan(port_scan_t *scan, void *arg) {
#ifdef SAFE_STACK
    scan(arg, __builtin___get_unsafe_stack_ptr(),
         __builtin___get_unsafe_stack_top());
#else
    (void)scan, (void)arg;
#endif
}

// ---- Scanning --------------------------------------------------------------

void irqgc_posix_scans(uintptr_t low, uintptr_t high) {
    VALGRIND_MAKE_MEM_DEFINED(low, high - low);
}

// A function of its own, since a frame's address is not its lowest: the
// registers that the caller has spilled are below the caller's, above ours.
__attribute__((noinline)) static void stack_scan(port_scan_t *scan, void *arg) {
    const char *low = __builtin_frame_address(0);
    const char *high = frame_base(low);
    if (high == NULL) {
        return; // nobody collects here: port_stacks_known
    }
    PORT_SCANS((uintptr_t)low, (uintptr_t)high);
    scan(arg, low, high);
    if (irqgc_posix_has_fake_frames()) {
        fake_frames_scan(low, high, scan, arg);
    }
    unsafe_stack_scan(scan, arg);
}

void port_scan_stacks(port_scan_t *scan, void *arg) {
    // Makes the prologue store every register that a callee saves. setjmp
    // would not do: glibc encrypts some of what it stores.
    __builtin_unwind_init();
    stack_scan(scan, arg);

    // Not a tail call: that would take the registers off the stack first.
    __asm__ volatile("" : : : "memory");
}

// ---- For the program -------------------------------------------------------

void irqgc_posix_stack(irqgc_stack_t *stack) {
    if (syscall(SYS_gettid) == getpid()) {
        const char *high = irqgc_posix_stack_find();
        stack->low = high - main_stack_most();
        stack->high = high;
        return;
    }
    pthread_attr_t attributes;
    void *low = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &low, &size);
        pthread_attr_destroy(&attributes);
    }
    stack->low = low;
    stack->high = (const char *)low + size;
}

const void *const *irqgc_posix_saved(const void *ucontext) {
    const ucontext_t *context = ucontext;
#if defined __x86_64__
    return (const void *const *)&context->uc_mcontext.gregs[REG_RSP];
#elif defined __i386__
    return (const void *const *)&context->uc_mcontext.gregs[REG_ESP];
#elif defined __aarch64__
    return (const void *const *)&context->uc_mcontext.sp;
#else
    (void)context;
    return NULL; // all of the stack
#endif
}
