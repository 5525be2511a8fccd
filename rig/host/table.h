// SPDX-License-Identifier: MIT
//
// A table with a line for each level, of as many columns as fit.
#ifndef IRQGC_RIG_HOST_TABLE_H
#define IRQGC_RIG_HOST_TABLE_H

#include <inttypes.h>
#include <stddef.h>

typedef struct {
    const char *title;
    int width; // characters; negative: what is in it begins on the left
} column_t;

// How many of the columns from `from` on fit in a line of `width` characters
// beside the first one: one at least, if there is one.
size_t columns_fit(const column_t *columns, size_t from, size_t n,
                   unsigned width);

// A line of the first column and those from `from` up to `to`; `cells` NULL:
// of their titles. In memory that the caller gives back, as the following two.
char *table_line(const column_t *columns, size_t from, size_t to,
                 char *const *cells);

// A number in at most `width` characters, 4 or more: in thousands, millions ...
// if it takes more.
char *figure_make(uint64_t n, int width);

// "thread", or the timer's rate.
char *level_name(unsigned level, uint32_t hz);

#endif
