// SPDX-License-Identifier: MIT
#include "model.h"

#include "picture.h"

#include <stdlib.h>
#include <string.h>

#include "hints.h"
#include "vic.h"

enum {
    MAX_BLOCKS = MODEL_MOST / BLOCK_BYTES * 2, // sentinels are numbered too
    MAX_OBJECTS = 1024,
    MAX_REGIONS = 4,
    N_ROOT_WORDS = 24,
    MAX_SIZE = 6 * GROUP_BLOCKS * BLOCK_BYTES,
    MOST_FLOATING = 8, // words of the stack that a collection may be misled by
};

static void expect(bool claim, const char *what) {
    if (!claim) {
        broken(what);
    }
}

static bool one_in(uint32_t n) {
    return random_below(n) == 0;
}

// ---- The model -------------------------------------------------------------

typedef struct {
    bool lives;
    bool reached;        // by the walk of the graph
    bool was_reached;    // when the collection under way began, or is newer
    irqgc_flags_t flags; // NO_POINTERS, HELD
    block_t first;
    word_t n_blocks;
    unsigned char *copy; // of its content
} object_t;

enum { NOBODY = -1 };

static object_t objects[MAX_OBJECTS];
static size_t n_objects;       // that live
static int owners[MAX_BLOCKS]; // numbers of objects, or NOBODY

static irqgc_t *heap;
static irqgc_config_t config;
static irqgc_region_t regions[MAX_REGIONS];
static unsigned char *arena;
static size_t arena_size;
static void *root_words[N_ROOT_WORDS];
static irqgc_root_t root_node;

static bool is_nested; // in a handler in the middle of a collection
static bool in_sweep;  // ... of its sweep

model_seen_t model_seen;

static block_t n_numbers(void) {
    return heap->n_groups * GROUP_BLOCKS;
}

static bool block_has_memory(block_t b) {
    for (word_t i = 0; i < heap->n_regions; i++) {
        if (b - heap->regions[i].first < heap->regions[i].n_blocks) {
            return true;
        }
    }
    return false;
}

