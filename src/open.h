// SPDX-License-Identifier: MIT
//
// The open group: the one that small allocations come from, without a record, a
// search or a hint. There is one in IDLE only; the window that begins a cycle
// closes it. Its blocks are claimed by the truth (small.c), so who walks,
// sweeps, frees or counts knows nothing of it.
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
    return *(group_t *const volatile *)&h->open;
}

// Closes it, for a caller that has a record linked: hints show all groups as
// they are. False iff none was open.
bool open_close(irqgc_t *h) CORE_NAME(open_close);

// A group that is open no more, as the window that closed it saw it.
typedef struct {
    const group_t *group; // or NULL: none was open
    word_t shown, used;
} closed_t;

// Hints at such a group.
static inline void closed_hint(irqgc_t *h, const closed_t *was) {
    if (was->group != NULL) {
        hints_changed(h, (word_t)(was->group - h->groups),
                      was->shown & GROUP_ALL, ~was->used & GROUP_ALL);
    }
}

// For a caller that has a record linked: group g is not open from now on.
static inline void group_shut(irqgc_t *h, const group_t *g) {
    if (open_now(h) == g) {
        open_close(h);
    }
}

#endif
