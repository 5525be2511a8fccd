// SPDX-License-Identifier: MIT
//
// What objects hold: a pointer in the first word, and numbers that are none.
#ifndef EXPLORE_CONTENT_H
#define EXPLORE_CONTENT_H

#include "world.h"

// Writes the content of an object from block `first` on.
void object_fill(const object_t *o, word_t first);

// Fails unless it is there, up to but not including block `end`.
void object_verify(const object_t *o, word_t end);

// Fails unless all is zero from block `first` on.
void object_expect_zero(const object_t *o, word_t first);

#endif
