// SPDX-License-Identifier: MIT
//
// A virtual interrupt controller whose interrupts are signals.
//
// It has numbered lines. Each has a priority, a larger number being more
// urgent, and one pending bit, as in hardware: a request for a line that is
// pending already is lost, and counted. A line runs when interrupts are not
// masked and nothing of its priority or above is active; until then it stays
// pending. Of several pending lines the most urgent runs first, of equally
// urgent ones that with the lowest number, as in the NVIC.
//
// A line is requested by vic_raise, by its timer, or by anyone who sends the
// process the signal SIGRTMIN + line. Handlers run on the stack of whatever
// they interrupt, which must not block these signals by itself: the
// controller decides about nesting, not the kernel. One thread.
//
// Masking is a flag that the controller looks at. So a handler that the program
// has connected to a signal by itself breaks into masked windows: all it may do
// of irqgc is vic_raise and irqgc_brk_request. A build with IRQGC_DEBUG stops
// at its first other call if the signal is blocked while it is handled, as it
// is without SA_NODEFER (with glibc: by the frames of the stack, once what is
// blocked is other than usual); and at one that comes in the middle of a
// window, in any case. It does not see a handler with SA_NODEFER elsewhere, nor
// one that unblocks its signal.
//
// However many requests come, and however fast, the stack holds at any time at
// most one signal's frame for each priority, one for the delivery of a break,
// and one more.
#ifndef IRQGC_POSIX_VIC_H
#define IRQGC_POSIX_VIC_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

// For the linker the names begin with irqgc_, as all others do.
#define IRQGC_VIC_TEXT(text) #text
#define IRQGC_VIC_PREFIX(label) IRQGC_VIC_TEXT(label)
#define IRQGC_VIC_NAME(name)                                                   \
    __asm__(IRQGC_VIC_PREFIX(__USER_LABEL_PREFIX__) "irqgc_" #name)

#define VIC_LINES 16u // lines are 0 ... VIC_LINES - 1

// What a line calls. It may do all that a signal handler may, use irqgc, and
// raise lines. It returns with the mask as it found it: open.
typedef void vic_handler_t(void *arg);

// Connects a line, at a priority of 1 (least urgent) or more, and zeroes its
// statistics. A line may be connected anew.
//
// Context: thread, while the line is neither pending nor active nor timed.
// Bound:   a system call.
void vic_connect(unsigned line, int priority, vic_handler_t *handler, void *arg)
    IRQGC_VIC_NAME(vic_connect);

// Requests a connected line. Has its handler run before it returns, unless
// masked, or while one as urgent is active: then as soon as that is over.
//
// Context: any, also handlers of signals that are none of the controller's,
//          such as one that single-steps.
// Bound:   constant, beside the handlers.
void vic_raise(unsigned line) IRQGC_VIC_NAME(vic_raise);

// Requests a connected line `hz` times a second, 1 to 1 000 000, from now on.
// Periods that the system could not keep up with count as lost requests; it
// leaves out some more to have time for what is less urgent, so that a handler
// that does next to nothing never keeps the thread from going on.
//
// Returns false iff the system has no more timers; nothing has changed then.
//
// Context: thread, while the line is not timed. Bound: system calls.
bool vic_timer_start(unsigned line, unsigned hz)
    IRQGC_VIC_NAME(vic_timer_start);

// Ends the requests that vic_timer_start began. None comes after the return,
// but when called masked, the line may be pending.
//
// Context: thread, while the line is timed. Bound: system calls.
void vic_timer_stop(unsigned line) IRQGC_VIC_NAME(vic_timer_stop);

// The priority of the calling context: 0 is the thread.
//
// Context: any. Bound: constant.
int vic_priority(void) IRQGC_VIC_NAME(vic_priority);

// When a line is neither pending nor being raised, raised = run + lost. The
// counts wrap.
typedef struct {
    unsigned long raised; // requests
    unsigned long run;    // activations of the handler
    unsigned long lost;   // requests while pending, and periods missed
    int deepest;          // most handlers under way, this one included
} vic_stats_t;

// Fills in the statistics of a line. Each figure was true at some instant of
// the call.
//
// Context: any. Bound: constant.
void vic_stats(unsigned line, vic_stats_t *stats) IRQGC_VIC_NAME(vic_stats);

#ifdef __cplusplus
}
#endif

#endif
