// SPDX-License-Identifier: MIT
#ifndef TESTS_TARGET_UNIT_STDIO_H
#define TESTS_TARGET_UNIT_STDIO_H

#include "rig/board/posix/stdio.h"

int printf(const char *format, ...);
int fprintf(FILE *stream, const char *format, ...);
int snprintf(char *text, size_t size, const char *format, ...);

#endif
