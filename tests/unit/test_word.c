// SPDX-License-Identifier: MIT
//
// The arithmetic on words against slow, obvious twins, which go block by block
// over text: '.' a zero bit, 'x' a one. With groups of 4 or 8 blocks over all
// pairs of words, else over edge values and random ones; SEED= replays those.
//
// With groups of up to 16 blocks, also against the twins of slow_word.h: over
// all words, and all pairs of head and body that obey I1, or with WORDS=all in
// the environment over all pairs. tests/proofs/ goes on for 32 and 64 blocks.
//
// Build also with -DIRQGC_GROUP_BLOCKS=4, 8 and 16.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// after these
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slow_word.h"

enum { G = GROUP_BLOCKS };

// ---- Words to try ----------------------------------------------------------

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

// ---- Text ------------------------------------------------------------------

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

// ---- Single words ----------------------------------------------------------

static unsigned text_lowest(word_t w) {
    unsigned i = 0;
    while (!is_set(w, i)) {
        i++;
    }
    return i;
}

static unsigned text_highest(word_t w) {
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
            same(word_lowest(words[i]), text_lowest(words[i]), words[i], 0);
            same(word_highest(words[i]), text_highest(words[i]), words[i], 0);
        }
    }
}

static unsigned text_count(word_t w) {
    unsigned n = 0;
    for (unsigned i = 0; i < WORD_BITS; i++) {
        n += is_set(w, i);
    }
    return n;
}

static void test_count(void **state) {
    (void)state;
    for (size_t i = 0; i < n_words; i++) {
        same(word_count(words[i]), text_count(words[i]), words[i], 0);
        same(word_count(~words[i]), text_count(~words[i]), ~words[i], 0);
    }
}

static void test_ready(void **state) {
    (void)state;
    for (size_t i = 0; i < n_words; i++) {
        same(word_ready(words[i]), words[i], words[i], 0);
    }
}

// ---- Runs ------------------------------------------------------------------

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

static word_t text_run_starts(word_t w, unsigned n) {
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
            const word_t slow = text_run_starts(words[i], n);
            same(word_run_starts(words[i], n), slow, words[i], n);
            const steps_t steps = word_steps(n);
            same(word_step_starts(&steps, words[i]), slow, words[i], n);
        }
    }
}

// The shortest run of each class behind this one's.
static unsigned next_class(unsigned n) {
    return n < 4 ? n + 1 : 2 * n;
}

static unsigned text_class(word_t free) {
    unsigned c = 0;
    for (unsigned n = 1; n <= G && text_run_starts(free, n) != 0;
         n = next_class(n)) {
        c++;
    }
    return c;
}

static void test_class(void **state) {
    (void)state;
    for (size_t i = 0; i < n_words; i++) {
        same(word_class(words[i]), text_class(words[i]), words[i], 0);
    }
    assert_int_equal(word_class(GROUP_ALL), N_CLASSES);
}

static void test_class_for(void **state) {
    (void)state;
    for (unsigned n = 1; n <= G; n++) {
        int c = 1;
        for (unsigned shortest = 1; shortest < n;
             shortest = next_class(shortest)) {
            c++;
        }
        assert_int_equal(word_class_for(n), c);
        assert_true(c <= N_CLASSES);
    }
}

// Of each two words, with what one has more than the other, and with a run
// more, as an object leaves it that is freed.
static void test_class_is_same(void **state) {
    (void)state;
    const size_t step = G > 8 ? 5 : 1;
    for (size_t i = 0; i < n_words; i += step) {
        const word_t less = words[i];
        for (size_t j = 0; j < n_words; j += step + i % step) {
            const word_t more = less | words[j];
            same(word_class_is_same(less, more),
                 text_class(less) == text_class(more), less, more);
        }
        for (unsigned n = 1; n <= G; n++) {
            const word_t more = less | word_run(G - n, n);
            same(word_class_is_same(less, more),
                 text_class(less) == text_class(more), less, more);
        }
    }
}

// ---- Head and body ---------------------------------------------------------

