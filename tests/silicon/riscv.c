// SPDX-License-Identifier: MIT
//
// What cycles.c asks of a board's owner, for the emulated RV32: a start-up, and
// characters sent by semihosting. It says what the figures are not.
#include <stdint.h>

#include "../builds/bare.h"

void silicon_put(char c);
void silicon_run(void);
void start(void);
void begin(void);

void silicon_put(char c) {
    bare_semihosting(0x03, &c); // SYS_WRITEC
}

__attribute__((naked, section(".start"), used)) void start(void) {
    __asm__ volatile(".option push\n\t"
                     ".option norelax\n\t"
                     "la gp, __global_pointer$\n\t"
                     ".option pop\n\t"
                     "la sp, __stack_top\n\t"
                     "call begin");
}

__attribute__((used)) void begin(void) {
    bare_memory_begin();
    for (const char *c = "Emulated: no figure below is of silicon.\n"; *c;) {
        silicon_put(*c++);
    }
    silicon_run();
    bare_finish(0);
}
