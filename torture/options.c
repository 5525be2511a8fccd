// SPDX-License-Identifier: MIT
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // whatever the flags are
#endif

#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "step.h"

enum { INSTRUCTIONS = 1000000, MOST_INSTRUCTIONS = STEP_MOST };

static const char usage[] =
    "  --scenario S    only this scenario\n"
    "  --handler H     only this first handler; --handler2 H: second\n"
    "  --depth 1|2     handlers in a run (1)\n"
    "  --point N       only before instruction N of the operation, from 1\n"
    "  --point2 N      ... and the second before instruction N of the first\n"
    "  --seconds N     a sample of the points, to take about so long\n"
    "  --seed N        of the sample (1)\n"
    "  --instructions N  most of an operation or a handler (1000000)\n"
    "  --quiet         totals and failures only\n"
    "  --list          the names of scenarios and handlers\n";

void options_usage(void) {
    (void)fputs(usage, stdout);
}

// Says what is wrong with a number, or stores it.
static bool number_read(long *number, const char *text, long most) {
    char *end;
    errno = 0;
    const long n = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || n < 1 || n > most) {
        (void)fprintf(stderr, "torture: not a number from 1 to %ld: %s\n", most,
                      text);
        return false;
    }
    *number = n;
    return true;
}

static bool option_read(options_t *o, int option, const char *value) {
    switch (option) {
    case 's':
        o->scenario = value;
        return true;
    case 'h':
        o->handlers[0] = value;
        return true;
    case 'i':
        o->handlers[1] = value;
        return true;
    case 'd':
        return number_read(&o->depth, value, 2);
    case 'p':
        return number_read(&o->points[0], value, LONG_MAX);
    case 'r':
        return number_read(&o->points[1], value, LONG_MAX);
    case 't':
        return number_read(&o->seconds, value, INT_MAX);
    case 'e':
        return number_read(&o->seed, value, INT_MAX);
    case 'n':
        return number_read(&o->instructions, value, MOST_INSTRUCTIONS);
    case 'q':
        o->quiet = true;
        return true;
    case 'l':
        o->list = true;
        return true;
    case 'H':
        o->help = true;
        return true;
    default:
        return false; // getopt has said why
    }
}

// A point is one of one scenario, and has a number for each handler.
static bool options_agree(options_t *o) {
    if (o->points[1] != 0 || o->handlers[1] != NULL) {
        o->depth = 2;
    }
    const char *wrong = NULL;
    if (o->points[1] != 0 && o->points[0] == 0) {
        wrong = "--point2 needs --point";
    } else if (o->points[0] != 0 && o->scenario == NULL) {
        wrong = "--point needs --scenario";
    } else if (o->points[0] != 0 && o->handlers[0] == NULL) {
        wrong = "--point needs --handler";
    } else if (o->points[1] != 0 && o->handlers[1] == NULL) {
        wrong = "--point2 needs --handler2";
    }
    if (wrong != NULL) {
        (void)fprintf(stderr, "torture: %s\n", wrong);
    }
    return wrong == NULL;
}

bool options_read(options_t *o, int argc, char **argv) {
    static const struct option names[] = {
        {"scenario", required_argument, NULL, 's'},
        {"handler", required_argument, NULL, 'h'},
        {"handler2", required_argument, NULL, 'i'},
        {"depth", required_argument, NULL, 'd'},
        {"point", required_argument, NULL, 'p'},
        {"point2", required_argument, NULL, 'r'},
        {"seconds", required_argument, NULL, 't'},
        {"seed", required_argument, NULL, 'e'},
        {"instructions", required_argument, NULL, 'n'},
        {"quiet", no_argument, NULL, 'q'},
        {"list", no_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'H'},
        {NULL, 0, NULL, 0},
    };
    *o = (options_t){.program = argv[0],
                     .depth = 1,
                     .seed = 1,
                     .instructions = INSTRUCTIONS};
    int option;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (!option_read(o, option, optarg)) {
            return false;
        }
    }
    if (optind != argc) {
        (void)fprintf(stderr, "torture: unknown argument %s\n", argv[optind]);
        return false;
    }
    return options_agree(o);
}
