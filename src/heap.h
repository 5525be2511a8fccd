// SPDX-License-Identifier: MIT
//
// The heap's data and its invariants; DESIGN.md tells why they suffice.
//
// The truth about a block is one bit in each of two planes:
//
//     head body
//      0    0    free
//      1    0    white head: an object starts here, not reached in this cycle
//      1    1    black head: ... and reached
//      0    1    tail: belongs to the object whose head comes before it
//
//   I1  Every tail follows a head or a tail of the same object.
//   I2  The truth alone decides what is free; hints only speed up a search.
//   I3  No object is both reachable and swept.
//   I4  No head is black in IDLE, none in SWEEP in a group already swept.
//   I5  given - taken is the number of free blocks.
//   I6  A transition re-reads what it decides on inside its own window, but for
//       what no one else can change: the blocks of an object that its record
//       names (T2), and those of the dead (T11).
//   I7  A collector's transition compares the state it works under.
//   I8  In MARK a black head has been scanned or is waiting to be.
//   I9  What a context changed temporarily it has restored when it returns.
//   I10 Attribute bits mean something only at heads; no free block is held.
//   I11 When a preempted context goes on, the state is the one it left, or the
//       same SWEEP further on, or IDLE after that or a later cycle.
//   I12 What the heap consists of, and where, is as irqgc_init laid it out.
//
// They hold between any two instructions outside masked windows. Contexts
// nest: whoever preempts runs to its end before the preempted one goes on.
#ifndef IRQGC_SRC_HEAP_H
#define IRQGC_SRC_HEAP_H

#include "irqgc/irqgc.h"
#include "port.h"
#include "word.h"

// A debug build, 1, stops at the culprit, and fills memory that is given back
// with DEBUG_FILL. With 2 it also collects before each allocation, so that what
// no root reaches is gone at once. Default 0.
#ifndef IRQGC_DEBUG
#define IRQGC_DEBUG 0
#endif
#if IRQGC_DEBUG < 0 || IRQGC_DEBUG > 2
#error "IRQGC_DEBUG: 0, 1 or 2"
#endif

// For size, not for speed.
#define COLD __attribute__((cold, noinline))

// That where flash is small: elsewhere, though often called, for speed.
#if defined __arm__ || defined __riscv
#define LEAN COLD
#else
#define LEAN __attribute__((noinline))
#endif

// Of public calls that order what is around them. gcc must not look into them,
// with -flto or all in one file: it would find that a variable of the caller's,
// whose address nobody has, is not read there, and leave out the store before
// (-fipa-reference; it knows no "memory" of asm in a function that is called).
#if defined __has_attribute && __has_attribute(noipa)
#define ORDERED __attribute__((noipa))
#else
#define ORDERED
#endif

#define ASSERT(claim)                                                          \
    ((void)(!IRQGC_DEBUG || (claim) || (port_stop("not so: " #claim), 0)))

enum { BLOCK_WORDS = 4 };
enum { BLOCK_BYTES = BLOCK_WORDS * sizeof(word_t) };
_Static_assert(BLOCK_BYTES == IRQGC_BLOCK, "the header tells the block size");

// A block's number: group * GROUP_BLOCKS + bit.
typedef word_t block_t;
#define NO_BLOCK (~(block_t)0)

// The states of GROUP_BLOCKS blocks, and two attributes of heads among them.
typedef struct {
    word_t head, body;
    word_t plain; // no pointers inside
    word_t held;  // never collected, until freed
} group_t;

// The numbers of a region's blocks follow each other, and its last group is
// filled up with a *sentinel*: at least one block that has no memory, taken
// for good by an object that is held. So no run and no object ever crosses
// from one region to the next, and every object ends at a bit in the truth.
typedef struct {
    uintptr_t base; // address of the first block
    block_t first;
    word_t n_blocks; // those with memory
} region_t;

// What an operation is working on, noted on its own stack for whoever
// preempts it: a collection takes the object for a root, a free refuses it.
typedef struct record record_t;
struct record {
    block_t object; // or NO_BLOCK
    record_t *below;
};

// Cycle number and phase in one word. CLEAR and MARK can be abandoned for a
// cycle with a later number, SWEEP is only ever helped to its end.
typedef word_t state_t;
// Each phase has a bit of its own, for the barrier tests one.
enum { IDLE, CLEAR, MARK, SWEEP = 4, PHASE_MASK = 7, CYCLE_ONE = 8 };

static inline unsigned state_phase(state_t s) {
    return (unsigned)(s & PHASE_MASK);
}

static inline bool state_marks(state_t s) {
    return (s & MARK) != 0;
}

static inline bool state_is_later(state_t a, state_t b) {
    return (intptr_t)((a & ~(state_t)PHASE_MASK) - (b & ~(state_t)PHASE_MASK)) >
           0;
}

// Levels that the hints of the largest heap take: a level has a bit for each
// word of the one below.
enum {
    LOG_BLOCK = WORD_BITS == 32 ? 4 : 5,
    LOG_WORD = WORD_BITS == 32 ? 5 : 6,
    HINT_LEVELS = (WORD_BITS - LOG_BLOCK - N_STEPS) / LOG_WORD + 1
};
_Static_assert(BLOCK_BYTES == 1 << LOG_BLOCK, "a block is 4 words");

struct irqgc {
    group_t *groups;
    word_t n_groups;

    state_t state;
    word_t unswept; // in SWEEP: groups below this one are still to be swept;
                    // otherwise 0
    word_t taken;   // blocks ever claimed, and ever given back (I5); they
    word_t given;   // wrap, and `given` also tells that something came back

    record_t *records; // of all operations in progress, the latest first
    word_t deferred;   // nonzero: their end has the break arrive again
    irqgc_root_t *roots;

    block_t *mark_stack;
    word_t mark_depth;
    word_t mark_capacity;
    word_t overflowed; // nonzero: bits of `overflow` ask for a scan
    word_t *overflow;  // a bit for each group with black heads to scan
    word_t *tails;     // in MARK, a bit for each group seen full of tails

    word_t n_levels; // see hints.h
    word_t *hints[HINT_LEVELS];

    group_t *open; // see open.h; or NULL
    union {
        uintptr_t open_at; // address of its first block
        word_t open_used;  // its used blocks when it was closed, from then on
    };
    word_t open_free; // the free blocks that hints show it with

    word_t n_blocks;   // those with memory
    word_t least_free; // blocks

    uint8_t interior_pointers, wide_scan; // 0 or 1
    void (*on_misuse)(irqgc_t *, irqgc_status_t, const void *);
    irqgc_counts_t counts[2]; // thread, handlers

    word_t n_regions;
    region_t regions[]; // in the order of addresses and of block numbers
};

// ---- Reading what a higher context may change ------------------------------

// The word as it is now, not as the compiler remembers it.
static inline word_t now(const word_t *word) {
    return *(const volatile word_t *)word;
}

// Keeps the compiler from moving accesses across; a context's own preemption
// is all that can come between, so no instruction is needed.
static inline void in_order(void) {
    __asm volatile("" ::: "memory");
}

// A group whose address is ready, so that no window computes it.
static inline group_t *group_at(const irqgc_t *h, word_t k) {
    return (group_t *)word_ready((word_t)&h->groups[k]);
}

// Both words of a group at one instant: read apart they may show a head that
// never was.
typedef struct {
    word_t head, body;
} truth_t;

static inline truth_t group_truth(const group_t *g) {
    const port_irq_t irq = port_irq_save();
    const truth_t truth = {g->head, g->body};
    port_irq_restore(irq);
    return truth;
}

#endif
