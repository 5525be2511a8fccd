// SPDX-License-Identifier: MIT
//
// Dictionaries under the torture kit: every operation, interrupted at every
// instruction by handlers that store, delete, grow, iterate and collect. A key
// that nobody touches is found with its value by each handler and at the end;
// no store is lost, nothing is there twice. On boards, too.
#include <stdbool.h>
#include <string.h>

#include "counts.h"
#include "heap.h"
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
    ALSO = 70,   // fills up
    MOVED = 90,  // whose value is an object
    FLOOD = 128, // handlers, more than any index has room for
    LATER = 200  // what comes behind
};

enum { MANY = 256 }; // all keys but objects are less
enum { SAME = 5 };   // a value that two keys may have

static irqgc_t *heap;
static irqgc_dict_t *dict; // a registered root
static const char *wrong;
static uintptr_t n_theirs;  // keys that handlers have stored
static uintptr_t n_flood;   // ... at once
static uintptr_t n_ungrown; // insertions since the last that made it grow
static int reserved;        // what a reserve has answered, in a handler, too
static int replaced;        // ... a replace
static uintptr_t twin;      // what a handler found, and stored the same value

static uintptr_t value_of(uintptr_t key, uintptr_t who) {
    return key * 16 + who;
}

static void set(uintptr_t key, uintptr_t who) {
    if (irqgc_dict_set(dict, key, value_of(key, who)) != 0) {
        wrong = "no room";
    }
}

// Objects that a handler moves into the dictionary, while a collection looks.
typedef struct {
    void *key, *value;
} pair_t;
static pair_t *source;   // a registered root, which has them first
static uintptr_t moved;  // the key that has been given one of them; hidden
static uintptr_t hidden; // the value, so that neither keeps an object

static bool is_moved(uintptr_t key, uintptr_t value) {
    return key == MOVED || (moved != 0 && key == ~moved && value == ~hidden);
}

