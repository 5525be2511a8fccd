// SPDX-License-Identifier: MIT
#include "allocator.h"

#include <string.h>

enum { NO_POINTERS = 1, HELD = 4 }; // as in irqgc.h

typedef enum { NOTHING, ALLOC, REALLOC, FREE, ROOT_ADD, N_CALLS } call_t;

static const char *const names[N_CALLS] = {
    [ALLOC] = "irqgc_alloc",
    [REALLOC] = "irqgc_realloc",
    [FREE] = "irqgc_free",
    [ROOT_ADD] = "irqgc_root_add",
};

static address_t entries[N_CALLS];

// The outermost call under way: what it was given, and where it returns to.
static struct {
    call_t call;
    address_t arguments[4], back, sp;
} current;

void allocator_find(void) {
    for (call_t c = ALLOC; c < N_CALLS; c++) {
        entries[c] = symbol_find(names[c]) & ~(address_t)machine.core->is_thumb;
    }
}

void allocator_prepare(void) {
    memset(&current, 0, sizeof current);
}

bool allocator_is_running(void) {
    return current.call == ALLOC || current.call == REALLOC;
}

// ---- Calls -----------------------------------------------------------------

static void call_begin(call_t call) {
    const core_t *const core = machine.core;
    current.call = call;
    for (int i = 0; i < core->n_arguments; i++) {
        current.arguments[i] = register_read(core->arguments[i]);
    }
    current.sp = register_read(core->sp);
    current.back =
        core->link != 0 ? register_read(core->link) : word_read(current.sp);
    current.back &= ~(address_t)core->is_thumb;
    if (call == FREE) {
        object_remove(current.arguments[1]);
    } else if (call == ROOT_ADD) {
        root_add(current.arguments[2], current.arguments[3]);
    }
}

// What a collection has freed, and where there is something new now.
static void dead_remove(address_t start, address_t end) {
    for (size_t i = world.n_objects; i-- > 0;) {
        const object_t *const o = &world.objects[i];
        if (o->start < end && start < o->end) {
            object_remove(o->start);
        }
    }
}

static void object_born(address_t start, address_t size, address_t flags) {
    const address_t block = 4 * machine.core->word;
    size = (size + block - 1) / block * block;
    dead_remove(start, start + size);
    object_t *const o = object_add(start, size);
    o->has_pointers = (flags & NO_POINTERS) == 0;
    o->is_held = (flags & HELD) != 0;
}

static void realloc_end(address_t now) {
    const address_t object = current.arguments[1];
    address_t flags = current.arguments[3];
    for (size_t i = 0; i < world.n_objects && object != 0; i++) {
        const object_t *const o = &world.objects[i];
        if (o->start == object) { // its attributes stay
            flags = o->has_pointers ? 0 : NO_POINTERS;
            flags |= o->is_held ? HELD : 0;
        }
    }
    object_remove(object);
    object_born(now, current.arguments[2], flags);
}

static void call_end(void) {
    const address_t result = register_read(machine.core->result);
    if (result != 0 && current.call == ALLOC) {
        object_born(result, current.arguments[1], current.arguments[2]);
    } else if (result != 0 && current.call == REALLOC) {
        realloc_end(result);
    }
    current.call = NOTHING;
}

void allocator_watch(address_t pc) {
    if (current.call != NOTHING && pc == current.back &&
        register_read(machine.core->sp) >= current.sp) {
        call_end();
    }
    for (call_t c = ALLOC; c < N_CALLS && current.call == NOTHING; c++) {
        if (pc == entries[c] && entries[c] != 0) {
            call_begin(c);
        }
    }
}
