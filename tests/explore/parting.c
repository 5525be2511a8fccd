// SPDX-License-Identifier: MIT
//
// How an allocation parts: the points of a refused call after it has looked for
// the last time whether anything has come back.
#include "parting.h"

#include "acts.h"
#include "inject.h"
#include "world.h"

// Of a call on a full heap.
static unsigned parting_of(const op_t *op, unsigned level) {
    start_t start;
    if (!start_read(&start, "i:aooo")) {
        return 0;
    }
    world_begin(&start);
    world_restore();
    const plan_t none = {.n_shots = 0};
    inject_plan(&none);
    cpu.level = level;
    act(op);
    return points_since_given(level != 0); // a handler's last is for statistics
}

void parting_measure(void) {
    const op_t alloc = {ALLOC, 0, 1, IRQGC_FAIL_FAST};
    const op_t realloc = {REALLOC, 0, 2, IRQGC_FAIL_FAST};
    for (unsigned level = 0; level < 2; level++) {
        world.parting_alloc[level] = parting_of(&alloc, level);
        world.parting_realloc[level] = parting_of(&realloc, level);
    }
}
