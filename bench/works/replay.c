// SPDX-License-Identifier: MIT
//
// A recorded program, again: `what` is a trace.
#include "bench/heap.h"
#include "bench/program.h"
#include "bench/work.h"
#include "rig/host/load.h"

#ifndef BENCH_TRACES
#define BENCH_TRACES "rig/traces"
#endif

// Raw stores: the thread's need no barrier.
static void object_link(const step_t *step, void *const *roots, void *object) {
    head_t *head = object;
    for (unsigned i = 0; i < N_LINKS; i++) {
        head->link[i] = roots[step->link[i]];
    }
}

static bool step_apply(const step_t *step, void **roots) {
    void **slot = &roots[step->slot];
    void *object = *slot;
    switch (step->kind) {
    case TRACE_ALLOC:
        object = heap_alloc(step->size);
        if (object != NULL) {
            *slot = object;
            object_link(step, roots, object);
        }
        return object != NULL;
    case TRACE_REALLOC:
        object = heap_realloc(object, step->size);
        if (object != NULL) {
            *slot = object;
        }
        return object != NULL;
    case TRACE_FREE:
        *slot = NULL;
        heap_free(object);
        return true;
    default:
        *slot = NULL;
        heap_drop(object);
        return true;
    }
}

static bool program_run(const program_t *program, void **roots) {
    for (uint32_t i = 0; i < program->n_steps; i++) {
        if (!step_apply(&program->steps[i], roots)) {
            return false;
        }
    }
    return true;
}

bool work_replay(const order_t *order) {
    const loaded_trace_t *loaded = trace_load(order->what, BENCH_TRACES);
    const program_t program = program_make(&loaded->trace);
    void **roots = heap_start(order->bytes, (size_t)program.n_slots + 1);
    bool ran = true;
    measure_begin();
    for (uint32_t i = 0; ran && i < order->times; i++) {
        ran = program_run(&program, roots);
    }
    measure_end();
    return ran;
}
