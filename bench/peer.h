// SPDX-License-Identifier: MIT
//
// The allocators that a program is replayed on.
#ifndef IRQGC_BENCH_PEER_H
#define IRQGC_BENCH_PEER_H

#include "irqgc/irqgc.h"

// All functions get the peer. They die rather than find no room.
typedef struct peer peer_t;
struct peer {
    void *(*alloc)(peer_t *peer, size_t size);
    void *(*realloc)(peer_t *peer, void *object, size_t size);
    void (*free)(peer_t *peer, void *object);
    void (*drop)(peer_t *peer, void *object); // has just become unreachable
    irqgc_t *heap;                            // of irqgc only
};

// A heap of so many bytes, with `n_roots` words at `roots` as its roots. It
// collects when it finds no room, the default policy of the thread.
peer_t peer_irqgc(size_t bytes, void *const *roots, size_t n_roots);

// The C library's malloc. It has no collector: dropped objects are freed.
peer_t peer_glibc(void);

// No allocator: what is left is the replay itself.
peer_t peer_empty(void);

// Nanoseconds of processor time, of this process.
double clock_now(void);

// What irqgc_collect took, of all calls so far.
typedef struct {
    double ns;
    unsigned long n;
} collections_t;
collections_t collections_so_far(void);

#endif