static word_t model_longest(void) {
    word_t longest = 0;
    word_t run = 0;
    for (block_t b = 0; b < n_numbers(); b++) {
        run = owners[b] == NOBODY && block_has_memory(b) ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static word_t model_free(void) {
    word_t n = 0;
    for (block_t b = 0; b < n_numbers(); b++) {
        n += owners[b] == NOBODY && block_has_memory(b);
    }
    return n;
}

static word_t size_blocks(size_t size) {
    return (size + BLOCK_BYTES - 1) / BLOCK_BYTES;
}

static size_t object_size(const object_t *o) {
    return o->n_blocks * BLOCK_BYTES;
}

static unsigned char *object_address(const object_t *o) {
    return block_address(heap, o->first);
}

static void object_disown(const object_t *o) {
    for (block_t b = o->first; b < o->first + o->n_blocks; b++) {
        owners[b] = NOBODY;
    }
}

static void object_forget(object_t *o) {
    object_disown(o);
    free(o->copy);
    o->copy = NULL;
    o->lives = false;
    n_objects--;
}

// In the middle of a sweep the model does not know yet who is swept.
static void object_own(const object_t *o) {
    expect(o->first != NO_BLOCK, "an object outside the heap");
    for (block_t b = o->first; b < o->first + o->n_blocks; b++) {
        expect(b < n_numbers() && block_has_memory(b),
               "an object beyond its region");
        if (owners[b] != NOBODY) {
            expect(in_sweep && !objects[owners[b]].was_reached,
                   "two objects overlap");
            object_forget(&objects[owners[b]]);
            model_seen.collected++;
        }
        owners[b] = (int)(o - objects);
    }
}

static void object_check(const object_t *o) {
    expect(memcmp(object_address(o), o->copy, object_size(o)) == 0,
           "the content of an object changed");
}

// Any object, or NULL. In the middle of a collection one that is reached: of
// others a handler cannot know.
static object_t *object_any(void) {
    const size_t from = random_below(MAX_OBJECTS);
    for (size_t i = 0; i < MAX_OBJECTS; i++) {
        object_t *o = &objects[(from + i) % MAX_OBJECTS];
        if (o->lives && (!is_nested || o->was_reached)) {
            return o;
        }
    }
    return NULL;
}

static object_t *object_unused(void) {
    for (size_t i = 0; i < MAX_OBJECTS; i++) {
        if (!objects[i].lives) {
            return &objects[i];
        }
    }
    return NULL;
}

// Writes random words that point nowhere, from this block on.
static void object_fill(const object_t *o, word_t from) {
    uintptr_t *words = (void *)object_address(o);
    for (word_t i = from * BLOCK_WORDS; i < o->n_blocks * BLOCK_WORDS; i++) {
        words[i] = random_content();
    }
    memcpy(o->copy, words, object_size(o));
}

// ---- The model's walk of the graph -----------------------------------------

static object_t *waiting[MAX_OBJECTS];
static size_t n_waiting;

static void object_reach(object_t *o) {
    if (!o->reached) {
        o->reached = true;
        waiting[n_waiting++] = o;
    }
}

// The object at this address, or the one around it if that counts too.
static void address_reach(uintptr_t address, bool inside) {
    const block_t b =
        inside ? address_block(heap, address) : address_object(heap, address);
    if (b != NO_BLOCK && owners[b] != NOBODY &&
        (inside || objects[owners[b]].first == b)) {
        object_reach(&objects[owners[b]]);
    }
}

static void word_reach(uintptr_t word) {
    address_reach(word, config.interior_pointers);
}

static void waiting_reach(void) {
    while (n_waiting > 0) {
        const object_t *o = waiting[--n_waiting];
        const uintptr_t *words = (const void *)o->copy;
        for (word_t i = 0; i < o->n_blocks * BLOCK_WORDS; i++) {
            if ((o->flags & IRQGC_NO_POINTERS) == 0) {
                word_reach(words[i]);
            }
        }
    }
}

static void roots_reach(void) {
    for (size_t i = 0; i < MAX_OBJECTS; i++) {
        objects[i].reached = false;
    }
    for (size_t i = 0; i < MAX_OBJECTS; i++) {
        if (objects[i].lives && (objects[i].flags & IRQGC_HELD) != 0) {
            object_reach(&objects[i]);
        }
    }
    for (size_t i = 0; i < N_ROOT_WORDS; i++) {
        word_reach((uintptr_t)root_words[i]);
    }
    waiting_reach();
}

static void collection_begins(void) {
    roots_reach();
    for (size_t i = 0; i < MAX_OBJECTS; i++) {
        objects[i].was_reached = objects[i].reached;
    }
}

// What a call during which a collection ran was working on itself: its object,
// and the blocks of its result.
typedef struct {
    object_t *own;
    block_t first, end;
} call_t;

static const call_t no_call;

static bool object_is_there(const object_t *o, const call_t *call) {
    return o == call->own ||
           (block_is_head(heap, o->first) &&
            (o->first >= call->end || o->first + o->n_blocks <= call->first));
}

// What is not reached was so when the collection began, or hangs on a word that
// the stack happened to hold.
static void floating_check(const call_t *call) {
    unsigned n_words = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < MAX_OBJECTS; i++) {
            object_t *o = &objects[i];
            if (o->lives && !o->reached && object_is_there(o, call) &&
                (pass > 0 || o->was_reached)) {
                n_words += !o->was_reached;
                object_reach(o);
                waiting_reach();
            }
        }
    }
    model_seen.floating += n_words;
    expect(n_words <= MOST_FLOATING, "a collection left garbage behind");
}

// A collection has been completed: it kept what it had to, and the model
// forgets what it freed.
static void collection_check(const call_t *call) {
    roots_reach();
    if (call->own != NULL) {
        object_reach(call->own);
        waiting_reach();
    }
    for (size_t i = 0; i < MAX_OBJECTS; i++) {
        const object_t *o = &objects[i];
        expect(!o->lives || !o->reached || object_is_there(o, call),
               "an object that is reached was freed");
    }
    floating_check(call);
    for (size_t i = 0; i < MAX_OBJECTS; i++) {
        object_t *o = &objects[i];
        if (o->lives && !object_is_there(o, call)) {
            expect(!o->reached, "something kept points to what was freed");
            object_forget(o);
            model_seen.collected++;
        }
    }
}

