// SPDX-License-Identifier: MIT
//
// What a debug build finds out about who calls it: whether a signal's handler
// that is none of the controller's is under way. Masking is a flag that the
// controller looks at, so it does not keep such a handler out.
//
// The frames of the stack tell, since the unwinder knows those of signals. But
// to walk them takes microseconds, so it is done only where the signals that
// are blocked are others than in the thread: a handler has its own signal
// blocked, unless it was connected with SA_NODEFER.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // whatever the flags are
#endif

#include <signal.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../../src/heap.h"
#include "../../src/stacks.h"

const void *volatile irqgc_posix_entry;

// In one piece, so that it is one line.
void irqgc_posix_stop(const char *why) {
    const struct iovec line[] = {
        {(void *)(uintptr_t) "irqgc: ", 7},
        {(void *)(uintptr_t)why, strlen(why)},
        {(void *)(uintptr_t) "\n", 1},
    };
    const ssize_t ignored = writev(STDERR_FILENO, line, 3);
    (void)ignored;
    __builtin_trap();
}

// ---- Walking the frames ----------------------------------------------------

// Debian's unwinder needs glibc, and a release build none.
#if IRQGC_DEBUG && defined __GLIBC__
#include <unwind.h>

// What the thread blocks, as far as it was seen.
static sigset_t usual;

static sigset_t blocked_now(void) {
    sigset_t set;
    memset(&set, 0, sizeof set);
    (void)sigprocmask(SIG_SETMASK, NULL, &set);
    return set;
}

__attribute__((constructor)) static void usual_note(void) {
    usual = blocked_now();
}

typedef struct {
    uintptr_t entry; // where the walk ends
    bool is_broken_into;
    bool ends_early;
} walk_t;

// A frame is the first that a signal broke into iff the address of what it was
// doing is that of the instruction to be executed next.
static _Unwind_Reason_Code frame_look(struct _Unwind_Context *frame,
                                      void *arg) {
    walk_t *walk = arg;
    int is_next = 0;
    (void)_Unwind_GetIPInfo(frame, &is_next);
    walk->ends_early = (uintptr_t)_Unwind_GetCFA(frame) > walk->entry;
    walk->is_broken_into = !walk->ends_early && is_next != 0;
    return walk->ends_early || walk->is_broken_into ? _URC_END_OF_STACK
                                                    : _URC_NO_REASON;
}

// Up to the innermost dispatcher that runs a handler or delivers a break: what
// that has interrupted does not matter. An entry below this frame is that of a
// delivery which has left for good.
static walk_t frames_walk(void) {
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    const uintptr_t entry = (uintptr_t)irqgc_posix_entry;
    walk_t walk = {.entry = entry > here ? entry : UINTPTR_MAX};
    (void)_Unwind_Backtrace(frame_look, &walk);
    return walk;
}

// What one walk has found is not looked for again. A handler that comes in the
// middle of the store finds another set, and walks itself.
static bool is_in_foreign_handler(void) {
    const sigset_t blocked = blocked_now();
    if (memcmp(&blocked, &usual, sizeof usual) == 0) {
        return false;
    }
    const walk_t walk = frames_walk();
    if (!walk.is_broken_into && !walk.ends_early) {
        usual = blocked;
    }
    return walk.is_broken_into;
}
#else
static bool is_in_foreign_handler(void) {
    return false;
}
#endif

// Fake frames are found by the stack that the thread runs on.
static bool locals_are_elsewhere(void) {
    return stacks_listed != NULL && irqgc_posix_has_fake_frames();
}

static const char *error_text(void) {
    if (irqgc_posix_masked == 1) {
        return "a call in the middle of a masked window, from the handler of a "
               "signal that is no line's (vic.h)";
    }
    if (is_in_foreign_handler()) {
        return "a call from the handler of a signal that is no line's (vic.h)";
    }
    if (locals_are_elsewhere()) {
        return "a listed stack whose locals AddressSanitizer keeps elsewhere: "
               "ASAN_OPTIONS=detect_stack_use_after_return=0";
    }
    return NULL;
}

// A release build asks nobody, and links no unwinder.
const char *irqgc_posix_context_error(void) {
    return IRQGC_DEBUG ? error_text() : NULL;
}
