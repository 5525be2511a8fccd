// SPDX-License-Identifier: MIT
//
// Link: -ljemalloc
#include "bench/peer.h"

#include <jemalloc/jemalloc.h>

const peer_traits_t peer_traits = {.collects = false, .bounded = false};

bool peer_start(void *memory, size_t bytes, void **roots, size_t n_roots) {
    (void)memory, (void)bytes, (void)roots, (void)n_roots;
    return true;
}

void *peer_alloc(size_t size) {
    return mallocx(size, MALLOCX_ZERO);
}

void *peer_realloc(void *object, size_t size) {
    return rallocx(object, size, 0);
}

void peer_free(void *object) {
    dallocx(object, 0);
}

void peer_collect(void) {
}

unsigned long peer_collections(void) {
    return 0;
}
