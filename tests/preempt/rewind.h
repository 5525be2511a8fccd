// SPDX-License-Identifier: MIT
//
// How the suite's runs branch: before a shot fires, the stack, the program's
// data and the memory of the heaps are saved; when the branch has ended and was
// verified, rewind takes everything back to where it began. That is several
// times faster than a process for each branch, and does for a program that
// keeps all its data there. What must outlive a rewind is had of step_keep.
#ifndef PREEMPT_REWIND_H
#define PREEMPT_REWIND_H

#include <stdbool.h>
#include <stddef.h>

// The memory that is rewound beside the stack and the program's data. Once.
void rewind_init(void *memory, size_t size);

// Forgets all branches, for a new plan, which uses so much of the memory.
void rewind_forget(size_t used);

// For the engine.
bool rewind_branch(void);

// Goes back to the branch that began last. Returns iff there is none: all runs
// are over. Called where step_run was.
void rewind_last(void);

#endif
