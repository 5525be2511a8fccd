// SPDX-License-Identifier: MIT
//
// The same example with its fault, which has loops of its own.
#define NAMES_REHASH
#include "names.c"
