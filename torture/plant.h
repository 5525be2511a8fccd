// SPDX-License-Identifier: MIT
//
// The breakpoint that stands for the trap flag where it can: there is one at
// the most, before the next instruction of the context that is stepped. Other
// contexts may run over it, those of signals' handlers; they pass, and it
// stays.
//
// Code becomes writable when the first breakpoint comes there, if the system
// lets it.
#ifndef IRQGC_TORTURE_PLANT_H
#define IRQGC_TORTURE_PLANT_H

#ifndef _GNU_SOURCE
#error "needs the names of registers"
#endif

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "kit_names.h"

enum { TRAP_FLAG = 0x100 };

// Begins; or takes out what is there, when nothing will come to it.
void plant_init(void) KIT_NAME(plant_init);

// Has the flag alone used from now on, or no longer.
void plant_never(bool never) KIT_NAME(plant_never);

// To be called first when there is a trap: takes the breakpoint out if the
// context has come to it, and tells whether the one that trapped is stepped.
// Returns false iff one has but passed by.
//
// Calls nothing, for the breakpoint may be anywhere.
bool plant_arrive(greg_t *registers, bool *is_stepped) KIT_NAME(plant_arrive);

// Where the next instruction is, if that is certain and a breakpoint may be
// there. It may not where the trap's handler returns to, which is given. False:
// the flag has to do.
bool plant_find(const greg_t *registers, uintptr_t restorer)
    KIT_NAME(plant_find);

// Plants it there. From then on all that runs may run into it.
void plant_put(void) KIT_NAME(plant_put);

#endif
