// SPDX-License-Identifier: MIT
//
// Collections, with their marking and their sweep apart: the linker's --wrap
// puts __wrap_irqgc_core_mark and __wrap_irqgc_core_sweep in the place of the
// core's functions, which are called __real_irqgc_core_mark and
// __real_irqgc_core_sweep then.
#include <string.h>

#include "collector.h"
#include "peer.h"
#include "preempted.h"

static irqgc_t *heap;
static uint32_t n_blocks, n_groups;

// ---- A heap ----------------------------------------------------------------

// The roots: all objects that are to live. One more word keeps the array from
// being one that ends where an object begins.
static void *live[OBJECTS_MAX];
static irqgc_root_t live_root;

static void group_count(const char *text, void *arg) {
    (void)arg;
    (void)text;
    n_groups++;
}

irqgc_t *collector_heap(size_t size, size_t mark_stack) {
    const irqgc_region_t region = {heap_memory(), size};
    const irqgc_config_t config = {
        .regions = &region, .n_regions = 1, .mark_stack = mark_stack};
    if (irqgc_init(&heap, &config) != IRQGC_OK) {
        board_print("figures: no heap\n");
        board_exit(1);
    }
    return heap;
}

// A heap whose only roots are the first `n_live` of `live`, all NULL.
static void heap_open(size_t size, size_t mark_stack, size_t n_live) {
    collector_heap(size, mark_stack);
    memset(live, 0, sizeof live);
    irqgc_root_add(heap, &live_root, live, (n_live + 1) * sizeof *live);
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    n_blocks = (uint32_t)(stats.total / IRQGC_BLOCK);
    n_groups = 0;
    irqgc_dump(heap, group_count, NULL);
}

static void **object_new(size_t size) {
    return irqgc_alloc(heap, size, IRQGC_FAIL_FAST);
}

// ---- Parts of a collection -------------------------------------------------

uintptr_t __real_irqgc_core_mark(uintptr_t a, uintptr_t b, uintptr_t c,
                                 uintptr_t d);
uintptr_t __wrap_irqgc_core_mark(uintptr_t a, uintptr_t b, uintptr_t c,
                                 uintptr_t d);
uintptr_t __real_irqgc_core_sweep(uintptr_t a, uintptr_t b, uintptr_t c,
                                  uintptr_t d);
uintptr_t __wrap_irqgc_core_sweep(uintptr_t a, uintptr_t b, uintptr_t c,
                                  uintptr_t d);

typedef struct {
    measured_t *function;
    uint32_t took;     // since it was last set to zero
    uint32_t n_calls;  // also
    uint32_t overhead; // of measuring, each call
} part_t;

static part_t marking = {.function = __real_irqgc_core_mark};
static part_t sweeping = {.function = __real_irqgc_core_sweep};
static uint32_t collect_took;

uintptr_t __wrap_irqgc_core_mark(uintptr_t a, uintptr_t b, uintptr_t c,
                                 uintptr_t d) {
    const uintptr_t result = call(marking.function, a, b, c, d);
    marking.took += call_took;
    marking.n_calls++;
    return result;
}

uintptr_t __wrap_irqgc_core_sweep(uintptr_t a, uintptr_t b, uintptr_t c,
                                  uintptr_t d) {
    const uintptr_t result = call(sweeping.function, a, b, c, d);
    sweeping.took += call_took;
    sweeping.n_calls++;
    return result;
}

static void part_calibrate(part_t *part, measured_t *wrapper) {
    measured_t *const function = part->function;
    part->function = MEASURED(call_nothing);
    call(wrapper, 0, 0, 0, 0);
    part->overhead = call_took - 1;
    part->function = function;
}

static void part_reset(part_t *part) {
    part->took = 0;
    part->n_calls = 0;
}

// Overwrites what former calls have left below the stack pointer.
__attribute__((noipa)) static void stack_scrub(void) {
    volatile uint32_t words[256];
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        words[i] = 0;
    }
}

static void collect(void) {
    stack_scrub();
    part_reset(&marking);
    part_reset(&sweeping);
    call(MEASURED(irqgc_collect), (uintptr_t)heap, 0, 0, 0);
    collect_took = call_took - marking.n_calls * marking.overhead -
                   sweeping.n_calls * sweeping.overhead;
    if (marking.n_calls == 0 || sweeping.n_calls == 0) {
        board_print("figures: no calls of mark and sweep seen\n");
        board_exit(1);
    }
    if (irqgc_check(heap) != 0) {
        board_print("figures: the heap is broken\n");
        board_exit(1);
    }
}

// ---- Sweep -----------------------------------------------------------------

// Fills the heap with objects of this size, of which one in `period` lives, or
// none. Not inlined, as below: no register keeps a pointer.
__attribute__((noipa)) static void objects_make(size_t size, uint32_t period) {
    uint32_t n = 0;
    for (uint32_t i = 0;; i++) {
        void *const object = object_new(size);
        if (object == NULL) {
            return;
        }
        if (period != 0 && i % period == 0) {
            live[n++] = object;
        }
    }
}

