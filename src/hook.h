// SPDX-License-Identifier: MIT
//
// Calls of the hook of irqgc/trace.h. Each is one line where it stands,
// and nothing if there is no hook.
#ifndef IRQGC_SRC_HOOK_H
#define IRQGC_SRC_HOOK_H

#include "blocks.h"
#include "heap.h"
#include "irqgc/trace.h"

// 1: the core calls irqgc_trace. Default 0.
#ifndef IRQGC_TRACE
#define IRQGC_TRACE 0
#endif
#if IRQGC_TRACE < 0 || IRQGC_TRACE > 1
#error "IRQGC_TRACE: 0 or 1"
#endif

static inline void trace_event(irqgc_t *h, irqgc_trace_event_t event) {
    if (IRQGC_TRACE) {
        irqgc_trace(event, h, NULL, 0);
    }
}

static inline void trace_refused(irqgc_t *h, size_t size) {
    if (IRQGC_TRACE) {
        irqgc_trace(IRQGC_TRACE_REFUSED, h, NULL, size);
    }
}

// An object of `n` blocks that the caller's record names.
static inline void trace_alloc(irqgc_t *h, void *object, word_t n) {
    if (IRQGC_TRACE) {
        irqgc_trace(IRQGC_TRACE_ALLOC, h, object, n * BLOCK_BYTES);
    }
}

// The same, of which nothing has been given back.
static inline void trace_free(irqgc_t *h, block_t b) {
    if (IRQGC_TRACE) {
        irqgc_trace(IRQGC_TRACE_FREE, h, block_address(h, b),
                    (object_end(h, b) - b) * BLOCK_BYTES);
    }
}

// The same, of `n_old` blocks, that is to have `n`, and has what both need.
static inline void trace_resize(irqgc_t *h, void *object, word_t n_old,
                                word_t n) {
    if (IRQGC_TRACE && n != n_old) {
        irqgc_trace(IRQGC_TRACE_FREE, h, object, n_old * BLOCK_BYTES);
        irqgc_trace(IRQGC_TRACE_ALLOC, h, object, n * BLOCK_BYTES);
    }
}

#endif
