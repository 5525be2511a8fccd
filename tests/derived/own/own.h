// SPDX-License-Identifier: MIT
//
// Code of this project that handles objects, on a heap in the emulator, for
// the stepper. A case sets its heap up first.
#ifndef OWN_H
#define OWN_H

#include "../corpus/corpus.h"

#define OWN(name)                                                              \
    static void name##_run(void);                                              \
    CASE(void, name, (void), HOW_known, CONTENT_u8, 0, 0, 0, 0, 0) {           \
        own_stack_end = __builtin_frame_address(0);                            \
        name##_run();                                                          \
    }                                                                          \
    static __attribute__((noinline)) void name##_run(void)

// Where the stack ends that a collection scans.
extern const void *own_stack_end;

// A heap of 32 KiB, whose roots are added by the case.
irqgc_t *own_heap(void);

#endif
