// SPDX-License-Identifier: MIT
//
// A run branches by a process: it has a copy of everything, be it the heap's,
// the program's or the C library's, it may crash or hang, and what it did is
// gone when it ends.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // whatever the flags are
#endif

#include "runs.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../ports/posix/irqgc_port.h"
#include "fresh.h"
#include "irqgc/vic.h"

enum {
    FIRST_LINE = VIC_LINES - 1 - STEP_SHOTS,
    FIRST_PRIORITY = INT_MAX - STEP_SHOTS, // above any of the scenario's
};

// How a process ends; otherwise it is the scenario's own doing.
enum { PASSED = 100, FAILED = 101, UNTESTABLE = 102 };

// What is done with the addresses of a run's steps.
typedef enum { COUNT, RECORD, COMPARE } watch_t;

// What all processes share.
typedef struct {
    findings_t found;
    char text[RUNS_TEXT];      // of the process that ended last
    unsigned n_begun;          // handlers in it
    uintptr_t pcs[RUNS_DEPTH]; // where they interrupted
    long n_trace;
    uintptr_t trace[]; // of the run that was recorded
} shared_t;

static shared_t *shared;
static job_t job;
static const char *verdict; // of the check
static unsigned n_run;      // handlers, in this process
static watch_t watching;
static long n_seen;                     // steps of this process
static step_place_t places[RUNS_DEPTH]; // where it branched off

// ---- Processes -------------------------------------------------------------

// Time goes on from here. The processor's time is what counts: others may need
// it, too. What sleeps needs none.
static void limits_set(void) {
    const struct itimerval cpu = {.it_value = {.tv_sec = RUNS_CPU_SECONDS}};
    const struct itimerval all = {.it_value = {.tv_sec = RUNS_ALL_SECONDS}};
    (void)setitimer(ITIMER_PROF, &cpu, NULL);
    (void)setitimer(ITIMER_REAL, &all, NULL);
}

// As fork. A crash is an answer here, of which the system is to keep no image.
static pid_t process_begin(void) {
    shared->text[0] = '\0';
    const pid_t pid = fork();
    if (pid == -1) {
        perror("torture: fork");
        _exit(2);
    }
    if (pid == 0) {
        const struct rlimit none = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &none);
        limits_set();
    }
    return pid;
}

// Ends the process without what exit does: it is a copy.
__attribute__((noreturn)) static void process_end(int status,
                                                  const char *text) {
    (void)snprintf(shared->text, sizeof shared->text, "%s", text);
    _exit(status);
}

// Waits for it. Returns how it ended, and leaves in shared->text what is to be
// said about that.
static int process_join(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {
    }
    const size_t size = sizeof shared->text;
    if (WIFEXITED(status)) {
        const int code = WEXITSTATUS(status);
        if (code == PASSED || code == FAILED || code == UNTESTABLE) {
            return code;
        }
        (void)snprintf(shared->text, size, "exits with status %d", code);
        return FAILED;
    }
    const int by = WTERMSIG(status);
    const bool late = by == SIGPROF || by == SIGALRM;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
    const char *const name = late ? "it does not end" : strsignal(by);
    (void)snprintf(shared->text, size, late ? "%s" : "crashes: %s", name);
    return FAILED;
}

// ---- Steps -----------------------------------------------------------------

static void differ(uintptr_t before, uintptr_t now) {
    shared->found.differ[0] = before;
    shared->found.differ[1] = now;
    char text[RUNS_TEXT];
    (void)snprintf(text, sizeof text,
                   "is not deterministic: two runs differ in instruction %ld",
                   n_seen);
    process_end(UNTESTABLE, text);
}

// Runs that differ do so in an instruction, for all end with the same. Only
// one that crashed has fewer: what comes then is compared with 0.
static void trace_compare(uintptr_t pc) {
    const uintptr_t before =
        n_seen <= shared->n_trace ? shared->trace[n_seen - 1] : 0;
    if (before != pc) {
        differ(before, pc);
    }
}

static void on_step(uintptr_t pc) {
    enum { SOME = 1024 };
    if (n_seen == job.instructions) {
        char text[RUNS_TEXT];
        (void)snprintf(text, sizeof text,
                       "does not end within %ld instructions", n_seen);
        process_end(UNTESTABLE, text);
    }
    if (++n_seen % SOME == 0) {
        limits_set();
    }
    if (watching == RECORD) {
        shared->trace[n_seen - 1] = pc;
        shared->n_trace = n_seen;
    } else if (watching == COMPARE) {
        trace_compare(pc);
    }
}

// ---- One run ---------------------------------------------------------------

static void handler_run(unsigned shot, unsigned variant) {
    shared->pcs[shot] = step_fired_pc(shot);
    shared->n_begun = shot + 1;
    n_run++;
    step_through(job.handlers[shot][variant]->run, job.scenario->context);
}

