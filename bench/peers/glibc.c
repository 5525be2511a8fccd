// SPDX-License-Identifier: MIT
//
// The C library's malloc: on boards that of newlib or picolibc.
#include "bench/peer.h"

#include <stdlib.h>

const peer_traits_t peer_traits = {.collects = false, .bounded = false};

bool peer_start(void *memory, size_t bytes, void **roots, size_t n_roots) {
    (void)memory, (void)bytes, (void)roots, (void)n_roots;
    return true;
}

void *peer_alloc(size_t size) {
    return calloc(1, size);
}

void *peer_realloc(void *object, size_t size) {
    return realloc(object, size);
}

void peer_free(void *object) {
    free(object);
}

void peer_collect(void) {
}

unsigned long peer_collections(void) {
    return 0;
}
