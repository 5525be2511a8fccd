// SPDX-License-Identifier: MIT
#include "acts.h"

#include <stdint.h>
#include <string.h>

#include "irqgc/brk.h"
#include "irqgc/dict.h"
#include "registers.h"

enum { WORDS = 24, KEYS = 6 };

static irqgc_t *heap;
static uintptr_t *object;    // that the act works on
static uintptr_t *neighbour; // behind it; both are held
static uintptr_t *result;

static uintptr_t *object_make(size_t n_words) {
    uintptr_t *const made =
        irqgc_alloc(heap, n_words * sizeof *made, IRQGC_HELD);
    for (size_t i = 0; i < n_words; i++) {
        made[i] = 0x1000 + i;
    }
    return made;
}

static bool object_is_whole(const uintptr_t *o, size_t n_words) {
    bool is_whole = irqgc_size(heap, o) >= n_words * sizeof *o;
    for (size_t i = 0; is_whole && i < n_words; i++) {
        is_whole = o[i] == 0x1000 + i;
    }
    return is_whole;
}

// Two objects, and garbage behind them.
static void prepare(irqgc_t *h) {
    heap = h;
    object = object_make(4);
    neighbour = object_make(WORDS);
    result = NULL;
    irqgc_alloc(heap, 200, 0);
    irqgc_alloc(heap, 16, 0);
}

static bool neighbour_is_whole(void) {
    return object_is_whole(neighbour, WORDS);
}

// ---- Operations of the heap ------------------------------------------------

static void alloc(void) {
    result = irqgc_alloc(heap, 40, 0);
}

// What only a register of the interrupted code points at is still there.
static bool alloc_is_done(void) {
    return irqgc_size(heap, result) >= 40 && result[0] == 0 && result[9] == 0 &&
           neighbour_is_whole();
}

static void free_one(void) {
    result = irqgc_free(heap, object) == IRQGC_OK ? object : NULL;
}

static bool free_is_done(void) {
    return result == object && neighbour_is_whole();
}

static void move(void) {
    result = irqgc_realloc(heap, object, 100, 0);
}

static bool move_is_done(void) {
    return result != object && object_is_whole(result, 4) &&
           neighbour_is_whole();
}

static void collect(void) {
    irqgc_collect(heap);
}

static bool both_are_whole(void) {
    return object_is_whole(object, 4) && neighbour_is_whole();
}

static void prepare_copy(irqgc_t *h) {
    prepare(h);
    result = object_make(WORDS);
    memset(result, 0, WORDS * sizeof *result);
}

static void copy(void) {
    irqgc_copy(heap, (void **)result, (void *const *)neighbour, WORDS);
}

static bool copy_is_done(void) {
    return object_is_whole(result, WORDS) && neighbour_is_whole();
}

// ---- A dictionary that is full ---------------------------------------------

static irqgc_dict_t *dict;
static irqgc_root_t dict_root;

static void prepare_dict(irqgc_t *h) {
    prepare(h);
    dict = irqgc_dict_new(heap, NULL, KEYS);
    irqgc_root_add(heap, &dict_root, &dict, sizeof dict);
    for (uintptr_t key = 1; key <= KEYS; key++) {
        irqgc_dict_set(dict, key, 10 * key);
    }
}

static void set(void) {
    irqgc_dict_set(dict, KEYS + 1, 10 * (KEYS + 1));
}

static bool has_keys(uintptr_t n) {
    bool has = true;
    for (uintptr_t key = 1; key <= n; key++) {
        uintptr_t value = 0;
        has = has && irqgc_dict_get(dict, key, &value) == IRQGC_DICT_OK &&
              value == 10 * key;
    }
    return has;
}

static bool set_is_done(void) {
    return irqgc_dict_count(dict) == KEYS + 1 && has_keys(KEYS + 1) &&
           neighbour_is_whole();
}

// And it works: a key that was deleted makes room for another.
static bool dict_is_whole(void) {
    bool is_whole = neighbour_is_whole() && has_keys(KEYS);
    set();
    is_whole = is_whole && set_is_done();
    is_whole = is_whole && irqgc_dict_delete(dict, KEYS + 1) == IRQGC_DICT_OK;
    set();
    return is_whole && set_is_done();
}

// ---- Holds, and none -------------------------------------------------------

static volatile unsigned first, second; // equal, but under the hold

static void prepare_pair(irqgc_t *h) {
    prepare(h);
    first = second = 0;
}

static void plain(void) {
    for (unsigned i = 0; i < 5; i++) {
        __asm__ volatile("nop\n\tnop\n\tnop" : : : "memory");
    }
}

static void pair(void) {
    plain();
    irqgc_brk_hold();
    first++;
    irqgc_brk_hold();
    plain();
    irqgc_brk_release();
    second++;
    irqgc_brk_release();
    plain();
}

static bool pair_is_whole(void) {
    return first == second;
}

static bool pair_is_done(void) {
    return first == 1 && second == 1;
}

bool acts_hold(void) {
    return !pair_is_whole();
}

void acts_endless(void) {
    for (;;) {
        __asm__ volatile("nop");
    }
}

// ---- Registers -------------------------------------------------------------

static uint32_t registers[REGISTERS_MAX];
static uint32_t expected[REGISTERS_MAX]; // what the first run has told

static void stretch(void) {
    registers_stretch(registers);
}

static void stretch_fpu(void) {
    registers_stretch_fpu(registers);
}

static void prepare_by(irqgc_t *h, void (*run)(void)) {
    prepare(h);
    memset(registers, 0, sizeof registers);
    run();
    memcpy(expected, registers, sizeof expected);
    memset(registers, 0, sizeof registers);
}

static void prepare_stretch(irqgc_t *h) {
    prepare_by(h, stretch);
}

static void prepare_stretch_fpu(irqgc_t *h) {
    prepare_by(h, stretch_fpu);
}

static bool registers_are_kept(void) {
    return memcmp(registers, expected, sizeof expected) == 0;
}

const act_t acts[] = {
    {"alloc", prepare, alloc, alloc_is_done, both_are_whole, false, false},
    {"free", prepare, free_one, free_is_done, neighbour_is_whole, false, false},
    {"move", prepare, move, move_is_done, neighbour_is_whole, false, false},
    {"collect", prepare, collect, both_are_whole, both_are_whole, false, false},
    {"copy", prepare_copy, copy, copy_is_done, neighbour_is_whole, false,
     false},
    {"dict-set", prepare_dict, set, set_is_done, dict_is_whole, false, false},
    {"hold-and-release", prepare_pair, pair, pair_is_done, pair_is_whole, false,
     true},
    {"registers", prepare_stretch, stretch, registers_are_kept, both_are_whole,
     true, true},
    {"registers-fpu", prepare_stretch_fpu, stretch_fpu, registers_are_kept,
     both_are_whole, true, true},
};
const unsigned n_acts = sizeof acts / sizeof *acts;
