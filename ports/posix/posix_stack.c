// SPDX-License-Identifier: MIT
//
// The stack of the main thread, which handlers share: they run on top of what
// they interrupt. Between the caller and the base lie therefore all preempted
// contexts, and the signal frames in which the kernel has stored all of their
// registers. A frame's red zone, below its stack pointer, is above the signal
// frame that the kernel put there, so it is within the range as well.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // whatever the flags are
#endif

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "../../src/port.h"
#include "../../src/stacks.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(low, size) ((void)(low), (void)(size))
#endif

const char *irqgc_posix_stack_base;
static size_t stack_size;

// Before main, as finding it out allocates memory and reads files, neither of
// which a handler may do.
__attribute__((constructor)) static void stack_find_base(void) {
    pthread_attr_t attributes;
    void *low;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
        port_stop("no stack is known");
    }
    pthread_attr_getstack(&attributes, &low, &size);
    irqgc_posix_stack_base = (const char *)low + size;
    stack_size = size;
    pthread_attr_destroy(&attributes);
}

void irqgc_posix_stop(const char *why) {
    (void)write(STDERR_FILENO, "irqgc: ", 7);
    (void)write(STDERR_FILENO, why, strlen(why));
    (void)write(STDERR_FILENO, "\n", 1);
    __builtin_trap();
}

// Where the stack ends that this frame is on, or NULL.
static const char *frame_base(const char *frame) {
    return irqgc_posix_stack_base - frame < (ptrdiff_t)stack_size &&
                   frame < irqgc_posix_stack_base
               ? irqgc_posix_stack_base
               : stack_end(frame);
}

// Of the stack that this one was come from nobody knows the pointer unless it
// is listed.
bool port_stacks_known(void) {
    const char *base = frame_base(__builtin_frame_address(0));
    return base == irqgc_posix_stack_base ||
           (base != NULL && stack_end(irqgc_posix_stack_base) != NULL);
}

bool port_stack_runs(const void *low, const void *high) {
    const char *frame = __builtin_frame_address(0);
    return frame > (const char *)low && frame <= (const char *)high;
}

// A function of its own, since a frame's address is not its lowest: the
// registers that the caller has spilled are below the caller's, above ours.
__attribute__((noinline)) static void stack_scan(port_scan_t *scan, void *arg) {
    const char *low = __builtin_frame_address(0);

    // A conservative scan reads what its owner has not written, on purpose.
    const char *base = frame_base(low);
    VALGRIND_MAKE_MEM_DEFINED(low, (size_t)(base - low));
    scan(arg, low, base);
}

void port_scan_stacks(port_scan_t *scan, void *arg) {
    // Makes the prologue store every register that a callee saves. setjmp
    // would not do: glibc encrypts some of what it stores.
    __builtin_unwind_init();
    stack_scan(scan, arg);

    // Not a tail call: that would take the registers off the stack first.
    __asm__ volatile("" : : : "memory");
}
