// SPDX-License-Identifier: MIT
//
// The peer as a work uses it: with what is unreachable given back, and each
// call marked for who counts.
#ifndef IRQGC_BENCH_HEAP_H
#define IRQGC_BENCH_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How an object begins. No object is smaller: every peer has room for it in the
// least that it gives.
#define N_LINKS 2u
typedef struct {
    void *link[N_LINKS]; // other objects, or NULL
} head_t;

typedef struct {
    uint64_t operations; // calls, and objects dropped: with all peers as many
    uint64_t collections, refused;
    double ns; // of processor time
} tally_t;
extern tally_t tally;

// Starts the peer in `bytes` of memory with `n_roots` roots, all NULL, which it
// returns. Exits with EXIT_FAILED if that is too small.
void **heap_start(size_t bytes, size_t n_roots);

// What a work prepares is not measured; each work begins and ends once.
void measure_begin(void);
void measure_end(void);

void *heap_alloc(size_t size);
void *heap_realloc(void *object, size_t size);
void heap_free(void *object);
// `object` has just become unreachable.
void heap_drop(void *object);
void heap_collect(void);

#endif
