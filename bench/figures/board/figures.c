// SPDX-License-Identifier: MIT
//
// The figures that all allocators have: what allocating, freeing and
// reallocating takes on an empty heap, on one that is half full and on one that
// is 95 % full, both fragmented.
//
// A heap is filled up with a mix of sizes until not the smallest fits any more;
// then randomly chosen objects are freed until as much is. Between two measured
// calls an object is freed and one of its size allocated elsewhere, so that
// holes wander.
#include "peer.h"

enum { ROUNDS = 256, SMALLEST = 16, GROUP_BYTES = 512 };

static const uint16_t sizes[] = {16, 64, 512, 4096};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

// The mix: how many of 256 objects have which size; 81 bytes on average.
static const struct {
    uint16_t size, weight;
} mix[] = {{16, 140}, {32, 48}, {64, 32},  {128, 16},
           {256, 10}, {512, 6}, {1024, 3}, {4096, 1}};

static void *objects[OBJECTS_MAX];
static uint16_t object_sizes[OBJECTS_MAX];
static uint32_t n_objects;
static uint32_t n_bytes; // in objects

char *heap_memory(void) {
    const uintptr_t start = ((uintptr_t)board_heap_start + 4095) / 4096 * 4096;
    if (start + HEAP_BYTES > (uintptr_t)board_heap_end) {
        board_print("figures: not enough memory\n");
        board_exit(1);
    }
    return (char *)start;
}

// Of all sizes: allocations of up to one group that a hint finds, and frees of
// objects in one group and in more.
static samples_t hinted, freed_one, freed_more;

static void *noted_alloc(size_t size) {
    const bool has_hint =
        peer_has_groups && size <= GROUP_BYTES && peer_has_hint(size);
    void *const object = peer_alloc(size);
    if (has_hint) {
        samples_add(&hinted, call_took);
    }
    return object;
}

static void noted_free(void *object, size_t size) {
    const bool is_in_one = peer_in_one_group(object, size);
    peer_free(object);
    if (peer_has_groups && size <= GROUP_BYTES) {
        samples_add(is_in_one ? &freed_one : &freed_more, call_took);
    }
}

static void totals_reset(void) {
    samples_reset(&hinted);
    samples_reset(&freed_one);
    samples_reset(&freed_more);
}

static void totals_print(const char *fill) {
    samples_print(&hinted, "alloc-hinted", GROUP_BYTES, fill);
    samples_print(&freed_one, "free-in-one-group", GROUP_BYTES, fill);
    samples_print(&freed_more, "free-across-groups", GROUP_BYTES, fill);
}

static void object_add(void *object, size_t size) {
    objects[n_objects] = object;
    object_sizes[n_objects++] = (uint16_t)size;
    n_bytes += size;
}

static void object_drop(uint32_t i) {
    noted_free(objects[i], object_sizes[i]);
    n_bytes -= object_sizes[i];
    n_objects--;
    objects[i] = objects[n_objects];
    object_sizes[i] = object_sizes[n_objects];
}

static size_t size_pick(void) {
    uint32_t n = random_below(256);
    unsigned i = 0;
    for (; n >= mix[i].weight; i++) {
        n -= mix[i].weight;
    }
    return mix[i].size;
}

static void heap_fill(void) {
    for (;;) {
        size_t size = size_pick();
        void *object = noted_alloc(size);
        while (object == NULL && size > SMALLEST) {
            size /= 2;
            object = noted_alloc(size);
        }
        if (object == NULL) {
            return;
        }
        object_add(object, size);
    }
}

// The one at the highest address: holes that are needed by small sizes too are
// below.
static void highest_drop(size_t size) {
    uint32_t highest = n_objects;
    for (uint32_t i = 0; i < n_objects; i++) {
        if (object_sizes[i] == size &&
            (highest == n_objects ||
             (uintptr_t)objects[i] > (uintptr_t)objects[highest])) {
            highest = i;
        }
    }
    object_drop(highest);
}

// A hole of each larger size first: these are to find room too.
static void heap_thin(uint32_t percent) {
    const uint32_t left = n_bytes / 100 * percent;
    highest_drop(4096);
    highest_drop(512);
    while (n_bytes > left) {
        object_drop(random_below(n_objects));
    }
}

