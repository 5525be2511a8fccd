// SPDX-License-Identifier: MIT
#ifndef RIG_BOARD_INTTYPES_H
#define RIG_BOARD_INTTYPES_H

#include <stdint.h>

// As both compilers have the types; -Wformat tells if not.
#define PRIu32 "lu"
#define PRIx32 "lx"
#define PRIu64 "llu"

#endif
