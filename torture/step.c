// SPDX-License-Identifier: MIT
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // whatever the flags are
#endif

#include "step.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../ports/posix/irqgc_port.h"
#include "irqgc/vic.h"

enum {
    NO_LEVEL = -1,
    N_PC_SLOTS = 1 << 14,
};

// What all branches share.
typedef struct {
    step_shot_t plan[STEP_SHOTS];
    unsigned n_shots;
    unsigned seed;
    unsigned variant[STEP_SHOTS]; // to be tried next at this instruction
    step_counts_t counts;
    unsigned long heartbeat;
    uintptr_t pcs[N_PC_SLOTS];
} engine_t;

static engine_t *engine;
static step_how_t how;
static void (*watch)(uintptr_t pc);
static char *stack_base;

// Of the run under way, in this branch.
static struct {
    unsigned next;     // the shot that is due
    int nested;        // handlers of shots that are under way
    int level;         // ... where it is due, or NO_LEVEL
    long n_steps;      // in that context
    long window;       // instructions since interrupts were masked
    bool after_window; // the step before was masked
    long at[STEP_SHOTS];
    unsigned variant[STEP_SHOTS];
    uintptr_t pc[STEP_SHOTS];
} run;

void *step_keep(size_t size) {
    void *m = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (m == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    return m;
}

// ---- Handlers --------------------------------------------------------------

static void waiting_begin(void);

static void on_line(void *unused) {
    (void)unused;
    const unsigned fired = run.next - 1;
    const bool nests =
        run.next < engine->n_shots && !engine->plan[run.next].after;
    run.nested++;
    run.level = nests ? run.nested : NO_LEVEL;
    run.n_steps = 0;
    waiting_begin();
    engine->plan[fired].handler(run.variant[fired]);
    if (run.level == run.nested) {
        run.level = NO_LEVEL; // ended before its shot
    }
    run.nested--;
}

// Up to its own frame, which is why it calls nothing.
__attribute__((noinline)) void step_wipe_stack(void) {
    char *low = stack_base - STEP_STACK;
    size_t n_words;
    __asm__ volatile("mov %%rsp, %0" : "=r"(n_words));
    if (n_words < (size_t)low) {
        return; // deeper than that already
    }
    n_words = (n_words - (size_t)low) / 8;
    __asm__ volatile("rep stosq"
                     : "+D"(low), "+c"(n_words)
                     : "a"(0)
                     : "memory");
}

// ---- Which points ----------------------------------------------------------

static void pc_note(uintptr_t pc) {
    size_t i = (pc * 0x9e3779b97f4a7c15u) >> 50;
    _Static_assert(N_PC_SLOTS == 1 << (64 - 50), "as many as the hash has");
    for (size_t n = 0; n < N_PC_SLOTS && engine->pcs[i] != pc; n++) {
        if (engine->pcs[i] == 0) {
            engine->pcs[i] = pc;
            engine->counts.pcs++;
            break;
        }
        i = (i + 1) % N_PC_SLOTS;
    }
}

// Is this "movl $1, irqgc_posix_masked(%rip)"?
static bool opens_window(uintptr_t pc) {
    const unsigned char *code = (const unsigned char *)pc;
    int32_t offset;
    memcpy(&offset, code + 2, sizeof offset);
    return code[0] == 0xc7 && code[1] == 0x05 &&
           pc + 10 + (uintptr_t)(intptr_t)offset ==
               (uintptr_t)&irqgc_posix_masked;
}

// The same in each run that comes this way.
static uint32_t draw(unsigned variant) {
    uint64_t x = engine->seed;
    for (unsigned i = 0; i < run.next; i++) {
        x = (x + (uint64_t)run.at[i] + run.variant[i]) * 0x9e3779b97f4a7c15u;
    }
    x = (x + (uint64_t)run.n_steps) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 31) + variant;
    x *= 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 29) * 0x94d049bb133111ebu;
    return (uint32_t)(x >> 32);
}

static bool is_drawn(double share, unsigned variant) {
    return (double)draw(variant) < share * 4294967296.0;
}

