// SPDX-License-Identifier: MIT
#ifndef RIG_BOARD_UNISTD_H
#define RIG_BOARD_UNISTD_H

#include <stddef.h>

typedef long ssize_t;

#define STDOUT_FILENO 1

int isatty(int file); // 0
ssize_t write(int file, const void *text, size_t n);
_Noreturn void _exit(int status);

#endif
