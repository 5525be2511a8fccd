// SPDX-License-Identifier: MIT
#ifndef TESTS_TARGET_UNIT_STRING_H
#define TESTS_TARGET_UNIT_STRING_H

#include "rig/board/posix/string.h"

char *strcpy(char *to, const char *from);
size_t strcspn(const char *text, const char *stops);
void *memchr(const void *memory, int value, size_t n);

#endif
