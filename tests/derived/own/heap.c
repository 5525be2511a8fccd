// SPDX-License-Identifier: MIT
#include "own.h"

#include "irqgc/torture.h"
#include "port.h"

const void *own_stack_end;

irqgc_t *own_heap(void) {
    static _Alignas(64) char memory[32 * 1024];
    const irqgc_region_t region = {memory, sizeof memory};
    irqgc_t *heap = NULL;
    irqgc_init(&heap, &(irqgc_config_t){.regions = &region, .n_regions = 1});
    return heap;
}

bool port_stacks_known(void) {
    return true;
}

bool port_stack_runs(const void *low, const void *high) {
    (void)low, (void)high;
    return false;
}

__attribute__((noinline)) void port_scan_stacks(port_scan_t *scan, void *arg) {
    __builtin_unwind_init();
    scan(arg, __builtin_frame_address(0), own_stack_end);
}

// The examples are not tortured here.
int irqgc_torture(int argc, char **argv,
                  const irqgc_torture_scenario_t *scenarios,
                  size_t n_scenarios) {
    (void)argc, (void)argv, (void)scenarios, (void)n_scenarios;
    return 0;
}
