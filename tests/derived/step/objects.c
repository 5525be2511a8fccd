// SPDX-License-Identifier: MIT
#include "objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const rule_t rules[N_RULES] = {
    {"exact", {0, false}, {0, false}, {0, false}},
    {"end", {0, true}, {0, true}, {0, true}},
    {"wide", {8, true}, {8, true}, {8, true}},
    {"end/exact", {0, true}, {0, true}, {0, false}},
    {"wide/exact", {8, true}, {8, true}, {0, false}},
    {"wide/before", {8, true}, {8, true}, {8, false}},
    {"registers", {8, true}, {0, false}, {0, false}},
};

world_t world;

void world_clear(void) {
    memset(&world, 0, sizeof world);
}

object_t *object_add(address_t start, size_t size) {
    if (world.n_objects == MAX_OBJECTS) {
        fprintf(stderr, "step: too many objects\n");
        exit(2);
    }
    object_t *const o = &world.objects[world.n_objects++];
    *o = (object_t){.start = start, .end = start + size};
    if (world.n_objects == 1 || start < world.low) {
        world.low = start;
    }
    if (o->end > world.high) {
        world.high = o->end;
    }
    return o;
}

void object_remove(address_t start) {
    for (size_t i = 0; i < world.n_objects; i++) {
        if (world.objects[i].start == start) {
            world.objects[i] = world.objects[--world.n_objects];
            return;
        }
    }
}

void root_add(address_t start, size_t size) {
    if (world.n_roots == MAX_ROOTS) {
        fprintf(stderr, "step: too many roots\n");
        exit(2);
    }
    world.roots[world.n_roots].start = start;
    world.roots[world.n_roots++].end = start + size;
}

// ---- Words -----------------------------------------------------------------

typedef enum { IN_REGISTER, ON_STACK, AT_CALL } place_t;

static bool word_keeps(address_t word, const object_t *o, unsigned before,
                       bool end) {
    return word >= o->start - before &&
           (word < o->end || (end && word == o->end));
}

static rule_set_t rules_that_keep(address_t word, const object_t *o,
                                  place_t place) {
    rule_set_t kept = NO_RULE;
    for (unsigned i = 0; i < N_RULES; i++) {
        const rule_t *const r = &rules[i];
        const bool is_kept =
            place == IN_REGISTER
                ? word_keeps(word, o, r->registers.before, r->registers.end)
            : place == ON_STACK
                ? word_keeps(word, o, r->stack.before, r->stack.end)
                : word_keeps(word, o, r->call.before, r->call.end);
        kept |= (rule_set_t)is_kept << i;
    }
    return kept;
}

static void word_look(address_t word, place_t place) {
    if (word + FAR < world.low || word >= world.high + FAR) {
        return;
    }
    for (size_t i = 0; i < world.n_objects; i++) {
        object_t *const o = &world.objects[i];
        if (word + FAR < o->start || word >= o->end + FAR) {
            continue;
        }
        o->kept |= rules_that_keep(word, o, place);
        if (word < o->start && o->start - word < o->before) {
            o->before = (unsigned)(o->start - word);
        } else if (word >= o->end && word - o->end < o->past) {
            o->past = (unsigned)(word - o->end);
        }
    }
}

// From the outermost frame to the innermost, and what is below it in use.
static void stack_look(place_t place) {
    const unsigned word = machine.core->word;
    address_t low = register_read(machine.core->sp) - machine.core->red_zone;
    if (low < machine.stack_low) {
        low = machine.stack_low;
    }
    for (low &= ~(address_t)(word - 1); low < machine.stack_high; low += word) {
        word_look(word_read(low), place);
    }
}

static void registers_look(place_t place) {
    address_t values[MAX_REGISTERS] = {0};
    void *pointers[MAX_REGISTERS];
    for (int i = 0; i < machine.core->n_registers; i++) {
        pointers[i] = &values[i];
    }
    uc_reg_read_batch(machine.emulator, (int *)machine.core->registers,
                      pointers, machine.core->n_registers);
    for (int i = 0; i < machine.core->n_registers; i++) {
        word_look(values[i], place);
    }
}

// ---- What is reached from there --------------------------------------------

static object_t *object_at(address_t start) {
    if (start < world.low || start >= world.high) {
        return NULL;
    }
    for (size_t i = 0; i < world.n_objects; i++) {
        if (world.objects[i].start == start) {
            return &world.objects[i];
        }
    }
    return NULL;
}

// What memory points at, all that keeps this memory keeps. True: it is news.
static bool memory_look(address_t start, address_t end, rule_set_t kept) {
    bool is_news = false;
    for (address_t at = start; at < end; at += machine.core->word) {
        const address_t word = word_read(at);
        object_t *const o = object_at(word);
        if (o != NULL && (o->kept | kept) != o->kept) {
            o->kept |= kept;
            is_news = true;
        }
    }
    return is_news;
}

static bool objects_look(void) {
    bool is_news = false;
    for (size_t i = 0; i < world.n_objects; i++) {
        const object_t *const o = &world.objects[i];
        if (o->has_pointers && o->kept != NO_RULE) {
            is_news = memory_look(o->start, o->end, o->kept) || is_news;
        }
    }
    return is_news;
}

// ---- Boundaries ------------------------------------------------------------

// Under all rules but those that keep it, it may be gone from here on.
static void loss_note(object_t *o, address_t pc) {
    const rule_set_t lost = ALL_RULES & ~o->kept;
    if (lost == NO_RULE) {
        return;
    }
    if (o->pending == NO_RULE) {
        o->pending_at = pc;
    }
    o->pending |= lost;
    if (o->before < FAR && o->before > o->pending_before) {
        o->pending_before = o->before;
    } else if (o->before == FAR && o->past < FAR && o->past > o->pending_past) {
        o->pending_past = o->past;
    }
}

void boundary_look(address_t pc, bool is_call) {
    for (size_t i = 0; i < world.n_objects; i++) {
        object_t *const o = &world.objects[i];
        o->kept = o->is_held ? ALL_RULES : NO_RULE;
        o->before = o->past = FAR;
    }
    registers_look(is_call ? AT_CALL : IN_REGISTER);
    stack_look(is_call ? AT_CALL : ON_STACK);
    for (size_t i = 0; i < world.n_roots; i++) {
        memory_look(world.roots[i].start, world.roots[i].end, ALL_RULES);
    }
    while (objects_look()) {
    }
    for (size_t i = 0; i < world.n_objects; i++) {
        loss_note(&world.objects[i], pc);
    }
}

static void loss_confirm(object_t *o) {
    if (o->pending == NO_RULE) {
        return;
    }
    if (world.lost == NO_RULE) {
        world.lost_at = o->pending_at;
    }
    world.lost |= o->pending;
    if (o->pending_before > world.lost_before) {
        world.lost_before = o->pending_before;
    }
    if (o->pending_past > world.lost_past) {
        world.lost_past = o->pending_past;
    }
    o->pending = NO_RULE;
    o->pending_before = o->pending_past = 0;
}

void access_note(address_t where, size_t size) {
    for (size_t i = 0; i < world.n_objects; i++) {
        object_t *const o = &world.objects[i];
        if (where + size > o->start && where < o->end) {
            loss_confirm(o);
        }
    }
}
