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
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // whatever the flags are
#endif

#include "irqgc/vic.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <ucontext.h>

#include "../../src/brk.h"
#include "irqgc/brk.h"
#include "irqgc_port.h"

typedef struct {
    vic_handler_t *handler; // NULL: not connected
    void *arg;
    int priority;
    bool is_timed;
    timer_t timer; // valid while is_timed

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
//
// Its window, as any other, may end with a call of the dispatcher, which called
// it: once more for each line that became pending inside, so not without end.
// NOLINTNEXTLINE(misc-no-recursion)
static bool line_activate(line_t *line, unsigned bit, unsigned seen) {
    // Before: the line is pending, and who interrupts may run it instead of
    // us (V3). After: it is active and keeps out what is not more urgent; a
    // request is one for another run. In between, a less urgent one would run
    // first. The exchange is atomic, as requests come masked too (V1).
    const port_irq_t irq = port_irq_save();
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
    port_irq_restore(irq);
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

// Runs the lines that may interrupt this priority.
// NOLINTNEXTLINE(misc-no-recursion)
static void lines_dispatch(int interrupted) {
    for (;;) {
        // What is raised before the load is seen; after it, it runs by
        // itself, since the mask is open: there is none to miss at the end.
        const unsigned seen = irqgc_posix_pending;
        const unsigned next = set_next(seen, interrupted);
        if (next == VIC_LINES) {
            break;
        }
        line_t *line = &lines[next];
        if (line_activate(line, 1u << next, seen)) {
            line->handler(line->arg);
            line_retire(interrupted);
        }
    }
}

// Delivers the break, on the stack of the thread that it interrupts and at the
// thread's priority: if the delivery leaves for good, nothing of the
// controller's is under way but dispatchers, which had nothing left to run.
// False iff there was none.
// NOLINTNEXTLINE(misc-no-recursion)
static bool break_dispatch(void) {
    const unsigned seen =
        atomic_fetch_and(&irqgc_posix_pending, ~IRQGC_POSIX_BREAK);
    if ((seen & IRQGC_POSIX_BREAK) == 0 || !brk_arrive()) {
        return false;
    }
    brk_deliver();

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
void irqgc_posix_dispatch(void) {
    assert(irqgc_posix_masked == 0);
    const int error = errno;
    const int interrupted = irqgc_posix_priority;
    do {
        lines_dispatch(interrupted);
    } while (interrupted == 0 && break_dispatch());
    errno = error;
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

// Counts periods that passed while the timer's signal was still undelivered.
static void line_overrun(line_t *line, int n_periods) {
    if (n_periods > 0) {
        line->raised += (unsigned long)n_periods;
        line->lost += (unsigned long)n_periods;
    }
}

// Until the line is pending, this frame is all that knows of the request. So
// signals are blocked: one on top might deliver a break that leaves for good.
static void on_signal(int signal, siginfo_t *info, void *context) {
    const unsigned line = (unsigned)(signal - SIGRTMIN);
    if (info->si_code == SI_TIMER) {
        line_overrun(&lines[line], info->si_overrun);
    }
    line_pend(line);
    (void)sigprocmask(SIG_SETMASK, &((const ucontext_t *)context)->uc_sigmask,
                      NULL);
    if (irqgc_posix_masked == 0) {
        irqgc_posix_dispatch();
    }
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

    // The kernel takes no part in nesting: on_signal unblocks what is blocked
    // here. System calls go on, as after an interrupt.
    struct sigaction action = {
        .sa_sigaction = on_signal,
        .sa_flags = SA_SIGINFO | SA_RESTART,
    };
    signals_fill(&action.sa_mask);
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
    };
    if (timer_create(CLOCK_MONOTONIC, &event, &l->timer) != 0) {
        return false;
    }
    l->is_timed = true;
    const struct timespec period = {
        .tv_sec = hz == 1,
        .tv_nsec = hz == 1 ? 0 : 1000000000L / (long)hz,
    };
    const struct itimerspec times = {period, period};
    const int refused = timer_settime(l->timer, 0, &times, NULL);
    assert(!refused);
    (void)refused;
    return true;
}

// The thread never blocks the signal, so that one already sent is delivered by
// the time the system call returns.
void vic_timer_stop(unsigned line) {
    assert(line < VIC_LINES && lines[line].is_timed);
    timer_delete(lines[line].timer);
    lines[line].is_timed = false;
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
