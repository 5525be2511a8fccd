// SPDX-License-Identifier: MIT
//
// The explorer: the real core on tiny heaps, with handlers at every point where
// one can make a difference, nested and one after another, and a model of the
// heap that tells what must be.
//
//   explore [--scenario NAME] [--depth N] [--seconds S] [--seed N] [--runs N]
//   explore [--points P] --replay RUN
//
// --scenario  one of scenarios.c, or `random`; default: all, in equal shares
// --depth     handlers in a run, nested or one after another; at random: levels
//             of nesting. Default: 1, then 2; at random 4
// --points    `all`, or `windows`: handlers come only before and behind masked
//             windows, not at accesses between them; scenarios `swept2` and
//             `swept3` are completed then. Default: all
// --seconds   stop after so long; default: when all is done, at random 10
// --runs      stop after so many runs
// --seed      where to begin: what is explored comes in a scattered order
// --replay    one run, as start.h says, or as many as it has '*'
//
// Prints totals: runs, distinct places in the core where a handler has come,
// and seconds. A failure prints a line that replays it alone, and ends the
// program. Exit: 0 all is well, 1 a failure, 2 wrong usage.
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "acts.h"
#include "inject.h"
#include "irqgc/brk.h"
#include "oracle.h"
#include "parting.h"
#include "scenarios.h"
#include "world.h"

typedef struct {
    const char *scenario;
    const char *replay;
    unsigned depth; // 0: the default
    double seconds; // 0: no bound
    uint64_t seed;
    unsigned long runs; // 0: no bound
} options_t;

static struct {
    options_t options;
    unsigned long n_runs;
    double begun, until; // seconds; until 0: no bound
} explorer;

static double clock_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Looks at the clock once in a while.
static bool is_over(void) {
    const options_t *o = &explorer.options;
    if (o->runs != 0 && explorer.n_runs >= o->runs) {
        return true;
    }
    return explorer.until != 0 && explorer.n_runs % 256 == 0 &&
           clock_now() >= explorer.until;
}

// ---- One run ---------------------------------------------------------------

static void on_crash(int signal) {
    fail("a crash, signal", signal);
}

// On a stack of its own, for one crash is that there is no more stack.
static void crashes_catch(void) {
    enum { STACK = 1 << 16 };
    static char stack[STACK];
    const stack_t alternate = {.ss_sp = stack, .ss_size = STACK};
    sigaltstack(&alternate, NULL);
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    struct sigaction action = {.sa_handler = on_crash,
                               .sa_flags = SA_NODEFER | SA_ONSTACK};
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) {
        sigaction(signals[i], &action, NULL);
    }
}

_Noreturn static void failure_report(const char *replay) {
    printf("FAIL %s %ld: %s\n", world.why, world.detail, replay);
    exit(1);
}

_Noreturn static void plan_fails(const plan_t *plan) {
    char text[MAX_TEXT];
    char line[MAX_TEXT + 64];
    plan_write(plan, text);
    snprintf(line, sizeof line, "explore %s--replay '%s'",
             world.windows_only ? "--points windows " : "", text);
    failure_report(line);
}

static bool base_collects(const op_t *op) {
    return op->kind == COLLECT || (op->kind == SWEEP_ALL && world.start.sweeps);
}

// Some runs end with a collection; it takes longer than the run itself.
static bool is_thorough(void) {
    return explorer.options.replay != NULL || explorer.n_runs % 8 == 0;
}

// Runs a plan on the heap of world_begin. False iff its last handler has not
// come: the act below it has fewer points than that.
static bool plan_run(const plan_t *plan) {
    explorer.n_runs++;
    world_restore();
    if (sigsetjmp(world.escape, 0) != 0) {
        plan_fails(plan);
    }
    inject_plan(plan);
    act(&plan->base);
    world.thorough = is_thorough();
    oracle_final(base_collects(&plan->base));
    return inject_last_came();
}

// ---- Exhaustively ----------------------------------------------------------

// What is left to choose: all that handlers may do, and the second of them if
// that is told.
typedef struct {
    ops_t handlers;
    const op_t *second;
    unsigned depth;
} search_space_t;

static void plan_extend(plan_t *plan, const search_space_t *space);

// All points of a level for the last handler, from `first` on.
static void points_explore(plan_t *plan, const search_space_t *space,
                           long first) {
    shot_t *shot = &plan->shots[plan->n_shots - 1];
    for (shot->at = first; !is_over() && plan_run(plan); shot->at++) {
        if (plan->n_shots < space->depth) {
            plan_extend(plan, space);
        }
    }
}

// One more handler that does this: in the midst of the last one, or where that
// has come or later.
static void handler_add(plan_t *plan, const search_space_t *space,
                        const op_t *op) {
    const shot_t last = plan->shots[plan->n_shots - 1];
    shot_t *shot = &plan->shots[plan->n_shots++];
    *shot = (shot_t){.op = *op, .level = last.level + 1};
    points_explore(plan, space, 0);
    shot->level = last.level;
    points_explore(plan, space, last.at);
    plan->n_shots--;
}

