// SPDX-License-Identifier: MIT
#include "fail.h"

#include "board.h"

unsigned demo_fail(const char *what, uint32_t number) {
    board_print("FAILED: ");
    board_print(what);
    board_print(" ");
    board_print_number(number);
    board_print("\n");
    return 1;
}
