// SPDX-License-Identifier: MIT
#include "acts.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

// ---- Acts ------------------------------------------------------------------

enum { MANY = 9 * UNIT };
_Static_assert((int)MANY > (int)GROUP, "several groups");

static void alloc(unsigned context) {
    world_alloc(context, 1);
}

static void alloc_many(unsigned context) {
    world_alloc(context, MANY);
}

static void free_one(unsigned context, role_t role) {
    if (world_has(context, role)) {
        world_free(context, role);
    }
}

static void free_small(unsigned context) {
    free_one(context, SMALL);
}

static void free_many(unsigned context) {
    free_one(context, LARGE);
}

static void resize(unsigned context, role_t role, size_t n_blocks) {
    if (world_has(context, role)) {
        world_realloc(context, role, n_blocks);
    }
}

static void grow(unsigned context) {
    resize(context, SMALL, 3 * UNIT);
}

static void grow_many(unsigned context) {
    resize(context, SMALL, MANY);
}

static void shrink(unsigned context) {
    resize(context, LARGE, UNIT / 2);
}

static void store(unsigned context) {
    if (world_has(context, CHILD)) {
        world_store(context);
    }
}

// What was just given back is taken again, in another shape.
static void reuse(unsigned context) {
    free_small(context);
    free_many(context);
    alloc_many(context);
}

static void store_and_collect(unsigned context) {
    store(context);
    world_collect(context);
    alloc(context);
}

const act_t acts[] = {
    {"alloc", alloc, false},
    {"alloc-many", alloc_many, false},
    {"free", free_small, false},
    {"free-many", free_many, false},
    {"grow", grow, false},
    {"grow-many", grow_many, false},
    {"shrink", shrink, false},
    {"store", store, false},
    {"collect", world_collect, false},
    {"reuse", reuse, true},
    {"store-and-collect", store_and_collect, true},
};
const unsigned n_acts = COUNT(acts);

// ---- Heaps -----------------------------------------------------------------

const picture_t pictures[] = {
    // Room everywhere: what grows stays where it is.
    {"sparse",
     "a..f..k.|bbbbbbbb|b.gggggg|ggg.cd.E|hi.JJJ.m|n.OO....|........|........|"
     "........",
     "cd hi mn", 0},
    // What grows moves, and there is one run for that.
    {"tight",
     "afkbbbbb|bbbbxggg|gggggghi|cdEEE.mn|JJJOOvv.|yyyyyyyy|yyw.....|....zzzz",
     "cd hi mn", 0},
    // No run for what is large, but for what a collection frees.
    {"full", "afEEEEEE|EEEbbbbb|bbbbgggg|gggggcdh|iJJJkmnx|..w", "cd hi mn", 0},
    // The mark stack overflows.
    {"wide", "a.f.kcdh|i.mnEExw|yzJJ.ptu|vbbbbbbb|bb.....", "cd hi mn xw yz pt",
     1},
    // The smallest, for interrupts in pairs.
    {"small", "a.f.kcdh|imnEE...", "cd hi mn", 0},
};
const unsigned n_pictures = COUNT(pictures);

const scenario_t scenarios[] = {
    {"alloc", "sparse", false},      {"alloc", "full", false},
    {"alloc-many", "sparse", false}, {"alloc-many", "tight", false},
    {"alloc-many", "full", false},   {"grow", "sparse", false},
    {"grow", "tight", false},        {"grow-many", "tight", false},
    {"shrink", "sparse", false},     {"free", "sparse", false},
    {"free", "tight", false},        {"free-many", "sparse", false},
    {"store", "sparse", false},      {"collect", "sparse", false},
    {"collect", "wide", false},      {"alloc", "small", true},
    {"grow", "small", true},         {"free", "small", true},
    {"store", "small", true},        {"collect", "small", true},
};
const unsigned n_scenarios = COUNT(scenarios);
