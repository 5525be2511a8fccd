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
//   I10 Attribute bits mean something only at heads.
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

    word_t *hints; // see hints.h

    word_t n_blocks;   // those with memory
    word_t least_free; // blocks

    int interior_pointers, wide_scan;
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

// ---- Blocks and addresses --------------------------------------------------

// Groups of a region, with at least one block to spare for the sentinel.
static inline word_t blocks_groups(word_t n_blocks) {
    return n_blocks / GROUP_BLOCKS + 1;
}

// Words of a map with a bit for each of `n`.
static inline word_t map_words(word_t n) {
    return (n + WORD_BITS - 1) / WORD_BITS;
}

// In windows: not even at -O0 a call.
__attribute__((always_inline)) static inline word_t block_group(block_t b) {
    return b / GROUP_BLOCKS;
}

static inline unsigned block_index(block_t b) {
    return (unsigned)(b % GROUP_BLOCKS);
}

static inline word_t block_bit(block_t b) {
    return (word_t)1 << block_index(b);
}

// Blocks from this one to the end of its group.
static inline word_t block_room(block_t b) {
    return GROUP_BLOCKS - block_index(b);
}

COLD void *far_block_address(const irqgc_t *h, block_t b)
    CORE_NAME(far_block_address);

// Blocks of the first region have the first numbers.
static inline void *block_address(const irqgc_t *h, block_t b) {
    const region_t *r = h->regions;
    return b < r->n_blocks ? (void *)(r->base + b * BLOCK_BYTES)
                           : far_block_address(h, b);
}

// The block that holds this address; NO_BLOCK outside the regions.
COLD block_t far_address_block(const irqgc_t *h, uintptr_t address)
    CORE_NAME(far_address_block);

static inline block_t address_block(const irqgc_t *h, uintptr_t address) {
    const region_t *r = h->regions;
    const uintptr_t offset = address - r->base;
    return offset / BLOCK_BYTES < r->n_blocks ? offset / BLOCK_BYTES
                                              : far_address_block(h, address);
}

// The block that starts at this address, or NO_BLOCK.
static inline block_t address_object(const irqgc_t *h, uintptr_t address) {
    return address % BLOCK_BYTES == 0 ? address_block(h, address) : NO_BLOCK;
}

// The attributes of a head, as the flags it was allocated with.
static inline irqgc_flags_t block_attributes(const irqgc_t *h, block_t b) {
    const group_t *g = &h->groups[block_group(b)];
    const unsigned i = block_index(b);
    return (irqgc_flags_t)((now(&g->plain) >> i & 1) * IRQGC_NO_POINTERS |
                           (now(&g->held) >> i & 1) * IRQGC_HELD);
}

// The block after the last one of the object that starts at `head`.
COLD block_t object_end(const irqgc_t *h, block_t head) CORE_NAME(object_end);

// A group and the sweep's cursor at one instant.
typedef struct {
    truth_t group;
    word_t unswept;
} glance_t;

// T17 glance at a group. Reads only.
static inline glance_t group_glance(const irqgc_t *h, word_t k) {
    const group_t *g = group_at(h, k);
    const port_irq_t irq = port_irq_save();
    const glance_t glance = {{g->head, g->body}, h->unswept};
    port_irq_restore(irq);
    return glance;
}

// Whether an object starts at this block: NOT_AN_OBJECT, UNREACHABLE or OK.
// Ahead of the sweep a white head is dead, and the sweep relies on its blocks
// to stay as they are until it comes there.
static inline irqgc_status_t block_status(block_t b, const glance_t *glance) {
    const word_t bit = block_bit(b);
    if ((glance->group.head & bit) == 0) {
        return IRQGC_NOT_AN_OBJECT;
    }
    return block_group(b) < glance->unswept && (glance->group.body & bit) == 0
               ? IRQGC_UNREACHABLE
               : IRQGC_OK;
}

// What a debug build fills memory with before it is given back, never after: it
// may be a handler's by then.
enum { DEBUG_FILL = 0xDB };

// The blocks from `first` up to `end` of an object of the caller's are about to
// be given back.
static inline void blocks_dead(const irqgc_t *h, block_t first, block_t end) {
    if (IRQGC_DEBUG && first < end) {
        __builtin_memset(block_address(h, first), DEBUG_FILL,
                         (end - first) * BLOCK_BYTES);
    }
}

