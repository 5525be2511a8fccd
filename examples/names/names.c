// SPDX-License-Identifier: MIT
//
// The global names of a language: the thread defines names while handlers store
// to others. Code of the language finds a global once and keeps its cell.
//
// With -DNAMES_REHASH they are in an array that is copied to a larger one when
// it is full, and the larger one takes its place at once, as in MicroPython's
// pull request 11604. What a handler stores to the array meanwhile is lost.
#include <stdbool.h>

#include "irqgc/dict.h"
#include "irqgc/torture.h"

typedef uintptr_t name_t; // an interned string's number, from 1

typedef struct {
    uintptr_t value;
} number_t;

static irqgc_t *heap;

// ---- Names -----------------------------------------------------------------

enum { FEW = 6 }; // names that there is room for at first

#ifndef NAMES_REHASH
static irqgc_dict_t *names; // a registered root

static bool names_open(void) {
    names = irqgc_dict_new(heap, NULL, FEW);
    return names != NULL;
}

static bool name_define(name_t name, number_t *value) {
    return irqgc_dict_set(names, name, (uintptr_t)value) == IRQGC_DICT_OK;
}

// Where code names a global. Its cell stays where it is, and is looked up once.
typedef struct {
    name_t name;
    void **cell;
} use_t;

static void **cell_of(use_t *use) {
    if (use->cell == NULL) {
        use->cell = irqgc_dict_cell(names, use->name);
    }
    return use->cell;
}
#else
typedef struct {
    name_t name;
    void *value;
} pair_t;

typedef struct {
    size_t n_pairs, n_free; // free: that may be taken; some stay empty
    pair_t pairs[];
} map_t;

static map_t *names; // a registered root

// The name's pair, or the one that it would take.
static pair_t *pair_find(map_t *map, name_t name) {
    size_t i = name % map->n_pairs;
    while (map->pairs[i].name != 0 && map->pairs[i].name != name) {
        i = (i + 1) % map->n_pairs;
    }
    return &map->pairs[i];
}

static map_t *map_new(size_t n_free) {
    const size_t n = n_free + n_free / 3 + 1;
    map_t *const map = irqgc_alloc(heap, sizeof *map + n * sizeof(pair_t), 0);
    if (map != NULL) {
        map->n_pairs = n;
        map->n_free = n_free;
    }
    return map;
}

static bool names_open(void) {
    names = map_new(FEW);
    return names != NULL;
}

static bool map_grow(void) {
    map_t *const old = names;
    map_t *const map = map_new(2 * old->n_pairs);
    for (size_t i = 0; map != NULL && i < old->n_pairs; i++) {
        if (old->pairs[i].name != 0) {
            *pair_find(map, old->pairs[i].name) = old->pairs[i];
            map->n_free--;
        }
    }
    if (map != NULL) {
        irqgc_store(heap, (void **)&names, map);
    }
    return map != NULL;
}

static bool name_define(name_t name, number_t *value) {
    if (names->n_free == 0 && !map_grow()) {
        return false;
    }
    pair_t *const pair = pair_find(names, name);
    if (pair->name == 0) {
        names->n_free--;
        pair->name = name;
    }
    irqgc_store(heap, &pair->value, value);
    return true;
}

// Where code names a global. It moves when the names grow, and is looked up
// each time.
typedef struct {
    name_t name;
} use_t;

static void **cell_of(use_t *use) {
    return &pair_find(names, use->name)->value;
}
#endif

static void global_store(use_t *global, number_t *value) {
    irqgc_store(heap, cell_of(global), value);
}

static const number_t *global_load(use_t *global) {
    return *cell_of(global);
}

// ---- Scenarios -------------------------------------------------------------

// The thread and the handlers each store to names of their own. There is no
// room for another name, so whoever defines one makes the names grow.
enum {
    OURS = 1,
    THEIRS = 2, // to FEW
    OUR_NEW = FEW + 1,
    THEIR_NEW = FEW + 2, // and the next
    N_NAMES = FEW + 4
};

static use_t uses[N_NAMES];
static uintptr_t stored[N_NAMES];    // what is to be found; 0: nothing
static unsigned n_stored, n_defined; // by handlers

static void define(name_t name, uintptr_t value) {
    number_t *const n = irqgc_alloc(heap, sizeof *n, 0);
    n->value = value;
    uses[name].name = name;
    if (name_define(name, n)) {
        stored[name] = value;
    }
}

static void store(name_t name, uintptr_t value) {
    number_t *const n = irqgc_alloc(heap, sizeof *n, 0);
    n->value = value;
    global_store(&uses[name], n);
    stored[name] = value;
}

static void setup(void *unused) {
    (void)unused;
    static char memory[8192];
    static irqgc_root_t root;
    const irqgc_region_t region = {memory, sizeof memory};
    irqgc_init(&heap, &(irqgc_config_t){.regions = &region, .n_regions = 1});
    irqgc_root_add(heap, &root, &names, sizeof(void *));
    names_open();
    for (name_t name = OURS; name <= FEW; name++) {
        define(name, name);
    }
}

static void thread_define(void *unused) {
    (void)unused;
    define(OUR_NEW, 100);
}

static void thread_store(void *unused) {
    (void)unused;
    store(OURS, 100);
}

static void handler_define(void *unused) {
    (void)unused;
    define(THEIR_NEW + n_defined++, 200);
}

static void handler_store(void *unused) {
    (void)unused;
    store(THEIRS + n_stored++, 200);
}

static void handler_collect(void *unused) {
    (void)unused;
    irqgc_collect(heap);
}

static bool is_found(name_t name) {
    const number_t *const n = global_load(&uses[name]);
    return n != NULL && n->value == stored[name];
}

static const char *check(void *unused) {
    (void)unused;
    for (name_t name = OURS; name < N_NAMES; name++) {
        if (stored[name] != 0 && !is_found(name)) {
            return "a store is lost";
        }
    }
    return irqgc_check(heap) == 0 ? NULL : "the heap is broken";
}

int main(int argc, char **argv) {
    static const irqgc_torture_handler_t handlers[] = {
        {.name = "store", .run = handler_store},
        {.name = "collect", .run = handler_collect},
        {.name = "define", .run = handler_define},
    };
    static const irqgc_torture_scenario_t scenarios[] = {
        {.name = "define",
         .setup = setup,
         .operation = thread_define,
         .check = check,
         .handlers = handlers,
         .n_handlers = 2},
        {.name = "store",
         .setup = setup,
         .operation = thread_store,
         .check = check,
         .handlers = handlers + 1,
         .n_handlers = 2},
        {.name = "define-both",
         .setup = setup,
         .operation = thread_define,
         .check = check,
         .handlers = handlers + 2,
         .n_handlers = 1},
    };
    return irqgc_torture(argc, argv, scenarios, 3);
}
