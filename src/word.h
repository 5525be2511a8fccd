// SPDX-License-Identifier: MIT
//
// Arithmetic on the words of a group. Bit i stands for block i; pictures show
// bit 0 on the left. Each function has a slow twin in tests/unit/test_word.c.
#ifndef IRQGC_SRC_WORD_H
#define IRQGC_SRC_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uintptr_t word_t;

// Whether size counts, not speed. Else loops over the size classes are straight
// on.
#ifdef __OPTIMIZE_SIZE__
#define FOR_SIZE 1
#define UNROLL
#else
#define FOR_SIZE 0
#define UNROLL _Pragma("GCC unroll 8")
#endif

#if UINTPTR_MAX == 0xFFFFFFFFu
#define WORD_BITS 32
#elif UINTPTR_MAX == 0xFFFFFFFFFFFFFFFFu
#define WORD_BITS 64
#else
#error "irqgc needs pointers of 32 or 64 bits"
#endif
_Static_assert(sizeof(long) == sizeof(word_t), "the bit builtins take a long");

// Blocks of a group: a power of two, 4 to the bits of a word, which is the
// default. Fewer only serve to check every state of a small heap.
#ifndef IRQGC_GROUP_BLOCKS
#define IRQGC_GROUP_BLOCKS WORD_BITS
#endif
#if IRQGC_GROUP_BLOCKS < 4 || IRQGC_GROUP_BLOCKS > WORD_BITS ||                \
    (IRQGC_GROUP_BLOCKS & (IRQGC_GROUP_BLOCKS - 1)) != 0
#error "IRQGC_GROUP_BLOCKS: a power of two from 4 to the bits of a word"
#endif
enum { GROUP_BLOCKS = IRQGC_GROUP_BLOCKS };
#define GROUP_ALL (~(word_t)0 >> (WORD_BITS - GROUP_BLOCKS))

// Halvings that find a run of any length up to GROUP_BLOCKS.
enum {
    N_STEPS = GROUP_BLOCKS == 64   ? 6
              : GROUP_BLOCKS == 32 ? 5
              : GROUP_BLOCKS == 16 ? 4
              : GROUP_BLOCKS == 8  ? 3
                                   : 2
};

// Size classes 1, 2, 3, 4, 8, 16 ... GROUP_BLOCKS. With one for 3, a request of
// 3 blocks does not break up the runs that one of 4 needs.
enum { N_CLASSES = N_STEPS + 2 };

static inline unsigned word_lowest(word_t w) {
    return (unsigned)__builtin_ctzl(w);
}

static inline unsigned word_highest(word_t w) {
    return WORD_BITS - 1 - (unsigned)__builtin_clzl(w);
}

// The word, computed here and now: keeps the compiler from moving its making
// into a masked window that comes next.
__attribute__((always_inline)) static inline word_t word_ready(word_t w) {
    __asm volatile("" : "+r"(w));
    return w;
}

// Bits set. Not the builtin: where it is no instruction, it is a table.
static inline unsigned word_count(word_t w) {
    const word_t all = ~(word_t)0;
    w -= w >> 1 & all / 3;
    w = (w & all / 5) + (w >> 2 & all / 5);
    w = (w + (w >> 4)) & all / 17;
    return (unsigned)(w * (all / 255) >> (WORD_BITS - 8));
}

// The run of `n` bits from the one that is set in `bit` on, if there are so
// many.
static inline word_t bits_run(word_t bit, word_t n) {
    return (bit << (n - 1) << 1) - bit;
}

// The `n` bits from bit `first` on, 1 <= n <= GROUP_BLOCKS - first.
static inline word_t word_run(unsigned first, word_t n) {
    return bits_run((word_t)1 << first, n);
}

// The bits at which a run of `n` set bits starts, 1 <= n <= GROUP_BLOCKS:
//
//   w      .xxxx..x     n = 3
//   result .xx.....
//
// A run of n bits starts where two of n - n/2 do, n/2 bits apart.
static inline word_t word_run_starts(word_t w, word_t n) {
    for (; n > 1; n -= n / 2) {
        w &= w >> n / 2;
    }
    return w;
}

// The same for many words and one `n`: the steps are made once, and there are
// as many of them for each n, the last of no bits where fewer would do.
typedef struct {
    word_t step[N_STEPS];
} steps_t;

static inline steps_t word_steps(word_t n) {
    steps_t s;
    for (unsigned i = 0; i < N_STEPS; i++) {
        s.step[i] = n / 2;
        n -= n / 2;
    }
    return s;
}

static inline word_t word_step_starts(const steps_t *s, word_t w) {
    UNROLL
    for (unsigned i = 0; i < N_STEPS; i++) {
        w &= w >> s->step[i];
    }
    return w;
}

// The shortest run of class c + 1, and how much longer it is than that of c.
#define CLASS_RUN(c) ((c) < 3 ? (c) + 1 : 1u << ((c)-1))
#define CLASS_STEP(c) (CLASS_RUN(c) - CLASS_RUN((c)-1))

// The size class of a group with these free blocks: its longest run is of that
// class, and not of the next; 0 iff it is full. On Cortex-M4 a step of the
// unrolled loop is two instructions.
static inline unsigned word_class(word_t free) {
    UNROLL
    for (unsigned c = 1; c < N_CLASSES; c++) {
        if (free == 0) {
            return c - 1;
        }
        free &= free >> CLASS_STEP(c);
    }
    return free == 0 ? N_CLASSES - 1 : N_CLASSES;
}

// Whether groups with these free blocks are of the same class, `more` of which
// has all of `less`.
static inline bool word_class_is_same(word_t less, word_t more) {
    UNROLL
    for (unsigned c = 1; c < N_CLASSES; c++) {
        if (less == 0) {
            return more == 0;
        }
        less &= less >> CLASS_STEP(c);
        more &= more >> CLASS_STEP(c);
    }
    return less != 0 || more == 0;
}

// The smallest size class all of whose groups have a run of `n` blocks,
// 1 <= n <= GROUP_BLOCKS.
static inline unsigned word_class_for(word_t n) {
    return word_highest(2 * n - 1) + 1 + (n > 3);
}

// The blocks that a sweep frees in a group: white heads, and the tails that
// follow one, or that lead the group when `lead_is_dead`. The addition
// carries through a run of tails from its first, and clears it:
//
//   head, white    x....x..
//   tails          .xx...x.     (the last run follows a black head, say)
//   tails + starts ...x....
//   freed          xxx..x..
//
static inline word_t word_swept(word_t head, word_t body, bool lead_is_dead) {
    const word_t white = head & ~body;
    const word_t tails = body & ~head;
    const word_t starts = (white << 1 | (word_t)lead_is_dead) & tails;
    return white | (tails & ~(tails + starts));
}

#endif
