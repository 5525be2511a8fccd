// SPDX-License-Identifier: MIT
//
// The open group: the one that small allocations come from, without a record, a
// search or a hint. There is one in IDLE only: who begins a cycle closes it
// before. Its blocks are claimed by the truth (small.c), so who walks, sweeps,
// frees or counts knows nothing of it.
//
// Hints show it as it was when it was opened: who changes it meanwhile owes
// none, and who closes it toggles from that to what the closing window saw. So
// of each group, open or not, the maps after one window are the maps before the
// next, and what is toggled adds up as ever.
//
// Who changes a group must know whether it is open, in the very window. An
// operation with a record closes it before (group_shut): none is opened while
// a record is linked, so it stays closed. Those without compare `open`.
#ifndef IRQGC_SRC_OPEN_H
#define IRQGC_SRC_OPEN_H

#include "hints.h"

static inline group_t *open_now(const irqgc_t *h) {
    return FOR_SIZE ? NULL : *(group_t *const volatile *)&h->open;
}

// Closes it, for a caller that has a record linked: so none is opened, and what
// it leaves in the heap for hints stays there. Returns it, or NULL: none was
// open.
LEAN const group_t *group_close(irqgc_t *h) CORE_NAME(group_close);

// Closes it, and hints at it: hints show all groups as they are then. False iff
// none was open.
LEAN bool open_close(irqgc_t *h) CORE_NAME(open_close);

// For a caller that has a record linked: group g is not open from now on. True
// iff it was, and it is for the caller to hint at that.
static inline bool group_shut(irqgc_t *h, const group_t *g) {
    return !FOR_SIZE && open_now(h) == g && group_close(h) != NULL;
}

// Hints at group k, where the caller's window saw those blocks used, and left
// these free; and that it was closed before. Both at once, unless others have
// changed it in between.
LEAN void group_hint(irqgc_t *h, word_t k, bool was_open, word_t used,
                     word_t free) CORE_NAME(group_hint);

#endif
