// SPDX-License-Identifier: MIT
#ifndef RIG_BOARD_STRING_H
#define RIG_BOARD_STRING_H

#include "boards/libc/string.h"

char *strchr(const char *text, int c);
const char *strerror(int error);

#endif
