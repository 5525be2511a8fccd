// SPDX-License-Identifier: MIT
//
// Replays one trace on irqgc, on the C library's malloc and on nothing, in
// turns, and prints what each took as JSON. bench.py runs it for each trace,
// once as it is and once, with --count, in callgrind; it makes the table.
#include <getopt.h>
#include <gnu/libc-version.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "peer.h"
#include "program.h"
#include "rig/host/load.h"
#include "rig/host/text.h"

// Without it callgrind counts nothing, and bench.py says so.
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION ((void)0)
#define CALLGRIND_STOP_INSTRUMENTATION ((void)0)
#endif

#ifndef BENCH_TRACES
#define BENCH_TRACES "rig/traces"
#endif
#ifndef BENCH_FLAGS
#define BENCH_FLAGS "unknown flags"
#endif
#ifdef __clang__
#define BENCH_COMPILER __VERSION__
#else
#define BENCH_COMPILER "gcc " __VERSION__
#endif

static const char help[] =
    "usage: bench [options] TRACE\n"
    "  --heap KIB    memory for irqgc (512)\n"
    "  --rounds N    each allocator's turns (9)\n"
    "  --steps N     operations a turn replays, at least (4000000)\n"
    "  --count       one turn each on irqgc and malloc, for callgrind\n"
    "  --help\n"
    "\n"
    "Exit status: 0, or 2 for bad input.\n";

typedef struct {
    const char *trace;
    uint32_t heap_kib, rounds, steps;
    bool count;
} options_t;

typedef struct {
    const program_t *program;
    void **roots; // the slots, and one that is always NULL
    uint32_t replays;
    peer_t irqgc, glibc, empty;
} bench_t;

// A round: ns of one turn each.
typedef struct {
    double irqgc, collect, glibc, empty;
    unsigned long collections;
} round_t;

// ---- Options ---------------------------------------------------------------

static uint32_t number_read(const char *text, uint32_t high) {
    char *end;
    const unsigned long n = strtoul(text, &end, 10);
    if (*end != '\0' || n == 0 || n > high) {
        die("'%s' is not a number from 1 to %" PRIu32, text, high);
    }
    return (uint32_t)n;
}

static options_t options_parse(int argc, char **argv) {
    options_t o = {.heap_kib = 512, .rounds = 9, .steps = 4000000};
    const struct option known[] = {{"heap", required_argument, NULL, 'h'},
                                   {"rounds", required_argument, NULL, 'r'},
                                   {"steps", required_argument, NULL, 's'},
                                   {"count", no_argument, NULL, 'c'},
                                   {"help", no_argument, NULL, 'H'},
                                   {0}};
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 'h':
            o.heap_kib = number_read(optarg, 1u << 22);
            break;
        case 'r':
            o.rounds = number_read(optarg, 1000);
            break;
        case 's':
            o.steps = number_read(optarg, UINT32_MAX);
            break;
        case 'c':
            o.count = true;
            break;
        case 'H':
            print(stdout, "%s", help);
            exit(EXIT_OK);
        default:
            exit(EXIT_INPUT); // getopt has said why
        }
    }
    if (optind + 1 != argc) {
        die("name one trace; --help tells more");
    }
    o.trace = argv[optind];
    return o;
}

// ---- Replay ----------------------------------------------------------------

// Raw stores: the thread's need no barrier.
static void object_link(const step_t *step, void *const *roots, void *object) {
    head_t *head = object;
    for (unsigned i = 0; i < N_LINKS; i++) {
        head->link[i] = roots[step->link[i]];
    }
}

static void step_apply(const step_t *step, void **roots, peer_t *peer) {
    void **slot = &roots[step->slot];
    void *object = *slot;
    switch (step->kind) {
    case TRACE_ALLOC:
        *slot = peer->alloc(peer, step->size);
        object_link(step, roots, *slot);
        break;
    case TRACE_REALLOC:
        *slot = peer->realloc(peer, object, step->size);
        break;
    case TRACE_FREE:
        *slot = NULL;
        peer->free(peer, object);
        break;
    default:
        *slot = NULL;
        peer->drop(peer, object);
        break;
    }
}

