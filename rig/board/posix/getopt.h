// SPDX-License-Identifier: MIT
//
// getopt_long for long options with their names in full. Before those of argv
// it delivers the options of RIG_OPTIONS (rig.mk), the board's own defaults.
#ifndef RIG_BOARD_GETOPT_H
#define RIG_BOARD_GETOPT_H

struct option {
    const char *name; // NULL ends the list
    int has_arg;
    int *flag; // not looked at
    int val;
};

extern int optind, opterr; // opterr is not looked at: nothing is printed
extern char *optarg;

// Returns `val`, or ':' if there is no value, '?' if no option has this name,
// -1 at the end and at the first argument that is no option.
int getopt_long(int argc, char **argv, const char *letters,
                const struct option *options, int *index);

#endif
