// SPDX-License-Identifier: MIT
//
// How large a heap a program needs, beside what it has alive: replays recorded
// and made-up programs in ever smaller heaps, in the 32-bit layout. No clock
// and no chance: each run prints the same.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/program.h"
#include "mix.h"
#include "rig/host/load.h"
#include "rig/host/text.h"

#define LARGEST (8u << 20)
#define STEPS 50u // of the live bytes, from a heap to the next smaller one
#define MOST 3u   // times the live bytes: the largest heap that is tried
#define EARLY 8u  // collections for each of the live bytes allocated

static const char *const recorded[] = {"json",   "compile",  "chaos",
                                       "logger", "pidigits", "hexiom"};

static _Alignas(64) char memory[LARGEST];

// The most that is alive at once: as asked for, and in whole blocks.
typedef struct {
    size_t asked, blocks;
} peak_t;

// A program, what it is replayed with, and how often it asks for a collection
// by itself: each time that so many bytes have been allocated; 0: never.
typedef struct {
    const program_t *program;
    void **roots;
    peak_t peak;
    size_t early;
} trial_t;

typedef struct {
    bool ran;
    uintptr_t collections;
} run_t;

static size_t in_blocks(size_t size) {
    return (size + IRQGC_BLOCK - 1) / IRQGC_BLOCK * IRQGC_BLOCK;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static peak_t peak_of(const program_t *program) {
    uint32_t *size = memory_take(program->n_slots, sizeof *size);
    peak_t live = {0, 0};
    peak_t peak = {0, 0};
    for (uint32_t i = 0; i < program->n_steps; i++) {
        const step_t *step = &program->steps[i];
        const bool ends = step->kind == TRACE_FREE || step->kind == TRACE_DROP;
        const uint32_t before = size[step->slot];
        const uint32_t now = ends ? 0 : step->size;
        live.asked = live.asked - before + now;
        live.blocks = live.blocks - in_blocks(before) + in_blocks(now);
        peak.asked = larger(peak.asked, live.asked);
        peak.blocks = larger(peak.blocks, live.blocks);
        size[step->slot] = now;
    }
    free(size);
    return peak;
}

// ---- Replay ----------------------------------------------------------------

// The thread's stores need no barrier.
static bool step_apply(irqgc_t *heap, void **roots, const step_t *step) {
    void **slot = &roots[step->slot];
    if (step->kind == TRACE_ALLOC) {
        head_t *object = irqgc_alloc(heap, step->size, 0);
        if (object == NULL) {
            return false;
        }
        for (unsigned i = 0; i < N_LINKS; i++) {
            object->link[i] = roots[step->link[i]];
        }
        *slot = object;
    } else if (step->kind == TRACE_REALLOC) {
        void *object = irqgc_realloc(heap, *slot, step->size, 0);
        if (object == NULL) {
            return false;
        }
        *slot = object;
    } else {
        if (step->kind == TRACE_FREE) {
            irqgc_free(heap, *slot);
        }
        *slot = NULL;
    }
    return true;
}

static irqgc_t *heap_make(const trial_t *trial, irqgc_root_t *root,
                          size_t bytes) {
    const size_t roots =
        ((size_t)trial->program->n_slots + 1) * sizeof *trial->roots;
    const irqgc_region_t region = {memory, bytes};
    irqgc_t *heap;
    memset(trial->roots, 0, roots);
    if (irqgc_init(&heap, &(irqgc_config_t){.regions = &region,
                                            .n_regions = 1}) != IRQGC_OK ||
        irqgc_root_add(heap, root, trial->roots, roots) != IRQGC_OK) {
        die("no heap of %zu bytes", bytes);
    }
    return heap;
}

static run_t run_in(const trial_t *trial, size_t bytes) {
    irqgc_root_t root;
    irqgc_t *heap = heap_make(trial, &root, bytes);
    run_t run = {.ran = true};
    size_t allocated = 0;
    for (uint32_t i = 0; run.ran && i < trial->program->n_steps; i++) {
        const step_t *step = &trial->program->steps[i];
        run.ran = step_apply(heap, trial->roots, step);
        allocated += step->size;
        if (trial->early != 0 && allocated > trial->early) {
            irqgc_collect(heap);
            allocated = 0;
        }
    }
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    run.collections = stats.thread.collects;
    return run;
}

// The smallest heap such that the program runs in it and in all larger ones, up
// to MOST; of the sizes that are tried.
static size_t smallest_heap(const trial_t *trial) {
    const size_t live = trial->peak.blocks;
    const size_t step = in_blocks(larger(live / STEPS, IRQGC_BLOCK));
    size_t smallest = 0;
    for (size_t bytes = MOST * live; bytes >= live && run_in(trial, bytes).ran;
         bytes -= step) {
        smallest = bytes;
    }
    if (smallest == 0) {
        die("%s: wants more than the largest heap", trial->program->name);
    }
    return smallest;
}

// ---- Output ----------------------------------------------------------------

static double kib(size_t bytes) {
    return (double)bytes / 1024;
}

// And how often it collects in a heap of twice what is alive.
static void smallest_print(const trial_t *trial) {
    const size_t smallest = smallest_heap(trial);
    print(stdout, " %.1f | %.2f | %" PRIuPTR " |", kib(smallest),
          (double)smallest / (double)trial->peak.blocks,
          run_in(trial, 2 * trial->peak.blocks).collections);
}

static void program_measure(const program_t *program) {
    trial_t trial = {
        .program = program,
        .roots = memory_take((size_t)program->n_slots + 1, sizeof(void *)),
        .peak = peak_of(program),
    };
    if (MOST * trial.peak.blocks > LARGEST) {
        die("%s: has too much alive", program->name);
    }
    print(stdout, "| %s | %" PRIu32 " | %.1f | %.1f |", program->name,
          program->n_of[TRACE_ALLOC], kib(trial.peak.asked),
          kib(trial.peak.blocks));
    smallest_print(&trial);
    trial.early = trial.peak.blocks / EARLY;
    smallest_print(&trial);
    print(stdout, "\n");
    free(trial.roots);
}

static const char header[] =
    "| program | allocations | alive, KiB | in blocks | smallest heap | to "
    "blocks | collections in 2 x | the same, early | to blocks | collections |"
    "\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    "\n";

static bool is_chosen(const char *name, int n, char **names) {
    bool found = n == 0;
    for (int i = 0; i < n; i++) {
        found |= strcmp(name, names[i]) == 0;
    }
    return found;
}

int main(int argc, char **argv) {
    if (sizeof(void *) != 4) {
        die("compile it with -m32: blocks have the size they have there");
    }
    if (argc < 2) {
        die("usage: fragmentation FOLDER [PROGRAM...]: recorded traces are in "
            "the folder");
    }
    print(stdout, "%s", header);
    for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++) {
        if (is_chosen(recorded[i], argc - 2, argv + 2)) {
            loaded_trace_t *loaded = trace_load(recorded[i], argv[1]);
            const program_t program = program_make(&loaded->trace);
            program_measure(&program);
        }
    }
    for (unsigned i = 0; i < N_MIXES; i++) {
        const rig_trace_t trace = mix_make(i);
        if (is_chosen(trace.name, argc - 2, argv + 2)) {
            const program_t program = program_make(&trace);
            program_measure(&program);
        }
    }
    return EXIT_OK;
}
