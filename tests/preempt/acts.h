// SPDX-License-Identifier: MIT
//
// Acts: what a handler does, and the operations that handlers interrupt.
#ifndef PREEMPT_ACTS_H
#define PREEMPT_ACTS_H

#include <stddef.h>

typedef struct {
    const char *name;
    void (*run)(void);
} act_t;

// What handlers do; each finds its victims by itself, in any heap, and does
// less where it finds none.
extern const act_t acts[];
extern const size_t n_acts;

#endif
