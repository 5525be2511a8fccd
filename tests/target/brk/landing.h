// SPDX-License-Identifier: MIT
//
// Where a delivery that leaves for good lands: as setjmp and longjmp, but for
// the FPU's registers, which are left alone. So no instruction for the FPU
// hides that the state of what was left has yet to be stored.
#ifndef TESTS_TARGET_BRK_LANDING_H
#define TESTS_TARGET_BRK_LANDING_H

#include <stdint.h>

typedef struct {
    uintptr_t words[14];
} landing_t;

// Returns 0; and once more, 1, for each landing_go.
__attribute__((returns_twice)) int landing_set(landing_t *landing);
_Noreturn void landing_go(const landing_t *landing);

#endif
