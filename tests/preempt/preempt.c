// SPDX-License-Identifier: MIT
//
// The preemption suite: every operation of irqgc, in heaps of every kind, is
// interrupted at every instruction, by handlers that use the heap themselves.
// After each, the heap is held against a model.
//
// Exit status: 0 all passed, 1 a failure, 2 the suite could not run.
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "acts.h"
#include "fresh.h"
#include "place.h"
#include "rewind.h"
#include "scenarios.h"
#include "step.h"
#include "vic.h"
#include "world.h"

static const char usage[] =
    "usage: preempt [options]\n"
    "  --depth 1|2|3     handlers in a run (1), each in the one before\n"
    "  --seconds N       sample, so as to end after about so long\n"
    "  --max-points N    sample: about N points of a scenario at the most;\n"
    "                    0 for all; default: 30000, and an action at each\n"
    "                    instruction at depth 1\n"
    "  --seed N          of the samples (1)\n"
    "  --scenario S      only those whose name has S in it\n"
    "  --action A        only this first handler, or these: A,B,C;\n"
    "                    --action2 D: second; --action3 E: third\n"
    "  --at K, --at2 J, --at3 I\n"
    "                    only this run, by the line that reported it\n"
    "  --after           with --at2: the second handler follows the first\n"
    "  --part I/N        of N equal parts, only part I, from 1\n"
    "  --window N        fails on a masked window of more instructions\n"
    "  --keep-going      past failures\n"
    "  --quiet           totals only\n"
    "  --list            names of scenarios and actions\n";

enum { MOST = 3 }; // handlers in a run, one in the other

typedef struct {
    long depth;
    double seconds;
    long max_points;
    long seed;
    const char *scenario, *action[MOST];
    long at[MOST];
    bool after;
    long part, n_parts;
    long window;
    bool everywhere;
    bool keep_going, quiet, list;
} options_t;

static options_t options = {.depth = 1,
                            .max_points = 30000,
                            .seed = 1,
                            .part = 1,
                            .n_parts = 1,
                            .everywhere = true};

// What is being run; the same in all runs of it, so rewinding does no harm.
static struct {
    scenario_t scenario;
    unsigned depth;
    bool after;
    unsigned n_below; // shots that lead to the operation
    void (*thread)(void);
} job;

// The actions that were selected, for the first handler, the second ...
static const act_t **actions[MOST];
static unsigned n_actions[MOST];

// Outlives rewinding.
static struct results {
    unsigned long n_failures, n_jobs;
    unsigned n_failures_here;
    long runs, points, places, masked, passed, pcs, window;
    double started;
    double planned; // points
    sigjmp_buf next_job;
} * results;

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds_passed(void) {
    return seconds_now() - results->started;
}

__attribute__((noreturn)) static void die(const char *what) {
    fprintf(stderr, "preempt: %s\n", what);
    exit(2);
}

// ---- Failures --------------------------------------------------------------

static void failure_print(const char *text) {
    static const char *const formats[MOST] = {"", "2", "3"};
    char name[96];
    scenario_name(&job.scenario, name, sizeof name);
    printf("%sFAILED --scenario %s", isatty(1) ? "\r\033[K" : "", name);
    uintptr_t pc = 0;
    for (unsigned i = 0; i < MOST && i + job.n_below < step_fired(); i++) {
        const unsigned shot = i + job.n_below;
        printf(" --action%s %s --at%s %ld", formats[i],
               actions[i][step_fired_variant(shot)]->name, formats[i],
               step_fired_at(shot));
        printf("%s", i == 1 && job.after ? " --after" : "");
        pc = step_fired_pc(shot);
    }
    char where[192] = "no handler";
    if (pc != 0) {
        place_name(pc, where, sizeof where);
    }
    printf(": %s (%s)\n", text, where);
    fflush(stdout);
}

static void on_failure(const char *text) {
    failure_print(text);
    results->n_failures++;
    results->n_failures_here++;
    if (!options.keep_going) {
        _exit(1);
    }
    if (results->n_failures_here < 3) {
        rewind_last();
    }
    siglongjmp(results->next_job, 1);
}

