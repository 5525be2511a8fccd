// SPDX-License-Identifier: MIT
//
// Calls that are refused, and what a debug build stops at.
#ifndef IRQGC_SRC_MISUSE_H
#define IRQGC_SRC_MISUSE_H

#include "heap.h"

// Tells the owner of the heap that a call was refused, or stops a debug build.
COLD void misuse(irqgc_t *h, irqgc_status_t why, const void *object)
    CORE_NAME(misuse);

COLD void refusal_stop(irqgc_status_t why) CORE_NAME(refusal_stop);

// The beginning of each public call: a debug build stops if there is no heap,
// or windows do not keep the caller out.
COLD void caller_check(const irqgc_t *h) CORE_NAME(caller_check);

static inline void call_begin(const irqgc_t *h) {
    if (IRQGC_DEBUG) {
        caller_check(h);
    }
}

#endif
