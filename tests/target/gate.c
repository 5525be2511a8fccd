// SPDX-License-Identifier: MIT
//
// Firmware that goes wrong in the way that its argument names, for the gate of
// boards.sh.
#include <string.h>

#include "board.h"

static volatile uint32_t sink;

// More of the stack than there is. (Not inlined: else it were a loop.)
__attribute__((noinline)) static uint32_t overflow(uint32_t n) {
    volatile uint32_t words[32];
    words[0] = n;
    sink = words[0];
    return n == UINT32_MAX ? 0 : overflow(n + 1) + words[0];
}

static void endless(void) {
    for (;;) {
        sink++;
    }
}

void board_on_fault(void) {
    board_print("on_fault\n");
}

int main(void) {
    char argument[16];
    board_arguments(argument, sizeof argument);
    if (strcmp(argument, "trap") == 0) {
        __builtin_trap();
    } else if (strcmp(argument, "overflow") == 0) {
        return overflow(0) == 0;
    } else if (strcmp(argument, "endless") == 0) {
        endless();
    }
    return strcmp(argument, "status") == 0 ? 7 : 0;
}
