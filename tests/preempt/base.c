// SPDX-License-Identifier: MIT
//
// The stack scan of the POSIX port, with a base that the engine lowers: so a
// collection scans the stack of the operation, not all of main's environment,
// and stepping through it is short.
#include "base.h"

#include "stack.c" // the port's own

void base_set(const void *base) {
    stack_base = base;
}
