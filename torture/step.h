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
// before it fires, the run *branches*. In the branch the handler runs and the
// operation goes on unstepped to its end, and is judged; where it branched from
// nothing of that has happened, and the next instruction is stepped to. So two
// shots in all pairs nest by themselves. How to branch is for the engine's user
// to choose: by a process for each, or by taking memory back to what it was.
//
// What all branches share lies in memory that the engine maps; see step_keep.
#ifndef IRQGC_TORTURE_STEP_H
#define IRQGC_TORTURE_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit_names.h"
#include "trap.h"

enum {
    STEP_SHOTS = 5,
    STEP_MOST = 10000000,  // instructions of a context: more, and it never ends
    STEP_STACK = 48 * 1024 // what an operation with all its handlers may use
};

typedef enum {
    STEP_UNTIL, // once, at the end of the window that makes `reached` true
    STEP_EVERY, // at every instruction that is not masked
    STEP_AT     // once, before the instruction with this number; 0: never
} step_when_t;

typedef struct {
    void (*handler)(unsigned variant);
    step_when_t when;
    bool after; // the shot before it; else nested in its handler

    // Fires in masked windows too, once in each, where it is pending until the
    // window's end: the same from any instruction of the window.
    bool pends;

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

// How the engine is used.
typedef struct {
    // It connects STEP_SHOTS lines of the controller from this one on, ever
    // more urgent from this priority on, and raises no other.
    unsigned line;
    int priority;

    trap_stack_t stack; // what it runs on

    // Called before each instruction at which a shot may fire; returns true
    // once for each time that step_is_left, each time in a branch of its own;
    // then false, where it was called.
    bool (*branch)(void);

    // Requests a line. Its handler may run at once, or when the trap's handler
    // has returned, if no shot comes after another.
    void (*raise)(unsigned line);
} step_how_t;

void step_init(const step_how_t *uses) KIT_NAME(step_init);

// Zeroed memory that all branches share, processes or not.
void *step_keep(size_t size) KIT_NAME(step_keep);

// Sets the plan and the seed of its draws, and forgets the counts. A shot
// without a handler ends the plan.
void step_plan(const step_shot_t *shots, unsigned seed) KIT_NAME(step_plan);

// Runs the operation under the plan. Returns each time a run of it has ended.
void step_run(void (*operation)(void)) KIT_NAME(step_run);

// For a branch: is a handler left to run at this instruction?
bool step_is_left(void) KIT_NAME(step_is_left);

// For a branch: the shot that is due and where. The variant is the one that the
// next branch will run.
typedef struct {
    unsigned shot, variant;
    long at;
    uintptr_t pc;
} step_place_t;
step_place_t step_here(void) KIT_NAME(step_here);

// For a branch: the end of the stack that is the operation's.
char *step_stack_base(void) KIT_NAME(step_stack_base);

// Has a function called at each step, masked or not; NULL: none.
void step_watch(void (*seen)(uintptr_t pc)) KIT_NAME(step_watch);

// To be called at the end of each window of an operation, for STEP_UNTIL.
void step_window_ended(void) KIT_NAME(step_window_ended);

// The shots that fired in this run, and where each did.
unsigned step_fired(void) KIT_NAME(step_fired);
long step_fired_at(unsigned shot) KIT_NAME(step_fired_at);
unsigned step_fired_variant(unsigned shot) KIT_NAME(step_fired_variant);
uintptr_t step_fired_pc(unsigned shot) KIT_NAME(step_fired_pc);

const step_counts_t *step_counts(void) KIT_NAME(step_counts);

// Grows with each step and each run, for a watchdog.
unsigned long step_heartbeat(void) KIT_NAME(step_heartbeat);

// Zeroes the stack below the caller, which earlier calls have left full of
// pointers that a collection would take for roots.
void step_wipe_stack(void) KIT_NAME(step_wipe_stack);

// Steps through what comes between the two, if the calling context is the one
// that the next shot is planned for. Everything else in a context runs as one.
#define STEP_INLINE static inline __attribute__((always_inline))

bool step_is_due(void) KIT_NAME(step_is_due);

STEP_INLINE void step_on(void) {
    if (step_is_due()) {
        trap_flag_set();
    }
}

STEP_INLINE void step_off(void) {
    trap_flag_clear();
}

// Steps through the function, no instruction less or more.
void step_through(void (*function)(void *), void *arg) KIT_NAME(step_through);

#endif