static bool value_is_lawful(uintptr_t key, uintptr_t value) {
    return (key < MANY && value / 16 == key && value % 16 < 4) ||
           value == SAME || is_moved(key, value);
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
    unsigned char n[STABLE + N_STABLE] = {0};
    unsigned n_stable = 0;
    while (irqgc_dict_next(dict, &at, &key, &value)) {
        if (!value_is_lawful(key, value)) {
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

static char memory[16384];

// On a board there is no process for each run: it puts everything back.
static void begin_with(size_t size, size_t n_keys) {
    static irqgc_root_t roots[2];
    const irqgc_region_t region = {memory, size};
    wrong = NULL;
    n_theirs = n_ungrown = n_flood = 0;
    moved = hidden = 0;
    reserved = IRQGC_DICT_NO_ROOM;
    twin = 0;
    irqgc_init(&heap, &(irqgc_config_t){.regions = &region, .n_regions = 1});
    irqgc_root_add(heap, &roots[0], &dict, sizeof dict);
    irqgc_root_add(heap, &roots[1], &source, sizeof source);
    dict = irqgc_dict_new(heap, NULL, n_keys);
    for (uintptr_t key = STABLE; key < STABLE + N_STABLE; key++) {
        set(key, 0);
    }
    source = NULL;
}

// For 6 keys: it has 6 of either room.
static void begin(void) {
    begin_with(sizeof memory, 0);
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

// Fresh entries for `RICH` keys, and words of the index for more: as many as
// are reserved then.
enum { RICH = 17, RESERVED = 21 };

static void rich(void *unused) {
    (void)unused;
    begin_with(sizeof memory, N_STABLE + RICH);
}

// The same, and nothing else is free but what the entries take.
static void tight(void *unused) {
    (void)unused;
    begin_with(4096, N_STABLE + RICH);
    enum { CHUNK = 2 + 2 * RESERVED }; // words
    void *room = irqgc_alloc(heap, CHUNK * sizeof(void *), IRQGC_HELD);
    while (irqgc_alloc(heap, 1, IRQGC_HELD | IRQGC_FAIL_FAST) != NULL) {
    }
    irqgc_free(heap, room);
}

// The shared key has a value that another one may have, too.
static void same(void *unused) {
    (void)unused;
    two(NULL);
    irqgc_dict_set(dict, SHARED, SAME);
}

// The other way round: the index is nearly full, the entries are not.
static void poor(void *unused) {
    (void)unused;
    begin();
    irqgc_dict_reserve(dict, RESERVED + 1);
    for (unsigned i = 0; i < 30; i++) {
        set(GONE, 0);
        irqgc_dict_delete(dict, GONE);
    }
}

// Overwrites what is left below, lest the collection finds an address there.
__attribute__((noinline)) static void stack_wipe(void) {
    volatile char waste[1024];
    for (unsigned i = 0; i < sizeof waste; i++) {
        waste[i] = 0;
    }
}

__attribute__((noinline)) static void source_new(void) {
    source = irqgc_alloc(heap, sizeof *source, 0);
    source->key = irqgc_alloc(heap, 1, 0);
    source->value = irqgc_alloc(heap, 1, 0);
}

// Objects to move, the shared key, and a dead entry; little else to collect.
static void holding(void *unused) {
    (void)unused;
    begin_with(4096, 0);
    set(MOVED, 0);
    set(GONE, 0);
    irqgc_dict_delete(dict, GONE);
    source_new();
    stack_wipe();
}

// The same without a dead entry.
static void holding_fresh(void *unused) {
    (void)unused;
    holding(NULL);
    set(GONE, 0);
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

static void replace_same(void *unused) {
    (void)unused;
    replaced = (int)irqgc_dict_replace(dict, SHARED, SAME, value_of(SHARED, 1));
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

// Keys that come and go meanwhile count once, or not at all.
static void count_all(void *unused) {
    (void)unused;
    const size_t n = irqgc_dict_count(dict);
    if (n < N_STABLE || n > N_STABLE + 8 + 2) {
        wrong = "a count that never was";
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

static void reserve_some(void *unused) {
    (void)unused;
    reserved = (int)irqgc_dict_reserve(dict, RESERVED);
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

static size_t n_allocs(void) {
    return heap->counts[0].allocs + heap->counts[1].allocs;
}

static void set_counted(uintptr_t key) {
    const size_t before = n_allocs();
    set(key, 2);
    n_ungrown = n_allocs() == before ? n_ungrown + 1 : 1;
}

static void flood(unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        set_counted(FLOOD + n_flood++);
    }
}

// Takes one entry, all the fresh ones that there were, and one more than these;
// and more than there are words in an index that is being made. Without a look,
// for each instruction costs.
static void handler_one(void *unused) {
    (void)unused;
    flood(1);
}

static void handler_fill(void *unused) {
    (void)unused;
    flood(RICH);
}

static void handler_overfill(void *unused) {
    (void)unused;
    flood(RICH + 1);
}

static void handler_flood(void *unused) {
    (void)unused;
    flood(24);
}

// Makes less room than is reserved, but more than there was; and as much.
static void handler_reserve_less(void *unused) {
    (void)unused;
    irqgc_dict_reserve(dict, RICH + 1);
}

static void handler_reserve_too(void *unused) {
    (void)unused;
    reserved = (int)irqgc_dict_reserve(dict, RESERVED);
}

// Another key takes the shared one's entry, with the same value.
static void handler_twin(void *unused) {
    (void)unused;
    irqgc_dict_get(dict, SHARED, &twin);
    irqgc_dict_delete(dict, SHARED);
    irqgc_dict_set(dict, THEIRS, SAME);
}

// Takes room in the index, and no entry.
static void handler_wear(void *unused) {
    (void)unused;
    for (unsigned i = 0; i < RICH + 1; i++) {
        set_counted(GONE);
        irqgc_dict_delete(dict, GONE);
    }
}

// From where the collection may not have looked yet to where it may have: one
// object, the other, or both; once.
static void move(uintptr_t key, uintptr_t value) {
    moved = ~key;
    hidden = ~value;
    irqgc_store(heap, &source->key, NULL);
    irqgc_store(heap, &source->value, NULL);
    look();
}

static void handler_move_set(void *unused) {
    (void)unused;
    if (moved != 0) {
        return;
    }
    const uintptr_t value = (uintptr_t)source->value;
    irqgc_dict_set(dict, MOVED, value);
    move(MOVED, value);
}

static void handler_move_replace(void *unused) {
    (void)unused;
    if (moved != 0) {
        return;
    }
    const uintptr_t value = (uintptr_t)source->value;
    irqgc_dict_replace(dict, MOVED, value_of(MOVED, 0), value);
    move(MOVED, value);
}

static void handler_move_key(void *unused) {
    (void)unused;
    if (moved != 0) {
        return;
    }
    const uintptr_t key = (uintptr_t)source->key;
    irqgc_dict_add(dict, key, 16);
    move(key, 16);
}

static void handler_move_both(void *unused) {
    (void)unused;
    if (moved != 0) {
        return;
    }
    const uintptr_t key = (uintptr_t)source->key;
    const uintptr_t value = (uintptr_t)source->value;
    irqgc_dict_set(dict, key, value);
    move(key, value);
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
    for (uintptr_t i = 0; i < n_flood; i++) {
        if (!has(FLOOD + i, 2)) {
            return "one of many stores is lost";
        }
    }
    irqgc_dict_iter_t at = {0};
    uintptr_t key;
    uintptr_t value;
    size_t n = 0;
    unsigned char seen[MANY] = {0};
    while (irqgc_dict_next(dict, &at, &key, &value)) {
        if (key < MANY && seen[key]++ != 0) {
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

// There was an instant of the call since when no insertion needed to grow.
static const char *check_reserved(void *unused) {
    const size_t before = n_allocs();
    for (uintptr_t i = n_ungrown; reserved == IRQGC_DICT_OK && i < RESERVED;
         i++) {
        set(LATER + i, 3);
    }
    return reserved != IRQGC_DICT_OK ? "a reserve finds no room"
           : n_allocs() != before    ? "a reserve has not made room"
                                     : check(unused);
}

// A handler's reserve holds also if another context was in a growth: all but
// the key of the operation need none.
static const char *check_kept(void *unused) {
    const size_t before = n_allocs();
    for (uintptr_t i = 1; reserved == IRQGC_DICT_OK && i < RESERVED; i++) {
        set(LATER + i, 3);
    }
    return n_allocs() != before ? "a handler's reserve is lost"
                                : check_ours(unused);
}

static const char *check_same(void *unused) {
    uintptr_t value;
    if (twin != 0 && (irqgc_dict_get(dict, THEIRS, &value) != IRQGC_DICT_OK ||
                      value != SAME)) {
        return "another key's value was replaced";
    }
    return replaced != (twin == SAME ? IRQGC_DICT_ABSENT : IRQGC_DICT_OK)
               ? "replace answers wrongly"
               : check(unused);
}

// There is no room for what `check` does next.
static const char *check_tight(void *unused) {
    (void)unused;
    return reserved != IRQGC_DICT_OK ? "a reserve finds no room"
           : irqgc_check(heap) != 0  ? "the heap is broken"
           : stable_are_there()      ? NULL
                                     : "a stable key is lost";
}

static bool is_object(uintptr_t value) {
    return value == 16 || value == value_of(MOVED, 0) ||
           irqgc_size(heap, (void *)value) != 0;
}

static const char *check_moved(void *unused) {
    uintptr_t value;
    if (moved != 0 && (irqgc_dict_get(dict, ~moved, &value) != IRQGC_DICT_OK ||
                       value != ~hidden || !is_object(value) ||
                       (~moved != MOVED && !is_object(~moved)))) {
        return "what was moved into the dictionary is lost";
    }
    return check(unused);
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

// For growths, and for collections.
static const irqgc_torture_handler_t growing[] = {
    HANDLER(one),  HANDLER(fill),         HANDLER(overfill),
    HANDLER(wear), HANDLER(reserve_less),
};
static const irqgc_torture_handler_t reserving[] = {HANDLER(reserve_too)};
static const irqgc_torture_handler_t twinning[] = {HANDLER(twin)};
static const irqgc_torture_handler_t flooding[] = {HANDLER(flood)};
static const irqgc_torture_handler_t moving[] = {
    HANDLER(move_set),
    HANDLER(move_replace),
    HANDLER(move_key),
    HANDLER(move_both),
};
static const irqgc_torture_handler_t inserting[] = {
    HANDLER(move_key),
    HANDLER(move_both),
};

#define SCENARIO_WITH(which, begins, of, checks)                               \
    {                                                                          \
        .name = #of "-" #begins "-" #which, .setup = begins, .operation = of,  \
        .check = checks, .handlers = which,                                    \
        .n_handlers = sizeof which / sizeof *which                             \
    }
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
        SCENARIO(one, count_all, check),
        SCENARIO(dead, iterate, check),
        SCENARIO(one, reserve, check),
        SCENARIO(dead, reserve, check),
        SCENARIO(full, collect, check),
        SCENARIO_WITH(growing, rich, reserve_some, check_reserved),
        SCENARIO_WITH(growing, poor, reserve_some, check_reserved),
        SCENARIO_WITH(reserving, tight, reserve_some, check_tight),
        SCENARIO_WITH(reserving, full, set_ours, check_kept),
        SCENARIO_WITH(flooding, full, set_ours, check_ours),
        SCENARIO_WITH(twinning, same, replace_same, check_same),
        SCENARIO_WITH(moving, holding, collect, check_moved),
        SCENARIO_WITH(inserting, holding_fresh, collect, check_moved),
    };
    return irqgc_torture(argc, argv, scenarios,
                         sizeof scenarios / sizeof *scenarios);
}
