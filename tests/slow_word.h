// SPDX-License-Identifier: MIT
//
// Slow twins of src/word.h, for complete domains: block by block, without text,
// and with loops of a constant length only, so that a solver can read them too.
// test_word.c compares them with twins that read text.
#ifndef IRQGC_TESTS_SLOW_WORD_H
#define IRQGC_TESTS_SLOW_WORD_H

#include "word.h"

static inline word_t slow_bit(word_t w, unsigned i) {
    return w >> i & 1;
}

static inline unsigned slow_lowest(word_t w) {
    unsigned lowest = 0;
    for (unsigned i = WORD_BITS; i-- > 0;) {
        lowest = slow_bit(w, i) ? i : lowest;
    }
    return lowest;
}

static inline unsigned slow_highest(word_t w) {
    unsigned highest = 0;
    for (unsigned i = 0; i < WORD_BITS; i++) {
        highest = slow_bit(w, i) ? i : highest;
    }
    return highest;
}

static inline unsigned slow_count(word_t w) {
    unsigned n = 0;
    for (unsigned i = 0; i < WORD_BITS; i++) {
        n += (unsigned)slow_bit(w, i);
    }
    return n;
}

static inline word_t slow_run(unsigned first, word_t n) {
    word_t run = 0;
    for (unsigned i = 0; i < WORD_BITS; i++) {
        run |= (word_t)(i >= first && i - first < n) << i;
    }
    return run;
}

// A run of `n` starts where a bit is set and a run of n - 1 starts behind it.
static inline word_t slow_run_starts(word_t w, unsigned n) {
    word_t starts = w;
    for (unsigned i = 1; i < n; i++) {
        starts = w & starts >> 1;
    }
    return starts;
}

// The shortest run of a class is a power of two, or 3.
static inline bool slow_is_class(word_t n) {
    return (n & (n - 1)) == 0 || n == 3;
}

// The classes of which there is a run.
static inline unsigned slow_class(word_t free) {
    unsigned c = 0;
    word_t starts = free; // of runs of n
    for (unsigned n = 1; n <= GROUP_BLOCKS; n++) {
        c += slow_is_class(n) && starts != 0;
        starts = free & starts >> 1;
    }
    return c;
}

static inline bool slow_class_is_same(word_t less, word_t more) {
    return slow_class(less) == slow_class(more);
}

// The shortest run of class c + 1: the lengths before it begin c classes.
static inline unsigned slow_class_run(unsigned c) {
    unsigned shortest = 0;
    unsigned n_classes = 0;
    for (unsigned n = 1; n <= GROUP_BLOCKS; n++) {
        shortest = slow_is_class(n) && n_classes == c ? n : shortest;
        n_classes += slow_is_class(n);
    }
    return shortest;
}

// The maps of hints.h that a group with these free blocks is in.
static inline word_t slow_maps(word_t free) {
    const unsigned c = slow_class(free);
    return c == 0 ? 0 : (word_t)1 << (c - 1) | 1;
}

static inline unsigned slow_class_for(word_t n) {
    unsigned c = 1;
    for (word_t i = 1; i < GROUP_BLOCKS; i++) {
        c += slow_is_class(i) && i < n;
    }
    return c;
}

// What a sweep frees of one block, whose head and body bits these are. `dead`
// goes from block to block: whether the object there is.
static inline bool slow_block_swept(word_t head, word_t body, bool *dead) {
    const bool follows = body && *dead;
    *dead = head ? !body : follows;
    return *dead;
}

static inline word_t slow_swept(word_t head, word_t body, bool dead) {
    word_t swept = 0;
    for (unsigned i = 0; i < GROUP_BLOCKS; i++) {
        const bool is_swept =
            slow_block_swept(slow_bit(head, i), slow_bit(body, i), &dead);
        swept |= (word_t)is_swept << i;
    }
    return swept;
}

#endif
