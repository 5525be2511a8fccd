// SPDX-License-Identifier: MIT
//
// The Boehm-Demers-Weiser collector. It takes its memory itself, but no more
// than it is told; it collects when it sees fit, and sweeps in allocations.
//
// Link: -lgc
#include "bench/peer.h"

#include <gc/gc.h>

const peer_traits_t peer_traits = {.collects = true, .bounded = false};

bool peer_start(void *memory, size_t bytes, void **roots, size_t n_roots) {
    (void)memory;
    GC_INIT();
    GC_set_warn_proc(GC_ignore_warn_proc);
    GC_add_roots(roots, roots + n_roots);
    GC_expand_hp(bytes);
    return true;
}

void *peer_alloc(size_t size) {
    return GC_MALLOC(size);
}

void *peer_realloc(void *object, size_t size) {
    return GC_REALLOC(object, size);
}

void peer_free(void *object) {
    GC_FREE(object);
}

void peer_collect(void) {
    GC_gcollect();
}

unsigned long peer_collections(void) {
    return GC_get_gc_no();
}
