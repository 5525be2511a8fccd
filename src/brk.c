// SPDX-License-Identifier: MIT
//
// The break. A request is a flag; who holds it off counts. When it arrives, at
// the thread and at no other context, it is delivered iff no one holds it off;
// else it is left to the last release, which has it arrive again.
//
// An operation of the heap holds it off by the record that it has anyway, and
// is not told before there is something to tell: a break that finds a record
// notes that in `deferred`, which the end of each operation looks at.
//
// Neither needs a window: whoever preempts, a delivery too, releases what it
// held before it returns (I9), and a release takes its hold back before it
// looks. A request that comes between arrives by itself.
#include "irqgc/brk.h"

#include <stddef.h>

#include "brk.h"
#include "heap.h"
#include "records.h"

static irqgc_brk_config_t settings;
static word_t waiting; // 0 or 1: a break is requested, and not yet taken

irqgc_status_t irqgc_brk_init(const irqgc_brk_config_t *c) {
    if (c == NULL || c->deliver == NULL ||
        (c->n_heaps != 0 && c->heaps == NULL) ||
        (c->asynchronous != 0 &&
         (!PORT_BREAKS || (c->heap == NULL && c->n_heaps == 0)))) {
        return IRQGC_BAD_ARGUMENT;
    }
    irqgc_brk_config_t as = *c;
    irqgc_brk_config_t *to = &settings;
    WINDOW_READY("+r"(to), "+r"(as.deliver), "+r"(as.escalate), "+r"(as.arg),
                 "+r"(as.heap), "+r"(as.heaps), "+r"(as.n_heaps),
                 "+r"(as.asynchronous));
    const port_irq_t irq = port_irq_save(); // a handler may request meanwhile
    waiting = 0;
    n_holds = 0;
    to->deliver = as.deliver; // one by one, lest memcpy is called
    to->escalate = as.escalate;
    to->arg = as.arg;
    to->heap = as.heap;
    to->heaps = as.heaps;
    to->n_heaps = as.n_heaps;
    to->asynchronous = as.asynchronous;
    port_irq_restore(irq);
    return IRQGC_OK;
}

static void arrive_later(void) {
    if (settings.asynchronous) {
        port_break_pend();
    }
}

// B1 request. After: a break waits. Returns whether one did. The window: of two
// requests, one above the other, one has to be the second.
static word_t wait_begin(void) {
    const port_irq_t irq = port_irq_save();
    const word_t was = waiting;
    waiting = 1;
    port_irq_restore(irq);
    return was;
}

// A debug build stops where nothing has been set up.
static void set_up_check(void) {
    if (IRQGC_DEBUG && settings.deliver == NULL) {
        port_stop("a call of breaks before irqgc_brk_init");
    }
}

ORDERED void irqgc_brk_request(void) {
    set_up_check();
    if (wait_begin() == 0) {
        arrive_later();
    } else if (settings.escalate != NULL) {
        settings.escalate(settings.arg);
    }
}

// B2 take. Before: no one holds it off, and the thread does not go on. After:
// what was requested before is this delivery's, and held off; what comes just
// after is another break. False iff nothing waits.
static bool wait_end(void) {
    const port_irq_t irq = port_irq_save();
    const word_t was = waiting;
    waiting = 0;
    n_holds = was;
    port_irq_restore(irq);
    return was != 0;
}

// Whether an operation of this heap is under way: then its end looks.
static bool heap_holds(irqgc_t *h) {
    if (h == NULL || h->records == NULL) {
        return false;
    }
    *(volatile word_t *)&h->deferred = (word_t)settings.asynchronous;
    return true;
}

bool brk_arrive(void) {
    if (n_holds != 0 || heap_holds(settings.heap)) {
        return false; // the last release, or the operation's end, looks
    }
    for (size_t i = 0; i < settings.n_heaps; i++) {
        if (heap_holds(settings.heaps[i])) {
            return false;
        }
    }
    return settings.deliver != NULL && wait_end();
}

void brk_deliver(void) {
    settings.deliver(settings.arg);
}

ORDERED void irqgc_brk_hold(void) {
    n_holds++;
    in_order();
}

ORDERED __attribute__((used)) void irqgc_brk_release(void) {
    in_order();
    ASSERT(n_holds != 0);
    if (n_holds == 0) {
        return;
    }
    n_holds--;
    if (n_holds == 0 && now(&waiting) != 0) {
        arrive_later();
    }
}

ORDERED int irqgc_brk_poll(void) {
    set_up_check();
    if (now(&waiting) == 0 || port_in_handler() || !brk_arrive()) {
        return 0;
    }
    brk_deliver();
    irqgc_brk_release();
    return 1;
}
