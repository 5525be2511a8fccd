// SPDX-License-Identifier: MIT
//
// The virtual interrupt controller. It is interrupted by its own interrupts,
// at every instruction, masked or not: a masked signal still arrives and sets
// its pending bit. What keeps it sound:
//
// V1. The pending bits change by atomic operations only.
// V2. The mask, the active priority and the depth are a stack: whoever
//     interrupts leaves them as it found them.
// V3. Where the mask is open, no pending line is more urgent than the active
//     priority, but for those that a call under way in the same context or
//     above is about to dispatch.
// V4. In the frame of a signal all signals are blocked, but while it runs a
//     handler, at a priority above that of what it interrupted, or delivers a
//     break, which then holds off all others.
//
// So, however many signals come, the stack has at any time no more frames of
// them than there are priorities, one for the delivery of a break, and one:
// on top of a frame that is not about to return comes another only while it
// runs a handler (V4), whose priority is above those of all handlers below,
// because both the choice and the priority change while signals are blocked;
// or while it delivers. A signal whose line has to wait finds nothing to run
// and returns; the kernel puts the next one where that was, not on top.
// The frames of dispatchers are bounded, too: one calls itself only at the
// priority of the line that it has activated.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // whatever the flags are
#endif

#include "irqgc/vic.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <ucontext.h>

#include "../../src/brk.h"
#include "irqgc/brk.h"
#include "irqgc_port.h"

typedef struct {
    vic_handler_t *handler; // NULL: not connected
    void *arg;
    int priority;

    // Changed by the thread while the line is not timed, then by the signals
    // of the timer only. Times are in nanoseconds.
    volatile bool is_timed;
    timer_t timer; // valid while is_timed
    int64_t period;
    int64_t counted; // the end of the last period that is one of `raised`
    int64_t due;     // the end of the one at which the timer expires
    int64_t late;    // by how much its last signal was

    // Changed in the window of line_activate only.
    unsigned long run;
    int deepest;

    atomic_ulong raised;
    atomic_ulong lost;
} line_t;

volatile int irqgc_posix_masked;
volatile int irqgc_posix_priority;
atomic_uint irqgc_posix_pending;

static line_t lines[VIC_LINES];
enum { ALL_LINES = (1u << VIC_LINES) - 1 };
static volatile int depth; // handlers under way
static sigset_t all_signals;

// The line of the set that is to run next in a context of this priority, or
// VIC_LINES if none may. Of equals the first found stays.
static unsigned set_next(unsigned set, int priority) {
    unsigned next = VIC_LINES;
    for (set &= ALL_LINES; set != 0; set &= set - 1) {
        const unsigned line = (unsigned)__builtin_ctz(set);
        if (lines[line].priority > priority) {
            next = line;
            priority = lines[line].priority;
        }
    }
    return next;
}

// Makes the line, chosen from the pending ones as they were `seen`, active.
// Returns false, and leaves all as it was, iff they are others by now: the
// choice may then be wrong. Choosing outside keeps the window without a loop.
static bool line_activate(line_t *line, unsigned bit, unsigned seen) {
    // Before: the line is pending, and who interrupts may run it instead of
    // us (V3). After: it is active and keeps out what is not more urgent; a
    // request is one for another run. In between, a less urgent one would run
    // first. The exchange is atomic, as requests come masked too (V1). What
    // becomes pending inside, the caller looks for.
    irqgc_posix_open();
    const bool stands = atomic_compare_exchange_strong(&irqgc_posix_pending,
                                                       &seen, seen & ~bit);
    if (stands) {
        irqgc_posix_priority = line->priority;
        depth++;
        line->run++;
        if (line->deepest < depth) {
            line->deepest = depth;
        }
    }
    irqgc_posix_close(0);
    return stands;
}

// Goes back from a handler to the priority that it interrupted.
static void line_retire(int interrupted) {
    // A handler that returns must have the mask open, as it found it.
    assert(irqgc_posix_masked == 0);

    // An interrupt puts both back as it found them (V2), so it may come
    // anywhere. Depth first: it counts the handlers that have not returned.
    // What had to wait until the priority is back, the caller looks for now.
    depth--;
    irqgc_posix_priority = interrupted;
}

// In the frame of a signal, `outside` is what the interrupted context blocks;
// elsewhere NULL: there is nothing to be blocked.
static void signals_let(const sigset_t *outside) {
    if (outside != NULL) {
        (void)sigprocmask(SIG_SETMASK, outside, NULL);
    }
}

