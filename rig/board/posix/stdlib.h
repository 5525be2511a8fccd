// SPDX-License-Identifier: MIT
#ifndef RIG_BOARD_STDLIB_H
#define RIG_BOARD_STDLIB_H

#include <stddef.h>

// Memory between the data and the stack. In the thread only.
void *calloc(size_t n, size_t size);
void *realloc(void *memory, size_t size);
void free(void *memory);

_Noreturn void exit(int status);

#endif
