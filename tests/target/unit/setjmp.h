// SPDX-License-Identifier: MIT
// cmocka asks for it before its own header, and ours does without.
#ifndef TESTS_TARGET_UNIT_SETJMP_H
#define TESTS_TARGET_UNIT_SETJMP_H

#include "tests/target/brk/landing.h"

typedef landing_t jmp_buf[1];
#define setjmp(buffer) landing_set(buffer)
#define longjmp(buffer, one) landing_go(buffer)

#endif
