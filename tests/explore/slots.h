// SPDX-License-Identifier: MIT
//
// The slots of the model, for acts: who may work on what, and what contexts
// have on their stacks.
#ifndef EXPLORE_SLOTS_H
#define EXPLORE_SLOTS_H

#include "world.h"

slot_t *slot_of(const op_t *op);
void **root_of(const slot_t *s);

// Notes a pointer on the stack of the calling context, until its act ends.
void local_push(void *pointer);

// An object that no other context works on: from now on this one does. Its
// address is on the caller's stack. NULL iff there is none.
slot_t *slot_take(const op_t *op);

// The same, of a slot without one.
slot_t *slot_take_empty(void);

// Begins and ends work on a slot; the last also forgets its objects.
void slot_lock(slot_t *s);
void slot_let_go(slot_t *s);
void slot_clear(slot_t *s);

// Stores into the slot's root, with the barrier.
void root_store(const slot_t *s, void *value);

// Whether the sweep under way has found the object at this address dead.
bool object_is_dying(const void *at);

#endif
