// SPDX-License-Identifier: MIT
#include "heap.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "peer.h"
#include "rig/host/text.h"

tally_t tally;
static bool is_measured;

static double clock_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void *pages_take(size_t bytes) {
    void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) {
        die("no memory of %zu bytes", bytes);
    }
    return pages;
}

void **heap_start(size_t bytes, size_t n_roots) {
    void **roots = pages_take(n_roots * sizeof *roots);
    if (!peer_start(pages_take(bytes), bytes, roots, n_roots)) {
        exit(EXIT_FAILED);
    }
    return roots;
}

void measure_begin(void) {
    is_measured = true;
    tally = (tally_t){.collections = peer_collections(), .ns = -clock_now()};
}

void measure_end(void) {
    tally.ns += clock_now();
    tally.collections = peer_collections() - tally.collections;
    is_measured = false;
}

// ---- Calls -----------------------------------------------------------------

// Marks: functions that do nothing but be seen by who counts, behind a call of
// each kind. One that collected is of another kind.
#define MARK(name)                                                             \
    __attribute__((noinline)) static void bench_mark_##name(void) {            \
        __asm__ volatile("# " #name : : : "memory");                           \
    }

MARK(alloc)
MARK(alloc_collect)
MARK(refused)
MARK(refused_collect)
MARK(realloc)
MARK(realloc_collect)
MARK(free)
MARK(collect)

static bool has_collected(unsigned long before) {
    return peer_collections() != before;
}

static void alloc_mark(bool is_refused, unsigned long before) {
    if (!is_measured) {
        return;
    }
    if (is_refused) {
        (has_collected(before) ? bench_mark_refused_collect
                               : bench_mark_refused)();
    } else {
        (has_collected(before) ? bench_mark_alloc_collect : bench_mark_alloc)();
    }
}

void *heap_alloc(size_t size) {
    const unsigned long before = peer_collections();
    void *object = peer_alloc(size);
    tally.operations++;
    tally.refused += object == NULL;
    alloc_mark(object == NULL, before);
    return object;
}

void *heap_realloc(void *object, size_t size) {
    const unsigned long before = peer_collections();
    object = peer_realloc(object, size);
    tally.operations++;
    if (is_measured) {
        (has_collected(before) ? bench_mark_realloc_collect
                               : bench_mark_realloc)();
    }
    return object;
}

void heap_free(void *object) {
    peer_free(object);
    tally.operations++;
    if (is_measured) {
        bench_mark_free();
    }
}

void heap_drop(void *object) {
    if (peer_traits.collects) {
        tally.operations++;
    } else {
        heap_free(object);
    }
}

void heap_collect(void) {
    peer_collect();
    if (is_measured) {
        bench_mark_collect();
    }
}
