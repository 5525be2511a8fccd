// SPDX-License-Identifier: MIT
//
// Dictionaries under the torture kit: every operation, interrupted at every
// instruction by handlers that store, delete, grow, iterate and collect. A key
// that nobody touches is found with its value by each handler and at the end;
// no store is lost, nothing is there twice. On boards, too.
#include <stdbool.h>
#include <string.h>

#include "irqgc/dict.h"
#include "irqgc/torture.h"

// Keys, by who touches them. Values are the keys, times 16, plus who stored.
enum {
    STABLE = 1, // to 3: nobody
    N_STABLE = 3,
    SHARED = 20, // the operation, and handlers
    OURS = 30,   // the operation alone
    THEIRS = 42, // handlers alone, each of them the next; their chains end
                 // elsewhere in the smallest index
    GONE = 60,   // deleted before it begins
    ALSO = 70    // fills up
};

static irqgc_t *heap;
static irqgc_dict_t *dict; // a registered root
static const char *wrong;
static uintptr_t n_theirs; // keys that handlers have stored

static uintptr_t value_of(uintptr_t key, uintptr_t who) {
    return key * 16 + who;
}

static void set(uintptr_t key, uintptr_t who) {
    if (irqgc_dict_set(dict, key, value_of(key, who)) != 0) {
        wrong = "no room";
    }
}

static bool value_is_lawful(uintptr_t key, uintptr_t value) {
    return value / 16 == key && value % 16 < 4;
}

static bool stable_are_there(void) {
    for (uintptr_t key = STABLE; key < STABLE + N_STABLE; key++) {
        uintptr_t value;
        if (irqgc_dict_get(dict, key, &value) != IRQGC_DICT_OK ||
            value != value_of(key, 0)) {
            return false;
        }
    }
    return true;
}

// All stable keys come once, all others once at the most, no pair is torn.
static const char *iteration(void) {
    irqgc_dict_iter_t at = {0};
    uintptr_t key;
    uintptr_t value;
    unsigned char n[128] = {0};
    unsigned n_stable = 0;
    while (irqgc_dict_next(dict, &at, &key, &value)) {
        if (key >= sizeof n || !value_is_lawful(key, value)) {
            return "a torn pair";
        }
        if (key < STABLE + N_STABLE && n[key]++ == 0) {
            n_stable++;
        } else if (key < STABLE + N_STABLE) {
            return "a stable key comes twice";
        }
    }
    return n_stable == N_STABLE ? NULL : "a stable key does not come";
}

// ---- Set up ----------------------------------------------------------------

// On a board there is no process for each run: it puts everything back.
static void begin(void) {
    static char memory[16384];
    static irqgc_root_t root;
    const irqgc_region_t region = {memory, sizeof memory};
    wrong = NULL;
    n_theirs = 0;
    irqgc_init(&heap, &(irqgc_config_t){.regions = &region, .n_regions = 1});
    irqgc_root_add(heap, &root, &dict, sizeof dict);
    dict = irqgc_dict_new(heap, NULL, 0); // for 6 keys: it has 6 of either room
    for (uintptr_t key = STABLE; key < STABLE + N_STABLE; key++) {
        set(key, 0);
    }
}

// Room for one in the index, and a dead entry.
static void worn(void *unused) {
    (void)unused;
    begin();
    set(SHARED, 0);
    set(GONE, 0);
    irqgc_dict_delete(dict, GONE);
}

// Room for two more keys, in the entries and in the index; the shared one is
// not there.
static void two(void *unused) {
    (void)unused;
    begin();
    set(ALSO + 2, 0);
}

// Room for one.
static void one(void *unused) {
    (void)unused;
    two(NULL);
    set(SHARED, 0);
}

// None.
static void full(void *unused) {
    (void)unused;
    one(NULL);
    set(ALSO, 0);
}

// More fresh entries than room in the index.
static void grown(void *unused) {
    (void)unused;
    full(NULL);
    set(ALSO + 1, 0);
}

// A dead entry.
static void dead(void *unused) {
    (void)unused;
    full(NULL);
    irqgc_dict_reserve(dict, 8);
    set(GONE, 0);
    irqgc_dict_delete(dict, GONE);
}

// ---- Operations ------------------------------------------------------------

static void set_ours(void *unused) {
    (void)unused;
    set(OURS, 1);
}

static void set_shared(void *unused) {
    (void)unused;
    set(SHARED, 1);
}

static void delete_shared(void *unused) {
    (void)unused;
    irqgc_dict_delete(dict, SHARED);
}

static void replace_shared(void *unused) {
    (void)unused;
    irqgc_dict_replace(dict, SHARED, value_of(SHARED, 0), value_of(SHARED, 1));
}

static void get_all(void *unused) {
    (void)unused;
    uintptr_t value;
    if (!stable_are_there()) {
        wrong = "a stable key is not found";
    }
    if (irqgc_dict_get(dict, SHARED, &value) == IRQGC_DICT_OK &&
        !value_is_lawful(SHARED, value)) {
        wrong = "a torn pair";
    }
}

static void iterate(void *unused) {
    (void)unused;
    const char *told = iteration();
    wrong = told != NULL ? told : wrong;
}

static void reserve(void *unused) {
    (void)unused;
    irqgc_dict_reserve(dict, 40);
}

