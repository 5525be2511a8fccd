// SPDX-License-Identifier: MIT
//
// Of the host's interrupt controller, what the suites use: line n is the
// board's level n.
#ifndef TESTS_TARGET_UNIT_VIC_H
#define TESTS_TARGET_UNIT_VIC_H

#include "board.h"

typedef board_handler_t vic_handler_t;

void vic_connect(unsigned line, int priority, vic_handler_t *handler,
                 void *arg);
void vic_raise(unsigned line);
int vic_priority(void); // 0: the thread

#endif
