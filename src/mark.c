// SPDX-License-Identifier: MIT
//
// Marking: black heads wait on the mark stack to be scanned (I8). When the
// stack is full, the head's group gets its overflow bit instead, and all black
// heads of that group are scanned again later.
//
// Why that is linear: the stack is drained before each group with its bit set,
// so to find it full again takes as many newly black heads as it has entries.
// With an entry for every 32 groups or more, the passes over the overflow map
// are paid for. An object is scanned at most once for each head of its group.
#include "blocks.h"
#include "collect.h"
#include "records.h"
#include "stacks.h"

// Here, for every program that collects links this: so it links not stacks.c.
word_t stacks_version;
const stacks_t *volatile stacks_listed;

// ---- Shading ---------------------------------------------------------------

// T6 push. Before: the caller has made this head black. After: it waits on the
// stack, or its group's overflow bit is set. If the state is not `mine` any
// more, a later cycle has taken care of it. In between it is black and waits
// nowhere, but no cycle ends meanwhile: its collector is the caller, or has
// been preempted by it. False iff the state is not `mine`.
static WINDOW bool block_push(irqgc_t *h, state_t mine, block_t b) {
    const word_t k = block_group(b);
    word_t *overflow = &h->overflow[k / WORD_BITS];
    word_t bit = (word_t)1 << k % WORD_BITS;
    WINDOW_READY("+r"(h), "+r"(mine), "+r"(b), "+r"(overflow), "+r"(bit));
    const port_irq_t irq = port_irq_save();
    const bool valid = h->state == mine;
    if (valid) {
        const word_t depth = h->mark_depth;
        if (depth < h->mark_capacity) {
            h->mark_stack[depth] = b;
            h->mark_depth = depth + 1;
        } else {
            *overflow |= bit;
            h->overflowed = 1;
        }
    }
    port_irq_restore(irq);
    return valid;
}

// T5 make black. Before: a white head, if it still is one. After: black, about
// to be pushed by us. A look outside the window spares most windows: in MARK
// no black head turns white, and a new white one is shaded by who claims it.
bool block_shade(irqgc_t *h, state_t mine, block_t b) {
    group_t *g = &h->groups[block_group(b)];
    const word_t bit = block_bit(b);
    if ((now(&g->head) & ~now(&g->body) & bit) == 0) {
        return true;
    }
    const port_irq_t irq = port_irq_save();
    const bool valid = h->state == mine;
    const bool white = valid && (g->head & ~g->body & bit) != 0;
    if (white) {
        g->body |= bit;
    }
    port_irq_restore(irq);
    return white ? block_push(h, mine, b) : valid;
}

// The last group below `k` that this cycle has not seen full of tails; 0 if
// there is none.
static word_t group_below(const irqgc_t *h, word_t k) {
    word_t i = k / WORD_BITS;
    word_t others = ~now(&h->tails[i]) & (((word_t)1 << k % WORD_BITS) - 1);
    while (others == 0) {
        if (i == 0) {
            return 0;
        }
        i--;
        others = ~now(&h->tails[i]);
    }
    return i * WORD_BITS + word_highest(others);
}

// Notes that a group is full of tails, so that each object is walked through
// once a cycle. No window: a bit that another context's store takes back, or
// one of an abandoned cycle, costs time, or is gone before the next MARK.
static void tails_note(irqgc_t *h, word_t k) {
    volatile word_t *tails = &h->tails[k / WORD_BITS];
    *tails = *tails | (word_t)1 << k % WORD_BITS;
}

// The head of the object that block `b` belongs to, or NO_BLOCK. No window: an
// object that the caller holds a pointer into stays as it is; for any other
// address the answer may be any block.
//
// Nor may a group that was noted and has other objects by now: if one is alive,
// it was allocated in this MARK, and shaded by who did that.
static block_t block_head(irqgc_t *h, block_t b) {
    word_t below = GROUP_ALL >> (GROUP_BLOCKS - 1 - block_index(b));
    for (word_t k = block_group(b);; k = group_below(h, k)) {
        const group_t *g = &h->groups[k];
        const word_t head = now(&g->head);
        const word_t not_tail = (head | ~now(&g->body)) & below;
        if (not_tail != 0) {
            const unsigned i = word_highest(not_tail);
            return (head >> i & 1) != 0 ? k * GROUP_BLOCKS + i : NO_BLOCK;
        }
        if (k == 0) {
            return NO_BLOCK;
        }
        if (below == GROUP_ALL) {
            tails_note(h, k);
        }
        below = GROUP_ALL;
    }
}

