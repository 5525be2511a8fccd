// SPDX-License-Identifier: MIT
//
// The allocator that an image measures: irqgc, or the C library's malloc inside
// masked windows, which is how firmware lets handlers use it today.
#ifndef IRQGC_BENCH_FIGURES_PEER_H
#define IRQGC_BENCH_FIGURES_PEER_H

#include "measure.h"

#ifndef FIGURES_KIB
#error "FIGURES_KIB is the size of the heap"
#endif
#define HEAP_BYTES (FIGURES_KIB * 1024u)

// Where it lies: at a round address, so that figures do not depend on the size
// of what measures them.
char *heap_memory(void);

// As many objects as the heap can hold of the smallest size.
#define OBJECTS_MAX (HEAP_BYTES / 16)

// A heap of HEAP_BYTES in which nothing is allocated. May be called again.
void peer_open(void);

// Measured calls (see call_took). Memory is not cleared, but for the second;
// NULL if there is no room.
void *peer_alloc(size_t size);
void *peer_alloc_cleared(size_t size);
void *peer_realloc(void *object, size_t size);
void peer_free(void *object);

// Whether the peer has groups and hints; if so, whether an allocation of this
// size would, now, find room by a hint; and whether an object lies in one
// group.
extern const bool peer_has_groups;
bool peer_has_hint(size_t size);
bool peer_in_one_group(const void *object, size_t size);

// Figures that only this peer has.
void peer_figures(void);

#endif
