// SPDX-License-Identifier: MIT
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // whatever the flags are
#endif

#include "irqgc/torture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../ports/posix/irqgc_port.h"
#include "options.h"
#include "place.h"
#include "runs.h"

typedef irqgc_torture_scenario_t scenario_t;
typedef irqgc_torture_handler_t handler_t;

// What the scenarios of a program add up to.
typedef struct {
    options_t options;
    const scenario_t *scenarios;
    size_t n_scenarios, n_selected;
    long points, distinct;
    unsigned n_failures, n_untestable;
} suite_t;

static double seconds_now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// ---- Descriptions ----------------------------------------------------------

// It is to be a word of a command, as it is.
static bool name_is_plain(const char *name) {
    return name != NULL && name[0] != '\0' && name[0] != '-' &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789-_.:@")] == '\0';
}

static bool handlers_are_sound(const scenario_t *s) {
    for (size_t i = 0; i < s->n_handlers; i++) {
        const handler_t *const h = &s->handlers[i];
        if (h->run == NULL || !name_is_plain(h->name)) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(s->handlers[j].name, h->name) == 0) {
                return false;
            }
        }
    }
    return true;
}

// Of this process, which has one.
static bool is_on_stack(const void *address) {
    const char *const low = __builtin_frame_address(0);
    return (const char *)address >= low &&
           (const char *)address < irqgc_posix_stack_find();
}

// What is wrong with a scenario, or NULL.
static const char *scenario_fault(const scenario_t *s) {
    if (s->operation == NULL) {
        return "has no operation";
    }
    if (s->check == NULL) {
        return "has no check";
    }
    if (s->handlers == NULL || s->n_handlers == 0) {
        return "has no handlers";
    }
    if (!handlers_are_sound(s)) {
        return "has a handler without function, or without a name of its own";
    }
    if (is_on_stack(s->context)) {
        return "has its context on the stack, which no collection scans there";
    }
    return NULL;
}

static bool scenarios_are_sound(const suite_t *suite) {
    for (size_t i = 0; i < suite->n_scenarios; i++) {
        const char *const name = suite->scenarios[i].name;
        bool sound = name_is_plain(name);
        for (size_t j = 0; sound && j < i; j++) {
            sound = strcmp(name, suite->scenarios[j].name) != 0;
        }
        const char *const fault =
            sound ? scenario_fault(&suite->scenarios[i])
                  : "has no name of its own, of letters and digits";
        if (fault != NULL) {
            (void)fprintf(stderr, "torture: scenario %zu, %s, %s\n", i,
                          name == NULL ? "NULL" : name, fault);
            return false;
        }
    }
    return true;
}

// ---- Selecting -------------------------------------------------------------

static bool is_selected(const char *wanted, const char *name) {
    return wanted == NULL || strcmp(wanted, name) == 0;
}

// Allocates the list.
static unsigned handlers_select(const scenario_t *s, const char *wanted,
                                const handler_t ***list) {
    unsigned n = 0;
    const handler_t **const chosen = calloc(s->n_handlers, sizeof(void *));
    for (size_t i = 0; chosen != NULL && i < s->n_handlers; i++) {
        if (is_selected(wanted, s->handlers[i].name)) {
            chosen[n++] = &s->handlers[i];
        }
    }
    *list = chosen;
    return n;
}

// Returns false iff a handler that is wanted is none of the scenario's.
static bool job_select(job_t *job, const suite_t *suite, const scenario_t *s) {
    const options_t *const o = &suite->options;
    *job = (job_t){
        .scenario = s,
        .depth = (unsigned)o->depth,
        .seconds = (double)o->seconds / (double)suite->n_selected,
        .instructions = o->instructions,
        .seed = (unsigned)o->seed,
    };
    bool all = true;
    for (unsigned i = 0; i < RUNS_DEPTH; i++) {
        job->points[i] = o->points[i];
        job->n_handlers[i] =
            handlers_select(s, o->handlers[i], &job->handlers[i]);
        all = all && job->n_handlers[i] > 0;
    }
    return all;
}

// ---- Output ----------------------------------------------------------------

// The folder of this file, where replay.gdb is too, with its last slash.
static int folder_length(void) {
    const char *const slash = strrchr(__FILE__, '/');
    return slash == NULL ? 0 : (int)(slash + 1 - __FILE__);
}

static const char *handler_name(const job_t *job, const failure_t *failure,
                                unsigned i) {
    return job->handlers[i][failure->places[i].variant]->name;
}

static void command_print(const suite_t *suite, const job_t *job,
                          const failure_t *failure) {
    static const char *const which[] = {"", "2"};
    printf("%s --scenario %s", suite->options.program, job->scenario->name);
    for (unsigned i = 0; i < RUNS_DEPTH && i < failure->n_shots; i++) {
        printf(" --handler%s %s --point%s %ld", which[i],
               handler_name(job, failure, i), which[i], failure->places[i].at);
    }
    printf("\n");
}

