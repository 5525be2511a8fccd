// SPDX-License-Identifier: MIT
//
// The stacks that the program has listed, one list for all heaps.
//
// A context that preempts a scan of them may take one off the list, and its
// memory may be gone when the scan goes on. So whatever is read of the list, of
// a node or of a stack that does not run is read in a window that looks whether
// the list still is at the version at which it was begun with.
#ifndef IRQGC_SRC_STACKS_H
#define IRQGC_SRC_STACKS_H

#include "irqgc/irqgc.h"
#include "port.h"
#include "word.h"

// Changes with each stack that is listed or taken off.
extern word_t stacks_version CORE_NAME(stacks_version);

typedef bool stack_word_t(void *arg, word_t word);
typedef struct {
    bool (*scan)(word_t version, stack_word_t *scan, void *arg);
    const void *(*end)(const void *pointer);
} stacks_t;

// NULL until a stack is listed: so no program links this that lists none.
// Volatile, for it is read after the version: else the first one that a handler
// lists in between might be missed.
extern const stacks_t *volatile stacks_listed CORE_NAME(stacks_listed);

// Calls `scan` with each word of the listed stacks that do not run, from where
// their stack pointers were left, and of the ranges of all. False iff the list
// is at another version, or `scan` has returned false.
static inline bool stacks_scan(word_t version, stack_word_t *scan, void *arg) {
    const stacks_t *const listed = stacks_listed;
    return listed == NULL || listed->scan(version, scan, arg);
}

// For ports: the end of the listed stack that this stack pointer points into,
// or NULL. That stack runs, so nobody takes it off the list.
static inline const void *stack_end(const void *pointer) {
    const stacks_t *const listed = stacks_listed;
    return listed != NULL ? listed->end(pointer) : NULL;
}

#endif
