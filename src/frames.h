// SPDX-License-Identifier: MIT
//
// What calls leave behind on the stack.
#ifndef IRQGC_SRC_FRAMES_H
#define IRQGC_SRC_FRAMES_H

#include "heap.h"

// Writes over what calls have left on the stack below the caller's frame.
// Called by those that have had the address of a block there which is none of
// their caller's: it would keep whatever comes to lie there, and all that this
// one will ever reach, for as long as no other call goes as deep.
COLD void frames_wipe(void) CORE_NAME(frames_wipe);

#endif
