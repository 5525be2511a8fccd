// SPDX-License-Identifier: MIT
//
// What must hold. Independent of the core's own checker.
#ifndef EXPLORE_ORACLE_H
#define EXPLORE_ORACLE_H

#include "world.h"

// At every injection point: I1, I4, I5, I7, and what watched allocations see.
void oracle_look(void);

// Watches an allocation of `n` blocks, or the growing of an object that ends
// at block `end` by `more`, from here on to the answer.
void search_begin(word_t n, block_t end, word_t more);

// Ends the last watch. If the call was refused there must have been no room:
// - if no handler came, neither at the end,
// - nor all the time,
// - nor throughout the last `parting` points of the call, in which it does not
//   look any more whether something has come back.
void search_end(bool refused, unsigned parting);

// A handler comes at a point of this level.
void searches_disturb(void);

// At the end of a run, or between two acts of the thread: the heap is at rest
// and is what the model says. `collected`: what was garbage at the start of the
// last act must be gone.
void oracle_final(bool collected);

// Fails unless the object has this extent and these attributes.
void object_expect(const object_t *o);

#endif