static void on_crash(int signal) {
    static const char *const names[] = {[SIGSEGV] = "crashes: segmentation",
                                        [SIGBUS] = "crashes: bus error",
                                        [SIGILL] = "stops: a debug assertion",
                                        [SIGFPE] = "crashes: arithmetic",
                                        [SIGABRT] = "aborts"};
    failure_print(names[signal]);
    _exit(1);
}

// A second without a step or the end of a run: something waits for ever.
static void on_alarm(int signal) {
    (void)signal;
    static unsigned long *last;
    if (last == NULL) {
        last = step_keep(2 * sizeof *last);
    }
    if (last[0] != step_heartbeat()) {
        last[0] = step_heartbeat();
        last[1] = 0;
    } else if (++last[1] == 4) {
        failure_print("hangs");
        _exit(1);
    }
}

static void signals_connect(void) {
    const stack_t stack = {.ss_sp = step_keep(1 << 17), .ss_size = 1 << 17};
    sigaltstack(&stack, NULL);
    struct sigaction action = {.sa_handler = on_crash,
                               .sa_flags = SA_ONSTACK | SA_RESTART};
    const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
        sigaction(crashes[i], &action, NULL);
    }
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, NULL);
    const struct itimerval second = {{1, 0}, {1, 0}};
    if (options.at[0] == 0) { // a debugger takes its time
        setitimer(ITIMER_REAL, &second, NULL);
    }
}

// ---- Runs ------------------------------------------------------------------

static void handle(const act_t *act) {
    world_enter();
    act->run();
    world_leave();
}

static void first(unsigned variant) {
    handle(actions[0][variant]);
}

static void second(unsigned variant) {
    handle(actions[1][variant]);
}

static void third(unsigned variant) {
    handle(actions[2][variant]);
}

// Has no variables: the frames above the operation's are not rewound.
__attribute__((noinline)) static void runs_do(void) {
    step_run(job.thread);
    world_verify();
    rewind_last();
}

static void plan(const step_shot_t *shots, unsigned seed) {
    rewind_forget(world_memory_used());
    step_plan(shots, seed);
}

// Shares of what each handler may do at each instruction of the one before.
typedef struct {
    double of[MOST];
} shares_t;

static step_shot_t shot_plan(unsigned i, double share) {
    static void (*const handlers[MOST])(unsigned) = {first, second, third};
    return (step_shot_t){
        .handler = handlers[i],
        .when = options.at[i] != 0 ? STEP_AT : STEP_EVERY,
        .at = options.at[i],
        .after = i == 1 && job.after,
        .n_variants = n_actions[i],
        .share = share,
        .everywhere = i == 0 && options.everywhere,
    };
}

static void job_start(shares_t shares) {
    step_shot_t shots[STEP_SHOTS] = {{.handler = NULL}};
    job.n_below = scenario_shots(&job.scenario, shots, &job.thread);
    for (unsigned i = 0; i < job.depth; i++) {
        shots[job.n_below + i] = shot_plan(i, shares.of[i]);
    }
    world_build(job.scenario.heap, job.depth >= 2 && !job.after);
    plan(shots, (unsigned)options.seed);
    fresh_page_call(runs_do);
    if (step_fired() < job.n_below) {
        on_failure("never gets to where the operation begins");
    }
}

// How long the operation is, by the number of its windows: no stepping needed.
static long n_windows;

static bool window_count(void) {
    n_windows++;
    return false;
}

__attribute__((noinline)) static double length_measure(void) {
    enum { WINDOW_EACH = 60 }; // about so many instructions
    step_shot_t shots[STEP_SHOTS] = {{.handler = NULL}};
    const unsigned n = scenario_shots(&job.scenario, shots, &job.thread);
    shots[n] = (step_shot_t){
        .handler = first, .when = STEP_UNTIL, .reached = window_count};
    n_windows = 0;
    world_build(job.scenario.heap, job.depth >= 2 && !job.after);
    plan(shots, 0);
    step_run(job.thread);
    return (double)(n_windows + 1) * WINDOW_EACH;
}

// What is planned to be drawn; around windows more is.
static const double around_windows = 1.7;

static void job_start_1(double most, double length) {
    const double all = length * n_actions[0] * around_windows;
    const double share = fmin(1, most / all);
    results->planned += share * all;
    job_start((shares_t){{share}});
}

