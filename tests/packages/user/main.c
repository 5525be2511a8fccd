// SPDX-License-Identifier: MIT
//
// A user's program: an object that a collection keeps, and which irqgc it was
// compiled with.
#include <irqgc/irqgc.h>
#include <irqgc/vic.h>
#include <stdio.h>

#ifndef IRQGC_DERIVED
#error "the flags did not come with the package"
#endif

static irqgc_t *heap;
static void **made;

static void on_interrupt(void *unused) {
    (void)unused;
    irqgc_store(heap, (void **)&made, irqgc_alloc(heap, sizeof *made, 0));
    irqgc_collect(heap);
}

int main(void) {
    static char memory[16 * 1024];
    static irqgc_root_t root;
    irqgc_region_t region = {memory, sizeof memory};
    irqgc_config_t config = {0};
    config.regions = &region;
    config.n_regions = 1;
    if (irqgc_init(&heap, &config) != IRQGC_OK ||
        irqgc_root_add(heap, &root, &made, sizeof made) != IRQGC_OK) {
        return 1;
    }
    vic_connect(0, 1, on_interrupt, NULL);
    vic_raise(0);
    printf("irqgc %s\n", IRQGC_VERSION);
    return irqgc_size(heap, made) >= sizeof *made ? (int)irqgc_check(heap) : 1;
}
