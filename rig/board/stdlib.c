// SPDX-License-Identifier: MIT
//
// What is left of the C library.
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"

int optind = 1, opterr;
char *optarg;

// The board's own options, and which is next. They become NULL as they end.
static char own_text[] = RIG_OPTIONS;
static char *own_next = own_text;

// Cuts off the first word of the text, and returns it, or NULL if it is empty.
static char *word_take(char **text) {
    char *const word = *text;
    if (*word == '\0') {
        return NULL;
    }
    char *const space = strchr(word, ' ');
    *text = space != NULL ? space + 1 : word + strlen(word);
    if (space != NULL) {
        *space = '\0';
    }
    return word;
}

static char *argument_take(int argc, char **argv) {
    char *const own = word_take(&own_next);
    if (own != NULL) {
        return own;
    }
    return optind < argc ? argv[optind++] : NULL;
}

// Returns the value behind "=" or NULL, and cuts both off.
static char *value_split(char *argument) {
    char *const sign = strchr(argument, '=');
    if (sign == NULL) {
        return NULL;
    }
    *sign = '\0';
    return sign + 1;
}

int getopt_long(int argc, char **argv, const char *letters,
                const struct option *options, int *index) {
    (void)letters;
    (void)index;
    char *const argument = argument_take(argc, argv);
    if (argument == NULL) {
        return -1;
    }
    if (argument[0] != '-') {
        optind--;
        return -1;
    }
    if (argument[1] != '-') {
        return '?';
    }
    optarg = value_split(argument);
    for (const struct option *o = options; o->name != NULL; o++) {
        if (strcmp(o->name, argument + 2) != 0) {
            continue;
        }
        if (o->has_arg != 0 && optarg == NULL) {
            optarg = argument_take(argc, argv);
        }
        return o->has_arg != 0 && optarg == NULL ? ':' : o->val;
    }
    return '?';
}

char *strchr(const char *text, int c) {
    for (; *text != (char)c; text++) {
        if (*text == '\0') {
            return NULL;
        }
    }
    return (char *)(uintptr_t)text;
}

const char *strerror(int error) {
    (void)error;
    return "a board has no files";
}

void exit(int status) {
    board_exit(status);
}

void _exit(int status) {
    board_exit(status);
}