static void plan_extend(plan_t *plan, const search_space_t *space) {
    if (plan->n_shots == 1) {
        handler_add(plan, space, space->second);
        return;
    }
    for (unsigned i = 0; i < space->handlers.n && !is_over(); i++) {
        handler_add(plan, space, &space->handlers.ops[i]);
    }
}

// A unit of work: a start, an act of the thread, the first handler's and, if
// there is one, the second's.
static uint64_t units_count(const scenario_t *s, unsigned depth) {
    const uint64_t n = (uint64_t)s->count() * MAX_OPS * MAX_OPS;
    return depth > 1 ? n * MAX_OPS : n;
}

static void unit_explore(const scenario_t *s, uint64_t unit, unsigned depth) {
    const uint64_t second = depth > 1 ? unit % MAX_OPS : 0;
    unit = depth > 1 ? unit / MAX_OPS : unit;
    const uint64_t first = unit % MAX_OPS;
    const uint64_t base = unit / MAX_OPS % MAX_OPS;
    plan_t plan = {.n_shots = 1};
    ops_t bases = {.n = 0};
    search_space_t space = {.depth = depth};
    s->start(unit / MAX_OPS / MAX_OPS, &plan.start);
    s->bases(&plan.start, &bases);
    s->handlers(&plan.start, &space.handlers);
    if (base >= bases.n || first >= space.handlers.n ||
        second >= space.handlers.n) {
        return;
    }
    world_begin(&plan.start);
    plan.base = bases.ops[base];
    plan.shots[0] = (shot_t){.op = space.handlers.ops[first]};
    space.second = &space.handlers.ops[second];
    points_explore(&plan, &space, 0);
}

static void totals_print(const char *name, unsigned depth, unsigned long runs,
                         const char *how) {
    printf("%-7s depth %u: %10lu runs, %3u places, %6.1f s, %s\n", name, depth,
           runs, places_count(), clock_now() - explorer.begun, how);
    fflush(stdout);
}

// The units come in a scattered order, the same for the same seed; with steps
// of a prime that does not divide their number each of them comes once.
static void scenario_explore(const scenario_t *s, unsigned depth,
                             double seconds) {
    const uint64_t prime = 1000003;
    const uint64_t n = units_count(s, depth);
    const unsigned long runs = explorer.n_runs;
    explorer.begun = clock_now();
    explorer.until = seconds != 0 ? explorer.begun + seconds : 0;
    uint64_t i = 0;
    for (; i < n && !is_over(); i++) {
        const uint64_t at = (i + explorer.options.seed) % n;
        unit_explore(s, at * prime % n, depth);
    }
    char how[32] = "complete";
    if (i < n) {
        snprintf(how, sizeof how, "%.1f %% of all",
                 100 * (double)i / (double)n);
    }
    totals_print(s->name, depth, explorer.n_runs - runs, how);
}

// ---- At random -------------------------------------------------------------

_Noreturn static void random_fails(uint64_t seed, unsigned depth) {
    char line[128];
    snprintf(line, sizeof line,
             "explore --scenario random --depth %u --runs 1 --seed %" PRIu64,
             depth, seed);
    failure_report(line);
}

static void random_run(uint64_t seed, unsigned depth) {
    enum { N_ACTS = 25 };
    explorer.n_runs++;
    if (sigsetjmp(world.escape, 0) != 0) {
        random_fails(seed, depth);
    }
    inject_random(seed, depth);
    start_t start;
    start_random(&start);
    world_begin(&start);
    world_restore();
    world.thorough = true;
    for (unsigned i = 0; i < N_ACTS; i++) {
        const op_t op = op_random();
        inject_next_act();
        act(&op);
        oracle_final(false);
    }
}

static void random_explore(unsigned depth, double seconds) {
    const options_t *o = &explorer.options;
    const unsigned long runs = explorer.n_runs;
    explorer.begun = clock_now();
    const double bound = seconds != 0 ? seconds : o->runs != 0 ? 0 : 10;
    explorer.until = bound != 0 ? explorer.begun + bound : 0;
    uint64_t seed = o->seed;
    while (!is_over()) {
        random_run(seed++, depth);
    }
    char how[48];
    snprintf(how, sizeof how, "seeds %" PRIu64 " to %" PRIu64, o->seed,
             seed - 1);
    totals_print("random", depth, explorer.n_runs - runs, how);
}

// ---- Replaying -------------------------------------------------------------

