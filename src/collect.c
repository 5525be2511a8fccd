// SPDX-License-Identifier: MIT
//
// A collection abandons another one's marking and helps its sweeping.
//
//             +------- begin -------+
//             |                     v
//           IDLE <-- SWEEP <----- MARK <--- CLEAR
//                    ^  |          |  ^       ^ |
//                    +--+          +--|-begin-+ |
//                    help             +---------+
//
// Contexts nest, so whoever preempts a collection completes one of its own
// before the preempted one goes on. That one then finds a state that is not
// its own, and a cycle completed that began after it was called: done. There
// is no owner and nothing is handed over; the state word is all the protocol.
#include "collect.h"
#include "blocks.h"
#include "counts.h"
#include "frames.h"
#include "hook.h"
#include "misuse.h"
#include "open.h"
#include "records.h"

// T8 begin a cycle. Before: any state `s` but SWEEP. After: a cycle with a
// number of its own, so that all transitions under `s` are void (I7); in MARK
// if no head can be black (I4), else in CLEAR. No group is open: the caller has
// closed it, and has a record. Returns the state begun, or `s` if that is not
// the state any more.
static state_t cycle_begin(irqgc_t *h, state_t s) {
    const state_t phase = state_phase(s) == IDLE ? MARK : CLEAR;
    const state_t begun = (s & ~(state_t)PHASE_MASK) + CYCLE_ONE + phase;
    const port_irq_t irq = port_irq_save();
    const bool unchanged = h->state == s;
    if (unchanged) {
        h->state = begun;
        h->mark_depth = 0;
        h->overflowed = 0;
    }
    port_irq_restore(irq);
    return unchanged ? begun : s;
}

// T9 clear a group. Before: an abandoned cycle may have left black heads that
// it never scanned. After: all white. One that is claimed just after is white
// too. Nothing, if the state is not `mine`.
static void group_clear(const irqgc_t *h, state_t mine, group_t *g) {
    const port_irq_t irq = port_irq_save();
    if (h->state == mine) {
        g->body &= ~g->head;
    }
    port_irq_restore(irq);
}

// T13 from CLEAR to MARK. Before: no head is black, and none becomes so in
// CLEAR. After: the barrier shades. Nothing, if the state is not `mine`.
static void clear_end(irqgc_t *h, state_t mine) {
    const port_irq_t irq = port_irq_save();
    if (h->state == mine) {
        h->state = mine - CLEAR + MARK;
    }
    port_irq_restore(irq);
}

// No group has been seen full of tails in the MARK to come. What is noted in
// between is in a cycle that ends before this one begins: the window that
// begins its MARK sees that.
static void tails_forget(const irqgc_t *h) {
    for (word_t i = 0; i < map_words(h->n_groups); i++) {
        *(volatile word_t *)&h->tails[i] = 0;
    }
}

static void clear(irqgc_t *h, state_t mine) {
    group_t *end = h->groups + h->n_groups;
    for (group_t *g = h->groups; g < end; g++) {
        group_clear(h, mine, g);
    }
    tails_forget(h);
    clear_end(h, mine);
}

// Begins a cycle instead of the one at `s`, and takes it to SWEEP; or gives up
// because a higher context has begun, and so completed, a later one.
static void collect_instead(irqgc_t *h, state_t s) {
    if (state_phase(s) == IDLE) {
        tails_forget(h);
    }
    open_close(h); // and it stays so: the caller has a record
    const state_t mine = cycle_begin(h, s);
    if (mine == s) {
        return;
    }
    if (state_phase(mine) == CLEAR) {
        clear(h, mine);
    }
    // The frames below are scanned, too; in their gaps is what was there
    // before.
    frames_wipe();
    mark(h, (mine & ~(state_t)PHASE_MASK) + MARK);
}

// The record is for a break to see: another context may complete the cycle
// while this one still has hints to toggle.
COLD irqgc_status_t irqgc_collect(irqgc_t *h) {
    call_begin(h);
    if (!port_stacks_known()) {
        misuse(h, IRQGC_UNKNOWN_STACK, NULL);
        return IRQGC_UNKNOWN_STACK;
    }
    record_t op;
    record_begin(h, &op);
    trace_event(h, IRQGC_TRACE_COLLECT_BEGIN);
    const state_t called = now(&h->state);
    state_t s = called;
    while (state_phase(s) != IDLE || !state_is_later(s, called)) {
        if (state_phase(s) == SWEEP) {
            sweep(h, s);
        } else {
            collect_instead(h, s);
        }
        s = now(&h->state);
    }
    count(h, offsetof(irqgc_counts_t, collects));
    trace_event(h, IRQGC_TRACE_COLLECT_END);
    record_drop(h, &op);
    return IRQGC_OK;
}
