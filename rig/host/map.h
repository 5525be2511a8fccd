// SPDX-License-Identifier: MIT
//
// A map of the heap: its blocks in the order of addresses, in equal stretches.
#ifndef IRQGC_RIG_HOST_MAP_H
#define IRQGC_RIG_HOST_MAP_H

#include "irqgc/irqgc.h"

// How full a stretch is: from 0, none of it is used, over anything at all, to
// all of it.
#define MAP_FULL 9u

// Sets `shades[0]` to `shades[n - 1]` for a heap of `total` bytes. Returns how
// many it has set: no more than there are blocks.
size_t map_take(const irqgc_t *heap, size_t total, unsigned char *shades,
                size_t n);

#endif
