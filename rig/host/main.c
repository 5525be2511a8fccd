// SPDX-License-Identifier: MIT
//
// The rig on a POSIX host: timers are those of the virtual interrupt
// controller, traces are files.
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../rig.h"
#include "display.h"
#include "html.h"
#include "irqgc/brk.h"
#include "load.h"
#include "options.h"
#include "report.h"
#include "samples.h"
#include "text.h"
#include "vic.h"

// The argument of a timer's handler.
typedef struct {
    rig_t *rig;
    unsigned level;
    double end;         // on the clock
    latency_t *latency; // NULL: nobody wants to know
} tick_source_t;

// Signals reach only what is file-scope.
static volatile bool is_stopped; // by a break
static char *crash_text;

// ---------------------------------------------------------------- signals

static void run_stop(void *unused) {
    (void)unused;
    is_stopped = true;
}

static void run_quit(void *unused) {
    (void)unused;
    static const char text[] = "\nrig: stopped\n";
    const ssize_t ignored = write(STDOUT_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(EXIT_STOPPED);
}

// Ctrl-C is a break: the run ends after its step, with the summary. A second
// one ends it at once.
static void on_interrupt(int signal) {
    (void)signal;
    if (is_stopped) {
        run_quit(NULL);
    }
    irqgc_brk_request();
}

// A crash is a failure like any other: the line names the run.
static void on_crash(int signal) {
    (void)signal;
    const ssize_t ignored =
        write(STDOUT_FILENO, crash_text, strlen(crash_text));
    (void)ignored;
    _exit(EXIT_FAILED);
}

static const int crashes[] = {SIGSEGV, SIGBUS,  SIGILL,
                              SIGFPE,  SIGABRT, SIGTRAP};

static void crashes_connect(void (*handler)(int)) {
    const struct sigaction action = {.sa_handler = handler};
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
        (void)sigaction(crashes[i], &action, NULL);
    }
}

static void signals_connect(const char *command) {
    (void)irqgc_brk_init(
        &(irqgc_brk_config_t){.deliver = run_stop, .escalate = run_quit});
    const struct sigaction action = {.sa_handler = on_interrupt,
                                     .sa_flags = SA_RESTART};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    crash_text = text_make("\nrig: FAILED (crashed); replay: %s\n", command);
    crashes_connect(on_crash);
}

static void signals_disconnect(void) {
    crashes_connect(SIG_DFL);
    free(crash_text);
}

// ------------------------------------------------------------------ setup

// The text with more behind it.
static char *text_add(char *text, const char *more) {
    char *const longer = text_make("%s%s ", text, more);
    free(text);
    return longer;
}

static char *command_of(int argc, char **argv) {
    char *text = text_make("%s", "");
    for (int i = 0; i < argc; i++) {
        text = text_add(text, argv[i]);
    }
    return text;
}

// The one that was taken from the clock has to be given next time.
static char *command_add_seed(char *text, uint32_t seed) {
    char *const longer = text_make("%s--seed %" PRIu32, text, seed);
    free(text);
    return longer;
}

static void traces_load(loaded_trace_t **loaded, const options_t *options) {
    for (unsigned i = 0; i < RIG_LEVELS; i++) {
        loaded[i] = NULL;
        for (unsigned j = 0; j < i && loaded[i] == NULL; j++) {
            if (strcmp(options->traces[i], options->traces[j]) == 0) {
                loaded[i] = loaded[j];
            }
        }
        if (loaded[i] == NULL) {
            loaded[i] = trace_load(options->traces[i], options->trace_folder);
        }
    }
}

// Whether an earlier level has the same trace.
static bool is_repeated(loaded_trace_t **loaded, unsigned level) {
    for (unsigned i = 0; i < level; i++) {
        if (loaded[i] == loaded[level]) {
            return true;
        }
    }
    return false;
}

