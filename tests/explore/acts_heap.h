// SPDX-License-Identifier: MIT
//
// Acts on the heap as a whole, and those that only ask; acts.h tells what each
// does.
#ifndef EXPLORE_ACTS_HEAP_H
#define EXPLORE_ACTS_HEAP_H

#include "acts.h"

void act_collect(const op_t *op);
void act_sweep(const op_t *op);
void act_help(const op_t *op);
void act_root(const op_t *op);
void act_size(const op_t *op);
void act_check(const op_t *op);
void act_stats(const op_t *op);
void act_walk(const op_t *op);

#endif