// Shades the object that the pointer points into.
__attribute__((noinline)) static bool interior_shade(irqgc_t *h, state_t mine,
                                                     uintptr_t pointer) {
    const block_t b = far_address_block(h, pointer);
    const block_t head = b == NO_BLOCK ? NO_BLOCK : block_head(h, b);
    return head == NO_BLOCK || block_shade(h, mine, head);
}

// Shades the object that starts at this address.
static bool start_shade(irqgc_t *h, state_t mine, uintptr_t pointer) {
    const block_t b = address_object(h, pointer);
    return b == NO_BLOCK || block_shade(h, mine, b);
}

static bool pointer_shade(irqgc_t *h, state_t mine, uintptr_t pointer) {
    if (h->interior_pointers) {
        return interior_shade(h, mine, pointer);
    }
    return start_shade(h, mine, pointer);
}

bool words_shade(irqgc_t *h, state_t mine, void *const *words, size_t n) {
    void *const *const end = words + n;
    for (void *const volatile *w = words; w < end; w++) {
        const uintptr_t pointer = (uintptr_t)*w;
        if (pointer != 0 && !pointer_shade(h, mine, pointer)) { // most are 0
            return false;
        }
    }
    return true;
}

// ---- Scanning --------------------------------------------------------------

// Scans the object that starts at this block. A handler may free it meanwhile,
// and others may come to lie there: then their words are shaded, which keeps
// garbage for a cycle and does no harm.
static bool object_scan(irqgc_t *h, state_t mine, block_t b) {
    const group_t *g = &h->groups[block_group(b)];
    const word_t bit = block_bit(b);
    const bool black = (now(&g->head) & now(&g->body) & bit) != 0;
    if (!black || (now(&g->plain) & bit) != 0) {
        return true;
    }
    return words_shade(h, mine, block_address(h, b),
                       (object_end(h, b) - b) * BLOCK_WORDS);
}

// T7 pop. Before: the block waits. After: the caller is scanning it.
static block_t block_pop(irqgc_t *h, state_t mine) {
    block_t b = NO_BLOCK;
    const port_irq_t irq = port_irq_save();
    const word_t depth = h->mark_depth;
    if (h->state == mine && depth != 0) {
        h->mark_depth = depth - 1;
        b = h->mark_stack[depth - 1];
    }
    port_irq_restore(irq);
    return b;
}

static bool stack_drain(irqgc_t *h, state_t mine) {
    block_t b;
    while ((b = block_pop(h, mine)) != NO_BLOCK) {
        if (!object_scan(h, mine, b)) {
            return false;
        }
    }
    return true;
}

// T14 clear an overflow bit, or `overflowed`. Before the work that it asks
// for: a bit set again just after, by a push meanwhile, asks for it again.
static WINDOW bool overflow_clear(irqgc_t *h, state_t mine, word_t *word,
                                  word_t bits) {
    WINDOW_READY("+r"(h), "+r"(mine), "+r"(word), "+r"(bits));
    const port_irq_t irq = port_irq_save();
    const bool valid = h->state == mine;
    if (valid) {
        *word &= ~bits;
    }
    port_irq_restore(irq);
    return valid;
}

COLD static bool group_rescan(irqgc_t *h, state_t mine, word_t k) {
    const group_t *g = &h->groups[k];
    for (word_t black = now(&g->head) & now(&g->body); black != 0;
         black &= black - 1) {
        const block_t b = k * GROUP_BLOCKS + word_lowest(black);
        if (!object_scan(h, mine, b) || !stack_drain(h, mine)) {
            return false;
        }
    }
    return true;
}

COLD static bool overflow_drain(irqgc_t *h, state_t mine) {
    if (!overflow_clear(h, mine, &h->overflowed, 1)) {
        return false;
    }
    for (word_t i = 0; i * WORD_BITS < h->n_groups; i++) {
        word_t bits;
        while ((bits = now(&h->overflow[i])) != 0) {
            const word_t k = i * WORD_BITS + word_lowest(bits);
            if (!overflow_clear(h, mine, &h->overflow[i], bits & (0 - bits)) ||
                (k < h->n_groups && !group_rescan(h, mine, k))) {
                return false;
            }
        }
    }
    return true;
}

// ---- Roots -----------------------------------------------------------------

COLD static bool held_shade(irqgc_t *h, state_t mine) {
    for (word_t k = 0; k < h->n_groups; k++) {
        const group_t *g = &h->groups[k];
        for (word_t held = now(&g->held) & now(&g->head); held != 0;
             held &= held - 1) {
            if (!block_shade(h, mine, k * GROUP_BLOCKS + word_lowest(held))) {
                return false;
            }
        }
    }
    return true;
}

