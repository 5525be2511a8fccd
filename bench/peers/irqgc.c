// SPDX-License-Identifier: MIT
//
// irqgc, as it is by default: it collects when it finds no room. The linker has
// it call the function below instead, which counts these collections.
//
// Link: -Wl,--wrap=irqgc_collect
#include "irqgc/irqgc.h"
#include "bench/peer.h"

const peer_traits_t peer_traits = {
    .collects = true, .bounded = true, .in_handlers = true};

static irqgc_t *heap;
static unsigned long collections;

irqgc_status_t __real_irqgc_collect(irqgc_t *h);
irqgc_status_t __wrap_irqgc_collect(irqgc_t *h);

irqgc_status_t __wrap_irqgc_collect(irqgc_t *h) {
    collections++;
    return __real_irqgc_collect(h);
}

bool peer_start(void *memory, size_t bytes, void **roots, size_t n_roots) {
    static irqgc_root_t root;
    const irqgc_region_t region = {memory, bytes};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    return irqgc_init(&heap, &config) == IRQGC_OK &&
           irqgc_root_add(heap, &root, roots, n_roots * sizeof *roots) ==
               IRQGC_OK;
}

void *peer_alloc(size_t size) {
    return irqgc_alloc(heap, size, 0);
}

void *peer_realloc(void *object, size_t size) {
    return irqgc_realloc(heap, object, size, 0);
}

void peer_free(void *object) {
    irqgc_free(heap, object);
}

void peer_collect(void) {
    irqgc_collect(heap);
}

unsigned long peer_collections(void) {
    return collections;
}
