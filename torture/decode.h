// SPDX-License-Identifier: MIT
//
// What an instruction of x86-64 does to the program counter and to the stack
// pointer: so much of it that most instructions of compiled code are known, and
// nothing that is not certain.
#ifndef IRQGC_TORTURE_DECODE_H
#define IRQGC_TORTURE_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "kit_names.h"

typedef enum {
    FLOW_UNKNOWN, // all else of the instruction is void
    FLOW_ON,      // to the one behind it
    FLOW_BRANCH,  // by `offset` from there, if `condition` holds
    FLOW_JUMP,
    FLOW_CALL,
    FLOW_RETURN
} decode_flow_t;

// Where a jump or a call goes to.
typedef enum {
    TO_OFFSET,   // from the end of the instruction
    TO_REGISTER, // what is in the register
    TO_MEMORY    // what lies at this offset from the end of the instruction
} decode_to_t;

typedef struct {
    decode_flow_t flow;
    unsigned length;
    unsigned condition; // as the processor numbers them: 0 to 15
    decode_to_t to;
    int32_t offset;
    unsigned number;   // of the register, as the processor numbers them
    int64_t stack;     // what is added to the stack pointer
    bool leaves_frame; // or to the base pointer, which it becomes
} decode_t;

decode_t decode(const uint8_t *code) KIT_NAME(decode);

// Of the flags as they are in the register.
bool decode_holds(unsigned condition, uint64_t flags) KIT_NAME(decode_holds);

#endif