static void first_run(unsigned variant) {
    handler_run(0, variant);
}

static void second_run(unsigned variant) {
    handler_run(1, variant);
}

static void scenario_do(void) {
    const irqgc_torture_scenario_t *const s = job.scenario;
    if (s->setup != NULL) {
        s->setup(s->context);
    }
    step_through(s->operation, s->context);
    if (irqgc_posix_masked != 0) {
        verdict = "interrupts are left masked";
    } else if (n_run < step_fired()) {
        verdict = "a window's end runs no handler that waits for it";
    } else {
        verdict = s->check(s->context);
    }
}

static void scenario_run(void) {
    fresh_call(scenario_do);
}

static void scenario_step(void) {
    step_run(scenario_run);
}

static void run(const step_shot_t *shots) {
    shared->n_begun = 0;
    n_run = 0;
    step_plan(shots, job.seed);
    fresh_page_call(scenario_step);
}

// Also where the processes come that a run branched into.
__attribute__((noreturn)) static void run_and_end(const step_shot_t *shots,
                                                  watch_t watch) {
    watching = watch;
    n_seen = 0;
    step_watch(on_step);
    run(shots);
    process_end(verdict == NULL ? PASSED : FAILED,
                verdict == NULL ? "" : verdict);
}

// ---- References ------------------------------------------------------------

static void untestable(const char *who) {
    (void)snprintf(shared->found.untestable, sizeof shared->found.untestable,
                   "%.60s %.90s", who, shared->text);
}

// Runs it twice, and sees that both execute the same instructions. Returns how
// the second ended.
static int reference_run(const step_shot_t *shots) {
    static const watch_t watches[] = {RECORD, COMPARE};
    int status = PASSED;
    for (unsigned i = 0; i < 2 && status != UNTESTABLE; i++) {
        shared->n_trace = i == 0 ? 0 : shared->n_trace;
        const pid_t pid = process_begin();
        if (pid == 0) {
            run_and_end(shots, watches[i]);
        }
        status = process_join(pid);
    }
    return status;
}

// The operation alone. It has to pass. Its trace stays.
static bool operation_refer(void) {
    const step_shot_t shots[STEP_SHOTS] = {
        {.handler = first_run, .when = STEP_AT, .at = 0}};
    const int status = reference_run(shots);
    shared->found.n_instructions = shared->n_trace;
    if (status == PASSED && shared->n_trace == 0) {
        untestable("no instruction traps: not on this system");
    } else if (status == UNTESTABLE) {
        untestable("the operation");
    } else if (status == FAILED) {
        untestable("fails without any interrupt:");
    }
    return shared->found.untestable[0] == '\0';
}

// Each handler, before the operation's first instruction. What fails there
// is found again, as a failure. Returns the length of all, or -1.
static long handlers_refer(void) {
    long length = 0;
    for (unsigned i = 0; i < job.n_handlers[0]; i++) {
        const step_shot_t shots[STEP_SHOTS] = {
            {.handler = first_run,
             .when = STEP_AT,
             .at = 1,
             .variant = i,
             .pends = true},
            {.handler = second_run, .when = STEP_AT, .at = 0}};
        if (reference_run(shots) == UNTESTABLE) {
            char who[RUNS_TEXT];
            (void)snprintf(who, sizeof who, "handler %s",
                           job.handlers[0][i]->name);
            untestable(who);
            return -1;
        }
        length += shared->n_trace;
    }
    return length;
}

// ---- Points ----------------------------------------------------------------

static void failure_add(unsigned n_shots) {
    findings_t *const f = &shared->found;
    if (f->n_failures < RUNS_FAILURES) {
        failure_t *const failure = &f->failures[f->n_failures++];
        failure->n_shots = n_shots;
        memcpy(failure->places, places, sizeof places);
        memcpy(failure->text, shared->text, sizeof failure->text);
    }
}

// In the trap's handler. The new process fires the shot and goes on; this one
// sees how that ends, and stays where it is.
static bool fork_branch(void) {
    while (step_is_left() && shared->found.n_failures < RUNS_FAILURES) {
        const step_place_t here = step_here();
        places[here.shot] = here;
        const pid_t pid = process_begin();
        if (pid == 0) {
            watching = COUNT;
            n_seen = 0;
            return true;
        }
        if (process_join(pid) != PASSED) {
            failure_add(here.shot + 1);
        }
        limits_set();
    }
    return false;
}

// Arrives when the trap's handler returns, which blocks it: so nothing of that
// handler lies on the stack, and each run finds the same words there.
//
// As a handler may scan the signal's frame, no number of a process is in there.
static void line_send(unsigned line) {
    siginfo_t empty;
    memset(&empty, 0, sizeof empty);
    empty.si_code = SI_QUEUE;
    const int signal = SIGRTMIN + (int)line;
    (void)syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), signal, &empty);
}

