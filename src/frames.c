// SPDX-License-Identifier: MIT
#include "frames.h"

// Registers, too: prologues push some only to make room.
#if defined __has_attribute && __has_attribute(zero_call_used_regs)
__attribute__((zero_call_used_regs("all-gpr")))
#endif
// A sanitizer would have the words elsewhere than on the stack.
__attribute__((no_sanitize_address)) void
frames_wipe(void) {
    volatile word_t words[128];
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        words[i] = 0;
    }
}
