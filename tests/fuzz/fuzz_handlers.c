// SPDX-License-Identifier: MIT
//
// A program of acts, each of the thread or of a handler at some point of the
// ones before, on the heaps of the explorer, which says after each of its
// windows whether all is as its model has it.
//
// The input, in bytes; what is missing is 0:
//
//   shape   blocks of one to three regions, room on the mark stack, interior
//           pointers: N_SHAPE bytes
//   acts    N_ACT bytes each: when, what, slot, blocks, flags
//
// `when` is 0: at rest, by the thread. Else so many points after the act before
// it has begun, in the midst of that one, of what that one has preempted, or at
// rest if it comes to an end before.
//
// Points are as in tests/explore: before each access to what contexts share,
// and before each window.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts.h"
#include "inject.h"
#include "oracle.h"
#include "parting.h"
#include "world.h"

enum { N_SHAPE = 5, N_ACT = 5, MAX_ACTS = 60, MAX_DEPTH = 3 };

static struct {
    const uint8_t *bytes;
    size_t size, at;
    bool has_next;
    unsigned when; // of the next act: 0, or 1 + points
    op_t next;
    unsigned n_points; // since the act before it has begun
    unsigned n_acts;
} program;

// ---- Reading the program ---------------------------------------------------

static unsigned byte_next(void) {
    return program.at < program.size ? program.bytes[program.at++] : 0;
}

// Far points are told less exactly: a collection has thousands.
static unsigned when_next(void) {
    const unsigned byte = byte_next();
    return byte < 128 ? byte : 128 + (byte - 128) * 16;
}

// What is held stays when what points at it is dropped, and what has no
// pointers keeps nothing, so only those that a slot holds may be either.
static irqgc_flags_t flags_next(unsigned kind) {
    static const irqgc_flags_t policies[] = {IRQGC_FAIL_FAST, IRQGC_SWEEP_ON,
                                             IRQGC_COLLECT, 0};
    const unsigned byte = byte_next();
    const unsigned attributes =
        kind == ALLOC ? IRQGC_NO_POINTERS | IRQGC_NOT_ZEROED | IRQGC_HELD
                      : IRQGC_NOT_ZEROED;
    return policies[byte >> 3 & 3] | (byte & attributes);
}

static void act_read(void) {
    enum { MAX_N = 24 };
    program.has_next = program.at < program.size && program.n_acts++ < MAX_ACTS;
    program.when = when_next();
    op_t *op = &program.next;
    op->kind = byte_next() % N_KINDS;
    op->slot = byte_next() % LATE;
    op->n = byte_next();
    op->n = op->kind == ADOPT ? op->n % LATE : 1 + op->n % MAX_N;
    op->flags = flags_next(op->kind);
    program.n_points = 0;
}

static char *region_read(char *picture, unsigned n_blocks) {
    memset(picture, '.', n_blocks);
    return picture + n_blocks;
}

// The last region is the largest, for it hosts the heap's data.
static void shape_read(start_t *start) {
    enum { MAX_HOST = 28, MAX_OTHER = 12 };
    const unsigned host = 1 + byte_next() % MAX_HOST;
    const unsigned most = host < MAX_OTHER ? host : MAX_OTHER;
    char *picture = start->picture;
    for (unsigned i = 0; i < 2; i++) {
        const unsigned other = byte_next() % (most + 1);
        if (other != 0) {
            picture = region_read(picture, other);
            *picture++ = '|';
        }
    }
    region_read(picture, host);
    start->mark_stack = 1 + byte_next() % 4;
    start->interior = byte_next() % 4 == 3;
}

// ---- Where handlers come ---------------------------------------------------

// To come at a place of the core where no handler has come yet in this phase of
// the cycle is progress to libFuzzer, as a new branch is. Places are told from
// each other by how far they are from one of them.
enum { N_SEEN = 1 << 12 };
__attribute__((
    section("__libfuzzer_extra_counters"))) static uint8_t seen[N_SEEN];

static void handler_note(const void *where) {
    const unsigned phase = state_phase(world.heap->state);
    const uintptr_t place = (uintptr_t)where - (uintptr_t)irqgc_alloc;
    seen[(place * 4 + phase) * 0x9E3779B97F4A7C15u >> 52] = 1;
}
_Static_assert(N_SEEN == 1 << (64 - 52), "the hash has so many values");

static bool handler_due(const void *where, op_t *op) {
    if (!program.has_next || program.when == 0 ||
        ++program.n_points < program.when || cpu.level == MAX_DEPTH) {
        return false;
    }
    handler_note(where);
    *op = program.next;
    act_read();
    return true;
}

// ---- Running it ------------------------------------------------------------

// The program as it was, and why that is wrong.
_Noreturn static void failure_report(void) {
    fprintf(stderr, "FAIL %s %ld: %s:%lu%s", world.why, world.detail,
            world.start.picture, (unsigned long)world.start.mark_stack,
            world.start.interior ? "n" : "");
    const unsigned n_acts = program.n_acts - program.has_next;
    program.at = N_SHAPE;
    program.n_acts = 0;
    for (unsigned i = 0; i < n_acts; i++) {
        act_read();
        const op_t *op = &program.next;
        fprintf(stderr, " @%u %s,%c,%lu,%u", program.when, acts[op->kind].name,
                (char)('a' + op->slot), (unsigned long)op->n, op->flags);
    }
    fputc('\n', stderr);
    abort();
}

// A second free must not meet a new object; at rest none is to come.
static void act_at_rest(void) {
    const op_t op = program.next;
    act_read();
    act(&op);
    model()->stolen = false;
    world.thorough = op.kind == COLLECT || !program.has_next;
    oracle_final(op.kind == COLLECT);
}

static void program_run(void) {
    start_t start = {.mark_stack = 0};
    shape_read(&start);
    program.at = N_SHAPE;
    world_begin(&start);
    world_restore();
    inject_asked(handler_due);
    act_read();
    while (program.has_next) {
        act_at_rest();
    }
}

int LLVMFuzzerInitialize(int *n, char ***args);
int LLVMFuzzerInitialize(int *n, char ***args) {
    (void)n;
    (void)args;
    if (sigsetjmp(world.escape, 0) != 0) {
        failure_report();
    }
    parting_measure();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    memset(&program, 0, sizeof program);
    program.bytes = bytes;
    program.size = size;
    if (sigsetjmp(world.escape, 0) != 0) {
        failure_report();
    }
    program_run();
    return 0;
}
