// SPDX-License-Identifier: MIT
//
// A breakable stretch that has a value in every register, and tells all in the
// end: another result than the first time, and something was changed.
#ifndef TESTS_TARGET_BRK_REGISTERS_H
#define TESTS_TARGET_BRK_REGISTERS_H

#include <stdint.h>

enum { REGISTERS_MAX = 52 };

// Stores every register that code may use, and the flags. The second one has
// the FPU in use, and stores its registers as well; without an FPU it is the
// first one. It does not begin with the FPU in use.
void registers_stretch(uint32_t *out);
void registers_stretch_fpu(uint32_t *out);

// Changes every register of the FPU that a function may change, its flags and
// its rounding; nothing without an FPU. In a delivery, or a handler.
void registers_spoil(void);

#endif
