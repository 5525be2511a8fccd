// SPDX-License-Identifier: MIT
//
// Link: -lmimalloc
#include "bench/peer.h"

#include <mimalloc.h>

const peer_traits_t peer_traits = {.collects = false, .bounded = false};

bool peer_start(void *memory, size_t bytes, void **roots, size_t n_roots) {
    (void)memory, (void)bytes, (void)roots, (void)n_roots;
    return true;
}

void *peer_alloc(size_t size) {
    return mi_zalloc(size);
}

void *peer_realloc(void *object, size_t size) {
    return mi_realloc(object, size);
}

void peer_free(void *object) {
    mi_free(object);
}

void peer_collect(void) {
}

unsigned long peer_collections(void) {
    return 0;
}