static void traces_embed(loaded_trace_t **loaded) {
    puts("// Made by `rig --embed` from allocation traces.\n"
         "#include \"trace.h\"\n");
    for (unsigned i = 0; i < RIG_LEVELS; i++) {
        if (!is_repeated(loaded, i)) {
            trace_embed(loaded[i], stdout);
        }
    }
}

static void traces_free(loaded_trace_t **loaded) {
    for (unsigned i = RIG_LEVELS; i-- > 0;) {
        if (!is_repeated(loaded, i)) {
            trace_free(loaded[i]);
        }
    }
}

static irqgc_region_t *regions_make(const options_t *options) {
    irqgc_region_t *const regions =
        memory_take(options->n_regions, sizeof *regions);
    const size_t size = (size_t)options->heap_kib * 1024 / options->n_regions;
    for (uint32_t i = 0; i < options->n_regions; i++) {
        regions[i] = (irqgc_region_t){memory_take(size, 1), size};
    }
    return regions;
}

static void regions_free(irqgc_region_t *regions, uint32_t n_regions) {
    for (uint32_t i = 0; i < n_regions; i++) {
        free(regions[i].start);
    }
    free(regions);
}

static void config_make(rig_config_t *config, const options_t *options,
                        loaded_trace_t **loaded) {
    *config = (rig_config_t){
        .n_regions = options->n_regions,
        .events = {32, options->events[0], options->events[1],
                   options->events[2]},
        .chunk_min = options->sizes[0],
        .chunk_max = options->sizes[1],
        .collect_every = options->collect_every,
        .seed = options->seed,
    };
    for (unsigned i = 0; i < RIG_LEVELS; i++) {
        config->traces[i] = &loaded[i]->trace;
    }
    config->workspace = memory_take(rig_workspace(config), 1);
}

static const char *refusal_text(irqgc_status_t status) {
    switch (status) {
    case IRQGC_TOO_SMALL:
        return "too small, one of them, or the largest for the heap's data";
    case IRQGC_OVERLAP:
        return "regions overlap";
    default:
        return "refused by irqgc";
    }
}

static void rig_make(rig_t *rig, const rig_config_t *config,
                     const options_t *options) {
    switch (rig_setup(rig, config)) {
    case RIG_OK:
        return;
    case RIG_BAD_HEAP:
        die("%" PRIu32 " KiB in %" PRIu32 " regions: %s", options->heap_kib,
            options->n_regions, refusal_text(rig->refused));
    case RIG_HEAP_TOO_SMALL:
        die("heap too small for the traces: %" PRIu32 " KiB have %zu bytes "
            "for objects, the traces take %zu at their peaks",
            options->heap_kib, rig->remains.total, rig_peaks(config));
    }
}

static FILE *json_open(const char *path) {
    FILE *const file = fopen(path, "w");
    if (file == NULL) {
        die("--json %s: %s", path, strerror(errno));
    }
    return file;
}

// -------------------------------------------------------------------- run

