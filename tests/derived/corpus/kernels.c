// SPDX-License-Identifier: MIT
#include "corpus.h"

#define KERNELS
#define COUNT 36
#define FEW

#define HOW given
#define LOOPS "kernels.h"
#include "items.h"
#undef HOW
#define HOW taken
#include "items.h"
