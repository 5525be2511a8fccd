// SPDX-License-Identifier: MIT
//
// What breaks come in the middle of.
#ifndef TESTS_TARGET_BRK_ACTS_H
#define TESTS_TARGET_BRK_ACTS_H

#include <stdbool.h>

#include "irqgc/irqgc.h"

typedef struct {
    const char *name;
    void (*prepare)(irqgc_t *heap); // a new one; outside of what is broken
    void (*run)(void);
    bool (*is_done)(void);  // right, after a run to its end
    bool (*is_whole)(void); // not damaged, after one that was left, too
    bool is_plain;          // nothing in it holds the break off
    bool is_short;          // so that it may be run in all manners
} act_t;

extern const act_t acts[];
extern const unsigned n_acts;

// Whether the act that is under way holds the break off by itself now.
bool acts_hold(void);

// Also an act: never ends, and never polls.
void acts_endless(void);

#endif