// Runs the plan, its handlers from `i` on at every point where it says so.
// False iff the last handler before `i` has not come.
static bool replay_from(plan_t *plan, unsigned i) {
    while (i < plan->n_shots && plan->shots[i].at != EVERY_POINT) {
        i++;
    }
    if (i == plan->n_shots) {
        plan_run(plan);
        return true;
    }
    plan_t prefix = *plan;
    prefix.n_shots = i + 1;
    long *at = &plan->shots[i].at;
    for (*at = 0;; ++*at) {
        prefix.shots[i].at = *at;
        if (!plan_run(&prefix)) {
            break;
        }
        replay_from(plan, i + 1);
    }
    *at = EVERY_POINT;
    return true;
}

static int replay(const char *text) {
    plan_t plan;
    if (!plan_read(&plan, text)) {
        printf("no run: %s\n", text);
        return 2;
    }
    world_begin(&plan.start);
    replay_from(&plan, 0);
    printf("%lu runs, all is well: %s\n", explorer.n_runs, text);
    return 0;
}

// ---- Options ---------------------------------------------------------------

static int usage(void) {
    puts("usage: explore [--scenario NAME] [--depth N] [--seconds S] "
         "[--seed N] [--runs N]\n       explore [--points P] --replay RUN\n"
         "scenarios:");
    for (unsigned i = 0; i < n_scenarios; i++) {
        printf("  %-7s %s\n", scenarios[i].name, scenarios[i].what);
    }
    puts("  random  deep nesting");
    return 2;
}

static bool option_read(options_t *o, const char *name, const char *value) {
    char *end = "";
    if (strcmp(name, "--scenario") == 0) {
        o->scenario = value;
    } else if (strcmp(name, "--replay") == 0) {
        o->replay = value;
    } else if (strcmp(name, "--points") == 0) {
        world.windows_only = strcmp(value, "windows") == 0;
        end = world.windows_only || strcmp(value, "all") == 0 ? "" : "?";
    } else if (strcmp(name, "--depth") == 0) {
        o->depth = (unsigned)strtoul(value, &end, 10);
    } else if (strcmp(name, "--seconds") == 0) {
        o->seconds = strtod(value, &end);
    } else if (strcmp(name, "--seed") == 0) {
        o->seed = strtoull(value, &end, 10);
    } else if (strcmp(name, "--runs") == 0) {
        o->runs = strtoul(value, &end, 10);
    } else {
        return false;
    }
    return *end == '\0';
}

static bool options_read(options_t *o, int n, char **args) {
    *o = (options_t){.seed = 1};
    for (int i = 1; i < n; i += 2) {
        if (i + 1 == n || !option_read(o, args[i], args[i + 1])) {
            return false;
        }
    }
    return o->depth <= MAX_PLAN;
}

static const scenario_t *scenario_named(const char *name) {
    for (unsigned i = 0; i < n_scenarios; i++) {
        if (strcmp(scenarios[i].name, name) == 0) {
            return &scenarios[i];
        }
    }
    return NULL;
}

static void depths_explore(const scenario_t *s, double seconds) {
    const unsigned depth = explorer.options.depth;
    if (depth != 0) {
        scenario_explore(s, depth, seconds);
    } else {
        scenario_explore(s, 1, seconds / 2);
        scenario_explore(s, 2, seconds / 2);
    }
}

static void all_explore(void) {
    const options_t *o = &explorer.options;
    const double share = o->seconds / (n_scenarios + 1);
    for (unsigned i = 0; i < n_scenarios; i++) {
        depths_explore(&scenarios[i], share);
    }
    random_explore(o->depth != 0 ? o->depth : 4, share);
}

static void no_delivery(void *unused) {
    (void)unused;
}

// Of all ports that the suites run on this one alone has no breaks but polled
// ones: others are refused.
static void breaks_check(void) {
    static irqgc_t heap; // of which only the records are asked for
    irqgc_brk_config_t config = {.deliver = no_delivery, .heap = &heap};
    const bool takes_polled = irqgc_brk_init(&config) == IRQGC_OK;
    config.asynchronous = 1;
    const bool refuses = irqgc_brk_init(&config) == IRQGC_BAD_ARGUMENT;
    irqgc_brk_request();
    if (!takes_polled || !refuses || irqgc_brk_poll() != 1) {
        puts("FAIL breaks on a port that polls");
        exit(1);
    }
}

int main(int n, char **args) {
    options_t *o = &explorer.options;
    if (!options_read(o, n, args)) {
        return usage();
    }
    breaks_check();
    crashes_catch();
    if (sigsetjmp(world.escape, 0) != 0) {
        failure_report("a refused call on a full heap");
    }
    parting_measure();
    if (o->replay != NULL) {
        return replay(o->replay);
    }
    if (o->scenario == NULL) {
        all_explore();
    } else if (strcmp(o->scenario, "random") == 0) {
        random_explore(o->depth != 0 ? o->depth : 4, o->seconds);
    } else if (scenario_named(o->scenario) != NULL) {
        depths_explore(scenario_named(o->scenario), o->seconds);
    } else {
        return usage();
    }
    return 0;
}
