// SPDX-License-Identifier: MIT
//
// Numbers of calls, and of blocks.
#ifndef IRQGC_SRC_COUNTS_H
#define IRQGC_SRC_COUNTS_H

#include "heap.h"

// T18 count a call, given the offset of its counter. In a handler in a window,
// for handlers of two levels share a counter. And it notes the least free: a
// sweep that was preempted does not see what the handler took before the next
// group is given back.
COLD void count(irqgc_t *h, size_t offset) CORE_NAME(count);

static inline word_t *counter(irqgc_counts_t *counts, size_t offset) {
    return (word_t *)((char *)counts + offset);
}

// The same where it is called often. In the thread without a window: no one
// else counts there.
static inline void count_fast(irqgc_t *h, size_t offset) {
    if (port_in_handler()) {
        count(h, offset);
    } else {
        ++*counter(&h->counts[0], offset);
    }
}

typedef struct {
    word_t taken, given;
} counters_t;

// T19 glance at the counters. Both at one instant, for their difference (I5).
static inline counters_t counters_glance(const irqgc_t *h) {
    const port_irq_t irq = port_irq_save();
    const counters_t c = {h->taken, h->given};
    port_irq_restore(irq);
    return c;
}

// Notes how many blocks are free, if they have never been fewer. Called before
// blocks are given back: then they are fewest.
COLD void least_free_note(irqgc_t *h) CORE_NAME(least_free_note);

// The same where it is called often.
static inline void least_free_note_fast(irqgc_t *h) {
    if (now(&h->given) - now(&h->taken) < now(&h->least_free)) {
        least_free_note(h);
    }
}

#endif
