// SPDX-License-Identifier: MIT
//
// The operations of tests/model, on the POSIX port, with the input for choices
// instead of random numbers: a byte for each, or two or four where one is not
// enough. What is missing is 0, and the run ends where the input does.
#include "picture.h"

#include <stdio.h>
#include <stdlib.h>

#include "model.h"

enum { HEAP = 1 << 15, MAX_STEPS = 300 };

static struct {
    const uint8_t *bytes;
    size_t size, at;
    unsigned step;
    uint32_t content;
} input;

void broken(const char *what) {
    fprintf(stderr, "FAIL %s: operation %u, byte %zu of %zu\n", what,
            input.step, input.at, input.size);
    abort();
}

static uint32_t byte_next(void) {
    return input.at < input.size ? input.bytes[input.at++] : 0;
}

uint32_t random_below(uint32_t limit) {
    uint32_t n = byte_next();
    for (uint32_t room = 1 << 8; room != 0 && room < limit; room <<= 8) {
        n = n << 8 | byte_next();
    }
    return n % limit;
}

uint32_t random_content(void) {
    input.content = input.content * 1664525 + 1013904223;
    return input.content >> 12;
}

// A function of its own, so that what it has had on its stack is below.
__attribute__((noinline)) static void program_run(void) {
    model_begin(HEAP);
    for (; input.at < input.size && input.step < MAX_STEPS; input.step++) {
        model_step();
        if (input.step % 16 == 0) {
            model_check();
        }
    }
    model_end();
}

// Nothing of libFuzzer's own is a root: a run does not depend on those before.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    input.bytes = bytes;
    input.size = size;
    input.at = 0;
    input.step = 0;
    input.content = 1;
    irqgc_posix_stack_base = __builtin_frame_address(0);
    stack_wipe();
    program_run();
    return 0;
}
