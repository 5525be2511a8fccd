// SPDX-License-Identifier: MIT
#include "corpus.h"

#define COUNT 32
#define KEY 5

#define HOW given
#define LOOPS "arrays.h"
#include "items.h"
#undef LOOPS
#define LOOPS "pairs.h"
#include "items.h"
#undef LOOPS

#define FEW
#undef HOW
#define HOW taken
#define LOOPS "arrays.h"
#include "items.h"
#undef LOOPS
#define LOOPS "pairs.h"
#include "items.h"
#undef LOOPS

#undef HOW
#define HOW known
#define LOOPS "arrays.h"
#include "items.h"
#undef LOOPS
#define LOOPS "pairs.h"
#include "items.h"
