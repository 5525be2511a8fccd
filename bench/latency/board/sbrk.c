// SPDX-License-Identifier: MIT
//
// Where a C library's malloc gets its memory: as much as the other peers have.
#include <stddef.h>
#include <stdint.h>

#include "board.h"

#define BYTES (64u * 1024u)

void *_sbrk(ptrdiff_t increment); // newlib calls it
void *sbrk(ptrdiff_t increment);  // picolibc does

void *sbrk(ptrdiff_t increment) {
    static size_t used;
    if (increment < 0 ? (size_t)-increment > used
                      : (size_t)increment > BYTES - used) {
        return (void *)UINTPTR_MAX;
    }
    char *before = board_heap_start + used;
    used += (size_t)increment;
    return before;
}

void *_sbrk(ptrdiff_t increment) {
    return sbrk(increment);
}
