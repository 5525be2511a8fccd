// SPDX-License-Identifier: MIT
//
// Includes LOOPS, a file, for items of each kind, FEW for a few; COUNT of them,
// from where HOW says.
#define DATA (COUNT * sizeof(ITEM))

#define ITEM int
#include LOOPS
#undef ITEM

#ifndef SAMPLE
#define ITEM u8
#include LOOPS
#undef ITEM

#define ITEM u64
#include LOOPS
#undef ITEM

#define ITEM double
#include LOOPS
#undef ITEM

#ifndef FEW
#define ITEM u16
#include LOOPS
#undef ITEM

#define ITEM float
#include LOOPS
#undef ITEM

#define ITEM pointer
#define ITEM_IS_POINTER
#include LOOPS
#undef ITEM_IS_POINTER
#undef ITEM
#endif
#endif

#undef DATA
