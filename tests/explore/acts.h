// SPDX-License-Identifier: MIT
//
// What the thread and handlers do. Each act keeps the model in step, abides by
// the contract of irqgc.h, and does nothing where that, or the heap, does not
// let it.
#ifndef EXPLORE_ACTS_H
#define EXPLORE_ACTS_H

#include "world.h"

enum {
    ALLOC,   // allocate n blocks for a slot that is empty
    FREE,    // free the slot's object
    REALLOC, // give it n blocks
    SIZE,    // ask for its size
    DROP,    // forget it
    CHILD,   // allocate one of n blocks that only the slot's object points at
    WRAP,    // allocate one of n blocks that points at it, instead of the root
    ADOPT,   // move slot n's object below the slot's, and out of its root
    EXPOSE,  // move what is below the slot's object to an empty slot; this and
             // the last with irqgc_copy if the flags have SWEEP_ON
    MOVE,    // move the slot's object to an empty slot
    WILD,    // free what is no object, in one of four ways: the middle of the
             // slot's object, not aligned, the heap's own data, outside
    STEAL,   // free what the preempted context is about to free or reallocate
    STALE,   // free the n-th object that no slot held at the start; or, if
             // there are flags, give it so many blocks
    COLLECT, // collect
    SWEEP_ALL, // sweep to the end, as a collector does
    HELP,      // sweep n groups and then stop
    ROOT,      // register one more range of roots, with the slot's object, or
               // the same range once more
    CHECK,     // the library's checker
    STATS,     // statistics
    WALK,      // visit all objects
    N_KINDS
};

typedef struct {
    const char *name;
    void (*run)(const op_t *op);
} act_t;
extern const act_t acts[N_KINDS];

// Performs an act in the calling context.
void act(const op_t *op);

// Whether the context that is at a point here and now is to go no further.
bool help_is_over(void);
_Noreturn void help_stop(void);

#endif
