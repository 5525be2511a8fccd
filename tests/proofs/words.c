// SPDX-License-Identifier: MIT
//
// What tests/proofs/prove.py proves: for all arguments for which `NAME_legal`
// is true, `NAME_fast` and `NAME_slow` return the same, and neither comes to
// undefined behaviour on the way. They are functions of their own, so that the
// compiler does not compare them by itself.
#include "hints.c"
#include "slow_word.h"

enum { G = GROUP_BLOCKS };

// The parameters, what is within the contract, and the two.
#define CLAIM(type, name, parameters, legal, fast, slow)                       \
    bool name##_legal parameters;                                              \
    type name##_fast parameters;                                               \
    type name##_slow parameters;                                               \
    bool name##_legal parameters {                                             \
        return legal;                                                          \
    }                                                                          \
    type name##_fast parameters {                                              \
        return fast;                                                           \
    }                                                                          \
    type name##_slow parameters {                                              \
        return slow;                                                           \
    }

CLAIM(unsigned, lowest, (word_t w), w != 0, word_lowest(w), slow_lowest(w))
CLAIM(unsigned, highest, (word_t w), w != 0, word_highest(w), slow_highest(w))
CLAIM(word_t, ready, (word_t w), w == w, word_ready(w), w)
CLAIM(word_t, run, (unsigned first, word_t n),
      first < G && n >= 1 && n <= G - first, word_run(first, n),
      slow_run(first, n))
CLAIM(unsigned, class, (word_t w), w == w, word_class(w), slow_class(w))
CLAIM(unsigned, class_for, (word_t n), n >= 1 && n <= G, word_class_for(n),
      slow_class_for(n))
CLAIM(word_t, maps, (word_t w), w == w, class_maps(word_class(w)), slow_maps(w))
CLAIM(bool, class_is_same, (word_t less, word_t more), (less & ~more) == 0,
      word_class_is_same(less, more), slow_class_is_same(less, more))

// The runs that classes begin with; and a step is no longer than the run it
// makes longer, or bits between would not be looked at.
CLAIM(unsigned, class_run, (unsigned c), c < N_CLASSES, CLASS_RUN(c),
      slow_class_run(c))
CLAIM(unsigned, class_step, (unsigned c), c >= 1 && c < N_CLASSES,
      CLASS_STEP(c), slow_class_run(c) - slow_class_run(c - 1))
CLAIM(bool, class_step_fits, (unsigned c), c >= 1 && c < N_CLASSES,
      CLASS_STEP(c) <= CLASS_RUN(c - 1), true)

CLAIM(word_t, swept, (word_t head, word_t body, bool dead), head == head,
      word_swept(head, body, dead), slow_swept(head, body, dead))

// Bits are counted by induction: in no bits there are none, and in a word with
// one more, above all others, one more. A solver does not see through the sums
// of 64 bits at once.
CLAIM(unsigned, count_none, (word_t w), w == 0, word_count(w), 0)

// ---- One claim for each length of a run, or for each bit -------------------

static inline word_t steps_starts(word_t w, word_t n) {
    const steps_t steps = word_steps(n);
    return word_step_starts(&steps, w);
}

#define EACH(n)                                                                \
    CLAIM(unsigned, count_more_##n, (word_t w), w >> (n - 1) == 0,             \
          word_count(w | (word_t)1 << (n - 1)), word_count(w) + 1)             \
    CLAIM(word_t, run_starts_##n, (word_t w), w == w, word_run_starts(w, n),   \
          slow_run_starts(w, n))                                               \
    CLAIM(word_t, step_starts_##n, (word_t w), w == w, steps_starts(w, n),     \
          slow_run_starts(w, n))
#define EACH_OF_TEN(t)                                                         \
    EACH(t##0)                                                                 \
    EACH(t##1)                                                                 \
    EACH(t##2)                                                                 \
    EACH(t##3)                                                                 \
    EACH(t##4)                                                                 \
    EACH(t##5)                                                                 \
    EACH(t##6)                                                                 \
    EACH(t##7)                                                                 \
    EACH(t##8)                                                                 \
    EACH(t##9)

EACH(1)
EACH(2)
EACH(3)
EACH(4)
EACH(5)
EACH(6)
EACH(7)
EACH(8)
EACH(9)
EACH_OF_TEN(1)
EACH_OF_TEN(2)
EACH(30)
EACH(31)
EACH(32)
#if WORD_BITS == 64
EACH(33)
EACH(34)
EACH(35)
EACH(36)
EACH(37)
EACH(38)
EACH(39)
EACH_OF_TEN(4)
EACH_OF_TEN(5)
EACH(60)
EACH(61)
EACH(62)
EACH(63)
EACH(64)
#endif