static void turn_run(bench_t *bench, peer_t *peer) {
    const program_t *program = bench->program;
    for (uint32_t i = 0; i < bench->replays; i++) {
        for (uint32_t k = 0; k < program->n_steps; k++) {
            step_apply(&program->steps[k], bench->roots, peer);
        }
    }
}

static double turn_time(bench_t *bench, peer_t *peer) {
    const double start = clock_now();
    turn_run(bench, peer);
    return clock_now() - start;
}

static round_t round_run(bench_t *bench) {
    const collections_t before = collections_so_far();
    round_t round = {.irqgc = turn_time(bench, &bench->irqgc)};
    const collections_t after = collections_so_far();
    round.collect = after.ns - before.ns;
    round.collections = after.n - before.n;
    round.glibc = turn_time(bench, &bench->glibc);
    round.empty = turn_time(bench, &bench->empty);
    return round;
}

// Replays once for callgrind to count, after a turn to warm up.
static unsigned long bench_count(bench_t *bench) {
    turn_run(bench, &bench->irqgc);
    turn_run(bench, &bench->glibc);
    const collections_t before = collections_so_far();
    CALLGRIND_START_INSTRUMENTATION;
    turn_run(bench, &bench->irqgc);
    turn_run(bench, &bench->glibc);
    CALLGRIND_STOP_INSTRUMENTATION;
    return collections_so_far().n - before.n;
}

// ---- Output ----------------------------------------------------------------

static void program_print(const bench_t *bench, const options_t *options) {
    const program_t *p = bench->program;
    print(stdout,
          "{\"compiler\": \"%s\", \"flags\": \"%s\", \"libc\": \"glibc %s\", "
          "\"heap_kib\": %" PRIu32 ", ",
          BENCH_COMPILER, BENCH_FLAGS, gnu_get_libc_version(),
          options->heap_kib);
    print(stdout,
          "\"allocs\": %" PRIu32 ", \"reallocs\": %" PRIu32
          ", \"frees\": %" PRIu32 ", \"drops\": %" PRIu32
          ", \"operations\": %" PRIu32 ", \"replays\": %" PRIu32 ", ",
          p->n_of[TRACE_ALLOC], p->n_of[TRACE_REALLOC], p->n_of[TRACE_FREE],
          p->n_of[TRACE_DROP], p->n_steps, bench->replays);
}

static void round_print(const round_t *round, bool last) {
    print(stdout,
          "{\"irqgc\": %.0f, \"collect\": %.0f, \"glibc\": %.0f, "
          "\"empty\": %.0f, \"collections\": %lu}%s",
          round->irqgc, round->collect, round->glibc, round->empty,
          round->collections, last ? "" : ", ");
}

static void rounds_run(bench_t *bench, uint32_t n) {
    print(stdout, "\"rounds\": [");
    for (uint32_t i = 0; i < n; i++) {
        const round_t round = round_run(bench);
        round_print(&round, i + 1 == n);
    }
    print(stdout, "]}\n");
}

static bench_t bench_make(const program_t *program, const options_t *options) {
    const size_t n_roots = (size_t)program->n_slots + 1;
    void **roots = memory_take(n_roots, sizeof *roots);
    return (bench_t){
        .program = program,
        .roots = roots,
        .replays = options->steps / program->n_steps + 1,
        .irqgc = peer_irqgc((size_t)options->heap_kib * 1024, roots, n_roots),
        .glibc = peer_glibc(),
        .empty = peer_empty(),
    };
}

int main(int argc, char **argv) {
    const options_t options = options_parse(argc, argv);
    const loaded_trace_t *loaded = trace_load(options.trace, BENCH_TRACES);
    const program_t program = program_make(&loaded->trace);
    bench_t bench = bench_make(&program, &options);
    program_print(&bench, &options);
    if (options.count) {
        print(stdout, "\"collections\": %lu}\n", bench_count(&bench));
        return EXIT_OK;
    }
    round_run(&bench); // warms up caches, and brings the heap to its fill
    rounds_run(&bench, options.rounds);
    return EXIT_OK;
}