static double clock_now(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// Ticks are idle after the end, so that timers which left the thread no time
// do not keep it from ending.
static void on_timer(void *arg) {
    const tick_source_t *const timer = arg;
    const double now = clock_now();
    if (now >= timer->end) {
        return;
    }
    if (timer->latency != NULL) {
        vic_stats_t line;
        vic_stats(timer->level - 1, &line);
        // Not `raised`: one more may be pending already, and runs by itself.
        latency_note(timer->latency, now, line.run + line.lost);
    }
    rig_tick(timer->rig, timer->level);
}

// As the controller counts the periods of a timer that starts now.
static latency_t *latency_start(samples_t *samples, unsigned timer,
                                uint32_t hz) {
    if (samples == NULL || hz == 0) {
        return NULL;
    }
    latency_t *const latency = &samples->latencies[timer];
    const uint32_t period = 1000000000u / hz;
    latency->start = clock_now();
    latency->period = (double)period / 1e9;
    return latency;
}

// With a while between them: ticks in step would never nest, since the most
// urgent of several goes first.
static void timers_start(tick_source_t *timers, rig_t *rig,
                         const options_t *options, samples_t *samples) {
    const struct timespec a_while = {.tv_nsec = 3000000};
    const double end = clock_now() + options->seconds;
    for (unsigned i = 0; i < N_TIMERS; i++) {
        (void)nanosleep(&a_while, NULL);
        timers[i] = (tick_source_t){
            rig, i + 1, end, latency_start(samples, i, options->rates[i])};
        vic_connect(i, (int)i + 1, on_timer, &timers[i]);
        if (options->rates[i] > 0 && !vic_timer_start(i, options->rates[i])) {
            die("no timer for %" PRIu32 " Hz", options->rates[i]);
        }
    }
}

static void timers_stop(run_t *run, const options_t *options) {
    for (unsigned i = 0; i < N_TIMERS; i++) {
        if (options->rates[i] > 0) {
            vic_timer_stop(i);
        }
        vic_stats_t stats;
        vic_stats(i, &stats);
        run->lost[i + 1] = stats.lost;
    }
}

static void run_all(run_t *run, rig_t *rig, const options_t *options) {
    tick_source_t timers[N_TIMERS];
    display_t display;
    display_start(&display, options);
    const double start = clock_now();
    if (run->samples != NULL) {
        samples_take(run->samples, rig, 0);
    }
    timers_start(timers, rig, options, run->samples);
    while (run->seconds < options->seconds && !is_stopped &&
           rig_failed(rig) == NULL) {
        rig_foreground(rig);
        (void)irqgc_brk_poll();
        run->seconds = clock_now() - start;
        if (run->samples != NULL) {
            samples_update(run->samples, rig, run->seconds);
        }
        display_update(&display, rig, run->seconds);
    }
    timers_stop(run, options);
    if (run->samples != NULL) {
        samples_end(run->samples, rig, clock_now() - start);
    }
    rig_finish(rig);
}

static void files_write(const run_t *run, FILE *json) {
    if (json != NULL) {
        report_json(run, json);
        if (fclose(json) != 0) {
            die("--json %s: %s", run->options->json, strerror(errno));
        }
    }
    if (run->options->html != NULL) {
        FILE *const html = html_open(run->options->html);
        report_json(run, html);
        html_close(html);
    }
}

// Returns the exit status.
static int rig_run(const rig_config_t *config, const options_t *options,
                   char *command) {
    rig_t *const rig = memory_take(1, sizeof *rig);
    rig_make(rig, config, options);
    FILE *const json = options->json != NULL ? json_open(options->json) : NULL;
    if (options->html != NULL) {
        html_check(options->html);
    }
    run_t run = {.rig = rig, .options = options, .command = command};
    if (json != NULL || options->html != NULL) {
        run.samples = samples_make(options);
    }
    signals_connect(command);
    run_all(&run, rig, options);
    report_print(&run, stdout);
    files_write(&run, json);
    const int status = rig_failed(rig) == NULL ? EXIT_OK : EXIT_FAILED;
    free(run.samples);
    free(rig);
    signals_disconnect();
    return status;
}

int main(int argc, char **argv) {
    // Before the options are parsed, which splits lists in place.
    char *command = command_of(argc, argv);
    options_t options;
    options_parse(&options, argc, argv);
    command = command_add_seed(command, options.seed);
    loaded_trace_t *loaded[RIG_LEVELS];
    traces_load(loaded, &options);
    int status = EXIT_OK;
    if (options.embed) {
        traces_embed(loaded);
    } else {
        irqgc_region_t *const regions = regions_make(&options);
        rig_config_t config;
        config_make(&config, &options, loaded);
        config.regions = regions;
        status = rig_run(&config, &options, command);
        free(config.workspace);
        regions_free(regions, options.n_regions);
    }
    traces_free(loaded);
    free(command);
    return status;
}
