// SPDX-License-Identifier: MIT
//
// What a debug build stops with. A release build calls none of this.
#include "heap.h"
#include "misuse.h"

static const char *status_text(irqgc_status_t why) {
    switch (why) {
    case IRQGC_BAD_ARGUMENT:
        return "refused: flags that there are not, or two policies at once";
    case IRQGC_OVERLAP:
        return "refused: a root that shares memory with a region";
    case IRQGC_NOT_AN_OBJECT:
        return "refused: no live object starts there";
    case IRQGC_IN_OPERATION:
        return "refused: a preempted call is working on this object";
    case IRQGC_UNREACHABLE:
        return "refused: an object that the collector has found dead";
    case IRQGC_UNKNOWN_STACK:
        return "refused: a collection on a stack that is not listed "
               "(irqgc_stack_add)";
    default:
        return "refused";
    }
}

void refusal_stop(irqgc_status_t why) {
    port_stop(status_text(why));
}

void caller_check(const irqgc_t *h) {
    const char *why =
        h == NULL
            ? "a call without a heap: before irqgc_init, or it was refused"
            : port_context_error();
    if (why != NULL) {
        port_stop(why);
    }
}
