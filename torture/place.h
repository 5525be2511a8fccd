// SPDX-License-Identifier: MIT
//
// Places in the program, for people and for machines.
#ifndef IRQGC_TORTURE_PLACE_H
#define IRQGC_TORTURE_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit_names.h"

// Has each run of the program find the same addresses, so that a failure comes
// back: none of them is random, and all functions are bound, whose binding
// would be stepped through. Starts the program anew for that, so it is what
// main does first. Returns false iff the system does not let it.
bool place_settle(char **argv) KIT_NAME(place_settle);

// Writes "0x1234 irqgc_alloc alloc.c:128" for an address in the code, as far as
// addr2line can tell.
void place_name(uintptr_t pc, char *name, size_t size) KIT_NAME(place_name);

#endif
