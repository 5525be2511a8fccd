// SPDX-License-Identifier: MIT
//
// Claiming runs of free blocks.
#ifndef IRQGC_SRC_CLAIM_H
#define IRQGC_SRC_CLAIM_H

#include "blocks.h"
#include "open.h"

// T1 claims `run`, `n` blocks of one group, for the object that starts at
// `head` and that `op` names then; `bit` is the head's, or 0 if that is in a
// group before. Returns the blocks used before: ours iff none of `run` is among
// them.
word_t group_claim(irqgc_t *h, record_t *op, block_t head, group_t *g,
                   word_t bit, word_t run, word_t n) CORE_NAME(group_claim);

// Claims `n` blocks, up to a group, as one white object (black where a sweep is
// still to come) that `op` names, if hints are right to tell of them; else
// false.
bool hinted_claim(irqgc_t *h, record_t *op, word_t n) CORE_NAME(hinted_claim);

// Claims `n` blocks as one white object (black where a sweep is still to come)
// that `op` names; false iff there was no free run of that length at some
// instant of the call.
COLD bool searched_claim(irqgc_t *h, record_t *op, word_t n)
    CORE_NAME(searched_claim);

// Claims the blocks from `first` up to `end` for the object that starts at
// `head`: a new one, if that is `first`, which `op` names then. Returns how
// many it claimed before it met one that is taken; if that is not all, they
// have been given back.
COLD word_t blocks_claim(irqgc_t *h, record_t *op, block_t head, block_t first,
                         block_t end) CORE_NAME(blocks_claim);

// For an object that goes on behind, or before: claims up to `n` groups from
// group `k` up, if `tails` are none, or gives them back, from there down, if
// they are all that a group has. Returns how many were as expected, of the
// few that are hinted at together.
LEAN word_t groups_change(irqgc_t *h, word_t k, word_t n, word_t tails)
    CORE_NAME(groups_change);

#endif