// Writes over what calls have left on the stack below the caller's frame.
// Called by those that have had the address of a block there which is none of
// their caller's: it would keep whatever comes to lie there, and all that this
// one will ever reach, for as long as no other call goes as deep.
COLD void frames_wipe(void) CORE_NAME(frames_wipe);

// Tells the owner of the heap that a call was refused, or stops a debug build.
COLD void misuse(irqgc_t *h, irqgc_status_t why, const void *object)
    CORE_NAME(misuse);

COLD void refusal_stop(irqgc_status_t why) CORE_NAME(refusal_stop);

// The beginning of each public call: a debug build stops if there is no heap,
// or windows do not keep the caller out.
COLD void caller_check(const irqgc_t *h) CORE_NAME(caller_check);

static inline void call_begin(const irqgc_t *h) {
    if (IRQGC_DEBUG) {
        caller_check(h);
    }
}

// ---- Records ---------------------------------------------------------------

// No window: a higher context that comes between has taken its own record out
// again when it returns (I9), so `records` cannot change meanwhile.
static inline void record_link(irqgc_t *h, record_t *op, block_t object) {
    op->object = object;
    op->below = h->records;
    in_order(); // complete before anyone can see it
    *(record_t *volatile *)&h->records = op;
    in_order(); // seen before the operation looks at anything
}

// Holds of breaks (brk.c). A delivery has one: it runs in the thread, but may
// have interrupted it anywhere, as a handler does.
extern volatile word_t n_holds CORE_NAME(n_holds);

// Has the break arrive that came in the middle of an operation.
COLD void break_again(irqgc_t *h) CORE_NAME(break_again);

static inline void record_pop(irqgc_t *h, const record_t *op) {
    in_order();
    ASSERT(h->records == op);
    *(record_t *volatile *)&h->records = op->below;
    in_order();
}

// The end of an operation. A break that comes after the pop finds no record,
// one that came before has left its note.
static inline void record_unlink(irqgc_t *h, const record_t *op) {
    record_pop(h, op);
    if (PORT_BREAKS && now(&h->deferred) != 0) {
        break_again(h);
    }
}

// The same where size counts.
COLD void record_drop(irqgc_t *h, const record_t *op) CORE_NAME(record_drop);

// Whether one of these records names this block.
static inline bool record_names(const record_t *record, block_t b) {
    while (record != NULL && record->object != b) {
        record = record->below;
    }
    return record != NULL;
}

// Whether the object at block `b`, which `op` names, is the caller's to change.
// The record is linked before anything is looked at: from then on higher
// contexts refuse the object, so none of them frees it between this and our
// windows.
static inline irqgc_status_t object_status(const irqgc_t *h, const record_t *op,
                                           block_t b, glance_t *glance) {
    if (b == NO_BLOCK) {
        return IRQGC_NOT_AN_OBJECT;
    }
    *glance = group_glance(h, block_group(b));
    const irqgc_status_t status = block_status(b, glance);
    return status == IRQGC_OK && record_names(op->below, b) ? IRQGC_IN_OPERATION
                                                            : status;
}

// ---- Counting --------------------------------------------------------------

// T18 count a call, given the offset of its counter. In a handler in a window,
// for handlers of two levels share a counter. And it notes the least free: a
// sweep that was preempted does not see what the handler took before the next
// group is given back.
COLD void count(irqgc_t *h, size_t offset) CORE_NAME(count);

static inline word_t *counter(irqgc_counts_t *counts, size_t offset) {
    return (word_t *)((char *)counts + offset);
}

// The same where it is called often. In the thread without a window: no one
// else counts there.
static inline void count_fast(irqgc_t *h, size_t offset) {
    if (port_in_handler()) {
        count(h, offset);
    } else {
        ++*counter(&h->counts[0], offset);
    }
}

typedef struct {
    word_t taken, given;
} counters_t;

// T19 glance at the counters. Both at one instant, for their difference (I5).
static inline counters_t counters_glance(const irqgc_t *h) {
    const port_irq_t irq = port_irq_save();
    const counters_t c = {h->taken, h->given};
    port_irq_restore(irq);
    return c;
}

// Notes how many blocks are free, if they have never been fewer. Called before
// blocks are given back: then they are fewest.
COLD void least_free_note(irqgc_t *h) CORE_NAME(least_free_note);

// The same where it is called often.
static inline void least_free_note_fast(irqgc_t *h) {
    if (now(&h->given) - now(&h->taken) < now(&h->least_free)) {
        least_free_note(h);
    }
}

#endif