static void sweep_measure(const char *which, size_t size, uint32_t period) {
    heap_open(HEAP_BYTES, 0, OBJECTS_MAX - 1);
    if (size != 0) {
        objects_make(size, period);
    }
    collect();
    per_print("sweep", which, sweeping.took, n_blocks);
}

static size_t mixed_size(void) {
    static const uint16_t sizes[] = {16,  16, 16, 32,  48,  64, 16, 24,
                                     100, 16, 32, 200, 512, 16, 64, 1000};
    return sizes[random_below(sizeof sizes / sizeof *sizes)];
}

// Fills the heap with objects of all sizes, of which every second lives, more
// or less; each points to one before.
__attribute__((noipa)) static void mix_make(void) {
    random_seed();
    uint32_t n = 0;
    void **object;
    while ((object = object_new(mixed_size())) != NULL) {
        object[0] = n != 0 ? live[random_below(n)] : NULL;
        if (random_below(2) != 0) {
            live[n++] = object;
        }
    }
}

static void sweeps_measure(void) {
    sweep_measure("empty", 0, 0);
    sweep_measure("dead-16", 16, 0);
    sweep_measure("dead-64", 64, 0);
    sweep_measure("dead-4096", 4096, 0);
    sweep_measure("every-2nd-16-lives", 16, 2);
    sweep_measure("every-2nd-64-lives", 64, 2);
    sweep_measure("all-16-live", 16, 1);
    heap_open(HEAP_BYTES, 0, OBJECTS_MAX - 1);
    mix_make();
    collect();
    per_print("sweep", "mix-half-lives", sweeping.took, n_blocks);
}

// ---- Mark ------------------------------------------------------------------

// Marking of `n` objects of this size, less that of none. Each shape hangs from
// live[0].
typedef void shape_t(uint32_t n, size_t size);

static void list_make(uint32_t n, size_t size) {
    void **next = NULL;
    for (uint32_t i = 0; i < n; i++) {
        void **const object = object_new(size);
        object[0] = next;
        next = object;
    }
    live[0] = next;
}

static void tree_make(uint32_t n, size_t size) {
    static void **nodes[OBJECTS_MAX / 4];
    for (uint32_t i = 0; i < n; i++) {
        nodes[i] = object_new(size);
        if (i != 0) {
            nodes[(i - 1) / 2][(i - 1) % 2] = nodes[i];
        }
    }
    live[0] = nodes[0];
    memset(nodes, 0, sizeof nodes);
}

// An object that points to all others: more than the mark stack holds.
static void fan_make(uint32_t n, size_t size) {
    void **const hub = object_new((n - 1) * sizeof *hub);
    live[0] = hub;
    for (uint32_t i = 0; i < n - 1; i++) {
        hub[i] = object_new(size);
    }
}

static uint32_t shape_mark(size_t heap_bytes, shape_t *shape, uint32_t n,
                           size_t size) {
    heap_open(heap_bytes, 0, 1);
    collect();
    const uint32_t none = marking.took;
    shape(n, size);
    collect();
    return marking.took - none;
}

static void marks_measure(void) {
    enum { N = HEAP_BYTES / 128, QUARTER = N / 4 };
    const uint32_t list = shape_mark(HEAP_BYTES, list_make, N, 16);
    const uint32_t wide = shape_mark(HEAP_BYTES, list_make, N, 80);
    per_print("mark-word", "null", wide - list, N * 16);
    per_print("mark-object", "list-16", list, N);
    per_print("mark-object", "tree-16",
              shape_mark(HEAP_BYTES, tree_make, N, 16), N);
    per_print("mark-object", "fan-16", shape_mark(HEAP_BYTES, fan_make, N, 16),
              N);
    per_print("mark-object", "list-16-quarter",
              shape_mark(HEAP_BYTES / 4, list_make, QUARTER, 16), QUARTER);
    per_print("mark-object", "fan-16-quarter",
              shape_mark(HEAP_BYTES / 4, fan_make, QUARTER, 16), QUARTER);
}

// ---- Collect ---------------------------------------------------------------

static void collect_measure(size_t size, const char *which) {
    heap_open(size, 0, size / 32);
    mix_make();
    collect();
    value_print("collect", which, collect_took);
    collect();
    value_print("collect-again", which, collect_took);
}

// ---- Searches of the truth -------------------------------------------------

// A heap in which each free run is one block too short, but for the last ones;
// its last block may be shorter still.
__attribute__((noipa)) static void runs_make(size_t size, uint32_t n) {
    heap_open(size, 0, 1);
    for (uint32_t i = 0; (live[i] = object_new(16)) != NULL; i++) {
    }
    for (uint32_t i = 0; live[i] != NULL; i++) {
        if (i % n != 0) {
            irqgc_free(heap, live[i]);
        }
    }
}

static uint32_t search_in_vain(size_t size, uint32_t n) {
    runs_make(size, n);
    const uintptr_t found =
        call(MEASURED(irqgc_alloc), (uintptr_t)heap, n * IRQGC_BLOCK,
             IRQGC_FAIL_FAST | IRQGC_NOT_ZEROED, 0);
    if (found != 0) {
        board_print("figures: there should be no room\n");
        board_exit(1);
    }
    return call_took;
}

