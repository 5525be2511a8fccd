// SPDX-License-Identifier: MIT
//
// Operations on a heap against a slow, obvious model of it.
//
// The model knows the owner of each block, and of each object its size, its
// attributes and a copy of its content. It does not decide where an object
// goes; it follows the heap, and checks that nothing overlaps, that a refusal
// was due, and that a collection frees what its own walk of the graph does not
// reach, and nothing else. What the stack seems to reach by chance is bounded.
//
// A third of the operations run in an interrupt handler, some of them, even a
// collection, in the middle of a collection's marking or sweeping. That comes
// where the core calls certain functions, so a program with this model links
// with -Wl,--wrap=irqgc_core_object_end -Wl,--wrap=irqgc_core_hints_changed.
#ifndef IRQGC_TESTS_MODEL_H
#define IRQGC_TESTS_MODEL_H

#include <stddef.h>
#include <stdint.h>

enum { MODEL_MOST = 1 << 17 };

// Makes a heap of up to so many bytes, at most MODEL_MOST.
void model_begin(size_t size);

// One operation.
void model_step(void);

// Compares all of the heap with the model.
void model_check(void);

// The same, and frees all.
void model_end(void);

typedef struct {
    unsigned long allocs, failures, collected, floating, nested;
} model_seen_t;
extern model_seen_t model_seen;

// ---- What the program defines ----------------------------------------------

// A choice: a number below `limit`.
uint32_t random_below(uint32_t limit);

// A word for an object that points nowhere, below 2^20.
uint32_t random_content(void);

// Reports what is wrong, and ends the program.
_Noreturn void broken(const char *what);

#endif
