// SPDX-License-Identifier: MIT
//
// Programs that use the heap itself: objects are what irqgc_alloc and
// irqgc_realloc return, roots what irqgc_root_add is given.
#ifndef STEP_ALLOCATOR_H
#define STEP_ALLOCATOR_H

#include "objects.h"

// In the program, if it has a heap; else the rest does nothing.
void allocator_find(void);

// Before a case.
void allocator_prepare(void);

// The instruction at `pc` comes next.
void allocator_watch(address_t pc);

// In a call of the heap that may collect.
bool allocator_is_running(void);

#endif