enum { HANDLER_LENGTH = 20000 }; // about: many collect

// Of two shots, the second steps through a whole handler for each time that the
// first fires, so some are drawn there; more, when all first ones are.
static void job_start_2(double most, double length) {
    const double length_2 = job.after ? length / 2 : HANDLER_LENGTH;
    const double all_1 = length * n_actions[0] * around_windows;
    const double all_2 = length_2 * n_actions[1] * around_windows;
    const double least_2 = 0.1 / n_actions[1];
    const double share_2 = fmin(1, fmax(least_2, most / all_1 / all_2));
    const double share = fmin(1, most / all_1 / (all_2 * share_2));
    results->planned += share * all_1 * all_2 * share_2;
    job_start((shares_t){{share, share_2}});
}

// Of three, some second ones for each first, and some third ones for each of
// these.
static void job_start_3(double most, double length) {
    enum { SOME = 30 };
    const double all_1 = length * n_actions[0] * around_windows;
    const double all_2 = HANDLER_LENGTH * n_actions[1] * around_windows;
    const double all_3 = HANDLER_LENGTH * n_actions[2] * around_windows;
    const double share = fmin(1, most / all_1 / SOME / SOME);
    results->planned += share * all_1 * SOME * SOME;
    job_start((shares_t){{share, SOME / all_2, SOME / all_3}});
}

static void sampled_start(void) {
    const double most = (double)options.max_points;
    const double length = length_measure();
    static void (*const starts[MOST])(double, double) = {
        job_start_1, job_start_2, job_start_3};
    starts[job.depth - 1](most, length);
}

static size_t *selected; // numbers of scenarios
static size_t n_selected;

// At depth 2 the second handler is nested, and then comes after the first.
static size_t jobs_count(void) {
    const bool both_ways = options.depth == 2 && options.at[1] == 0;
    return n_selected * (both_ways ? 2 : 1);
}

// ---- Output ----------------------------------------------------------------

static const char *line_start(void) {
    return isatty(1) ? "\r\033[K" : "";
}

static void job_print(double seconds) {
    const step_counts_t *c = step_counts();
    char name[96];
    scenario_name(&job.scenario, name, sizeof name);
    printf("%s%-36s%s %9ld %7ld %7ld %7ld %4ld %7.2f\n", line_start(), name,
           job.after ? " after" : "", c->points, c->places, c->masked, c->pcs,
           c->window, seconds);
    fflush(stdout);
}

static void progress_print(void) {
    if (isatty(1)) {
        char name[96];
        scenario_name(&job.scenario, name, sizeof name);
        printf("%s%6.0f s %10ld points  %s", line_start(), seconds_passed(),
               results->points, name);
        fflush(stdout);
    }
}

static void results_add(void) {
    const step_counts_t *c = step_counts();
    results->n_jobs++;
    results->runs += c->runs;
    results->points += c->points;
    results->places += c->places;
    results->masked += c->masked;
    results->passed += c->passed;
    results->pcs += c->pcs;
    if (c->window > results->window && !job.scenario.masks) {
        results->window = c->window;
    }
}

static void results_print(void) {
    printf("%s%lu of %zu scenarios, %ld points at %ld places, %ld masked, %ld "
           "passed by, longest window %ld, %lu failures, %lu steps, %.1f s, "
           "%.1f s of CPU\n",
           line_start(), results->n_jobs, jobs_count(), results->points,
           results->places, results->masked, results->passed, results->window,
           results->n_failures, step_heartbeat(), seconds_passed(),
           (double)clock() / CLOCKS_PER_SEC);
}

static void everywhere_check(void) {
    if (options.everywhere && step_counts()->passed != 0) {
        on_failure("an instruction was passed by");
    }
}

static void window_check(void) {
    if (options.window != 0 && !job.scenario.masks &&
        step_counts()->window > options.window) {
        char text[80];
        snprintf(text, sizeof text, "a masked window of %ld instructions",
                 step_counts()->window);
        on_failure(text);
    }
}

static bool is_over(void) {
    return options.seconds > 0 && seconds_passed() >= options.seconds;
}

