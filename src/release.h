// SPDX-License-Identifier: MIT
//
// Giving blocks back goes from the last one to the first, so that no tail is
// ever left without what it follows (I1).
#ifndef IRQGC_SRC_RELEASE_H
#define IRQGC_SRC_RELEASE_H

#include "heap.h"

// Gives back the last blocks of the object that `op` names, from `first` up to
// `end`; all of it, if `first` is its head, and `op` names it no more then.
COLD void blocks_release(irqgc_t *h, record_t *op, block_t first, block_t end)
    CORE_NAME(blocks_release);

#endif
