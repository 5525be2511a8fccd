// SPDX-License-Identifier: MIT
//
// A dictionary that interrupt handlers may store to: a language's globals, say.
//
// Keys and values are words: pointers to objects of the heap, small integers,
// or whatever the program takes them for. A pair is never torn, no store is
// lost, and a key that is there is found at every instant, also while another
// context is in the middle of its own call, of a growth, say. No call waits for
// another context, none answers "busy".
//
// A dictionary is an object of the heap. It is collected when nothing reaches
// it, and keeps what its keys and values point at; storing them needs no
// barrier of the caller's.
//
// A key's *cell*, where its value is, stays the same for as long as the key is
// there: what has looked a name up once may keep the cell's address.
//
// Bounds name the longest masked window in instructions on Cortex-M4. n is the
// number of keys.
#ifndef IRQGC_DICT_H
#define IRQGC_DICT_H

#include <stddef.h>
#include <stdint.h>

#include "irqgc/irqgc.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct irqgc_dict irqgc_dict_t;

// How keys are compared that are equal by content: both functions are called
// with keys that are asked for, are there, or were when the call began, in any
// context, outside of windows. They return, and do not change the dictionary.
// Equal keys have the same hash.
typedef struct {
    uintptr_t (*hash)(uintptr_t key);
    int (*equal)(uintptr_t a, uintptr_t b);
} irqgc_dict_keys_t;

// What calls answer.
typedef enum {
    IRQGC_DICT_OK = 0,
    IRQGC_DICT_BAD_KEY, // 0 is no key
    IRQGC_DICT_NO_ROOM, // in the heap; nothing has changed
    IRQGC_DICT_PRESENT, // the key is there, with another value maybe
    IRQGC_DICT_ABSENT,  // it is not
    IRQGC_DICT_DIFFERS  // its value is not the expected one
} irqgc_dict_status_t;

// Makes a dictionary with room for `n` keys; it grows when there are more.
// `keys` NULL: keys are equal iff they are the same word; else it stays where
// it is for as long as the dictionary is used.
//
// Returns NULL iff there is no room for it in the heap.
//
// Context: any. Bound: as irqgc_alloc of 8 n words. Window: 24.
irqgc_dict_t *irqgc_dict_new(irqgc_t *heap, const irqgc_dict_keys_t *keys,
                             size_t n);

// Stores the key's value in `*value`, if the key is there. Returns OK, or
// ABSENT iff it was not at some instant of the call; `*value` is unchanged
// then.
//
// Context: any. Bound: as many steps as the keys with near hashes take, 2 in
// the mean; no window, unless a handler deletes something in the middle of the
// call: then one of 3 instructions.
irqgc_dict_status_t irqgc_dict_get(const irqgc_dict_t *dict, uintptr_t key,
                                   uintptr_t *value);

// Gives the key a value, whether or not it was there. Returns OK; BAD_KEY iff
// the key is 0; NO_ROOM iff it was not there, and the dictionary had to grow
// and the heap had no room for that. A handler in the middle of a growth cannot
// take the place of a deleted key.
//
// Context: any. Bound: as get, plus one window; if it grows, as irqgc_alloc of
// 8 n words, plus O(n), and again for each growth that a higher context
// completed meanwhile. Window: 24.
irqgc_dict_status_t irqgc_dict_set(irqgc_dict_t *dict, uintptr_t key,
                                   uintptr_t value);

// The same if the key is not there, else PRESENT.
irqgc_dict_status_t irqgc_dict_add(irqgc_dict_t *dict, uintptr_t key,
                                   uintptr_t value);

// Gives the key a value if it has this one. Returns OK, ABSENT or DIFFERS.
//
// Context: any. Bound: as get, plus one window. Window: 24.
irqgc_dict_status_t irqgc_dict_replace(irqgc_dict_t *dict, uintptr_t key,
                                       uintptr_t expected, uintptr_t value);

// Takes the key out. Returns OK, or ABSENT.
//
// Context: any. Bound: as get, plus one window. Window: 24.
irqgc_dict_status_t irqgc_dict_delete(irqgc_dict_t *dict, uintptr_t key);

// The key's cell, where its value is read and, by irqgc_store, written for as
// long as the key is there: whatever else happens to the dictionary, no store
// is lost. NULL iff the key is not there. From the moment that any context may
// have deleted the key the cell is the dictionary's, which keeps a link there:
// so cells are for keys that are never deleted, or whose users are told.
//
// Context: any. Bound: as get.
void **irqgc_dict_cell(const irqgc_dict_t *dict, uintptr_t key);

// How many keys there are.
//
// Context: any. Bound: constant. Window: 3.
size_t irqgc_dict_count(const irqgc_dict_t *dict);

// Where an iteration is. Zero at first.
typedef struct {
    const void *chunk;
    size_t i;
} irqgc_dict_iter_t;

// The next pair; returns 0 when there is none. Each key that is there from the
// first call to the last is seen exactly once; one that comes or goes meanwhile
// once or not at all, unless it comes back. In the order of insertion, but that
// a new key takes the place of one that was deleted, and that handlers that
// insert in the middle of a growth may come before what was left of the old
// entries.
//
// Context: any; the iteration belongs to one context at a time. Bound: O(n) for
// all. Window: 3.
int irqgc_dict_next(const irqgc_dict_t *dict, irqgc_dict_iter_t *at,
                    uintptr_t *key, uintptr_t *value);

// Deletes the keys that are there, one after the other. What is added meanwhile
// stays or goes.
//
// Context: any. Bound: O(n). Window: 24.
void irqgc_dict_clear(irqgc_dict_t *dict);

// Makes room for `n` more keys: when it returns OK there was an instant of the
// call from which on so many insertions, of any context, need no growth; each
// counts, also of a key that is deleted again. Else NO_ROOM.
//
// Context: any. Bound: as irqgc_alloc of 8 n words, plus O(n). Window: 24.
irqgc_dict_status_t irqgc_dict_reserve(irqgc_dict_t *dict, size_t n);

#ifdef __cplusplus
}
#endif

#endif
