// SPDX-License-Identifier: MIT
//
// One context of the rig: its random numbers, its figures, the first fault it
// found, and the objects it makes and checks.
//
// An actor is used by its own context alone. What a more urgent one reads of
// it, and of what a less urgent one is preempted in, is a single word. That is
// why there is no window here.
#ifndef IRQGC_RIG_ACTOR_H
#define IRQGC_RIG_ACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "irqgc/irqgc.h"

// How an object of the rig begins. The rest, up to its size, is a pattern made
// from its id. No object is smaller than a block: it would take one anyway.
//
// Ids, seals and the pattern's words are odd, so that none is taken for the
// address of an object.
typedef struct {
    uint32_t id;
    uint32_t seal; // the size, hidden with the id
    void *link[2]; // other objects of the rig, or NULL
} rig_object_t;

_Static_assert(sizeof(rig_object_t) <= IRQGC_BLOCK, "fits every object");

// What the model knows of an object.
typedef struct {
    uint32_t id;
    uint32_t size; // bytes, as asked for
} rig_label_t;

// Counts wrap.
typedef struct {
    uint32_t allocs;
    uint32_t no_room; // allocations and reallocations answered with NULL
    uint32_t judged;  // of these, nothing changed until the heap was searched
    uint32_t frees;
    uint32_t reallocs;
    uint32_t moves; // of these, to another address
    uint32_t collects;
    uint32_t events;  // of the trace
    uint32_t rounds;  // completed, of the trace
    uint32_t objects; // looked at, and found as they should be
    uint32_t checks;  // irqgc_check
    uint32_t deepest; // handlers under way at a tick, this one included
    uint64_t bytes;   // asked for
} rig_figures_t;

typedef struct {
    const char *what; // NULL if there is none
    const void *where;
    uint32_t id;
    uint32_t tick;
    size_t figure; // what it is, `what` tells
} rig_fault_t;

typedef struct rig_actor rig_actor_t;
struct rig_actor {
    irqgc_t *heap;
    const irqgc_region_t *regions;
    size_t n_regions;
    const rig_actor_t *above; // the next more urgent one, or NULL
    uint32_t level;           // 0: the thread
    uint32_t collect_every;   // one in so many chances; 0: never
    uint32_t random;          // never 0
    uint32_t last_id;         // odd, the level in the top two bits
    volatile uint32_t ticks;  // begun
    rig_figures_t figures;
    rig_fault_t fault;
};

// A random number, one below `n` (not 0), and an event of odds 1 : n; n 0 is
// never.
uint32_t actor_random(rig_actor_t *actor);
uint32_t actor_below(rig_actor_t *actor, uint32_t n);
bool actor_one_in(rig_actor_t *actor, uint32_t n);

// Keeps the first fault. `figure` is one that `what` speaks of.
void actor_fail(rig_actor_t *actor, const char *what, size_t figure);

// The same, of an object. Answers false.
bool actor_fail_at(rig_actor_t *actor, const char *what, const void *where,
                   uint32_t id);

// Allocates an object of `size` bytes, or a block, and fills it. Returns NULL
// if there is no room, having judged whether that is true. `flags` holds
// IRQGC_NO_POINTERS or IRQGC_HELD, how to allocate is chosen at random.
rig_object_t *actor_make(rig_actor_t *actor, uint32_t size,
                         irqgc_flags_t flags);

// The id of the object that an actor makes after that of `id`.
uint32_t actor_id_after(uint32_t id);

// What the model has to know of the object just made.
rig_label_t actor_label(const rig_object_t *object);

// Reallocates an object. Returns where it is now and corrects its label, or
// NULL if there is no room; all is then as it was.
rig_object_t *actor_resize(rig_actor_t *actor, rig_object_t *object,
                           rig_label_t *label, uint32_t size);

// Checks an object, and frees it.
void actor_free(rig_actor_t *actor, rig_object_t *object, rig_label_t label);

// Checks that an object is alive and as its label and pattern tell. A pointer
// that leads out of the heap is not followed.
bool actor_check(rig_actor_t *actor, const void *object, rig_label_t label);

// The same for an object of which only the id is known, or 0: NULL.
bool actor_check_id(rig_actor_t *actor, const void *object, uint32_t id);

// Checks the objects on a random path of links, `hops` at most. `object` has
// been checked. Those on the path need not be in any table: a collection has
// to keep them all the same.
void actor_check_path(rig_actor_t *actor, const rig_object_t *object,
                      unsigned hops);

// Stores a pointer to an object that this activation of the context made, or
// into one: raw now and then, as the heap's contract allows.
void actor_store_fresh(rig_actor_t *actor, void **slot, void *object);

// Collects; checks the heap.
void actor_collect(rig_actor_t *actor);
void actor_check_heap(rig_actor_t *actor);

#endif
