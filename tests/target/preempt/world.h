// SPDX-License-Identifier: MIT
//
// A small heap and its *model*: which objects are alive, what points to each,
// what each holds. The calls below make one call of irqgc each, in which an
// interrupt may be planned (preempt.c), and keep the model up to date.
//
// Each context, the thread and the handlers of levels 1 and 2, has objects of
// its own and leaves those of the others alone. So what a call does to the
// model does not depend on who preempts it.
//
// Anything wrong ends in world_fail.
#ifndef TESTS_TARGET_PREEMPT_WORLD_H
#define TESTS_TARGET_PREEMPT_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "board.h"

enum { N_CONTEXTS = 3, UNIT = 4, GROUP = 32 }; // blocks

// A heap as a picture: a character is UNIT blocks. '.' is free, a run of a
// letter an object, of an upper-case one garbage; '|' only helps the eye.
// "ab" among the links has the first word of a point to b; a root points to
// all others that are no garbage. Those of 8 characters and more hold no
// pointers. To each context belong
//
//   thread  level 1  level 2
//   a       f        k        a small object
//   b       g        l        a large one, of several groups
//   c       h        m        one that points to the next
//   d       i        n        that one
//   q       r        s        none yet: what is allocated
typedef struct {
    const char *name;
    const char *blocks;
    const char *links;
    size_t mark_stack;
} picture_t;

typedef enum { SMALL, LARGE, PARENT, CHILD, NEW } role_t;

// Makes the heap of the picture, and keeps a copy of it.
void world_build(const picture_t *picture);

// Puts it back as it was built, and fills the stack with what is no pointer.
BOARD_APART void world_restore(void);

// In a handler, when it begins and when it ends.
void world_verify_inside(unsigned context);

// When all is over. Collects.
BOARD_APART void world_verify(void);

// ---- Calls, each as a context's --------------------------------------------

// Whether the context has such an object.
bool world_has(unsigned context, role_t role);

// Allocates NEW. It may fail only for want of a run.
void world_alloc(unsigned context, size_t n_blocks);

void world_free(unsigned context, role_t role);
void world_realloc(unsigned context, role_t role, size_t n_blocks);

// CHILD's only pointer goes from PARENT to a root.
void world_store(unsigned context);

void world_collect(unsigned context);

// ---- What preempt.c does for them ------------------------------------------

typedef void call_t(void *request);

// Makes the call; in it, the interrupt comes that is planned for the context.
void world_interrupt(unsigned context, call_t *call, void *request);

// Reports a failure.
_Noreturn void world_fail(const char *what, unsigned number);

#endif
