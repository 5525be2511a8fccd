// SPDX-License-Identifier: MIT
//
// The arithmetic on words against slow, obvious twins, which go block by block
// over text: '.' a zero bit, 'x' a one. With groups of 4 or 8 blocks over all
// pairs of words, else over edge values and random ones; SEED= replays those.
//
// Build also with -DIRQGC_GROUP_BLOCKS=4 and 8, and with -m32.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// after these
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "word.h"

enum { G = GROUP_BLOCKS };

// ---- Words to try
// ------------------------------------------------------------

enum { MAX_WORDS = 1024, N_RANDOM = 64 };

static word_t words[MAX_WORDS]; // words of a group
static size_t n_words;

static void word_add(word_t w) {
    assert_true(n_words < MAX_WORDS);
    words[n_words++] = w & GROUP_ALL;
}

static uint64_t random_state;

static word_t random_word(void) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (word_t)(random_state * 0x2545F4914F6CDD1Du >> (64 - WORD_BITS));
}

// A random word with long runs.
static word_t random_runs(void) {
    word_t w = 0;
    for (unsigned i = 0; i < G;) {
        const word_t bits = random_word();
        const unsigned n = 1 + (unsigned)(bits >> 8) % (G / 2);
        for (unsigned end = i + n; i < end && i < G; i++) {
            w |= (bits & 1) << i;
        }
    }
    return w;
}

static void words_choose(void) {
    for (unsigned i = 0; i < G; i++) {
        const word_t bit = (word_t)1 << i;
        word_add(bit);
        word_add(~bit);
        word_add(bit - 1);
        word_add(~(bit - 1));
    }
    word_add(0);
    word_add(GROUP_ALL);
    word_add(~(word_t)0 / 3);
    word_add(~(word_t)0 / 3 * 2);
    word_add(~(word_t)0 / 5);
    word_add(~(word_t)0 / 17);
    const char *text = getenv("SEED");
    const unsigned long seed = text != NULL ? strtoul(text, NULL, 0) : 1;
    random_state = seed * 0x9E3779B97F4A7C15u + 1;
    print_message("SEED=%lu\n", seed);
    for (unsigned i = 0; i < N_RANDOM; i++) {
        word_add(random_word());
        word_add(random_word() & random_word());
        word_add(random_runs());
        word_add(~random_runs());
    }
}

static int setup(void **state) {
    (void)state;
    if (G > 8) {
        words_choose();
        return 0;
    }
    for (word_t w = 0; w <= GROUP_ALL; w++) {
        word_add(w);
    }
    return 0;
}

// ---- Text
// --------------------------------------------------------------------

typedef struct {
    char bits[WORD_BITS + 1];
} text_t;

static text_t text_of(word_t w) {
    text_t t = {{0}};
    for (unsigned i = 0; i < WORD_BITS; i++) {
        t.bits[i] = (w >> i & 1) != 0 ? 'x' : '.';
    }
    return t;
}

static void same(word_t fast, word_t slow, word_t of, word_t and) {
    if (fast != slow) {
        print_error("of %s\nand %s\nfast %s\nslow %s\n", text_of(of).bits,
                    text_of(and).bits, text_of(fast).bits, text_of(slow).bits);
        fail();
    }
}

static bool is_set(word_t w, unsigned i) {
    return text_of(w).bits[i] == 'x';
}

// ---- Single words
// ------------------------------------------------------------

static unsigned slow_lowest(word_t w) {
    unsigned i = 0;
    while (!is_set(w, i)) {
        i++;
    }
    return i;
}

static unsigned slow_highest(word_t w) {
    unsigned i = WORD_BITS - 1;
    while (!is_set(w, i)) {
        i--;
    }
    return i;
}

static void test_lowest_and_highest(void **state) {
    (void)state;
    for (size_t i = 0; i < n_words; i++) {
        if (words[i] != 0) {
            same(word_lowest(words[i]), slow_lowest(words[i]), words[i], 0);
            same(word_highest(words[i]), slow_highest(words[i]), words[i], 0);
        }
    }
}

static unsigned slow_count(word_t w) {
    unsigned n = 0;
    for (unsigned i = 0; i < WORD_BITS; i++) {
        n += is_set(w, i);
    }
    return n;
}