// Goes over the blocks and remembers whether the object there is dead.
static word_t text_swept(word_t head, word_t body, bool dead) {
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
    same(word_swept(head, body, false), text_swept(head, body, false), head,
         body);
    same(word_swept(head, body, true), text_swept(head, body, true), head,
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

// ---- The other twins -------------------------------------------------------

static void twins_compare(word_t w) {
    if (w != 0) {
        same(slow_lowest(w), text_lowest(w), w, 0);
        same(slow_highest(w), text_highest(w), w, 0);
    }
    same(slow_count(w), text_count(w), w, 0);
    same(slow_class(w), text_class(w), w, 0);
    for (unsigned n = 1; n <= G; n++) {
        same(slow_run_starts(w, n), text_run_starts(w, n), w, n);
    }
}

static void test_twins(void **state) {
    (void)state;
    const size_t step = G > 8 ? 5 : 1;
    for (size_t i = 0; i < n_words; i += step) {
        twins_compare(words[i]);
        for (size_t j = 0; j < n_words; j += 1 + i % 16) {
            same(slow_class_is_same(words[i], words[j]),
                 text_class(words[i]) == text_class(words[j]), words[i],
                 words[j]);
            for (int dead = 0; dead <= 1; dead++) {
                same(slow_swept(words[i], words[j], dead != 0),
                     text_swept(words[i], words[j], dead != 0), words[i],
                     words[j]);
            }
        }
    }
}

static void test_twins_of_lengths(void **state) {
    (void)state;
    for (unsigned c = 1; c <= N_CLASSES; c++) {
        const unsigned n = slow_class_run(c - 1);
        assert_int_equal(text_class(word_run(0, n)), c);
        assert_int_equal(n == 1 ? 0 : text_class(word_run(0, n - 1)), c - 1);
    }
    for (unsigned n = 1; n <= G; n++) {
        assert_int_equal(slow_class_for(n), word_class_for(n));
        for (unsigned first = 0; first + n <= G; first++) {
            same(slow_run(first, n), word_run(first, n), first, n);
        }
    }
}

// ---- Complete domains ------------------------------------------------------

#if IRQGC_GROUP_BLOCKS <= 16

static void all_runs_compare(word_t w) {
    for (unsigned n = 1; n <= G; n++) {
        const steps_t steps = word_steps(n);
        const word_t slow = slow_run_starts(w, n);
        same(word_run_starts(w, n), slow, w, n);
        same(word_step_starts(&steps, w), slow, w, n);
    }
}

static void test_all_words(void **state) {
    (void)state;
    for (word_t w = 0; w <= GROUP_ALL; w++) {
        if (w != 0) {
            same(word_lowest(w), slow_lowest(w), w, 0);
            same(word_highest(w), slow_highest(w), w, 0);
        }
        same(word_count(w), slow_count(w), w, 0);
        same(word_class(w), slow_class(w), w, 0);
        all_runs_compare(w);
    }
}

// Of each word and all words within it.
static void test_all_within(void **state) {
    (void)state;
    static uint8_t class_of[GROUP_ALL + 1];
    for (word_t w = 0; w <= GROUP_ALL; w++) {
        class_of[w] = (uint8_t)slow_class(w);
    }
    uint64_t n_within = 0;
    for (word_t more = 0; more <= GROUP_ALL; more++) {
        word_t less = more;
        for (;; less = (less - 1) & more) {
            n_within++;
            if (word_class_is_same(less, more) !=
                (class_of[less] == class_of[more])) {
                same(word_class_is_same(less, more),
                     slow_class_is_same(less, more), less, more);
            }
            if (less == 0) {
                break;
            }
        }
    }
    uint64_t expected = 1; // a block is in none, in one, in both
    for (unsigned i = 0; i < G; i++) {
        expected *= 3;
    }
    assert_true(n_within == expected);
}

// The first blocks of a group, and what a sweep frees of them.
typedef struct {
    word_t head, body, swept;
    bool dead; // the object that the last of them belongs to
    bool used; // a tail may follow
} prefix_t;

static bool orphans_too;
static uint64_t n_pairs;

// Compares for all groups that begin with these `i` blocks.
static void pairs_compare(prefix_t p, unsigned i, bool lead_is_dead) {
    if (i == G) {
        n_pairs++;
        const word_t fast = word_swept(p.head, p.body, lead_is_dead);
        if (fast != p.swept) {
            same(fast, p.swept, p.head, p.body);
        }
        return;
    }
    for (word_t cell = 0; cell < 4; cell++) {
        const word_t head = cell & 1;
        const word_t body = cell >> 1;
        if (!head && body && !p.used && !orphans_too) {
            continue;
        }
        prefix_t next = {p.head | head << i, p.body | body << i, p.swept,
                         p.dead, cell != 0};
        next.swept |= (word_t)slow_block_swept(head, body, &next.dead) << i;
        pairs_compare(next, i + 1, lead_is_dead);
    }
}

// How many there are: anything follows a used block, no tail a free one.
static uint64_t pairs_expected(void) {
    uint64_t n_free = 0;
    uint64_t n_used = 1; // the lead
    for (unsigned i = 0; i < G; i++) {
        const uint64_t n = n_free + n_used;
        n_used += 2 * n;
        n_free = n;
    }
    return orphans_too ? (uint64_t)1 << 2 * G : n_free + n_used;
}

// Behind an object that is dead, or alive; what may follow a free block is part
// of the latter.
static void group_compare(bool lead_is_dead) {
    n_pairs = 0;
    pairs_compare((prefix_t){.dead = lead_is_dead, .used = true}, 0,
                  lead_is_dead);
    print_message("%llu pairs of head and body, lead %s\n",
                  (unsigned long long)n_pairs, lead_is_dead ? "dead" : "alive");
    assert_true(n_pairs == pairs_expected());
}

static void test_all_pairs(void **state) {
    (void)state;
    const char *text = getenv("WORDS");
    orphans_too = text != NULL && strcmp(text, "all") == 0;
    group_compare(false);
    group_compare(true);
}

#endif

#define TEST(name) cmocka_unit_test(test_##name)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(lowest_and_highest),
        TEST(count),
        TEST(ready),
        TEST(run),
        TEST(run_starts),
        TEST(class),
        TEST(class_for),
        TEST(class_is_same),
        TEST(swept),
        TEST(swept_of_objects),
        TEST(twins),
        TEST(twins_of_lengths),
#if IRQGC_GROUP_BLOCKS <= 16
        TEST(all_words),
        TEST(all_within),
        TEST(all_pairs),
#endif
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
