// SPDX-License-Identifier: MIT
//
// A tiny heap, a model of what is in it, and both as they were at the start,
// so that every run begins alike.
#ifndef EXPLORE_WORLD_H
#define EXPLORE_WORLD_H

#include <setjmp.h>

#include "blocks.h"
#include "start.h"

// Slot i is named by letter 'a' + i. The last one is a root only once act
// `root` has registered it.
enum { N_SLOTS = 13, LATE = N_SLOTS - 1 };
enum { MAX_LOCALS = 64, MAX_SEARCHES = 16, MEMORY = 8192 };
enum { MAX_CHAIN = 3, MAX_ROOTS = 2, MAX_GARBAGE = 4 };

// An object as the model knows it.
typedef struct {
    void *at; // NULL: none
    word_t n_blocks;
    word_t seed; // of its content
    irqgc_flags_t attributes;
} object_t;

typedef struct {
    object_t chain[MAX_CHAIN + 1]; // the root points at the first of them, the
                                   // first word of each at the next
    unsigned version;
    bool busy; // an act is working on it: all others leave it alone
    bool stolen;
    unsigned risk; // 1 + the level of a free or realloc that may be preempted
                   // by one more free of the same; 0: none
} slot_t;

// An allocation in progress, watched at every point: when was there room?
typedef struct {
    word_t n_blocks;
    unsigned level;
    block_t behind;   // of an object that grows: where it ends, or NO_BLOCK
    word_t more;      // blocks it needs there
    bool always;      // there has been a run, all the time
    bool alone;       // no handler has come
    bool roomy;       // there is one now
    unsigned n_roomy; // points of its own level since when there has been one
} search_t;

// All that a run changes.
typedef struct {
    void *roots[N_SLOTS];
    slot_t slots[N_SLOTS];
    irqgc_root_t nodes[MAX_ROOTS];
    void *locals[MAX_LOCALS]; // pointers that contexts hold on their stacks
    unsigned n_locals;
    search_t searches[MAX_SEARCHES];
    unsigned n_searches;
    word_t last_seed;
    state_t place;              // in the order of states, at the last look
    void *garbage[MAX_GARBAGE]; // the first of the next
    word_t n_garbage;           // objects that no slot held at the start
    word_t n_dropped; // those that became garbage since, at most, and those
                      // that the sweep under way spares
    bool may_keep;    // a collection has seen locals, and what they seem to be
    bool stolen;      // from now on nothing is allocated
    unsigned n_registered;  // successes of act `root`
    unsigned n_registering; // those in progress
    word_t n_unsure;        // calls that may count as failures or not
    irqgc_counts_t counts;  // expected, of thread and handlers together
} model_t;

typedef struct {
    model_t model;
    _Alignas(64) unsigned char memory[MEMORY]; // the regions
} image_t;

typedef struct {
    image_t now, begun;
    size_t used; // bytes of `memory`
    start_t start;
    irqgc_t *heap;
    bool shared[MEMORY / sizeof(word_t)]; // words that contexts share
    bool quiet;                           // no points, no injections
    bool written;      // what contexts share, since the oracle has looked
    bool thorough;     // end each run with a collection
    bool windows_only; // points only before and behind windows
    bool failed;
    unsigned long n_accesses; // of the run
    // Points of a refused call after its last look, in thread and handlers.
    unsigned parting_alloc[2], parting_realloc[2];
    const char *why;
    long detail;
    sigjmp_buf escape;
} world_t;
extern world_t world;

// Makes the heap that a start describes, and keeps a copy.
void world_begin(const start_t *start);

// Puts all back as it was after world_begin.
void world_restore(void);

// Whether contexts may share the word at this address.
bool world_shares(const void *address);

// Gives the run up: jumps back to who began it.
_Noreturn void fail(const char *why, long detail);

// Of the objects that the slot keeps.
static inline unsigned chain_length(const slot_t *s) {
    unsigned n = 0;
    while (s->chain[n].at != NULL) {
        n++;
    }
    return n;
}

static inline model_t *model(void) {
    return &world.now.model;
}

#endif
