// SPDX-License-Identifier: MIT
//
// An allocator of the benchmark. Each is one file of peers/, which defines what
// stands below and makes a program of its own; what it links with, its first
// comment says: "Link: ...".
//
// Counted is what runs inside peer_alloc, peer_realloc, peer_free and
// peer_collect. None of them calls another; the Makefile keeps them from ending
// in a jump.
#ifndef IRQGC_BENCH_PEER_H
#define IRQGC_BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    bool collects; // finds what is unreachable; the others are told by a free
    bool bounded;  // has the memory of peer_start and no other
    bool slow;     // spare it what would take hours: plan.py
    bool in_handlers; // may be called by a handler that interrupted a call;
                      // others are called with interrupts masked, on boards
} peer_traits_t;
extern const peer_traits_t peer_traits;

// The memory is zeroed, its start aligned to a page; roots are words that may
// point to objects, beside those of the stack. Returns false if it is too
// small.
bool peer_start(void *memory, size_t bytes, void **roots, size_t n_roots);

// Zeroed; collects as it does by itself. Returns NULL if there is no room.
void *peer_alloc(size_t size);

// What a larger size adds need not be zeroed. Returns NULL as peer_alloc.
void *peer_realloc(void *object, size_t size);

void peer_free(void *object);

// All of it: mark and sweep. Nothing where !peer_traits.collects.
void peer_collect(void);

// So far, those asked for and those of its own.
unsigned long peer_collections(void);

#endif
