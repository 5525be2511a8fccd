// SPDX-License-Identifier: MIT
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text.h"

#ifndef RIG_TRACES
#define RIG_TRACES "rig/traces"
#endif

#define MAX_REGIONS 64u
#define MAX_HEAP_KIB (4u << 20)
#define MAX_HZ 1000000u
#define MAX_EVENTS 1000000u // a tick
#define BY_RATE UINT32_MAX  // events that no option has set

static const char help[] =
    "usage: rig [options]\n"
    "Three timers and the thread use one heap at once, and check it.\n"
    "\n"
    "  --rates A,B,C      Hz of the timers, least urgent first; 0: none\n"
    "                     (1,10,1000)\n"
    "  --events A,B,C     trace events a timer replays a tick (about 10000 a\n"
    "                     second, 4000 a tick at the most)\n"
    "  --trace T[,T...]   traces of the thread and of the timers, by name or\n"
    "                     path; fewer than four repeat\n"
    "                     (json,compile,logger,chaos)\n"
    "  --traces DIR       where names are looked up (" RIG_TRACES ")\n"
    "  --sizes MIN,MAX    bytes of the large chunks (256,16384)\n"
    "  --heap KIB         memory for the heap (512)\n"
    "  --regions N        in so many regions (1)\n"
    "  --collect-every N  ticks between a handler's collections, about;\n"
    "                     0: none (20)\n"
    "  --seconds N        how long (10)\n"
    "  --seed N           of the random numbers (from the clock)\n"
    "  --json FILE        write the figures, too, and samples of the heap\n"
    "  --html FILE        and draw them, as a page for a browser; needs\n"
    "                     python3-matplotlib\n"
    "  --embed            print the traces as C source, for firmware\n"
    "  --help\n"
    "\n"
    "Exit status: 0 all is well, 1 a fault was found, 2 bad input.\n";

// An option and what it holds: `n` numbers between `low` and `high`.
typedef struct {
    const char *name;
    uint32_t low, high;
    unsigned n;
    uint32_t *values;
} number_option_t;

// A number at `text`, ended by `end`. Returns what follows, or NULL.
static const char *number_read(const char *text, uint32_t *value, char end) {
    uint64_t n = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        n = n * 10 + (uint64_t)(*at - '0');
        if (n > UINT32_MAX) {
            return NULL;
        }
    }
    if (at == text || *at != end) {
        return NULL;
    }
    *value = (uint32_t)n;
    return end == '\0' ? at : at + 1;
}

static void numbers_read(const number_option_t *option, const char *text) {
    const char *at = text;
    for (unsigned i = 0; i < option->n; i++) {
        uint32_t *const value = &option->values[i];
        at = number_read(at, value, i + 1 < option->n ? ',' : '\0');
        if (at == NULL) {
            die("--%s takes %u number%s, not '%s'", option->name, option->n,
                option->n > 1 ? "s, with commas" : "", text);
        }
        if (*value < option->low || *value > option->high) {
            die("--%s takes %u to %u, not %u", option->name, option->low,
                option->high, *value);
        }
    }
}

// Splits `text` in place.
static void traces_read(options_t *options, char *text) {
    unsigned n = 0;
    char *at = text;
    do {
        char *const comma = strchr(at, ',');
        if (comma != NULL) {
            *comma = '\0';
        }
        if (*at == '\0') {
            die("--trace has an empty name");
        }
        if (n == RIG_LEVELS) {
            die("--trace takes %u traces at most", RIG_LEVELS);
        }
        options->traces[n++] = at;
        at = comma != NULL ? comma + 1 : NULL;
    } while (at != NULL);
    for (unsigned i = n; i < RIG_LEVELS; i++) {
        options->traces[i] = options->traces[i % n];
    }
}

// Enough for a slow timer to be preempted in, little enough for a fast one to
// leave the thread some time.
static uint32_t events_by_rate(uint32_t hz) {
    const uint32_t n = hz > 0 ? 10000 / hz : 0;
    return n > 4000 ? 4000 : n > 0 ? n : 1;
}

static uint32_t seed_from_clock(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint32_t)now.tv_sec * 1000u + (uint32_t)now.tv_nsec / 1000000u;
}

enum { TRACE = 'a', TRACES, JSON, HTML, EMBED, HELP, NUMBERS };

static void option_apply(options_t *options, int which) {
    switch (which) {
    case TRACE:
        traces_read(options, optarg);
        break;
    case TRACES:
        options->trace_folder = optarg;
        break;
    case JSON:
        options->json = optarg;
        break;
    case HTML:
        options->html = optarg;
        break;
    case EMBED:
        options->embed = true;
        break;
    default: // HELP
        print(stdout, "%s", help);
        exit(EXIT_OK);
    }
}

static options_t defaults(void) {
    return (options_t){
        .rates = {1, 10, 1000},
        .events = {BY_RATE, BY_RATE, BY_RATE},
        .heap_kib = 512,
        .n_regions = 1,
        .seconds = 10,
        .seed = seed_from_clock(),
        .sizes = {256, 16384},
        .collect_every = 20,
        .traces = {"json", "compile", "logger", "chaos"},
        .trace_folder = RIG_TRACES,
    };
}

static void all_read(options_t *o, int argc, char **argv) {
    const number_option_t numbers[] = {
        {"rates", 0, MAX_HZ, N_TIMERS, o->rates},
        {"events", 0, MAX_EVENTS, N_TIMERS, o->events},
        {"sizes", 1, TRACE_MAX_SIZE, 2, o->sizes},
        {"heap", 1, MAX_HEAP_KIB, 1, &o->heap_kib},
        {"regions", 1, MAX_REGIONS, 1, &o->n_regions},
        {"collect-every", 0, UINT32_MAX, 1, &o->collect_every},
        {"seconds", 1, UINT32_MAX, 1, &o->seconds},
        {"seed", 0, UINT32_MAX, 1, &o->seed},
    };
    enum { N = sizeof numbers / sizeof *numbers, N_OTHERS = 6 };
    struct option names[N + N_OTHERS + 1] = {
        {"trace", 1, NULL, TRACE}, {"traces", 1, NULL, TRACES},
        {"json", 1, NULL, JSON},   {"html", 1, NULL, HTML},
        {"embed", 0, NULL, EMBED}, {"help", 0, NULL, HELP},
    };
    for (int i = 0; i < N; i++) {
        names[N_OTHERS + i] =
            (struct option){numbers[i].name, 1, NULL, NUMBERS + i};
    }
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":", names, NULL)) != -1;) {
        if (c == ':') {
            die("%s takes a value (see --help)", argv[optind - 1]);
        } else if (c == '?') {
            die("unknown option %s (see --help)", argv[optind - 1]);
        } else if (c >= NUMBERS) {
            numbers_read(&numbers[c - NUMBERS], optarg);
        } else {
            option_apply(o, c);
        }
    }
}

void options_parse(options_t *options, int argc, char **argv) {
    *options = defaults();
    all_read(options, argc, argv);
    if (optind < argc) {
        die("unknown argument '%s' (see --help)", argv[optind]);
    }
    if (options->sizes[0] > options->sizes[1]) {
        die("--sizes takes the least first, not %u,%u", options->sizes[0],
            options->sizes[1]);
    }
    for (unsigned i = 0; i < N_TIMERS; i++) {
        if (options->events[i] == BY_RATE) {
            options->events[i] = events_by_rate(options->rates[i]);
        }
    }
}
