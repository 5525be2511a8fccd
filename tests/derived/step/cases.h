// SPDX-License-Identifier: MIT
//
// The cases that the corpus has left in its program: functions, and what they
// are to be called with.
#ifndef STEP_CASES_H
#define STEP_CASES_H

#include "objects.h"

typedef struct {
    const char *name;
    address_t function;
    uint32_t how, content, sizes[3], n, key;
} case_t;

size_t cases_read(const case_t **cases);

// Makes its objects; fills in what to call it with, and returns how much.
size_t case_prepare(const case_t *c, address_t arguments[5]);

// The object that the program allocates next.
address_t case_allocate(void);

#endif
