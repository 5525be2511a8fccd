// SPDX-License-Identifier: MIT
//
// irqgc_alloc. What the open group has room for comes from there, without a
// record: from the window that makes it on, the object's address is in a
// register, or on the stack, where each collection that comes finds it. All
// else is alloc.c's; and where size counts, all is: no group is ever open then.
#include "alloc.h"

#include "blocks.h"
#include "counts.h"
#include "frames.h"
#include "hook.h"
#include "open.h"
#include "records.h"

// Blocks of the largest object for which another group is opened.
enum { SMALL = GROUP_BLOCKS < 8 ? GROUP_BLOCKS : 8 };

// With other flags there is more to be looked at first.
#define SMALL_FLAGS                                                            \
    ((irqgc_flags_t)(IRQGC_NO_POINTERS | IRQGC_NOT_ZEROED | IRQGC_FAIL_FAST))

// The first run of `n` blocks that is free in a group, as that is looked at: a
// bit for each block, and one for the first. No bits, if there is none.
typedef struct {
    word_t bit, run;
} cut_t;

static inline cut_t group_cut(const group_t *g, word_t n) {
    word_t starts = ~(now(&g->head) | now(&g->body)) & GROUP_ALL;
    if (n > 1) { // as word_run_starts, without a loop
        starts &= starts >> 1;
        if (n > 4) {
            starts &= starts >> 2;
            starts &= starts >> (n - 4);
        } else {
            starts &= starts >> (n - 2);
        }
    }
    const word_t bit = starts & (0 - starts);
    return (cut_t){word_ready(bit), word_ready(bits_run(bit, n))};
}

static inline word_t cut_offset(cut_t cut) {
    return word_ready((word_t)word_lowest(cut.bit) * BLOCK_BYTES);
}

// T28 claim blocks of the open group, `n`, `offset` bytes from its first one.
// Before: they were free when they were looked at. After: a white object whose
// address the caller has; that is made in the window, so that no address of a
// free block is ever in a register. It need not be shaded, for a group is open
// in IDLE only. NULL: they are taken, or the group is not open any more.
static WINDOW void *open_claim(irqgc_t *h, group_t *g, cut_t cut,
                               WINDOW_OPERAND word_t n,
                               WINDOW_OPERAND word_t offset) {
    void *object = NULL;
    const port_irq_t irq = port_irq_save();
    const word_t head = g->head;
    const word_t body = g->body;
    if (h->open == g && ((head | body) & cut.run) == 0) {
        g->head = head | cut.bit;
        g->body = body | (cut.run ^ cut.bit);
        h->taken += n;
        // Here: clang would add behind the window, where no one has it yet.
        object = (void *)word_ready(h->open_at + offset);
        PORT_KEEPS(object);
    }
    port_irq_restore(irq);
    return object;
}

// T25 open a group, whose first block is at `at`. Before: none is open. After:
// this one is, and hints show it as it is now. Only in IDLE. False, and
// nothing, if another context has opened one meanwhile.
static WINDOW bool group_open(irqgc_t *h, group_t *g, uintptr_t at) {
    bool opens = false;
    at = word_ready(at);
    const port_irq_t irq = port_irq_save();
    if (h->open == NULL && (h->state & PHASE_MASK) == IDLE) {
        h->open = g;
        h->open_at = at;
        h->open_free = ~(g->head | g->body);
        opens = true;
    }
    port_irq_restore(irq);
    return opens;
}

// Tells the hook. What it is told is nobody's before the call returns: so only
// there is a record, to have others refuse the object.
static inline void object_tell(irqgc_t *h, void *object, word_t n) {
    if (IRQGC_TRACE) {
        record_t op;
        record_link(h, &op, address_block(h, (uintptr_t)object));
        trace_alloc(h, object, n);
        record_unlink(h, &op);
    }
}

// Clears blocks; a few without a call of memset, which takes longer.
static inline void blocks_clear(void *start, word_t n) {
    typedef word_t __attribute__((vector_size(2 * sizeof(word_t)), may_alias))
    pair_t;
    pair_t *w = start;
    do {
        w = (pair_t *)word_ready((word_t)w);
        w[0] = (pair_t){0};
        w[1] = (pair_t){0};
        w += 2;
    } while (--n > 0);
}

// Opens the first group that hints tell to have a run of `n` blocks, instead of
// the one that is open. False: there is none; or an operation is under way
// below, for which all that is closed must stay so (open.h).
//
// The record is for a break to see, until hints are right.
LEAN static bool open_next(irqgc_t *h, word_t n) {
    if (records_now(h) != NULL) {
        return false;
    }
    record_t op;
    record_begin(h, &op);
    open_close(h);
    record_drop(h, &op);
    const word_t k = block_group(run_hinted(h, 0, n));
    return k < h->n_groups &&
           group_open(h, group_at(h, k),
                      (uintptr_t)block_address(h, k * GROUP_BLOCKS));
}

// Without optimization frames have slots that keep what the last call had
// there: an object's address, seen by a collection. There the straight way has
// a frame of its own, which is wiped before an allocation that may collect.
#ifdef __OPTIMIZE__
#define STRAIGHT inline
#define SLOTS_WIPE() ((void)0)
#else
#define STRAIGHT __attribute__((noinline))
#define SLOTS_WIPE frames_wipe
#endif

// From the open group; NULL iff it has no room, or none is open.
static STRAIGHT void *small_alloc(irqgc_t *h, word_t n, irqgc_flags_t flags) {
    group_t *g = open_now(h);
    if (g == NULL) {
        return NULL;
    }
    const cut_t cut = group_cut(g, n);
    if (cut.bit == 0) {
        return NULL;
    }
    void *object = open_claim(h, g, cut, n, cut_offset(cut));
    if (object == NULL) {
        return NULL;
    }
    if (attributes_differ(g, cut.bit, flags & IRQGC_NO_POINTERS)) {
        attributes_write(g, cut.bit, flags);
    }
    if ((flags & IRQGC_NOT_ZEROED) == 0) {
        blocks_clear(object, n);
    }
    count_fast(h, offsetof(irqgc_counts_t, allocs));
    object_tell(h, object, n);
    return (void *)word_ready((word_t)object); // kept until here
}

// That it finds no room in a group that it has just opened, and opens another,
// a higher context pays for.
//
// One place for what is returned, and set first: object_alloc tells why.
void *irqgc_alloc(irqgc_t *h, size_t size, irqgc_flags_t flags) {
    void *object = NULL;
    call_begin(h);
    if (IRQGC_DEBUG == 2) {
        irqgc_collect(h);
    }
    const word_t n = size_blocks(size);
    if (!FOR_SIZE && n <= SMALL && (flags & ~SMALL_FLAGS) == 0) {
        do { // once: nothing is made ready for a second time
            flags = (irqgc_flags_t)word_ready(flags);
            object = small_alloc(h, n, flags);
        } while (__builtin_expect(object == NULL, 0) && open_next(h, n));
    }
    if (object == NULL && !flags_are_wrong(h, flags)) {
        SLOTS_WIPE();
        object = object_alloc(h, size, flags);
    }
    return object;
}