static void heap_drop(void) {
    while (n_objects > 0) {
        object_drop(n_objects - 1);
    }
}

static void holes_move(void) {
    if (n_objects > 0) {
        const uint32_t i = random_below(n_objects);
        const size_t size = object_sizes[i];
        object_drop(i);
        void *const object = noted_alloc(size);
        if (object != NULL) {
            object_add(object, size);
        }
    }
}

// ---- Rows ------------------------------------------------------------------

static samples_t first, second;

// How many of a size are kept at a time: not one that is allocated where it has
// just been freed, but no more than there is room for.
static unsigned ring_length(size_t size) {
    return size <= 64 ? 8 : size <= 512 ? 2 : 1;
}

static void allocs_measure(size_t size, const char *fill) {
    void *ring[8] = {NULL};
    const unsigned n = ring_length(size);
    samples_reset(&first);
    samples_reset(&second);
    for (unsigned i = 0; i < ROUNDS + n; i++) {
        void **const oldest = &ring[i % n];
        if (*oldest != NULL) {
            noted_free(*oldest, size);
            samples_add(&second, call_took);
        }
        holes_move();
        *oldest = i < ROUNDS ? noted_alloc(size) : NULL;
        if (*oldest != NULL) {
            samples_add(&first, call_took);
        }
    }
    samples_print(&first, "alloc", size, fill);
    samples_print(&second, "free", size, fill);
}

static void cleared_measure(size_t size, const char *fill) {
    samples_reset(&first);
    for (unsigned i = 0; i < ROUNDS; i++) {
        void *const object = peer_alloc_cleared(size);
        if (object != NULL) {
            samples_add(&first, call_took);
            peer_free(object);
        }
        holes_move();
    }
    samples_print(&first, "alloc-cleared", size, fill);
}

// From the one size to the other and back, in place or not.
static void reallocs_measure(size_t size, size_t other, const char *fill) {
    samples_reset(&first);
    samples_reset(&second);
    for (unsigned i = 0; i < ROUNDS; i++) {
        void *object = peer_alloc(size);
        void *const grown = object != NULL ? peer_realloc(object, other) : NULL;
        if (grown != NULL) {
            samples_add(&first, call_took);
            object = peer_realloc(grown, size);
            samples_add(&second, call_took);
        }
        if (object != NULL) {
            peer_free(object);
        }
        holes_move();
    }
    samples_print(&first, "realloc-grow", other, fill);
    samples_print(&second, "realloc-shrink", other, fill);
}

// The block behind is taken: the object has to move.
static void moves_measure(size_t size, const char *fill) {
    samples_reset(&first);
    for (unsigned i = 0; i < ROUNDS; i++) {
        void *const object = peer_alloc(size);
        void *const behind = peer_alloc(size);
        void *const moved = peer_realloc(object, 2 * size);
        if (moved != object) {
            samples_add(&first, call_took);
        }
        peer_free(moved);
        peer_free(behind);
    }
    samples_print(&first, "realloc-move", 2 * size, fill);
}

static void rows_measure(const char *fill) {
    for (unsigned i = 0; i < N_SIZES; i++) {
        allocs_measure(sizes[i], fill);
    }
    for (unsigned i = 0; i < N_SIZES; i++) {
        cleared_measure(sizes[i], fill);
    }
    reallocs_measure(16, 64, fill);
    reallocs_measure(64, 512, fill);
    if (n_objects == 0) {
        moves_measure(64, fill);
        moves_measure(512, fill);
    }
    totals_print(fill);
    totals_reset();
}

// `way` names what is done to get there and back.
static void fill_measure(uint32_t percent, const char *fill, const char *way) {
    peer_open();
    random_seed();
    heap_fill();
    heap_thin(percent);
    totals_print(way);
    totals_reset();
    rows_measure(fill);
    heap_drop();
}

int main(void) {
    call_calibrate();
    value_print("heap", "kib", FIGURES_KIB);
    totals_reset();
    peer_open();
    random_seed();
    rows_measure("0%");
    fill_measure(50, "50%", "0-100-50%");
    fill_measure(95, "95%", "0-100-95%");
    totals_print("95-0%");
    peer_figures();
    return 0;
}
