// SPDX-License-Identifier: MIT
//
// A small heap and its *model*: what is allocated in it, who points to whom,
// what each object holds, what each call has to answer.
//
// Any context works on the heap through the calls below, which step through
// irqgc alone and keep the model up to date. All of the model's own work runs
// in one piece. A handler that comes in the middle of a call finds what that
// call is working on marked busy, and leaves it alone, as a program would.
//
// Anything wrong ends in world_fail.
#ifndef PREEMPT_WORLD_H
#define PREEMPT_WORLD_H

#include "blocks.h" // the suite looks inside

// A thing is an object of the model; 0 is none.
typedef unsigned thing_t;

// A word that can hold a pointer to an object: a slot of a thing, or, if
// `in` is 0, of the registered roots.
typedef struct {
    thing_t in;
    unsigned slot;
} place_t;
enum { THING_SLOTS = 2, NO_SLOT = -1 };
#define NOWHERE ((place_t){0, (unsigned)NO_SLOT})
bool place_is(place_t place); // somewhere

// A heap as a picture: a character is UNIT blocks. '.' is free, a run of a
// lower-case letter an object, of an upper-case one an object that nothing
// reaches, '/' the end of a region; '|' only helps the eye. "a>bc" points the
// slots of a to b and c; what nothing points to is pointed to by a root.
typedef struct {
    const char *name;
    const char *blocks;
    const char *links;
    const char *held;  // letters of held objects; no root points to them
    const char *plain; // letters of objects without pointers
    size_t mark_stack;
    int interior;
    int wide; // scan of the thread's stack
} picture_t;
enum { UNIT = GROUP_BLOCKS > 8 ? GROUP_BLOCKS / 8 : 1 };

// Takes the memory of all heaps. Once.
void world_init(void);
void *world_memory(size_t *size);
size_t world_memory_used(void); // by the heap that was built last

// Makes the heap of the picture, for runs in which handlers nest, or do not.
void world_build(const picture_t *picture, bool handlers_nest);

// Reports a failure; does not return.
void world_fail_with(void (*report)(const char *text));
__attribute__((noreturn, format(printf, 1, 2))) void world_fail(const char *,
                                                                ...);

// ---- Looking ---------------------------------------------------------------

irqgc_t *world_heap(void);
thing_t world_named(char letter);
size_t world_blocks(thing_t thing);

// Heads that are black: all, or those of things that other things point to.
size_t world_n_black(bool children);
bool world_all_black(void); // all that is alive
bool world_waits(void);     // something is still to be scanned

size_t world_longest_run(void); // blocks

// Things that are alive and have exactly one place that points to them, none
// of it busy: what a handler may free or move. 0 if there is none.
typedef enum { PICK_LOWEST, PICK_HIGHEST, PICK_LARGEST, PICK_SMALLEST } pick_t;
thing_t world_pick(pick_t which);
thing_t world_pick_above(size_t n_blocks); // the highest with so many
place_t world_place_of(thing_t thing);

// An empty place that is not busy: a root, or in the lowest or highest thing,
// other than `not_in`. NOWHERE if there is none.
place_t world_free_root(void);
place_t world_free_root_pair(void); // the first of two neighbours
place_t world_free_slot(bool highest, thing_t not_in);

// A thing whose links are known and not busy, with a link to one that has no
// other; 0 if none. The lowest, or the highest.
thing_t world_parent(bool highest);

// A thing of one block whose links can all be moved; 0 if none.
thing_t world_copy_source(void);

thing_t world_linked(place_t place);
bool world_can_move(place_t place); // what it points to
bool world_is_alive(thing_t thing);

// How many blocks the allocation that this context preempted wants, and how
// many the object has that it frees or reallocates; 0 if none.
size_t world_wanted(void);
size_t world_victim_blocks(void);

// ---- Calls -----------------------------------------------------------------

// Allocates, and lets the place point to it; by irqgc_store, or, if RAW, by a
// plain store, as befits what one has allocated oneself. 0: no room.
typedef enum { BY_STORE, RAW } how_t;
thing_t world_alloc(place_t place, size_t n_blocks, irqgc_flags_t flags,
                    how_t how);

// Allocates a thing that takes over, with plain stores, the place of another
// and points to that one itself.
thing_t world_adopt(thing_t thing, size_t n_blocks);

void world_free(thing_t thing);
bool world_realloc(thing_t thing, size_t n_blocks, irqgc_flags_t flags);
void world_store(place_t place, thing_t thing);
void world_move(place_t from, place_t to);
void world_copy(thing_t from, unsigned first_root);
void world_cut(place_t place); // stores NULL, plainly
void world_collect(void);
void world_root_add(thing_t move);

// Reading calls; what they tell is checked.
void world_check(void);
void world_stats(void);
void world_walk(void);
void world_dump(void);
void world_size(thing_t thing);

// Misuse: frees, or reallocates, what the preempted call is working on. False
// iff it does not work on anything, or was freed by this.
bool world_attack_free(void);
void world_attack_realloc(void);

// Frees, asks the size of, and reallocates things that nothing reaches.
void world_free_garbage(void);

// Keeps a thing by no more than a pointer, to its start, its middle or just
// past its end, in a register of a caller, across a collection.
void world_collect_holding(thing_t thing, size_t offset);

// Masks, allocates and frees.
void world_alloc_masked(size_t n_blocks);

// ---- Verifying -------------------------------------------------------------

// Where an operation begins in a context above others: they have records.
void world_above(void);

// Around a handler.
void world_enter(void);
void world_leave(void);

// When all is over. Tears the world down.
void world_verify(void);

#endif
