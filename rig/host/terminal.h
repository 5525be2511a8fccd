// SPDX-License-Identifier: MIT
//
// How much the terminal shows.
#ifndef IRQGC_RIG_HOST_TERMINAL_H
#define IRQGC_RIG_HOST_TERMINAL_H

typedef struct {
    unsigned columns, rows;
} terminal_t;

// As the terminal says, else $COLUMNS and $LINES, else 80 by 24.
terminal_t terminal_size(void);

#endif