// About, of this many steps, at the share of the points: of the operation's,
// and of the handlers' as often as they run.
static double seconds_of(double share, double operation, double handlers) {
    const double step = 6e-6;
    const double process = 300e-6;
    const double around_windows = 1.7; // where the engine draws more
    share = share * around_windows < 1 ? share * around_windows : 1;
    const double firsts = share * operation * job.n_handlers[0];
    const double seconds = operation * step + firsts * process;
    if (job.depth == 1) {
        return seconds;
    }
    const double seconds_each = step + share * job.n_handlers[1] * process;
    return seconds + share * operation * handlers * seconds_each;
}

static double share_of(double handlers) {
    const double operation = (double)shared->found.n_instructions;
    double low = 0;
    double high = 1;
    if (job.seconds == 0 ||
        seconds_of(high, operation, handlers) <= job.seconds) {
        return high;
    }
    for (int i = 0; i < 40; i++) {
        const double middle = (low + high) / 2;
        const bool fits =
            seconds_of(middle, operation, handlers) <= job.seconds;
        low = fits ? middle : low;
        high = fits ? high : middle;
    }
    return low;
}

static void shots_plan(step_shot_t *shots, double share) {
    for (unsigned i = 0; i < job.depth; i++) {
        shots[i] = (step_shot_t){
            .handler = i == 0 ? first_run : second_run,
            .when = job.points[i] != 0 ? STEP_AT : STEP_EVERY,
            .at = job.points[i],
            .pends = true,
            .n_variants = job.n_handlers[i],
            .share = share,
        };
    }
}

// The process that steps has passed as a reference, so it passes again.
static void points_run(double share) {
    step_shot_t shots[STEP_SHOTS] = {{.handler = NULL}};
    shots_plan(shots, share);
    const pid_t pid = process_begin();
    if (pid == 0) {
        run_and_end(shots, job.points[0] == 0 ? COMPARE : COUNT);
    }
    const int status = process_join(pid);
    if (status != PASSED && job.points[0] == 0) {
        untestable("the operation, which has passed before,");
    } else if (status != PASSED && shared->n_begun == 1) {
        places[0] = (step_place_t){.at = job.points[0], .pc = shared->pcs[0]};
        failure_add(1);
    }
}

// ---- Replaying -------------------------------------------------------------

static bool is_replay(void) {
    return job.points[job.depth - 1] != 0;
}

static void replay_judge(int status) {
    for (unsigned i = 0; i < shared->n_begun; i++) {
        places[i] = (step_place_t){
            .shot = i, .at = job.points[i], .pc = shared->pcs[i]};
    }
    if (status != PASSED && shared->n_begun == 0) {
        untestable("fails without any interrupt:");
    } else if (status != PASSED) {
        failure_add(shared->n_begun);
    } else if (shared->n_begun < job.depth) {
        shared->text[0] = '\0';
        untestable("has no such point");
    }
}

// In one process if it is debugged: no debugger needs to follow others.
static void replay(void) {
    step_shot_t shots[STEP_SHOTS] = {{.handler = NULL}};
    shots_plan(shots, 1);
    if (trap_is_debugged()) {
        run(shots);
        (void)snprintf(shared->text, sizeof shared->text, "%s",
                       verdict == NULL ? "" : verdict);
        replay_judge(verdict == NULL ? PASSED : FAILED);
        return;
    }
    const pid_t pid = process_begin();
    if (pid == 0) {
        watching = COUNT;
        run(shots);
        (void)fflush(NULL); // what it prints is to be seen
        process_end(verdict == NULL ? PASSED : FAILED,
                    verdict == NULL ? "" : verdict);
    }
    replay_judge(process_join(pid));
}

// ---- Jobs ------------------------------------------------------------------

void runs_init(long instructions) {
    step_init(&(step_how_t){.line = FIRST_LINE,
                            .priority = FIRST_PRIORITY,
                            .stack = TRAP_APART,
                            .branch = fork_branch,
                            .raise = line_send});
    shared = step_keep(sizeof *shared +
                       (size_t)instructions * sizeof *shared->trace);
}

static void job_do(void) {
    if (is_replay() && trap_is_debugged()) {
        replay();
        return;
    }
    const long length = handlers_refer();
    if (length < 0 || !operation_refer()) {
        return;
    }
    if (is_replay()) {
        replay();
    } else {
        points_run(share_of((double)length));
    }
}

const findings_t *runs_do(const job_t *next) {
    job = *next;
    memset(&shared->found, 0, sizeof shared->found);
    step_plan(&(step_shot_t){.handler = NULL}, 0); // forgets the counts
    job_do();
    return &shared->found;
}