static void test_count(void **state) {
    (void)state;
    for (size_t i = 0; i < n_words; i++) {
        same(word_count(words[i]), slow_count(words[i]), words[i], 0);
        same(word_count(~words[i]), slow_count(~words[i]), ~words[i], 0);
    }
}

static void test_ready(void **state) {
    (void)state;
    for (size_t i = 0; i < n_words; i++) {
        same(word_ready(words[i]), words[i], words[i], 0);
    }
}

// ---- Runs
// --------------------------------------------------------------------

static void test_run(void **state) {
    (void)state;
    for (unsigned first = 0; first < G; first++) {
        for (unsigned n = 1; n <= G - first; n++) {
            word_t slow = 0;
            for (unsigned i = first; i < first + n; i++) {
                slow |= (word_t)1 << i;
            }
            same(word_run(first, n), slow, first, n);
            same(bits_run((word_t)1 << first, n), slow, first, n);
        }
    }
}

// Whether `n` set bits start at bit i.
static bool run_starts_at(word_t w, unsigned i, unsigned n) {
    const text_t t = text_of(w);
    for (; n > 0; n--, i++) {
        if (i >= G || t.bits[i] != 'x') {
            return false;
        }
    }
    return true;
}

static word_t slow_run_starts(word_t w, unsigned n) {
    word_t starts = 0;
    for (unsigned i = 0; i < G; i++) {
        starts |= (word_t)run_starts_at(w, i, n) << i;
    }
    return starts;
}

static void test_run_starts(void **state) {
    (void)state;
    for (size_t i = 0; i < n_words; i++) {
        for (unsigned n = 1; n <= G; n++) {
            const word_t slow = slow_run_starts(words[i], n);
            same(word_run_starts(words[i], n), slow, words[i], n);
            const steps_t steps = word_steps(n);
            same(word_step_starts(&steps, words[i]), slow, words[i], n);
        }
    }
}

// A class for each power of two up to the longest run.
static unsigned slow_class(word_t free) {
    unsigned c = 0;
    for (unsigned n = 1; n <= G && slow_run_starts(free, n) != 0; n *= 2) {
        c++;
    }
    return c;
}

static void test_class(void **state) {
    (void)state;
    for (size_t i = 0; i < n_words; i++) {
        same(word_class(words[i]), slow_class(words[i]), words[i], 0);
    }
    assert_int_equal(word_class(GROUP_ALL), N_CLASSES);
}

static void test_class_for(void **state) {
    (void)state;
    for (unsigned n = 1; n <= G; n++) {
        int c = 1;
        while (1u << (c - 1) < n) {
            c++;
        }
        assert_int_equal(word_class_for(n), c);
        assert_true(c <= N_CLASSES);
    }
}

// ---- Head and body
// -----------------------------------------------------------

// Goes over the blocks and remembers whether the object there is dead.
static word_t slow_swept(word_t head, word_t body, bool dead) {
    const text_t heads = text_of(head);
    const text_t bodies = text_of(body);
    word_t swept = 0;
    for (unsigned i = 0; i < G; i++) {
        const bool is_head = heads.bits[i] == 'x';
        const bool is_body = bodies.bits[i] == 'x';
        if (is_head) {
            dead = !is_body; // white
        } else if (!is_body) {
            dead = false; // free
        }
        swept |= (word_t)(dead && (is_head || is_body)) << i;
    }
    return swept;
}

static void swept_compare(word_t head, word_t body) {
    same(word_swept(head, body, false), slow_swept(head, body, false), head,
         body);
    same(word_swept(head, body, true), slow_swept(head, body, true), head,
         body);
}

static void test_swept(void **state) {
    (void)state;
    for (size_t i = 0; i < n_words; i++) {
        for (size_t j = 0; j < n_words; j++) {
            swept_compare(words[i], words[j]);
        }
    }
}

// As after random operations: tails follow heads, heads are rare.
static void test_swept_of_objects(void **state) {
    (void)state;
    random_state = 1;
    for (unsigned round = 0; round < 100000; round++) {
        const word_t used = random_runs();
        const word_t head = random_word() & random_word() & used;
        const word_t black = random_word() & head;
        swept_compare(head, (used & ~head) | black);
    }
}

#define TEST(name) cmocka_unit_test(test_##name)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(lowest_and_highest), TEST(count), TEST(ready),     TEST(run),
        TEST(run_starts),         TEST(class), TEST(class_for), TEST(swept),
        TEST(swept_of_objects),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
