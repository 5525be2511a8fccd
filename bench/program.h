// SPDX-License-Identifier: MIT
//
// A trace as the benchmark replays it: the same calls and the same writes on
// every allocator.
#ifndef IRQGC_BENCH_PROGRAM_H
#define IRQGC_BENCH_PROGRAM_H

#include "heap.h"
#include "rig/trace.h"

#define N_KINDS (TRACE_DROP + 1u)

// A line of the trace, but no `c`: when to collect is the heap's to decide.
// Links of an allocation are slots, `n_slots` for NULL.
//
// An object links only to such as live at least as long and stay where they
// are until then. So what the links reach is what the trace has alive, and
// the figures are not those of garbage that random links have kept.
typedef struct {
    trace_kind_t kind;
    uint32_t slot;
    uint32_t size; // bytes, of an allocation or reallocation
    uint32_t link[N_LINKS];
} step_t;

// Every object ends: what the trace leaves alive is dropped in the last steps,
// and the program can be replayed again at once.
typedef struct {
    const char *name;
    step_t *steps;
    uint32_t n_steps;
    uint32_t n_slots;
    uint32_t n_of[N_KINDS]; // steps of each kind
} program_t;

// Makes the program of a trace, the same each time. It is never given back.
program_t program_make(const rig_trace_t *trace);

#endif