// The first variant from the given one on that is to run here; n_variants if
// none is.
static unsigned variant_draw(const step_shot_t *shot, uintptr_t pc,
                             unsigned variant) {
    const bool at_window = run.after_window || opens_window(pc);
    const double share = at_window ? 8 * shot->share : shot->share;
    const unsigned n = shot->n_variants;
    const unsigned sure = n > 0 && shot->everywhere ? draw(n) % n : n;
    while (variant < n && variant != sure && !is_drawn(share, variant)) {
        variant++;
    }
    return variant;
}

// ---- Firing ----------------------------------------------------------------

// Fires the shot that is due. Returns true iff its context is to be stepped
// on, for the next shot is due in it too.
static bool shot_fire(uintptr_t pc, unsigned variant) {
    const int level = run.level;
    const unsigned shot = run.next;
    run.at[shot] = run.n_steps;
    run.pc[shot] = pc;
    run.variant[shot] = variant;
    run.next = shot + 1;
    run.level = NO_LEVEL;
    if (engine->plan[shot].when == STEP_AT) {
        (void)raise(SIGUSR2);
    }
    how.raise(how.line + (unsigned)level); // a debugger is here

    // None of those nested in it took more than one.
    if (run.next == shot + 1 && run.next < engine->n_shots &&
        engine->plan[run.next].after) {
        run.level = level;
        run.n_steps = 0;
        return true;
    }
    return false;
}

bool step_is_left(void) {
    return engine->variant[run.next] < engine->plan[run.next].n_variants;
}

step_place_t step_here(void) {
    return (step_place_t){.shot = run.next,
                          .variant = engine->variant[run.next],
                          .at = run.n_steps,
                          .pc = run.pc[run.next]};
}

// Fires the shot that is due in all its variants, each in a branch of its own.
// Returns true iff the context is to be stepped on.
static bool shot_fire_all(uintptr_t pc) {
    run.pc[run.next] = pc;
    engine->variant[run.next] = variant_draw(&engine->plan[run.next], pc, 0);
    if (!step_is_left()) {
        engine->counts.passed++;
        return true;
    }
    engine->counts.places++;
    pc_note(pc);
    if (!how.branch()) {
        return true;
    }
    const unsigned variant = engine->variant[run.next];
    engine->variant[run.next] =
        variant_draw(&engine->plan[run.next], pc, variant + 1);
    engine->counts.points++;
    return shot_fire(pc, variant);
}

// ---- Stepping --------------------------------------------------------------

// Returns true iff stepping is to go on.
static bool point_do(uintptr_t pc) {
    const step_shot_t *shot = &engine->plan[run.next];
    switch (shot->when) {
    case STEP_EVERY:
        return shot_fire_all(pc);
    case STEP_AT:
        if (run.n_steps != shot->at) {
            engine->counts.passed++;
            return true;
        }
        engine->counts.points++;
        break;
    case STEP_UNTIL:
    default:
        return false;
    }
    return shot_fire(pc, shot->variant);
}

// Returns as point_do.
static bool window_do(uintptr_t pc) {
    run.window++;
    if (run.window > engine->counts.window) {
        engine->counts.window = run.window;
    }
    engine->counts.masked++;
    run.after_window = true;
    const bool first = run.window == 1;
    return first && engine->plan[run.next].pends ? point_do(pc) : true;
}

static bool context_do(uintptr_t pc) {
    engine->heartbeat++;
    run.n_steps++;
    if (watch != NULL) {
        watch(pc);
    }
    assert(run.n_steps <= STEP_MOST);
    if (irqgc_posix_masked != 0) {
        return window_do(pc);
    }
    run.window = 0;
    const bool goes_on = point_do(pc);
    run.after_window = false;
    return goes_on;
}

// ---- Waiting ---------------------------------------------------------------

// A line that nobody connected stays pending: so the controller is called at
// the end of each window, which is where the state of a heap has changed.
enum { WAITING = 1u << (VIC_LINES - 1) };

static bool is_waiting(void) {
    return run.next < engine->n_shots && run.level == run.nested &&
           engine->plan[run.next].when == STEP_UNTIL;
}

