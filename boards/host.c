// SPDX-License-Identifier: MIT
//
// Output, arguments and exit by semihosting, alike on Arm and RISC-V.
#include <string.h>

#include "internal.h"

enum {
    SYS_WRITE0 = 0x04,
    SYS_GET_CMDLINE = 0x15,
    SYS_EXIT_EXTENDED = 0x20,
    STOPPED_APPLICATION_EXIT = 0x20026
};

const char board_name[] = BOARD_NAME;

static volatile bool is_faulty;

void board_print(const char *text) {
    board_semihosting(SYS_WRITE0, text);
}

void board_print_number(uint32_t number) {
    char text[11];
    char *digit = &text[sizeof text - 1];
    *digit = '\0';
    do {
        *--digit = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    board_print(digit);
}

void board_print_hex(uint32_t number) {
    char text[] = "0x00000000";
    for (unsigned i = 0; i < 8; i++) {
        text[9 - i] = "0123456789abcdef"[number >> 4 * i & 15];
    }
    board_print(text);
}

_Noreturn void board_exit(int status) {
    const uintptr_t arguments[2] = {STOPPED_APPLICATION_EXIT,
                                    (uintptr_t)status};
    board_semihosting(SYS_EXIT_EXTENDED, arguments);
    for (;;) { // only without an emulator
    }
}

bool board_arguments(char *text, size_t size) {
    char all[256];
    const uintptr_t arguments[2] = {(uintptr_t)all, sizeof all};
    all[0] = '\0';
    const bool fit = board_semihosting(SYS_GET_CMDLINE, arguments) == 0;
    // Behind the first word, the image's name.
    const char *from = all;
    while (*from != '\0' && *from++ != ' ') {
    }
    const size_t n = strlen(from) + 1;
    if (!fit || n > size) {
        if (size != 0) {
            text[0] = '\0';
        }
        return false;
    }
    memcpy(text, from, n);
    return true;
}

__attribute__((weak)) void board_on_fault(void) {
}

void fault_begin(const char *what, uint32_t number) {
    if (is_faulty) {
        board_print("\nfault: another, while reporting\n");
        board_exit(BOARD_FAULT);
    }
    is_faulty = true;
    board_print("\nfault: ");
    board_print(what);
    board_print_number(number);
    board_print(" on ");
    board_print(board_name);
    board_print("\n");
}

void fault_stopped(const char *why) {
    board_print("  stopped: ");
    board_print(why);
    board_print("\n");
}

void fault_register(const char *name, uintptr_t value) {
    board_print("  ");
    board_print(name);
    board_print(" ");
    board_print_hex((uint32_t)value);
    board_print("\n");
}

_Noreturn void fault_end(void) {
    board_on_fault();
    board_exit(BOARD_FAULT);
}
