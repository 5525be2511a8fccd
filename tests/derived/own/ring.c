// SPDX-License-Identifier: MIT
//
// The example of a ring.
#include "own.h"

#define main ring_main
#include "examples/ring/ring.c"
#undef main

OWN(ring_all) {
    setup(NULL);
    take(NULL);
    put(NULL);
    collect(NULL);
    if (check(NULL) != NULL) {
        __builtin_trap();
    }
}
