// SPDX-License-Identifier: MIT
//
// Does one work on the one peer that this program is linked with, and prints
// what it took as JSON. bench.py runs it, as it is for times, and in an
// emulator for instructions.
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "peer.h"
#include "rig/host/text.h"
#include "work.h"

static const char help[] =
    "usage: PEER [options] WORK WHAT\n"
    "  --heap BYTES  memory of the peer (1048576)\n"
    "  --times N     how often to do what is measured (1)\n"
    "  --traits      print what the peer can do\n"
    "  --help\n"
    "\n"
    "Exit status: 0, 1 if there was no room, 2 for bad input.\n";

static const struct {
    const char *name;
    work_t *run;
} works[] = {{"replay", work_replay},    {"churn", work_churn},
             {"worst", work_worst},      {"shape", work_shape},
             {"large", work_large},      {"grow", work_grow},
             {"fragment", work_fragment}};

static work_t *work_find(const char *name) {
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        if (strcmp(works[i].name, name) == 0) {
            return works[i].run;
        }
    }
    die("no work '%s'", name);
}

static size_t number_read(const char *text, size_t high) {
    char *end;
    const unsigned long long n = strtoull(text, &end, 10);
    if (*end != '\0' || n == 0 || n > high) {
        die("'%s' is not a number from 1 to %zu", text, high);
    }
    return (size_t)n;
}

static const char *truth(bool is_so) {
    return is_so ? "true" : "false";
}

static void traits_print(void) {
    print(stdout, "{\"collects\": %s, \"bounded\": %s, \"slow\": %s}\n",
          truth(peer_traits.collects), truth(peer_traits.bounded),
          truth(peer_traits.slow));
}

static order_t order_parse(int argc, char **argv) {
    order_t order = {.bytes = 1 << 20, .times = 1};
    const struct option known[] = {{"heap", required_argument, NULL, 'h'},
                                   {"times", required_argument, NULL, 't'},
                                   {"traits", no_argument, NULL, 'T'},
                                   {"help", no_argument, NULL, 'H'},
                                   {0}};
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 'h':
            order.bytes = number_read(optarg, SIZE_MAX / 2);
            break;
        case 't':
            order.times = (uint32_t)number_read(optarg, UINT32_MAX);
            break;
        case 'T':
            traits_print();
            exit(EXIT_OK);
        case 'H':
            print(stdout, "%s", help);
            exit(EXIT_OK);
        default:
            exit(EXIT_INPUT); // getopt has said why
        }
    }
    if (optind + 2 != argc) {
        die("name a work, and which; --help tells more");
    }
    order.what = argv[optind + 1];
    return order;
}

static void tally_print(void) {
    print(stdout,
          "{\"operations\": %" PRIu64 ", \"collections\": %" PRIu64
          ", \"refused\": %" PRIu64 ", \"ns\": %.0f}\n",
          tally.operations, tally.collections, tally.refused, tally.ns);
}

int main(int argc, char **argv) {
    const order_t order = order_parse(argc, argv);
    const bool ran = work_find(argv[optind])(&order);
    tally_print();
    return ran ? EXIT_OK : EXIT_FAILED;
}
