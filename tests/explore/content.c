// SPDX-License-Identifier: MIT
#include "content.h"

// Odd, hence never the address of an object, and small.
static word_t word_of(const object_t *o, word_t i) {
    return o->seed << 12 | i << 1 | 1;
}

void object_fill(const object_t *o, word_t first) {
    word_t *words = o->at;
    for (word_t i = first * BLOCK_WORDS; i < o->n_blocks * BLOCK_WORDS; i++) {
        if (i != 0) {
            words[i] = word_of(o, i);
        }
    }
}

void object_verify(const object_t *o, word_t end) {
    const word_t *words = o->at;
    for (word_t i = 1; i < end * BLOCK_WORDS; i++) {
        if (words[i] != word_of(o, i)) {
            fail("content of an object has changed, at word", (long)i);
        }
    }
}

void object_expect_zero(const object_t *o, word_t first) {
    const word_t *words = o->at;
    for (word_t i = first * BLOCK_WORDS; i < o->n_blocks * BLOCK_WORDS; i++) {
        if (words[i] != 0) {
            fail("new memory is not zero, at word", (long)i);
        }
    }
}
