// SPDX-License-Identifier: MIT
//
// A board has none.
#include "rig/host/terminal.h"

terminal_t terminal_size(void) {
    return (terminal_t){80, 24};
}
