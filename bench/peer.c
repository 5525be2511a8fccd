// SPDX-License-Identifier: MIT
//
// bench.py counts the instructions of what is called by the functions named
// irqgc_peer_* and glibc_peer_*, so each makes one call. The Makefile forbids
// tail calls, in which the caller would disappear.
#include "peer.h"

#include <stdlib.h>
#include <time.h>

#include "program.h"
#include "rig/host/text.h"

double clock_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

// ---- irqgc -----------------------------------------------------------------

// Collections happen within allocations. To tell their time apart, the linker
// (--wrap) has the core call the function below instead; it knows no peer, so
// the sum is kept here.
static collections_t collections;

irqgc_status_t __real_irqgc_collect(irqgc_t *heap);
irqgc_status_t __wrap_irqgc_collect(irqgc_t *heap);

irqgc_status_t __wrap_irqgc_collect(irqgc_t *heap) {
    const double start = clock_now();
    const irqgc_status_t status = __real_irqgc_collect(heap);
    collections.ns += clock_now() - start;
    collections.n++;
    return status;
}

collections_t collections_so_far(void) {
    return collections;
}

static void *irqgc_peer_alloc(peer_t *peer, size_t size) {
    void *object = irqgc_alloc(peer->heap, size, 0);
    if (object == NULL) {
        die("no room in the heap: use a larger one");
    }
    return object;
}

static void *irqgc_peer_realloc(peer_t *peer, void *object, size_t size) {
    object = irqgc_realloc(peer->heap, object, size, 0);
    if (object == NULL) {
        die("no room in the heap: use a larger one");
    }
    return object;
}

static void irqgc_peer_free(peer_t *peer, void *object) {
    irqgc_free(peer->heap, object);
}

static void nothing_free(peer_t *peer, void *object) {
    (void)peer;
    (void)object;
}

peer_t peer_irqgc(size_t bytes, void *const *roots, size_t n_roots) {
    static irqgc_root_t root; // one heap a run
    const irqgc_region_t region = {aligned_alloc(4096, bytes), bytes};
    peer_t peer = {irqgc_peer_alloc, irqgc_peer_realloc, irqgc_peer_free,
                   nothing_free, NULL};
    if (region.start == NULL ||
        irqgc_init(&peer.heap, &(irqgc_config_t){.regions = &region,
                                                 .n_regions = 1}) != IRQGC_OK ||
        irqgc_root_add(peer.heap, &root, roots, n_roots * sizeof *roots) !=
            IRQGC_OK) {
        die("no heap of %zu bytes", bytes);
    }
    return peer;
}

// ---- glibc -----------------------------------------------------------------

static void *glibc_peer_alloc(peer_t *peer, size_t size) {
    (void)peer;
    void *object = malloc(size);
    if (object == NULL) {
        die("out of memory");
    }
    return object;
}

static void *glibc_peer_realloc(peer_t *peer, void *object, size_t size) {
    (void)peer;
    object = realloc(object, size);
    if (object == NULL) {
        die("out of memory");
    }
    return object;
}

static void glibc_peer_free(peer_t *peer, void *object) {
    (void)peer;
    free(object);
}

peer_t peer_glibc(void) {
    return (peer_t){glibc_peer_alloc, glibc_peer_realloc, glibc_peer_free,
                    glibc_peer_free, NULL};
}

// ---- None ------------------------------------------------------------------

static void *empty_peer_alloc(peer_t *peer, size_t size) {
    static head_t object; // all of them
    (void)peer;
    (void)size;
    return &object;
}

static void *empty_peer_realloc(peer_t *peer, void *object, size_t size) {
    (void)peer;
    (void)size;
    return object;
}

peer_t peer_empty(void) {
    return (peer_t){empty_peer_alloc, empty_peer_realloc, nothing_free,
                    nothing_free, NULL};
}
