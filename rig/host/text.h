// SPDX-License-Identifier: MIT
//
// Text out, and the exit status.
#ifndef IRQGC_RIG_HOST_TEXT_H
#define IRQGC_RIG_HOST_TEXT_H

#include <stddef.h>
#include <stdio.h>

#define EXIT_OK 0
#define EXIT_FAILED 1    // the rig found a fault
#define EXIT_STOPPED 130 // a second Ctrl-C ended it at once
#define EXIT_INPUT 2     // it could not run as asked

// Writes one line, "rig: " and the message, to stderr and exits with 2.
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format,
                                                         ...);

// Prints, or dies if that fails.
__attribute__((format(printf, 2, 3))) void print(FILE *out, const char *format,
                                                 ...);

// The text, in memory that the caller gives back.
__attribute__((format(printf, 1, 2))) char *text_make(const char *format, ...);

// How much of the text fits in a line of `width` characters, up to a space: 0
// if there is none.
size_t text_fit(const char *text, size_t width);

// Zeroed memory for `n` items. Dies if there is none.
void *memory_take(size_t n, size_t size);

#endif