// ---- The whole heap --------------------------------------------------------

static size_t n_visited;
static block_t visited_end;

static void visit(void *arg, void *object, size_t size, irqgc_flags_t flags) {
    (void)arg;
    const block_t b = address_object(heap, (uintptr_t)object);
    expect(b != NO_BLOCK && b >= visited_end, "a walk out of order");
    expect(owners[b] != NOBODY && objects[owners[b]].first == b,
           "an object that the model does not know");
    const object_t *o = &objects[owners[b]];
    expect(size == object_size(o), "an object of the wrong size");
    expect(flags == o->flags, "an object with the wrong attributes");
    object_check(o);
    visited_end = b + o->n_blocks;
    n_visited++;
}

// The bytes of the arena that belong to no region are as they were.
static void margins_check(void) {
    for (size_t i = 0; i < arena_size; i++) {
        bool inside = false;
        for (size_t r = 0; r < config.n_regions; r++) {
            const size_t offset =
                (size_t)(arena + i - (unsigned char *)regions[r].start);
            inside = inside || offset < regions[r].size;
        }
        expect(inside || arena[i] == PICTURE_FILL, "written outside a region");
    }
}

void model_check(void) {
    static char number[] = "invariant ?";
    number[sizeof number - 2] = (char)('0' + irqgc_check(heap));
    expect(irqgc_check(heap) == 0, number);
    expect(heap->records == NULL, "a record was left behind");
    expect(hints_are_exact(heap), "a hint is wrong");
    irqgc_stats_t s;
    irqgc_stats(heap, &s);
    expect(s.free == model_free() * BLOCK_BYTES, "wrong count of free blocks");
    expect(s.largest_free_run == model_longest() * BLOCK_BYTES,
           "wrong longest free run");
    n_visited = 0;
    visited_end = 0;
    irqgc_walk(heap, visit, NULL);
    expect(n_visited == n_objects, "an object is missing");
}

// ---- Operations ------------------------------------------------------------

static size_t random_size(void) {
    switch (random_below(16)) {
    case 0:
        return 1 + random_below(MAX_SIZE);
    case 1:
        return (size_t)GROUP_BLOCKS * BLOCK_BYTES * (1 + random_below(3)) -
               (one_in(2) ? random_below(BLOCK_BYTES) : 0);
    default:
        return 1 + random_below(6 * BLOCK_BYTES);
    }
}

static irqgc_flags_t random_flags(void) {
    static const irqgc_flags_t policies[] = {
        0, IRQGC_FAIL_FAST, IRQGC_FAIL_FAST, IRQGC_SWEEP_ON, IRQGC_COLLECT};
    return (one_in(4) ? IRQGC_NO_POINTERS : 0u) |
           (one_in(6) ? IRQGC_NOT_ZEROED : 0u) |
           (one_in(30) ? IRQGC_HELD : 0u) | policies[random_below(5)];
}

