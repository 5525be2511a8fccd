// SPDX-License-Identifier: MIT
//
// The trace hook: a function of the program's that hears of what the heap does,
// to draw it or to count it. docs/seeing.md has two examples.
//
// A core that is compiled with -DIRQGC_TRACE=1 calls irqgc_trace, which the
// program defines. By default, 0, there is no such call, and not an instruction
// more. (tests/builds/trace.sh)
#ifndef IRQGC_TRACE_H
#define IRQGC_TRACE_H

#include "irqgc/irqgc.h"

#ifdef __cplusplus
extern "C" {
#endif

// The events, with what `object` and `size` are. Sizes are bytes of whole
// blocks, but for a refusal: what was asked for.
//
// For each address ALLOC and FREE take turns, in the order of the calls of the
// hook, whatever the contexts. An ALLOC that follows another ALLOC at its
// address, or in its bytes, tells that a collection has freed the older object:
// what it frees is not told one by one.
typedef enum {
    // An object's blocks are claimed, and no one else's; the call has not
    // returned it yet. Also the new place of an object that moves.
    IRQGC_TRACE_ALLOC,

    // An object has been accepted by irqgc_free; its blocks are not given back
    // yet. Also the old place of an object that moves: behind its ALLOC. One
    // that irqgc_realloc resizes where it is has FREE with the old size, and
    // ALLOC with the new one, while it has the blocks of both.
    IRQGC_TRACE_FREE,

    // irqgc_collect begins, or a collection of an allocation, and has not
    // looked at anything yet. No object, no size.
    IRQGC_TRACE_COLLECT_BEGIN,

    // It is over, and about to return. Between the two in a context are those
    // of more urgent ones, which nest.
    IRQGC_TRACE_COLLECT_END,

    // irqgc_alloc or irqgc_realloc is about to return NULL, for want of room;
    // counted by `failures` already. No object. A break (brk.h) that has waited
    // for the call may be delivered in the middle of this one event's hook.
    IRQGC_TRACE_REFUSED
} irqgc_trace_event_t;

// Called outside of masked windows, in the context of the call that is traced:
// by the thread, by handlers of any priority, and by a more urgent one in the
// middle of another's call. It returns, and is as long as the program's
// deadlines allow: its time is the call's. It may use what only reads
// (irqgc_stats, irqgc_size, irqgc_check, irqgc_walk, irqgc_dump), irqgc_mask
// and irqgc_restore; it allocates, frees, resizes and collects nothing, does
// not poll for a break, and does not write to the object.
void irqgc_trace(irqgc_trace_event_t event, irqgc_t *heap, void *object,
                 size_t size);

#ifdef __cplusplus
}
#endif

#endif
