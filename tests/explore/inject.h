// SPDX-License-Identifier: MIT
//
// Handlers at injection points: those of a plan, or at random.
#ifndef EXPLORE_INJECT_H
#define EXPLORE_INJECT_H

#include "world.h"

enum { MAX_LEVEL = 6 };

// A point, before an access to `address` (NULL: a window opens) by the code at
// `where`.
void inject(const void *address, const void *where);

// From the next point on, the handlers of this plan, counting from point 0.
void inject_plan(const plan_t *plan);

// Whether the last handler of the plan has come.
bool inject_last_came(void);

// From the next point on, handlers at random.
void inject_random(uint64_t seed, unsigned max_level);

// From the next point on, what `ask` says at each: whether a handler comes
// there, and what it does.
typedef bool inject_ask_t(const void *where, op_t *op);
void inject_asked(inject_ask_t *ask);

// The thread begins its next act: so many more handlers may come.
void inject_next_act(void);

// A random number below `end`, of the seed.
unsigned random_below(unsigned end);

// Points since the core last looked whether anything was given back, or, if
// `before` is 1, since the time before.
unsigned points_since_given(unsigned before);

// Distinct places in the code where a handler has come.
unsigned places_count(void);

#endif