static void signals_block(const sigset_t *outside) {
    if (outside != NULL) {
        (void)sigprocmask(SIG_BLOCK, &all_signals, NULL);
    }
}

// Calls a handler, or delivers, and leaves in `irqgc_posix_entry` what it found
// there (V2): that is how far a debug build looks for signals' handlers.
static void enter(vic_handler_t *run, void *arg) {
    const void *below = irqgc_posix_entry;
    irqgc_posix_entry = __builtin_frame_address(0);
    run(arg);
    irqgc_posix_entry = below;
}

static void deliver(void *unused) {
    (void)unused;
    brk_deliver();
}

// Runs the lines that may interrupt this priority.
// NOLINTNEXTLINE(misc-no-recursion)
static void lines_dispatch(int interrupted, const sigset_t *outside) {
    for (;;) {
        // What is raised before the load is seen; after it, it runs by
        // itself, since the mask is open, or, in a signal's frame, as soon as
        // that is left: there is none to miss at the end.
        const unsigned seen = irqgc_posix_pending;
        const unsigned next = set_next(seen, interrupted);
        if (next == VIC_LINES) {
            break;
        }
        line_t *line = &lines[next];
        if (line_activate(line, 1u << next, seen)) {
            signals_let(outside);
            if (irqgc_posix_pending != 0) { // it came in the window
                lines_dispatch(line->priority, NULL);
            }
            enter(line->handler, line->arg);
            signals_block(outside); // before its priority goes (V4)
            line_retire(interrupted);
        }
    }
}

// Delivers the break, on the stack of the thread that it interrupts and at the
// thread's priority: if the delivery leaves for good, nothing of the
// controller's is under way but dispatchers, which had nothing left to run,
// and no signal is blocked. False iff there was none.
// NOLINTNEXTLINE(misc-no-recursion)
static bool break_dispatch(const sigset_t *outside) {
    const unsigned seen =
        atomic_fetch_and(&irqgc_posix_pending, ~IRQGC_POSIX_BREAK);
    if ((seen & IRQGC_POSIX_BREAK) == 0 || !brk_arrive()) {
        return false;
    }
    signals_let(outside);
    enter(deliver, NULL);
    signals_block(outside); // before the hold goes (V4)

    // Masked: the caller finds what the release makes pending, so that no
    // delivery comes on top of one that is over.
    irqgc_posix_open();
    irqgc_brk_release();
    irqgc_posix_close(0);
    return true;
}

// All handlers are called from here, so that errno is kept for any context
// they interrupt, be it by a signal or where a window ends.
// NOLINTNEXTLINE(misc-no-recursion)
static void dispatch(const sigset_t *outside) {
    assert(irqgc_posix_masked == 0);
    const int error = errno;
    const int interrupted = irqgc_posix_priority;
    do {
        lines_dispatch(interrupted, outside);
    } while (interrupted == 0 && break_dispatch(outside));
    errno = error;
}

// NOLINTNEXTLINE(misc-no-recursion)
void irqgc_posix_dispatch(void) {
    dispatch(NULL);
}

static void line_pend(unsigned line) {
    assert(line < VIC_LINES && lines[line].handler != NULL);
    const unsigned bit = 1u << line;
    // An interrupt before the bit is set cannot run this request; after it,
    // with the mask open, it does, and the dispatcher finds nothing. The mask
    // is after any interrupt what it was before (V2).
    lines[line].raised++;
    if ((atomic_fetch_or(&irqgc_posix_pending, bit) & bit) != 0) {
        lines[line].lost++;
    }
}

void vic_raise(unsigned line) {
    line_pend(line);
    if (irqgc_posix_masked == 0) {
        irqgc_posix_dispatch();
    }
}

// ---- Signals ---------------------------------------------------------------