// Shares out the time that is left, among the scenarios that are. A planned
// point costs what those so far have, with all the steps between them. With
// few points it is the steps that take the time: then not all scenarios come.
static void points_limit(void) {
    const double least = options.depth == 1 ? 1000 : 4000;
    if (options.seconds > 0) {
        const double left = options.seconds - seconds_passed();
        const double each = left / (double)(jobs_count() - results->n_jobs);
        const double some = 0.05 * options.seconds; // to guess the first
        const double point_seconds =
            (some + seconds_passed()) / (some / 50e-6 + results->planned);
        options.max_points = (long)fmax(each / point_seconds, least);
    }
}

static void job_do(void) {
    results->n_failures_here = 0;
    points_limit();
    progress_print();
    const double start = seconds_now();
    if (sigsetjmp(results->next_job, 0) == 0) {
        if (options.max_points != 0) {
            sampled_start();
        } else {
            job_start((shares_t){{1, 1, 1}});
        }
        window_check();
        everywhere_check();
    }
    results_add();
    if (!options.quiet) {
        job_print(seconds_now() - start);
    }
}

// ---- Which -----------------------------------------------------------------

static bool scenario_is_selected(const scenario_t *s) {
    char name[96];
    scenario_name(s, name, sizeof name);
    if (options.at[0] != 0 && options.scenario != NULL) {
        return strcmp(name, options.scenario) == 0;
    }
    return options.scenario == NULL || strstr(name, options.scenario) != NULL;
}

static const act_t *act_named(const char *name, size_t length) {
    for (size_t i = 0; i < n_acts; i++) {
        if (strlen(acts[i].name) == length &&
            memcmp(acts[i].name, name, length) == 0) {
            return &acts[i];
        }
    }
    die("no such action; see --list");
}

// All, or those named in a list "A,B,C".
static void actions_select(unsigned shot, const char *list) {
    const act_t **selection = step_keep(n_acts * sizeof *selection);
    unsigned n = 0;
    if (list == NULL) {
        while (n < n_acts) {
            selection[n] = &acts[n];
            n++;
        }
    }
    while (list != NULL) {
        const size_t length = strcspn(list, ",");
        if (n == n_acts) {
            die("too many actions");
        }
        selection[n++] = act_named(list, length);
        list = list[length] == ',' ? list + length + 1 : NULL;
    }
    actions[shot] = selection;
    n_actions[shot] = n;
}

static void scenarios_select(void) {
    const size_t n = scenario_count();
    selected = step_keep(n * sizeof *selected);
    for (size_t i = 0, part = 0; i < n; i++) {
        const scenario_t s = scenario_get(i);
        if (scenario_is_selected(&s) &&
            part++ % (size_t)options.n_parts == (size_t)options.part - 1) {
            selected[n_selected++] = i;
        }
    }
    if (n_selected == 0) {
        die("no such scenario; see --list");
    }
}

// In a scattered order if they may not all come: with steps of a prime that
// does not divide their number each comes once.
static void jobs_do(void) {
    const size_t n = jobs_count();
    const size_t prime = 1000003;
    for (size_t i = 0; i < n && !is_over(); i++) {
        const size_t at =
            options.seconds > 0 ? (i + (size_t)options.seed) * prime % n : i;
        job.scenario = scenario_get(selected[at * n_selected / n]);
        job.depth = (unsigned)options.depth;
        job.after = n > n_selected ? at % 2 != 0 : options.after;
        job_do();
    }
}

static void list_print(void) {
    for (size_t i = 0; i < n_selected; i++) {
        const scenario_t s = scenario_get(selected[i]);
        char name[96];
        scenario_name(&s, name, sizeof name);
        printf("scenario %s\n", name);
    }
    for (size_t i = 0; i < n_acts; i++) {
        printf("action %s\n", acts[i].name);
    }
}

// ---- The command line ------------------------------------------------------

static void usage_print(void) {
    fputs(usage, stderr);
    exit(2);
}

static long number(const char *text, long least) {
    char *end;
    errno = 0;
    const long n = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || n < least) {
        usage_print();
    }
    return n;
}

