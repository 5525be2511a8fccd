// SPDX-License-Identifier: MIT
#ifndef TESTS_TARGET_UNIT_STDLIB_H
#define TESTS_TARGET_UNIT_STDLIB_H

#include "rig/board/posix/stdlib.h"

void *malloc(size_t size);
void *aligned_alloc(size_t alignment, size_t size);
int rand(void);
void srand(unsigned seed);
_Noreturn void _Exit(int status);

// The arguments of the run, as "NAME=VALUE".
char *getenv(const char *name);
unsigned long strtoul(const char *text, char **end, int base);

#endif
