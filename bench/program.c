// SPDX-License-Identifier: MIT
#include "program.h"

#include <stdlib.h>

#include "random.h"
#include "rig/host/text.h"

#define PROBES 8u // for an object to link to
#define SEED 0x2545F491u

// The live objects, by slot, while links are dealt out. Ends are steps, never
// the first one: 0 stands for no object.
typedef struct {
    uint32_t *end;        // of the object
    uint32_t *linked_end; // the same if others may link to it, else 0
    uint32_t n_slots;
    uint32_t random;
} lives_t;

static step_t event_step(const trace_event_t *event) {
    const uint32_t size = event->size;
    return (step_t){
        .kind = (trace_kind_t)(event->what & 7u),
        .slot = event->what >> 4,
        .size = size < sizeof(head_t) ? (uint32_t)sizeof(head_t) : size,
    };
}

static bool event_is_settled(const trace_event_t *event) {
    return (event->what >> 3 & 1u) != 0;
}

static bool step_ends(const step_t *step) {
    return step->kind == TRACE_FREE || step->kind == TRACE_DROP;
}

static void step_push(program_t *program, step_t step) {
    program->steps[program->n_steps++] = step;
    program->n_of[step.kind]++;
}

// ---- When objects end ------------------------------------------------------

static void leftovers_drop(program_t *program) {
    bool *live = memory_take(program->n_slots, sizeof *live);
    for (uint32_t i = 0; i < program->n_steps; i++) {
        live[program->steps[i].slot] = !step_ends(&program->steps[i]);
    }
    for (uint32_t slot = 0; slot < program->n_slots; slot++) {
        if (live[slot]) {
            step_push(program, (step_t){.kind = TRACE_DROP, .slot = slot});
        }
    }
    free(live);
}

// For each step, the one that ends its object.
static uint32_t *ends_find(const program_t *program) {
    uint32_t *ends = memory_take(program->n_steps, sizeof *ends);
    uint32_t *end = memory_take(program->n_slots, sizeof *end);
    for (uint32_t i = program->n_steps; i-- > 0;) {
        const step_t *step = &program->steps[i];
        if (step_ends(step)) {
            end[step->slot] = i;
        }
        ends[i] = end[step->slot];
    }
    free(end);
    return ends;
}

// ---- Links -----------------------------------------------------------------

// The slot of an object that lives until step `end` at least, or n_slots: a
// few were looked at, none did.
static uint32_t target_pick(lives_t *lives, uint32_t end) {
    for (unsigned i = 0; i < PROBES; i++) {
        const uint32_t slot = random_below(&lives->random, lives->n_slots);
        if (lives->linked_end[slot] >= end) {
            return slot;
        }
    }
    return lives->n_slots;
}

static void step_link(lives_t *lives, step_t *step, bool settled) {
    if (step->kind == TRACE_ALLOC) {
        for (unsigned i = 0; i < N_LINKS; i++) {
            step->link[i] = target_pick(lives, lives->end[step->slot]);
        }
    }
    const bool linkable = settled && !step_ends(step);
    lives->linked_end[step->slot] = linkable ? lives->end[step->slot] : 0;
}

// The steps that come from the trace correspond to its events but `c`; those
// behind them link nothing.
static void links_deal(program_t *program, const rig_trace_t *trace) {
    uint32_t *ends = ends_find(program);
    lives_t lives = {
        .end = memory_take(program->n_slots, sizeof(uint32_t)),
        .linked_end = memory_take(program->n_slots, sizeof(uint32_t)),
        .n_slots = program->n_slots,
        .random = SEED,
    };
    step_t *step = program->steps;
    for (uint32_t i = 0; i < trace->n_events; i++) {
        const trace_event_t *event = &trace->events[i];
        if (event_step(event).kind != TRACE_COLLECT) {
            lives.end[step->slot] = ends[step - program->steps];
            step_link(&lives, step, event_is_settled(event));
            step++;
        }
    }
    free(lives.end);
    free(lives.linked_end);
    free(ends);
}

program_t program_make(const rig_trace_t *trace) {
    const size_t n_most = (size_t)trace->n_events + trace->n_slots;
    program_t program = {
        .name = trace->name,
        .steps = memory_take(n_most, sizeof(step_t)),
        .n_slots = trace->n_slots,
    };
    for (uint32_t i = 0; i < trace->n_events; i++) {
        const step_t step = event_step(&trace->events[i]);
        if (step.kind != TRACE_COLLECT) {
            step_push(&program, step);
        }
    }
    leftovers_drop(&program);
    links_deal(&program, trace);
    return program;
}
