// SPDX-License-Identifier: MIT
//
// Interrupts an operation at every instruction, by the x86 trap flag.
//
// A *plan* is a row of shots. A shot runs a handler, as an interrupt of the
// virtual controller, before one instruction of a context: the first one in
// the operation, each further one nested in the handler of the shot before, or
// after it in what that interrupted.
//
// A shot at every instruction costs one step each, not a run from the start:
// before it fires, the engine saves the stack, the program's data and the
// memory it was told of. The run goes on unstepped to its end, is verified,
// and step_rewind takes everything back to where the shot fired, to step on to
// the next instruction. So two shots in all pairs nest by themselves.
//
// What must outlive a rewind lies in memory that the engine maps; see
// step_keep.
#ifndef PREEMPT_STEP_H
#define PREEMPT_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STEP_SHOTS = 5 };

typedef enum {
    STEP_UNTIL, // once, at the end of the window that makes `reached` true
    STEP_EVERY, // at every instruction that is not masked
    STEP_AT     // once, before the instruction with this number
} step_when_t;

typedef struct {
    void (*handler)(unsigned variant);
    step_when_t when;
    bool after; // the shot before it; else nested in its handler

    bool (*reached)(void); // STEP_UNTIL
    long at;               // STEP_AT: 1 is the first

    // STEP_EVERY: the handler runs in each of these variants at each
    // instruction, or in a share of all of those, drawn by chance; 1 is all.
    // Just before and just after a masked window it is drawn more often;
    // `everywhere`: at least one at each instruction.
    unsigned n_variants;
    double share;
    bool everywhere;

    unsigned variant; // else: the only one
} step_shot_t;

// What has been seen since step_plan.
typedef struct {
    long runs;   // of the operation
    long points; // shots that STEP_EVERY and STEP_AT fired
    long places; // instructions where they did, each time they were come by
    long pcs;    // ... by their addresses
    long masked; // instructions passed by because interrupts were masked
    long passed; // ... because no shot was drawn there
    long window; // instructions of the longest masked window
} step_counts_t;

// Memory that is rewound beside the stack and the program's data.
void step_init(void *memory, size_t size);

// Zeroed memory that a rewind leaves alone.
void *step_keep(size_t size);

// Sets the plan and the seed of its draws, and forgets the counts. A shot
// without a handler ends the plan.
void step_plan(const step_shot_t *shots, unsigned seed);

// Runs the operation under the plan. Returns each time a run of it has ended.
void step_run(void (*operation)(void));

// Goes back to the shot that fired last, to look for the next instruction.
// Returns iff there is none: all runs are over. Called where step_run was.
void step_rewind(void);

// The shots that fired in this run, and where each did.
unsigned step_fired(void);
long step_fired_at(unsigned shot);
unsigned step_fired_variant(unsigned shot);
uintptr_t step_fired_pc(unsigned shot);

const step_counts_t *step_counts(void);

// Grows with each step and each run, for a watchdog.
unsigned long step_heartbeat(void);

// The most urgent line in use, and so the number of levels beside the thread.
unsigned step_levels(void);

// Zeroes the stack below the caller, which earlier calls have left full of
// pointers that a collection would take for roots.
void step_wipe_stack(void);

// Steps through what comes between the two, if the calling context is the one
// that the next shot is planned for. Everything else in a context runs as one.
#define STEP_INLINE static inline __attribute__((always_inline))

bool step_is_due(void);

STEP_INLINE void step_on(void) {
    if (step_is_due()) {
        __asm__ volatile("lea -128(%%rsp), %%rsp\n" // skip the red zone
                         "pushfq\n"
                         "orl $0x100, (%%rsp)\n"
                         "popfq\n"
                         "lea 128(%%rsp), %%rsp"
                         :
                         :
                         : "memory", "cc");
    }
}

STEP_INLINE void step_off(void) {
    __asm__ volatile("lea -128(%%rsp), %%rsp\n"
                     "pushfq\n"
                     "andl $~0x100, (%%rsp)\n"
                     "popfq\n"
                     "lea 128(%%rsp), %%rsp"
                     :
                     :
                     : "memory", "cc");
}

#endif
