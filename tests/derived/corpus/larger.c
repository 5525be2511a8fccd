// SPDX-License-Identifier: MIT
//
// What is more than one loop.
#include "corpus.h"

#define COUNT 36
#define KEY 5
#define FEW

#define HOW given
#define LOOPS "spills.h"
#include "items.h"
#undef LOOPS
#define LOOPS "inlined.h"
#include "items.h"
#undef LOOPS
#define LOOPS "kernels.h"
#include "items.h"
#undef LOOPS

#undef HOW
#define HOW taken
#define LOOPS "spills.h"
#include "items.h"
#undef LOOPS
#define LOOPS "kernels.h"
#include "items.h"
#undef LOOPS

#undef HOW
#define HOW known
#define LOOPS "spills.h"
#include "items.h"
#undef LOOPS
#define LOOPS "inlined.h"
#include "items.h"