COLD static bool records_shade(irqgc_t *h, state_t mine) {
    for (const record_t *r = h->records; r != NULL; r = r->below) {
        if (r->object != NO_BLOCK && !block_shade(h, mine, r->object)) {
            return false;
        }
    }
    return true;
}

typedef struct {
    irqgc_t *heap;
    state_t mine;
    bool is_wide; // past the end, too
} stack_scan_t;

// What compilers leave of a pointer (docs/derived.md) keeps the object that it
// points into; just past its end, that, if its owner may have been interrupted
// anywhere; and in the last bytes of a block, what starts behind it: a pointer
// that is about to be incremented.
static bool stack_word_shade(const stack_scan_t *scan, uintptr_t word) {
    enum { BEFORE = 8 };
    irqgc_t *h = scan->heap;
    return interior_shade(h, scan->mine, word) &&
           (!scan->is_wide || word % BLOCK_BYTES != 0 ||
            interior_shade(h, scan->mine, word - 1)) &&
           (word % BLOCK_BYTES < BLOCK_BYTES - BEFORE ||
            start_shade(h, scan->mine, (word | (BLOCK_BYTES - 1)) + 1));
}

static bool listed_word_shade(void *arg, word_t word) {
    return stack_word_shade(arg, word);
}

// Reads whole stacks, also what lies between a sanitizer's variables.
__attribute__((no_sanitize("address"))) static void
stack_shade(void *arg, const void *low, const void *high) {
    const stack_scan_t *scan = arg;
    const uintptr_t align = sizeof(word_t) - 1;
    uintptr_t word = ((uintptr_t)low + align) & ~align;
    for (; (uintptr_t)high - word >= sizeof(word_t) && word < (uintptr_t)high;
         word += sizeof(word_t)) {
        if (!stack_word_shade(scan, *(const volatile uintptr_t *)word)) {
            return;
        }
    }
}

// Prologues push registers only to make room, with what they have of blocks.
static inline void registers_fill(word_t a, word_t b, word_t c, word_t d) {
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
}

COLD static bool roots_shade(irqgc_t *h, state_t mine) {
    for (const irqgc_root_t *r = h->roots; r != NULL; r = r->next) {
        if (!words_shade(h, mine, r->start, r->n_words)) {
            return false;
        }
    }
    if (!held_shade(h, mine) || !records_shade(h, mine)) {
        return false;
    }
    const bool is_wide = h->wide_scan || port_in_handler() || n_holds != 0;
    stack_scan_t scan = {h, mine, is_wide};
    registers_fill(0, 0, 0, 0);
    port_scan_stacks(stack_shade, &scan);
    return now(&h->state) == mine;
}

// Of the stacks that do not run: what was preempted there, it does not know.
// Again where the list is changed, which a higher context pays for.
static bool listed_shade(irqgc_t *h, state_t mine, word_t *version) {
    stack_scan_t scan = {h, mine, true};
    do {
        *version = now(&stacks_version);
    } while (!stacks_scan(*version, listed_word_shade, &scan) &&
             now(&h->state) == mine);
    return now(&h->state) == mine;
}

// ---- The phase -------------------------------------------------------------

// T10 from MARK to SWEEP. Before: nothing waits to be scanned, as the window
// sees, and the caller has scanned the stack in this very cycle, and the listed
// ones at this version: a handler that lists another may have put there what it
// has taken from where it was not scanned yet. After: every reachable head is
// black (I3). False iff something waits, or the list is another.
static WINDOW bool mark_end(irqgc_t *h, state_t mine, word_t version) {
    const word_t *stacks = (word_t *)word_ready((word_t)&stacks_version);
    const port_irq_t irq = port_irq_save();
    const bool valid = h->state == mine;
    const bool waits =
        (h->mark_depth | h->overflowed | (*stacks ^ version)) != 0;
    if (valid && !waits) {
        h->state = mine - MARK + SWEEP;
        h->unswept = h->n_groups;
    }
    port_irq_restore(irq);
    return !valid || !waits;
}

void mark(irqgc_t *h, state_t mine) {
    if (now(&h->state) != mine || !roots_shade(h, mine)) {
        return;
    }
    word_t version = ~now(&stacks_version); // of none that was scanned
    do {
        if (now(&stacks_version) != version &&
            !listed_shade(h, mine, &version)) {
            return;
        }
        if (!stack_drain(h, mine)) {
            return;
        }
        if (now(&h->overflowed) && !overflow_drain(h, mine)) {
            return;
        }
    } while (!mark_end(h, mine, version));
}