// What each further group takes: the rest of the call is the same in a heap of
// a quarter.
static void search_measure(uint32_t n, const char *which) {
    const uint32_t quarter = search_in_vain(HEAP_BYTES / 4, n);
    const uint32_t fewer = n_groups;
    const uint32_t whole = search_in_vain(HEAP_BYTES, n);
    per_print("search", which, whole - quarter, n_groups - fewer);
}

static void searches_measure(void) {
    search_measure(1, "1");
    search_measure(2, "2");
    search_measure(3, "3");
    search_measure(4, "4");
    search_measure(8, "8");
    search_measure(20, "20");
    search_measure(32, "32");
    search_measure(33, "33");
    search_measure(64, "64");
    search_measure(256, "256");
}

// ---- Across two groups -----------------------------------------------------

// Objects of four blocks, of which two lie in one group and two in the next, in
// a heap that is full otherwise. No hint tells of such a run.
static void straddling_measure(void) {
    static samples_t allocs, frees;
    samples_reset(&allocs);
    samples_reset(&frees);
    heap_open(HEAP_BYTES, 0, 1);
    uint32_t n = 0;
    while ((live[n] = object_new(16)) != NULL) {
        n++;
    }
    for (uint32_t i = 0; i + 3 < n; i++) {
        if (!peer_in_one_group(live[i], 2 * 16) ||
            peer_in_one_group(live[i + 1], 2 * 16)) {
            continue;
        }
        for (uint32_t k = i; k < i + 4; k++) {
            irqgc_free(heap, live[k]);
        }
        const uintptr_t object =
            call(MEASURED(irqgc_alloc), (uintptr_t)heap, 64,
                 IRQGC_FAIL_FAST | IRQGC_NOT_ZEROED, 0);
        samples_add(&allocs, call_took);
        call(MEASURED(irqgc_free), (uintptr_t)heap, object, 0, 0);
        samples_add(&frees, call_took);
        for (uint32_t k = i; k < i + 4; k++) {
            live[k] = object_new(16);
        }
    }
    samples_print(&allocs, "alloc-across-groups", 64, "100%");
    samples_print(&frees, "free-across-groups", 64, "100%");
}

// ---- Stack -----------------------------------------------------------------

// The most of several calls, on different paths.
typedef struct {
    measured_t *function;
    uint32_t bytes;
} depth_t;

static void depth_note(depth_t *depth, uintptr_t b, uintptr_t c, uintptr_t d) {
    const uint32_t bytes =
        call_stack(depth->function, (uintptr_t)heap, b, c, d);
    depth->bytes = bytes > depth->bytes ? bytes : depth->bytes;
}

static void collects_measure(void) {
    depth_t collects = {MEASURED(irqgc_collect), 0};
    depth_t allocs = {MEASURED(irqgc_alloc), 0};
    heap_open(HEAP_BYTES / 4, 8, 1);
    fan_make(500, 16);
    // Such pointers, into the middle and past the end, are looked up.
    char *volatile on_stack[] = {(char *)object_new(64) + 20,
                                 (char *)object_new(16) + 16};
    depth_note(&collects, 0, 0, 0);
    while (object_new(16) != NULL) {
    }
    depth_note(&allocs, 16, IRQGC_COLLECT, 0);
    (void)on_stack;
    value_print("stack", "collect", collects.bytes);
    value_print("stack", "alloc-collects", allocs.bytes);
}

static void stacks_measure(void) {
    enum { N = 64, ROUNDS = 1000 };
    depth_t allocs = {MEASURED(irqgc_alloc), 0};
    depth_t reallocs = {MEASURED(irqgc_realloc), 0};
    depth_t frees = {MEASURED(irqgc_free), 0};
    heap_open(HEAP_BYTES / 4, 0, N);
    random_seed();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        const size_t size = mixed_size();
        depth_note(&allocs, size, IRQGC_FAIL_FAST, 0); // remains, as garbage
        void **const object = &live[random_below(N)];
        if (*object != NULL && random_below(2) != 0) {
            depth_note(&reallocs, (uintptr_t)*object, size, IRQGC_FAIL_FAST);
            *object = NULL;
        } else {
            depth_note(&frees, (uintptr_t)*object, 0, 0);
            *object = object_new(size);
        }
        if (*object == NULL) {
            irqgc_collect(heap);
        }
    }
    value_print("stack", "alloc", allocs.bytes);
    value_print("stack", "realloc", reallocs.bytes);
    value_print("stack", "free", frees.bytes);
}

void collector_figures(void) {
    part_calibrate(&marking, __wrap_irqgc_core_mark);
    part_calibrate(&sweeping, __wrap_irqgc_core_sweep);
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    value_print("metadata", "bytes", (uint32_t)stats.metadata);
    searches_measure();
    straddling_measure();
    sweeps_measure();
    marks_measure();
    collect_measure(64 * 1024u, "64KiB");
    collect_measure(128 * 1024u, "128KiB");
    stacks_measure();
    collects_measure();
    preempted_run(collector_heap(8 * 1024u, 2));
}
