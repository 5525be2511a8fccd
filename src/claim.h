// SPDX-License-Identifier: MIT
//
// Claiming runs of free blocks, and giving blocks back.
#ifndef IRQGC_SRC_CLAIM_H
#define IRQGC_SRC_CLAIM_H

#include "heap.h"

// Claims `n` blocks as one white object (black where a sweep is still to
// come) that `op` names; false iff there was no free run of that length at
// some instant of the call.
bool object_claim(irqgc_t *h, record_t *op, word_t n);

// Claims the free blocks from `end`, where the object that `op` names ends, up
// to `new_end` for it. Returns how many it claimed before it met one that is
// taken; if that is not all, they have been given back.
word_t object_extend(irqgc_t *h, block_t end, block_t new_end);

// Gives back the tails of an object from `first` up to but not including
// `end`, the last group first. False, with those left that come before, iff
// some are no such tails.
bool tails_release(irqgc_t *h, block_t first, block_t end);

// Gives back the object that `op` names and that ends at `end`, the head last.
void object_release(irqgc_t *h, record_t *op, block_t end);

#endif