static void waiting_begin(void) {
    if (is_waiting()) {
        atomic_fetch_or(&irqgc_posix_pending, WAITING);
    }
}

void step_window_ended(void) {
    if (is_waiting() && engine->plan[run.next].reached()) {
        atomic_fetch_and(&irqgc_posix_pending, ~WAITING);
        shot_fire(0, engine->plan[run.next].variant);
    }
}

bool step_is_due(void) {
    return run.level == run.nested && !is_waiting();
}

static bool on_step(uintptr_t pc) {
    return step_is_due() && context_do(pc);
}

void step_through(void (*function)(void *), void *arg) {
    if (step_is_due()) {
        trap_through(function, arg);
    } else {
        function(arg);
    }
}

// ---- Running ---------------------------------------------------------------

void step_init(const step_how_t *uses) {
    engine = step_keep(sizeof *engine);
    how = *uses;
    for (unsigned i = 0; i < STEP_SHOTS; i++) {
        vic_connect(how.line + i, how.priority + (int)i, on_line, NULL);
    }
    trap_connect(on_step, how.stack);
    (void)signal(SIGUSR1, SIG_IGN); // for debuggers
    (void)signal(SIGUSR2, SIG_IGN);
}

void step_watch(void (*seen)(uintptr_t pc)) {
    watch = seen;
}

char *step_stack_base(void) {
    return stack_base;
}

void step_plan(const step_shot_t *shots, unsigned seed) {
    memset(&run, 0, sizeof run);
    memset(&engine->counts, 0, sizeof engine->counts);
    memset(engine->pcs, 0, sizeof engine->pcs);
    engine->seed = seed;
    engine->n_shots = 0;
    while (engine->n_shots < STEP_SHOTS &&
           shots[engine->n_shots].handler != NULL) {
        engine->plan[engine->n_shots] = shots[engine->n_shots];
        engine->n_shots++;
    }
    // A run that failed may have ended inside a handler or a window.
    irqgc_posix_priority = 0;
    irqgc_posix_masked = 0;
    irqgc_posix_pending = 0;
}

// Lets replay.gdb leave the trap flag's signal to the program from now on.
static void debugger_tell(void) {
    if (engine->plan[engine->n_shots - 1].when == STEP_AT) {
        (void)raise(SIGUSR1);
    }
}

// What a collection scans begins with the next call: not all of main's
// environment, nor what callers of the engine have in registers, which the next
// frames would save; a run and its replay differ in that.
#define roots_begin()                                                          \
    __asm__ volatile("mov %%rsp, %0\n"                                         \
                     "xor %%ebx, %%ebx\n"                                      \
                     "xor %%r12d, %%r12d\n"                                    \
                     "xor %%r13d, %%r13d\n"                                    \
                     "xor %%r14d, %%r14d\n"                                    \
                     "xor %%r15d, %%r15d"                                      \
                     : "=m"(irqgc_posix_stack_base)                            \
                     :                                                         \
                     : "rbx", "r12", "r13", "r14", "r15", "cc", "memory")

// The operation's frames begin below this one's. The base lies just above the
// return address, which is overwritten by whatever the caller calls next.
__attribute__((noinline)) void step_run(void (*operation)(void)) {
    stack_base = (char *)__builtin_frame_address(0) + 2 * sizeof(void *);
    if (engine->n_shots > 0) {
        run.level = 0;
        debugger_tell();
        waiting_begin();
    }
    step_wipe_stack();
    roots_begin();
    operation();
    run.level = NO_LEVEL;
    irqgc_posix_stack_base = stack_base; // the caller may collect next
    irqgc_posix_pending = 0;
    engine->counts.runs++;
    engine->heartbeat++;
}

unsigned step_fired(void) {
    return run.next;
}

long step_fired_at(unsigned shot) {
    return run.at[shot];
}

unsigned step_fired_variant(unsigned shot) {
    return run.variant[shot];
}

uintptr_t step_fired_pc(unsigned shot) {
    return run.pc[shot];
}

const step_counts_t *step_counts(void) {
    return &engine->counts;
}

unsigned long step_heartbeat(void) {
    return engine->heartbeat;
}
