// SPDX-License-Identifier: MIT
//
// Dictionaries: all their functions, with growing and making anew.
#include "irqgc/dict.h"

#include "own.h"

static irqgc_dict_t *dict;

static void dict_open(size_t n) {
    static irqgc_root_t root;
    irqgc_t *const heap = own_heap();
    irqgc_root_add(heap, &root, &dict, sizeof dict);
    dict = irqgc_dict_new(heap, NULL, n);
}

// Values that point to nothing.
static void names_set(uintptr_t from, uintptr_t to) {
    for (uintptr_t key = from; key < to; key++) {
        irqgc_dict_set(dict, key, 2 * key + 1);
    }
}

// Takes the dictionary out of its root: the last use of it.
static irqgc_dict_t *dict_take(void) {
    irqgc_dict_t *const d = dict;
    dict = NULL;
    return d;
}

OWN(dict_set) {
    dict_open(4);
    names_set(1, 20);
    irqgc_dict_set(dict_take(), 3, 99);
}

OWN(dict_set_grows) {
    dict_open(3);
    names_set(1, 4);
    irqgc_dict_set(dict_take(), 17, 99);
}

OWN(dict_get) {
    dict_open(8);
    names_set(1, 9);
    uintptr_t value = 0;
    irqgc_dict_get(dict_take(), 8, &value);
    sunk = (int)value;
}

OWN(dict_get_absent) {
    dict_open(8);
    names_set(1, 9);
    uintptr_t value = 0;
    irqgc_dict_get(dict_take(), 88, &value);
    sunk = (int)value;
}

OWN(dict_add) {
    dict_open(8);
    names_set(1, 8);
    sunk = (int)irqgc_dict_add(dict_take(), 20, 7);
}

OWN(dict_add_grows) {
    dict_open(2);
    names_set(1, 3);
    sunk = (int)irqgc_dict_add(dict_take(), 20, 7);
}

OWN(dict_replace) {
    dict_open(8);
    names_set(1, 8);
    sunk = (int)irqgc_dict_replace(dict_take(), 4, 9, 7);
}

OWN(dict_delete) {
    dict_open(8);
    names_set(1, 8);
    sunk = (int)irqgc_dict_delete(dict_take(), 5);
}

OWN(dict_again) {
    dict_open(3);
    for (uintptr_t key = 1; key < 12; key++) {
        irqgc_dict_set(dict, key, key);
        irqgc_dict_delete(dict, key);
    }
    irqgc_dict_set(dict_take(), 20, 1);
}

OWN(dict_cell) {
    dict_open(8);
    names_set(1, 8);
    void **const cell = irqgc_dict_cell(dict_take(), 5);
    sunk = (int)(uintptr_t)*cell;
}

OWN(dict_count) {
    dict_open(8);
    names_set(1, 8);
    sunk = (int)irqgc_dict_count(dict_take());
}

OWN(dict_walk) {
    dict_open(4);
    names_set(1, 20);
    const irqgc_dict_t *const d = dict_take();
    irqgc_dict_iter_t at = {NULL, 0};
    uintptr_t key, value;
    while (irqgc_dict_next(d, &at, &key, &value)) {
        sunk = (int)(key + value);
    }
}

OWN(dict_clear) {
    dict_open(8);
    names_set(1, 8);
    irqgc_dict_clear(dict_take());
}

OWN(dict_reserve) {
    dict_open(4);
    names_set(1, 5);
    sunk = (int)irqgc_dict_reserve(dict_take(), 12);
}

// What a dictionary reads for a caller's functions.
static uintptr_t text_hash(uintptr_t key) {
    uintptr_t h = 5381;
    for (const char *p = (const char *)key; *p != '\0'; p++) {
        h = h * 33 + (uintptr_t)(unsigned char)*p;
    }
    return h;
}

static int text_equal(uintptr_t a, uintptr_t b) {
    const char *p = (const char *)a, *q = (const char *)b;
    while (*p != '\0' && *p == *q) {
        p++, q++;
    }
    return *p == *q;
}

OWN(dict_texts) {
    static const irqgc_dict_keys_t keys = {text_hash, text_equal};
    static irqgc_root_t root;
    irqgc_t *const heap = own_heap();
    irqgc_root_add(heap, &root, &dict, sizeof dict);
    dict = irqgc_dict_new(heap, &keys, 2);
    for (unsigned i = 0; i < 6; i++) {
        char *const text = irqgc_alloc(heap, 16, IRQGC_NO_POINTERS);
        for (unsigned k = 0; k < 15; k++) {
            text[k] = (char)('a' + (i + k) % 26);
        }
        irqgc_dict_set(dict, (uintptr_t)text, i + 1);
    }
    uintptr_t value = 0;
    irqgc_dict_get(dict_take(), (uintptr_t) "fghijklmnopqrst", &value);
    sunk = (int)value;
}
