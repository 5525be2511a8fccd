// SPDX-License-Identifier: MIT
//
// The inside of a world, shared by its parts.
#ifndef PREEMPT_MODEL_H
#define PREEMPT_MODEL_H

#include "world.h"

enum {
    MOST_THINGS = 512,
    MOST_BLOCKS = 1024,
    N_ROOTS = 40, // words of the table registered by world_build
    N_EXTRA = 8,  // further ones, registered one by one
    N_LEVELS = 6,
    ARENA_SIZE = 128 * 1024,
};

typedef enum {
    ABSENT,
    ALIVE,
    GARBAGE // may be there or not; nothing reaches it
} life_t;

typedef struct {
    uint8_t life;
    uint8_t busy; // calls under way that work on it
    uint8_t reached, old, excused;
    uint8_t pointed_at; // by a context that has been preempted in a collection
    uint8_t flags;      // NO_POINTERS, HELD
    uint16_t n_blocks;
    uint16_t links[THING_SLOTS];
    uint16_t words[THING_SLOTS]; // where in the object the links are
    uintptr_t address;
} model_t;

// What a context is doing; seen by those that preempt it.
typedef struct {
    size_t wanted;  // blocks that it tries to allocate
    size_t room;    // fewest in the longest run, while it tries
    thing_t victim; // freed or reallocated
    bool attacked;  // and has been freed by a handler meanwhile

    // As the handler of this level found it.
    state_t state;
    word_t unswept;
    record_t *records;
    int masked;
} context_t;

typedef struct {
    irqgc_t *heap;
    const picture_t *picture;
    model_t things[MOST_THINGS];
    thing_t n_things; // numbers given, 0 among them
    thing_t named[128];

    void *roots[N_ROOTS + N_EXTRA];
    uint16_t root_links[N_ROOTS + N_EXTRA];
    uint8_t root_busy[N_ROOTS + N_EXTRA];
    unsigned n_roots; // in use
    irqgc_root_t root_nodes[1 + N_EXTRA];

    context_t contexts[N_LEVELS];
    unsigned long n_preemptions;
    bool handlers_nest; // the first one is preempted, too
    bool notes_frames;  // a collection of the thread is under way

    irqgc_counts_t counts[2]; // as irqgc should count
    bool collects_alone;      // an allocation may have collected
    word_t fewest;            // free blocks that an allocation has left
    unsigned refused;         // calls, and
    unsigned reported;        // ... what on_misuse has been told
    irqgc_status_t misuse;    // ... last
} world_t;

extern world_t world;

void model_reset(void);
void world_verify_inside(void); // in a handler, at any instant
thing_t thing_new(uintptr_t address, size_t n_blocks, irqgc_flags_t flags);
void thing_fill(thing_t t, size_t from_block);
uintptr_t thing_mark(thing_t t, size_t block);
uintptr_t *thing_words(thing_t t);
bool things_overlap(uintptr_t a, size_t n_a, uintptr_t b, size_t n_b);

void **place_address(place_t place);
uint16_t *place_link(place_t place);
uint8_t *place_busy(place_t place);

// Marks what roots, held and busy things reach.
void world_reach(void);

// Makes garbage of what nothing reaches.
void world_settle(void);

// ---- The truth, read the slow way ------------------------------------------

bool truth_is_head(block_t b);
bool truth_is_tail(block_t b);
size_t truth_extent(block_t head);
block_t truth_block(uintptr_t address); // NO_BLOCK: not a block's start
size_t truth_free(void);

// The longest free run; with `lenient`, blocks that are in no known thing, so
// taken by a call under way, count as free.
size_t truth_longest_run(bool lenient);

bool garbage_is_there(thing_t t);

// Marks garbage as excused that a collection may find reached: a pointer to an
// object's start, in the frames of the collection itself, is one past the end
// of what lies before it, and that may point to more.
void garbage_excuse(void);

bool is_in_operation(uintptr_t address);

#endif
