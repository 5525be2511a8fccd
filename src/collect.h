// SPDX-License-Identifier: MIT
//
// The parts of a collection; collect.c tells how they fit together.
#ifndef IRQGC_SRC_COLLECT_H
#define IRQGC_SRC_COLLECT_H

#include "heap.h"

// What storing these words does besides storing them: shades what they point
// at, if a preempted collection is marking. After the store: a MARK that begins
// between the two sees them by itself.
void words_barrier(irqgc_t *h, void *const *words, size_t n)
    CORE_NAME(words_barrier);

// Makes a white head black and sees to it that it is scanned. False iff the
// state is not `mine`, a MARK, any more. A block that is no white head, or has
// become something else since the caller looked, stays as it is.
LEAN bool block_shade(irqgc_t *h, state_t mine, block_t b)
    CORE_NAME(block_shade);

// Shades what the words of an object or a registered range point at; false as
// above.
LEAN bool words_shade(irqgc_t *h, state_t mine, void *const *words, size_t n)
    CORE_NAME(words_shade);

// What the store of a pointer to this block does besides storing: shade it, if
// a preempted collection is marking. After the store: a MARK that begins
// between the two sees the stored pointer by itself.
static inline void block_barrier(irqgc_t *h, block_t b) {
    const state_t s = now(&h->state);
    if (state_marks(s)) {
        block_shade(h, s, b);
    }
}

// Shades whatever the roots reach, until nothing waits to be scanned, and goes
// on to SWEEP; or gives up as soon as the state is not `mine` any more.
void mark(irqgc_t *h, state_t mine) CORE_NAME(mark);

// Sweeps the groups that are still unswept, to the end of the cycle.
void sweep(irqgc_t *h, state_t mine) CORE_NAME(sweep);

#endif