static void part_read(const char *text) {
    int end = 0;
    if (sscanf(text, "%ld/%ld%n", &options.part, &options.n_parts, &end) != 2 ||
        text[end] != '\0' || options.part < 1 ||
        options.part > options.n_parts) {
        usage_print();
    }
}

static void option_read(int option, const char *value) {
    switch (option) {
    case 'd':
        options.depth = number(value, 1);
        break;
    case 's':
        options.seconds = (double)number(value, 1);
        options.everywhere = false;
        break;
    case 'm':
        options.max_points = number(value, 0);
        options.everywhere = false;
        break;
    case 'r':
        options.seed = number(value, 0);
        break;
    case 'S':
        options.scenario = value;
        break;
    case 'A':
        options.action[0] = value;
        break;
    case 'B':
        options.action[1] = value;
        break;
    case 'C':
        options.action[2] = value;
        break;
    case 'k':
        options.at[0] = number(value, 1);
        break;
    case 'j':
        options.at[1] = number(value, 1);
        break;
    case 'i':
        options.at[2] = number(value, 1);
        break;
    case 'f':
        options.after = true;
        break;
    case 'p':
        part_read(value);
        break;
    case 'w':
        options.window = number(value, 1);
        break;
    case 'g':
        options.keep_going = true;
        break;
    case 'q':
        options.quiet = true;
        break;
    case 'l':
        options.list = true;
        break;
    default:
        usage_print();
    }
}

static void options_read(int argc, char **argv) {
    static const struct option names[] = {
        {"depth", required_argument, NULL, 'd'},
        {"seconds", required_argument, NULL, 's'},
        {"max-points", required_argument, NULL, 'm'},
        {"seed", required_argument, NULL, 'r'},
        {"scenario", required_argument, NULL, 'S'},
        {"action", required_argument, NULL, 'A'},
        {"action2", required_argument, NULL, 'B'},
        {"action3", required_argument, NULL, 'C'},
        {"at", required_argument, NULL, 'k'},
        {"at2", required_argument, NULL, 'j'},
        {"at3", required_argument, NULL, 'i'},
        {"after", no_argument, NULL, 'f'},
        {"part", required_argument, NULL, 'p'},
        {"window", required_argument, NULL, 'w'},
        {"keep-going", no_argument, NULL, 'g'},
        {"quiet", no_argument, NULL, 'q'},
        {"list", no_argument, NULL, 'l'},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        option_read(option, optarg);
    }
    for (unsigned i = 1; i < MOST; i++) {
        if (options.at[i] != 0 && options.at[i - 1] == 0) {
            usage_print();
        }
        if (options.at[i] != 0 && options.depth <= i) {
            options.depth = i + 1;
        }
    }
    if (options.depth > 1) {
        options.everywhere = false;
    }
    if (optind != argc || options.depth > MOST) {
        usage_print();
    }
    if (options.at[0] != 0) {
        options.seconds = 0;
        options.max_points = 0;
        options.everywhere = false;
    }
}

// ---- Main ------------------------------------------------------------------

// What came before has left pointers on the stack, and in registers, which a
// signal puts there; that is no business of this handler, and what the handler
// leaves is none of those below. Else a replay, which takes no branches, would
// find other roots.
static void line_raise(unsigned line) {
    step_wipe_stack();
    fresh_vectors();
    vic_raise(line);
    step_wipe_stack();
}

static int suite_run(void) {
    size_t size;
    world_init();
    void *const memory = world_memory(&size);
    step_init(&(step_how_t){.line = 1,
                            .priority = 1,
                            .branch = rewind_branch,
                            .raise = line_raise});
    rewind_init(memory, size);
    results = step_keep(sizeof *results);
    results->started = seconds_now();
    world_fail_with(on_failure);
    scenarios_select();
    for (unsigned i = 0; i < MOST; i++) {
        actions_select(i, options.action[i]);
    }
    if (options.list) {
        list_print();
        return 0;
    }
    signals_connect();
    jobs_do();
    results_print();
    if (results->points == 0 && results->n_failures == 0) {
        die("no handler has run");
    }
    return results->n_failures > 0;
}

int main(int argc, char **argv) {
    place_settle(argv);
    options_read(argc, argv);
    return suite_run();
}
