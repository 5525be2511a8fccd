// SPDX-License-Identifier: MIT
//
// A processor in the emulator, with a program in its memory.
#ifndef STEP_MACHINE_H
#define STEP_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <unicorn/unicorn.h>

typedef uint64_t address_t;

enum { MAX_REGISTERS = 32 };

// What differs from core to core.
typedef struct {
    const char *name;
    uc_arch arch;
    uc_mode mode;
    unsigned word;     // bytes
    unsigned red_zone; // bytes below the stack pointer that are in use
    int n_registers, registers[MAX_REGISTERS]; // all but the stack pointer
    int n_arguments, arguments[4];
    int result, sp, link; // link 0: on the stack
    bool is_thumb;
} core_t;

typedef struct {
    const core_t *core;
    uc_engine *emulator;
    address_t low, high;      // where the program is
    uint8_t *image, *fresh;   // as it is, and as it was loaded
    uint8_t *stack, *objects; // at STACK and OBJECTS
    void *symbols;
    size_t n_symbols;
    address_t stack_low, stack_high, objects_low, objects_high, stop;
} machine_t;

enum { STACK_SIZE = 0x8000, OBJECTS_SIZE = 0x800000 };

extern machine_t machine;

// False, with a message, if there is no such core or program.
bool machine_open(const char *core, const char *program);

// As when it was loaded, the stack and all registers 0.
void machine_reset(void);

// Calls a function that takes up to four words. NULL, or what went wrong.
const char *machine_call(address_t function, const address_t *arguments,
                         size_t n);

address_t register_read(int which);
void register_write(int which, address_t value);

// Of the program, the stack, or the objects; the stepper ends at others.
uint8_t *memory_at(address_t where);
address_t word_read(address_t where);
void word_write(address_t where, address_t value);
uint32_t u32_read(address_t where);

// 0: there is no such symbol.
address_t symbol_find(const char *name);
const char *symbol_at(address_t where, address_t *offset);

// Where a section is; false: there is none.
bool section_find(const char *name, address_t *start, size_t *size);

#endif