static int64_t clock_now(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool timer_set(const line_t *line) {
    const struct itimerspec at = {
        .it_value = {.tv_sec = (time_t)(line->due / 1000000000),
                     .tv_nsec = (long)(line->due % 1000000000)}};
    return timer_settime(line->timer, TIMER_ABSTIME, &at, NULL) == 0;
}

// Counts the periods that have passed without a signal, and sets the timer
// again. Not for the next period if that leaves those below no time: a signal
// takes as long to come as this one was late, and about twice as long to be
// over. The lesser of two latenesses, since it may have been for the system
// running something else, which does not happen twice in a row.
static void timer_go_on(line_t *line) {
    const int64_t now = clock_now();
    const int64_t late = now - line->due;
    const int64_t n_passed = (now - line->counted) / line->period;
    if (n_passed > 1) { // the last is what is requested now
        line->raised += (unsigned long)n_passed - 1;
        line->lost += (unsigned long)n_passed - 1;
    }
    line->counted += n_passed * line->period;
    const int64_t rest = 2 * (late < line->late ? late : line->late);
    const int64_t behind = now + rest - line->counted;
    line->due = line->counted + (behind / line->period + 1) * line->period;
    line->late = late;
    (void)timer_set(line);
}

// Whether the line's own timer has sent the signal: anyone else's may, too.
static bool is_from_timer(const line_t *line, const siginfo_t *info) {
    return line->is_timed && info->si_code == SI_TIMER &&
           info->si_value.sival_ptr == line;
}

// All signals are blocked, and so they are when it returns: the kernel unblocks
// them together with leaving the frame. One on top of another that was about
// to return would let them pile up (V4); one on top of the first lines might
// deliver a break that leaves for good, while this frame is all that knows of
// the request.
static void on_signal(int signal, siginfo_t *info, void *context) {
    const int error = errno;
    const unsigned line = (unsigned)(signal - SIGRTMIN);
    if (is_from_timer(&lines[line], info)) {
        timer_go_on(&lines[line]);
    }
    line_pend(line);
    if (irqgc_posix_masked == 0) {
        dispatch(&((const ucontext_t *)context)->uc_sigmask);
    }
    errno = error;
}

// All but those that an instruction raises, which must not be blocked.
static void signals_fill(sigset_t *set) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    sigfillset(set);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        sigdelset(set, faults[i]);
    }
}

void vic_connect(unsigned line, int priority, vic_handler_t *handler,
                 void *arg) {
    assert(line < VIC_LINES && priority > 0 && handler != NULL);
    assert((irqgc_posix_pending >> line & 1u) == 0);
    line_t *l = &lines[line];
    assert(!l->is_timed);
    l->handler = handler;
    l->arg = arg;
    l->priority = priority;
    l->run = 0;
    l->deepest = 0;
    l->raised = 0;
    l->lost = 0;

    // The kernel takes no part in nesting: who runs a handler unblocks what is
    // blocked here. System calls go on, as after an interrupt.
    struct sigaction action = {
        .sa_sigaction = on_signal,
        .sa_flags = SA_SIGINFO | SA_RESTART,
    };
    signals_fill(&action.sa_mask);
    all_signals = action.sa_mask;
    const int refused = sigaction(SIGRTMIN + (int)line, &action, NULL);
    assert(!refused);
    (void)refused;
}

bool vic_timer_start(unsigned line, unsigned hz) {
    assert(line < VIC_LINES && lines[line].handler != NULL);
    assert(hz > 0 && hz <= 1000000);
    line_t *l = &lines[line];
    assert(!l->is_timed);
    struct sigevent event = {
        .sigev_notify = SIGEV_SIGNAL,
        .sigev_signo = SIGRTMIN + (int)line,
        .sigev_value.sival_ptr = l,
    };
    if (timer_create(CLOCK_MONOTONIC, &event, &l->timer) != 0) {
        return false;
    }
    l->period = 1000000000 / (int64_t)hz;
    l->counted = clock_now();
    l->due = l->counted + l->period;
    l->late = 0;
    l->is_timed = true;
    const bool set = timer_set(l);
    assert(set);
    (void)set;
    return true;
}

// The thread never blocks the signal, so that one already sent is delivered by
// the time the system call returns.
void vic_timer_stop(unsigned line) {
    assert(line < VIC_LINES && lines[line].is_timed);
    lines[line].is_timed = false; // no signal sets it again
    timer_delete(lines[line].timer);
}

int vic_priority(void) {
    return irqgc_posix_priority;
}

void vic_stats(unsigned line, vic_stats_t *stats) {
    assert(line < VIC_LINES && stats != NULL);
    const line_t *l = &lines[line];
    *stats = (vic_stats_t){
        .raised = l->raised,
        .run = l->run,
        .lost = l->lost,
        .deepest = l->deepest,
    };
}