static void collect(void *unused) {
    (void)unused;
    irqgc_collect(heap);
}

// ---- Handlers --------------------------------------------------------------

static void look(void) {
    if (!stable_are_there()) {
        wrong = "a handler does not find a stable key";
    }
    const char *told = iteration();
    wrong = told != NULL ? told : wrong;
}

static void handler_set(void *unused) {
    (void)unused;
    look();
    set(THEIRS + n_theirs++, 2);
    look();
}

static void handler_set_shared(void *unused) {
    (void)unused;
    set(SHARED, 2);
    look();
}

static void handler_delete_shared(void *unused) {
    (void)unused;
    irqgc_dict_delete(dict, SHARED);
    look();
}

// What was deleted is another key's at once.
static void handler_reuse(void *unused) {
    (void)unused;
    irqgc_dict_delete(dict, SHARED);
    set(THEIRS + n_theirs++, 2);
    set(SHARED, 2);
    look();
}

// Another key takes what was deleted, and room in the index.
static void handler_take(void *unused) {
    (void)unused;
    irqgc_dict_delete(dict, SHARED);
    set(THEIRS + n_theirs++, 2);
    look();
}

// The operation's own key takes what was deleted.
static void handler_set_ours(void *unused) {
    (void)unused;
    irqgc_dict_delete(dict, SHARED);
    set(OURS, 2);
    look();
}

// Uses up the index, and leaves the entries as they were.
static void handler_churn(void *unused) {
    (void)unused;
    for (unsigned i = 0; i < 16; i++) {
        set(GONE, 2);
        irqgc_dict_delete(dict, GONE);
    }
    look();
}

static void handler_reserve(void *unused) {
    (void)unused;
    irqgc_dict_reserve(dict, 8);
    look();
}

static void handler_grow(void *unused) {
    (void)unused;
    for (unsigned i = 0; i < 8; i++) {
        set(THEIRS + n_theirs++, 2);
    }
    look();
}

static void handler_collect(void *unused) {
    (void)unused;
    irqgc_collect(heap);
    look();
}

// ---- Afterwards ------------------------------------------------------------

static bool has(uintptr_t key, uintptr_t who) {
    uintptr_t value;
    return irqgc_dict_get(dict, key, &value) == IRQGC_DICT_OK &&
           value == value_of(key, who);
}

static const char *check_all(void) {
    if (wrong != NULL) {
        return wrong;
    }
    if (irqgc_check(heap) != 0) {
        return "the heap is broken";
    }
    for (uintptr_t i = 0; i < n_theirs; i++) {
        if (!has(THEIRS + i, 2)) {
            return "a handler's store is lost";
        }
    }
    irqgc_dict_iter_t at = {0};
    uintptr_t key;
    uintptr_t value;
    size_t n = 0;
    unsigned char seen[128] = {0};
    while (irqgc_dict_next(dict, &at, &key, &value)) {
        if (seen[key]++ != 0) {
            return "a key is there twice";
        }
        n++;
    }
    if (n != irqgc_dict_count(dict)) {
        return "another count";
    }
    // And it goes on working.
    for (uintptr_t i = 0; i < 20; i++) {
        set(100 + i, 3);
    }
    for (uintptr_t i = 0; i < 20; i++) {
        if (!has(100 + i, 3)) {
            return "a later store is lost";
        }
    }
    return stable_are_there() ? iteration() : "a stable key is lost";
}

static const char *check(void *unused) {
    (void)unused;
    return check_all();
}

static const char *check_ours(void *unused) {
    (void)unused;
    return has(OURS, 1) || has(OURS, 2) ? check_all()
                                        : "the operation's store is lost";
}

// ---- All -------------------------------------------------------------------

#define HANDLER(of)                                                            \
    { .name = #of, .run = handler_##of }

static const irqgc_torture_handler_t handlers[] = {
    HANDLER(set),   HANDLER(set_shared), HANDLER(delete_shared),
    HANDLER(reuse), HANDLER(set_ours),   HANDLER(churn),
    HANDLER(grow),  HANDLER(reserve),    HANDLER(collect),
    HANDLER(take),
};

#define SCENARIO(begins, of, checks)                                           \
    {                                                                          \
        .name = #of "-" #begins, .setup = begins, .operation = of,             \
        .check = checks, .handlers = handlers,                                 \
        .n_handlers = sizeof handlers / sizeof *handlers                       \
    }

int main(int argc, char **argv) {
    static const irqgc_torture_scenario_t scenarios[] = {
        SCENARIO(one, set_ours, check_ours),
        SCENARIO(full, set_ours, check_ours),
        SCENARIO(grown, set_ours, check_ours),
        SCENARIO(dead, set_ours, check_ours),
        SCENARIO(worn, set_ours, check_ours),
        SCENARIO(two, set_shared, check),
        SCENARIO(one, set_shared, check),
        SCENARIO(one, delete_shared, check),
        SCENARIO(one, replace_shared, check),
        SCENARIO(one, get_all, check),
        SCENARIO(dead, iterate, check),
        SCENARIO(one, reserve, check),
        SCENARIO(dead, reserve, check),
        SCENARIO(full, collect, check),
    };
    return irqgc_torture(argc, argv, scenarios,
                         sizeof scenarios / sizeof *scenarios);
}
