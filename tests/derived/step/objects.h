// SPDX-License-Identifier: MIT
//
// Objects of a program that is stepped through, and what would become of each
// if a collection came before the next instruction: by several rules at once.
#ifndef STEP_OBJECTS_H
#define STEP_OBJECTS_H

#include "machine.h"

// A rule says which words keep an object from `start` up to `end`: those from
// start - before on, and up to end, or including it.
typedef struct {
    const char *name;
    struct {
        unsigned before; // bytes
        bool end;        // the end keeps it, too
    } registers, stack,  // where a handler collects
        call;            // where a callee does: all words
} rule_t;

enum { N_RULES = 7, NO_RULE = 0, ALL_RULES = (1 << N_RULES) - 1 };
extern const rule_t rules[N_RULES];

typedef unsigned rule_set_t;

enum { FAR = 4096 }; // no word is as near as this

typedef struct {
    address_t start, end;
    bool has_pointers, is_held;
    // At the boundary before the next instruction.
    rule_set_t kept;
    unsigned before, past; // how far the nearest word is
    // Since the object was accessed last: by what rules it was lost.
    rule_set_t pending;
    unsigned pending_before, pending_past;
    address_t pending_at;
} object_t;

enum { MAX_OBJECTS = 160, MAX_ROOTS = 8 };

typedef struct {
    object_t objects[MAX_OBJECTS];
    size_t n_objects;
    address_t low, high; // of all of them
    struct {
        address_t start, end;
    } roots[MAX_ROOTS];
    size_t n_roots;
    // What was lost, and accessed all the same.
    rule_set_t lost;
    unsigned lost_before, lost_past; // farthest of the nearest words
    address_t lost_at;               // where it began first
} world_t;

extern world_t world;

void world_clear(void);
object_t *object_add(address_t start, size_t size);
void object_remove(address_t start);
void root_add(address_t start, size_t size);

// The instruction at `pc` comes next; a callee that may collect is running.
void boundary_look(address_t pc, bool is_call);

// The program accesses memory.
void access_note(address_t where, size_t size);

#endif