static void failure_print(const suite_t *suite, const job_t *job,
                          const failure_t *failure) {
    char where[192];
    place_name(failure->places[failure->n_shots - 1].pc, where, sizeof where);
    printf("FAILED %s: %s (%s before %s)\n", job->scenario->name, failure->text,
           handler_name(job, failure, failure->n_shots - 1), where);
    printf("  replay: ");
    command_print(suite, job, failure);
    printf("  debug:  gdb -x %.*sreplay.gdb --args ", folder_length(),
           __FILE__);
    command_print(suite, job, failure);
}

static void untestable_print(const job_t *job, const findings_t *found) {
    printf("UNTESTABLE %s: %s\n", job->scenario->name, found->untestable);
    for (unsigned i = 0; i < 2; i++) {
        if (found->differ[0] != found->differ[1]) {
            char where[192] = "none: it is over";
            if (found->differ[i] != 0) {
                place_name(found->differ[i], where, sizeof where);
            }
            printf("  %s: %s\n", i == 0 ? "first" : "then", where);
        }
    }
}

static void findings_print(suite_t *suite, const job_t *job,
                           const findings_t *found) {
    if (found->untestable[0] != '\0') {
        suite->n_untestable++;
        untestable_print(job, found);
    }
    suite->n_failures += found->n_failures;
    for (unsigned i = 0; i < found->n_failures; i++) {
        failure_print(suite, job, &found->failures[i]);
    }
    if (found->n_failures == RUNS_FAILURES) {
        printf("  %s stopped after so many failures\n", job->scenario->name);
    }
}

static void head_print(const suite_t *suite) {
    if (!suite->options.quiet) {
        printf("%-28s %12s %9s %9s %8s\n", "scenario", "instructions", "points",
               "distinct", "seconds");
    }
}

static void list_print(const suite_t *suite) {
    for (size_t i = 0; i < suite->n_scenarios; i++) {
        const scenario_t *const s = &suite->scenarios[i];
        printf("%s\n", s->name);
        for (size_t j = 0; j < s->n_handlers; j++) {
            printf("  %s\n", s->handlers[j].name);
        }
    }
}

// ---- Scenarios -------------------------------------------------------------

static void job_do(suite_t *suite, const job_t *job) {
    const double start = seconds_now();
    const findings_t *const found = runs_do(job);
    const step_counts_t *const counts = step_counts();
    suite->points += counts->points;
    suite->distinct += counts->pcs;
    if (!suite->options.quiet) {
        printf("%-28s %12ld %9ld %9ld %8.2f\n", job->scenario->name,
               found->n_instructions, counts->points, counts->pcs,
               seconds_now() - start);
    }
    findings_print(suite, job, found);
    (void)fflush(stdout);
}

static void scenario_do(suite_t *suite, const scenario_t *s) {
    job_t job;
    if (job_select(&job, suite, s)) {
        job_do(suite, &job);
    } else {
        (void)fprintf(stderr, "torture: scenario %s has no such handler\n",
                      s->name);
        suite->n_untestable++;
    }
    for (unsigned i = 0; i < RUNS_DEPTH; i++) {
        free(job.handlers[i]);
    }
}

static int suite_do(suite_t *suite) {
    const options_t *const o = &suite->options;
    for (size_t i = 0; i < suite->n_scenarios; i++) {
        suite->n_selected += is_selected(o->scenario, suite->scenarios[i].name);
    }
    if (suite->n_selected == 0) {
        (void)fprintf(stderr, "torture: no such scenario\n");
        return 2;
    }
    const double start = seconds_now();
    head_print(suite);
    (void)fflush(NULL);
    for (size_t i = 0; i < suite->n_scenarios; i++) {
        if (is_selected(o->scenario, suite->scenarios[i].name)) {
            scenario_do(suite, &suite->scenarios[i]);
        }
    }
    printf("%zu scenarios, %ld points, %ld distinct, %u failures, %u "
           "untestable, %.2f s\n",
           suite->n_selected, suite->points, suite->distinct, suite->n_failures,
           suite->n_untestable, seconds_now() - start);
    (void)fflush(stdout);
    if (suite->n_failures > 0) {
        return 1;
    }
    return suite->n_untestable > 0 ? 2 : 0;
}

int irqgc_torture(int argc, char **argv, const scenario_t *scenarios,
                  size_t n_scenarios) {
    if (!place_settle(argv)) {
        (void)fprintf(stderr, "torture: addresses are random here, so a replay "
                              "may end otherwise\n");
    }
    suite_t suite = {.scenarios = scenarios, .n_scenarios = n_scenarios};
    if (!options_read(&suite.options, argc, argv) ||
        !scenarios_are_sound(&suite)) {
        return 2;
    }
    if (suite.options.help) {
        options_usage();
        return 0;
    }
    if (suite.options.list) {
        list_print(&suite);
        return 0;
    }
    runs_init(suite.options.instructions);
    return suite_do(&suite);
}