static bool bytes_are_zero(const unsigned char *bytes, size_t size) {
    return size == 0 ||
           (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

static uintptr_t collections_completed(void) {
    return heap->counts[0].collects + heap->counts[1].collects;
}

// A call that found no room for so many blocks was right. In the middle of a
// sweep the model does not know which blocks are free.
static void failure_check(word_t n_blocks) {
    model_seen.failures++;
    expect(in_sweep || n_blocks > model_longest(),
           "no room found, although there is");
}

// ---- Pointers to what is moved or freed ------------------------------------

// What becomes of the pointers into an object when it has been cut or moved.
typedef struct {
    uintptr_t start;
    size_t size;
    uintptr_t new_start; // or 0: freed
    size_t new_size;
} change_t;

static bool word_changes(uintptr_t word, const change_t *c) {
    return word - c->start < c->size;
}

static void slot_change(void **slot, const change_t *c) {
    const uintptr_t offset = (uintptr_t)*slot - c->start;
    const bool stays = c->new_start != 0 && offset < c->new_size;
    irqgc_store(heap, slot, stays ? (void *)(c->new_start + offset) : NULL);
}

static void object_change(const object_t *o, const change_t *c) {
    uintptr_t *words = (void *)o->copy;
    void **slots = (void *)object_address(o);
    for (word_t i = 0; i < o->n_blocks * BLOCK_WORDS; i++) {
        if (word_changes(words[i], c)) {
            slot_change(&slots[i], c);
            words[i] = (uintptr_t)slots[i];
        }
    }
}

// No pointer dangles: in the middle of a collection one would reach whatever
// comes to lie there. In what a sweep frees there may be some.
static void pointers_change(const change_t *c) {
    for (size_t i = 0; i < MAX_OBJECTS; i++) {
        if (objects[i].lives && (!in_sweep || objects[i].was_reached)) {
            object_change(&objects[i], c);
        }
    }
    for (size_t i = 0; i < N_ROOT_WORDS; i++) {
        if (word_changes((uintptr_t)root_words[i], c)) {
            slot_change(&root_words[i], c);
        }
    }
}

static void operate_alloc(void) {
    object_t *o = object_unused();
    const size_t size = random_size();
    const irqgc_flags_t flags = random_flags();
    if (o == NULL) {
        return;
    }
    const uintptr_t before = collections_completed();
    collection_begins();
    unsigned char *bytes = irqgc_alloc(heap, size, flags);
    const block_t b = address_object(heap, (uintptr_t)bytes);
    const word_t n = size_blocks(size);
    const call_t call = {NULL, b, bytes != NULL ? b + n : b};
    if (collections_completed() != before) {
        collection_check(&call);
    }
    if (bytes == NULL) {
        failure_check(n);
        return;
    }
    model_seen.allocs++;
    *o = (object_t){.lives = true,
                    .was_reached = true,
                    .first = b,
                    .n_blocks = n,
                    .flags = flags & (IRQGC_NO_POINTERS | IRQGC_HELD),
                    .copy = malloc(n * BLOCK_BYTES)};
    expect(o->copy != NULL, "the test is out of memory");
    n_objects++;
    object_own(o);
    expect((flags & IRQGC_NOT_ZEROED) != 0 ||
               bytes_are_zero(bytes, object_size(o)),
           "a new object is not zeroed");
    object_fill(o, 0);
}

// The object has another place and size now; its content has not been looked
// at.
static void object_relocate(object_t *o, block_t first, word_t n_blocks) {
    object_disown(o);
    o->first = first;
    o->n_blocks = n_blocks;
    object_own(o);
    o->copy = realloc(o->copy, object_size(o));
    expect(o->copy != NULL, "the test is out of memory");
}

static void operate_realloc(void) {
    object_t *o = object_any();
    const size_t size = random_size();
    const irqgc_flags_t flags = random_flags();
    if (o == NULL) {
        return;
    }
    const uintptr_t before = collections_completed();
    collection_begins();
    unsigned char *bytes = irqgc_realloc(heap, object_address(o), size, flags);
    const block_t b = address_object(heap, (uintptr_t)bytes);
    const word_t n = size_blocks(size);
    const word_t n_old = o->n_blocks;
    const uintptr_t start = (uintptr_t)object_address(o);
    const call_t call = {o, b, bytes != NULL ? b + n : b};
    if (collections_completed() != before) {
        collection_check(&call);
    }
    if (bytes == NULL) {
        expect(n > n_old, "no room found to shrink");
        failure_check(n);
        object_check(o);
        return;
    }
    expect(n > n_old || b == o->first, "an object moved to shrink");
    object_relocate(o, b, n);
    const word_t n_kept = n < n_old ? n : n_old;
    expect(memcmp(bytes, o->copy, n_kept * BLOCK_BYTES) == 0,
           "realloc lost content");
    expect((flags & IRQGC_NOT_ZEROED) != 0 ||
               bytes_are_zero(bytes + n_kept * BLOCK_BYTES,
                              (n - n_kept) * BLOCK_BYTES),
           "what realloc added is not zeroed");
    object_fill(o, n_kept);
    o->was_reached = true;
    if (b != address_object(heap, start) || n < n_old) {
        pointers_change(&(change_t){start, n_old * BLOCK_BYTES,
                                    (uintptr_t)bytes, n * BLOCK_BYTES});
    }
}

static void operate_free(void) {
    object_t *o = object_any();
    if (o != NULL) {
        object_check(o);
        const uintptr_t start = (uintptr_t)object_address(o);
        const change_t change = {start, object_size(o), 0, 0};
        expect(irqgc_free(heap, object_address(o)) == IRQGC_OK,
               "a free was refused");
        object_forget(o);
        pointers_change(&change);
    }
}

// The address of any object, or NULL; where that counts, into its middle.
static void *pointer_any(void) {
    const object_t *o = one_in(8) ? NULL : object_any();
    if (o == NULL) {
        return NULL;
    }
    const uint32_t offset = random_below((uint32_t)object_size(o));
    return object_address(o) + (config.interior_pointers ? offset : 0);
}

static void operate_store(void) {
    const object_t *o = object_any();
    if (o != NULL) {
        void *value = pointer_any();
        const size_t i = random_below((uint32_t)(o->n_blocks * BLOCK_WORDS));
        irqgc_store(heap, (void **)(void *)object_address(o) + i, value);
        memcpy(o->copy + i * sizeof value, &value, sizeof value);
    }
}

static void operate_copy(void) {
    const object_t *from = object_any();
    const object_t *to = one_in(2) ? from : object_any();
    if (from == NULL || (from->flags & IRQGC_NO_POINTERS) != 0) {
        return; // its words may point to what has been freed
    }
    const size_t n_from = from->n_blocks * BLOCK_WORDS;
    const size_t n_to = to->n_blocks * BLOCK_WORDS;
    const size_t n = random_below((uint32_t)(n_from < n_to ? n_from : n_to));
    const size_t i = random_below((uint32_t)(n_from - n));
    const size_t j = random_below((uint32_t)(n_to - n));
    irqgc_copy(heap, (void **)(void *)object_address(to) + j,
               (void **)(void *)object_address(from) + i, n);
    memmove(to->copy + j * sizeof(void *), from->copy + i * sizeof(void *),
            n * sizeof(void *));
}

static void operate_root(void) {
    irqgc_store(heap, &root_words[random_below(N_ROOT_WORDS)], pointer_any());
}

static unsigned n_misuses;

static void on_misuse(irqgc_t *h, irqgc_status_t why, const void *object) {
    (void)h;
    (void)why;
    (void)object;
    n_misuses++;
}

// In the middle of a sweep an object may have gone that the model still knows,
// but none has come that it does not.
static void operate_misuse(void) {
    unsigned char *address = arena + random_below((uint32_t)arena_size);
    const block_t b = address_object(heap, (uintptr_t)address);
    if (b != NO_BLOCK && owners[b] != NOBODY && objects[owners[b]].first == b) {
        return;
    }
    n_misuses = 0;
    expect(irqgc_free(heap, address) == IRQGC_NOT_AN_OBJECT &&
               irqgc_size(heap, address) == 0 &&
               irqgc_realloc(heap, address, 1, 0) == NULL && n_misuses == 3,
           "misuse was not refused");
}

static void operate_size(void) {
    const object_t *o = object_any();
    expect(o == NULL || irqgc_size(heap, object_address(o)) == object_size(o),
           "an object of the wrong size");
}

// ---- Collections, and what comes in the middle of them ---------------------

static bool is_armed;
static uint32_t calls_to_go;

static void operate_collect(void) {
    collection_begins();
    is_armed = !one_in(4) && vic_priority() == 0;
    calls_to_go = random_below(one_in(2) ? 4 : 64);
    stack_wipe();
    irqgc_collect(heap);
    is_armed = false;
    collection_check(&no_call);
}

static void operate(void) {
    static void (*const operations[])(void) = {
        operate_alloc,   operate_alloc,   operate_alloc, operate_alloc,
        operate_alloc,   operate_alloc,   operate_alloc, operate_store,
        operate_store,   operate_store,   operate_store, operate_copy,
        operate_realloc, operate_realloc, operate_free,  operate_root,
        operate_size,    operate_misuse,
    };
    if (one_in(100)) {
        operate_collect();
    } else {
        operations[random_below(sizeof operations / sizeof *operations)]();
    }
}

static void operate_several(void) {
    for (uint32_t n = 1 + random_below(4); n > 0; n--) {
        operate();
    }
}

static void hook(const irqgc_t *h) {
    const unsigned phase = state_phase(h->state);
    if (is_armed && phase != IDLE && calls_to_go-- == 0) {
        is_armed = false;
        model_seen.nested++;
        is_nested = true;
        in_sweep = phase == SWEEP;
        in_handler(operate_several);
        is_nested = false;
        in_sweep = false;
    }
}

block_t __real_irqgc_core_object_end(const irqgc_t *h, block_t head);
block_t __wrap_irqgc_core_object_end(const irqgc_t *h, block_t head);
void __real_irqgc_core_hints_changed(irqgc_t *h, word_t k, word_t before,
                                     word_t after);
void __wrap_irqgc_core_hints_changed(irqgc_t *h, word_t k, word_t before,
                                     word_t after);

block_t __wrap_irqgc_core_object_end(const irqgc_t *h, block_t head) {
    hook(h);
    return __real_irqgc_core_object_end(h, head);
}

void __wrap_irqgc_core_hints_changed(irqgc_t *h, word_t k, word_t before,
                                     word_t after) {
    hook(h);
    __real_irqgc_core_hints_changed(h, k, before, after);
}

void model_step(void) {
    if (one_in(3)) {
        in_handler(operate);
    } else {
        operate();
    }
}

// ---- A heap ----------------------------------------------------------------

// Cuts the arena into regions, in any order; true iff that makes a heap.
static bool heap_make(void) {
    memset(arena, PICTURE_FILL, arena_size);
    const uint32_t n = 1 + random_below(MAX_REGIONS);
    const uint32_t shift = random_below(5); // a small heap is full sooner
    const size_t part = (arena_size >> shift) / n;
    for (uint32_t i = 0; i < n; i++) {
        const size_t skip = random_below((uint32_t)part / 2);
        const size_t cut = random_below((uint32_t)part / 2);
        regions[n - 1 - i] = (irqgc_region_t){
            arena + i * part + skip, part - skip - (one_in(2) ? 0 : cut)};
    }
    config = (irqgc_config_t){.regions = regions,
                              .n_regions = n,
                              .mark_stack = random_below(4),
                              .interior_pointers = one_in(3),
                              .on_misuse = on_misuse};
    return irqgc_init(&heap, &config) == IRQGC_OK;
}

void model_begin(size_t size) {
    arena_size = size;
    arena = aligned_alloc(BLOCK_BYTES, arena_size);
    expect(arena != NULL, "the test is out of memory");
    while (!heap_make()) {
    }
    memset(root_words, 0, sizeof root_words);
    for (size_t i = 0; i < MAX_BLOCKS; i++) {
        owners[i] = NOBODY;
    }
    expect(n_numbers() <= MAX_BLOCKS, "the model is too small");
    irqgc_root_add(heap, &root_node, root_words, sizeof root_words);
}

// Everything goes with the roots.
void model_end(void) {
    model_check();
    margins_check();
    for (size_t i = 0; i < MAX_OBJECTS; i++) {
        if (objects[i].lives) {
            expect(irqgc_free(heap, object_address(&objects[i])) == IRQGC_OK,
                   "a free was refused");
            object_forget(&objects[i]);
        }
    }
    model_check();
    expect(model_free() == heap->n_blocks, "a block is missing");
    free(arena);
}
