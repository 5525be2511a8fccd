// SPDX-License-Identifier: MIT
//
// Marking: black heads wait on the mark stack to be scanned (I8), but for the
// last one that an object's words lead to: it is *in hand*, neither pushed nor
// popped, and scanned next. When the stack is full, the head's group gets its
// overflow bit instead, and all black heads of that group are scanned again
// later.
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

// T5 make black. Before: a white head, if it still is one. After: black, about
// to be pushed or scanned by us. `bit` iff it was white, and the state `mine`;
// else 0.
static WINDOW word_t head_blacken(irqgc_t *h, state_t mine, group_t *g,
                                  word_t bit) {
    word_t white = 0;
    const port_irq_t irq = port_irq_save();
    if (h->state == mine) {
        const word_t body = g->body;
        white = g->head & ~body & bit;
        g->body = body | white;
    }
    port_irq_restore(irq);
    return white;
}

// A look outside the window spares most windows: in MARK no black head turns
// white, and a new white one is shaded by who claims it.
static inline bool head_is_white(const group_t *g, block_t b) {
    return ((now(&g->head) & ~now(&g->body)) >> block_index(b) & 1) != 0;
}

// T6 push. Before: the caller has made this head black. After: it waits on the
// stack, or its group's overflow bit is set. If the state is not `mine` any
// more, a later cycle has taken care of it. In between it is black and waits
// nowhere, but no cycle ends meanwhile: its collector is the caller, or has
// been preempted by it.
static LONG_WINDOW void block_push(irqgc_t *h, state_t mine, block_t b) {
    const port_irq_t irq = port_irq_save();
    if (h->state == mine) {
        const word_t depth = h->mark_depth;
        if (depth < h->mark_capacity) {
            h->mark_stack[depth] = b;
            h->mark_depth = depth + 1;
        } else {
            const word_t k = block_group(b);
            h->overflow[k / WORD_BITS] |= (word_t)1 << k % WORD_BITS;
            h->overflowed = 1;
        }
    }
    port_irq_restore(irq);
}

bool block_shade(irqgc_t *h, state_t mine, block_t b) {
    if (b != NO_BLOCK) {
        group_t *g = group_at(h, block_group(b));
        const word_t bit = word_ready(block_bit(b));
        if (head_is_white(g, b) && head_blacken(h, mine, g, bit) != 0) {
            block_push(h, mine, b);
        }
    }
    return now(&h->state) == mine;
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

// The object that the pointer points into, or NO_BLOCK.
LEAN static block_t interior_head(irqgc_t *h, uintptr_t pointer) {
    const block_t b = far_address_block(h, pointer);
    return b == NO_BLOCK ? NO_BLOCK : block_head(h, b);
}

// The object that a word of an object or of a range points at, NO_BLOCK or what
// is no head.
COLD static block_t pointer_block(irqgc_t *h, uintptr_t pointer) {
    return h->interior_pointers         ? interior_head(h, pointer)
           : pointer % BLOCK_BYTES == 0 ? far_address_block(h, pointer)
                                        : NO_BLOCK;
}

bool words_shade(irqgc_t *h, state_t mine, void *const *words, size_t n) {
    void *const *const end = words + n;
    for (void *const volatile *w = words; w < end; w++) {
        if (!block_shade(h, mine, pointer_block(h, (uintptr_t)*w))) {
            return false;
        }
    }
    return true;
}

// ---- Scanning --------------------------------------------------------------

// Words that may be pointers.
typedef void *const volatile pointer_t;
typedef struct {
    pointer_t *next, *end;
} words_t;

// What a scan begins with: words; and heads of a group whose first block is
// this.
typedef struct {
    words_t words;
    word_t heads;
    block_t first;
} work_t;

// The next word that is not NULL, as most are; 0 if there is none.
static inline uintptr_t pointer_next(words_t *words) {
    while (words->next != words->end) {
        const uintptr_t pointer = (uintptr_t)*words->next++;
        if (pointer != 0) {
            return pointer;
        }
    }
    return 0;
}

// The words of the object that starts at this block, if it is black and has
// pointers. A handler may free it meanwhile, and others may come to lie there:
// then their words are shaded, which keeps garbage for a cycle and does no
// harm.
//
// Its end without a window: body before head, each tail of it is seen as one.
// What is none may be taken for one only where a black head behind was freed
// in between. So too much may be scanned, up to the next head, and never past
// the region: its sentinel is never freed.
static inline words_t object_words(const irqgc_t *h, block_t b) {
    const group_t *g = &h->groups[block_group(b)];
    const unsigned i = block_index(b);
    const word_t body = now(&g->body);
    const word_t head = now(&g->head);
    if (((head & body & ~now(&g->plain)) >> i & 1) == 0) {
        return (words_t){NULL, NULL};
    }
    const word_t behind = ((head | ~body) & GROUP_ALL) >> i >> 1;
    const word_t n =
        behind != 0 ? word_lowest(behind) + 1 : object_end(h, b) - b;
    pointer_t *words = block_address(h, b);
    return (words_t){words, words + n * BLOCK_WORDS};
}

// T7 pop. Before: the block waits. After: the caller is scanning it. A look
// outside the window spares those of an empty stack: what a handler pushes just
// after it, one just after the window would have left there, too (T10).
static inline block_t block_pop(irqgc_t *h, state_t mine) {
    block_t b = NO_BLOCK;
    if (now(&h->mark_depth) == 0) {
        return NO_BLOCK;
    }
    const port_irq_t irq = port_irq_save();
    const word_t depth = h->mark_depth;
    if (h->state == mine && depth != 0) {
        h->mark_depth = depth - 1;
        b = h->mark_stack[depth - 1];
    }
    port_irq_restore(irq);
    return b;
}

// Scans the words, and whatever waits on the stack then; and so for each of the
// heads. False iff the state is not `mine`.
//
// The object in hand is black and waits nowhere, as one that is about to be
// pushed (T6): the cycle does not end before the caller goes on. It is looked
// at again like one popped.
//
// In one piece: what it has in registers would be moved for a call.
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
__attribute__((noinline)) static bool work_scan(irqgc_t *h, state_t mine,
                                                const work_t *work) {
    const region_t *r = h->regions;
    group_t *const groups = h->groups;
    const uintptr_t base = r->base;
    const word_t n_near = h->interior_pointers ? 0 : r->n_blocks;
    const bool some_far = h->interior_pointers || h->n_regions > 1;
    words_t words = work->words;
    word_t heads = work->heads;
    block_t hand = NO_BLOCK;
    for (;;) {
        for (;;) {
            const uintptr_t pointer = pointer_next(&words);
            if (pointer == 0) {
                break;
            }
            block_t b = offset_object(pointer - base);
            if (b >= n_near) {
                b = some_far ? pointer_block(h, pointer) : NO_BLOCK;
                if (b == NO_BLOCK) {
                    continue;
                }
            }
            group_t *g = (group_t *)word_ready((word_t)&groups[block_group(b)]);
            if (!head_is_white(g, b)) {
                continue;
            }
            if (head_blacken(h, mine, g, word_ready(block_bit(b))) != 0) {
                if (hand != NO_BLOCK) {
                    block_push(h, mine, hand);
                }
                hand = word_ready(b);
            } else if (now(&h->state) != mine) {
                return false;
            }
        }
        if (hand == NO_BLOCK) {
            hand = block_pop(h, mine);
        }
        if (hand == NO_BLOCK) {
            if (heads == 0) {
                return now(&h->state) == mine;
            }
            hand = work->first + word_lowest(heads);
            heads &= heads - 1;
        }
        words = object_words(h, hand);
        hand = NO_BLOCK;
    }
}

static bool stack_drain(irqgc_t *h, state_t mine) {
    return work_scan(h, mine, &(work_t){.heads = 0});
}

// T14 clear an overflow bit, or `overflowed`. Before the work that it asks
// for: a bit set again just after, by a push meanwhile, asks for it again.
static LONG_WINDOW bool overflow_clear(irqgc_t *h, state_t mine, word_t *word,
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
    return work_scan(h, mine,
                     &(work_t){.heads = now(&g->head) & now(&g->body),
                               .first = k * GROUP_BLOCKS});
}

COLD static bool overflow_drain(irqgc_t *h, state_t mine) {
    if (!overflow_clear(h, mine, &h->overflowed, ~(word_t)0)) {
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
        if (!block_shade(h, mine, r->object)) {
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

enum { BEFORE = 8 };

// All addresses that a word of a stack is looked up for.
typedef struct {
    uintptr_t low, span; // up to and with low + span
} range_t;

// Computed below what is scanned: the first object has such an address.
static inline range_t heap_range(const irqgc_t *h) {
    const region_t *last = &h->regions[h->n_regions - 1];
    const uintptr_t low = h->regions[0].base - BEFORE;
    const uintptr_t end = last->base + last->n_blocks * BLOCK_BYTES;
    return (range_t){low, end - low};
}

static inline bool range_contains(const range_t *range, uintptr_t word) {
    return word - range->low <= range->span;
}

// What compilers leave of a pointer (docs/derived.md) keeps the object that it
// points into; just past its end, that, if its owner may have been interrupted
// anywhere; and in the last bytes of a block, what starts behind it: a pointer
// that is about to be incremented.
LEAN static bool stack_word_shade(const stack_scan_t *scan, uintptr_t word) {
    irqgc_t *h = scan->heap;
    return block_shade(h, scan->mine, interior_head(h, word)) &&
           (!scan->is_wide || word % BLOCK_BYTES != 0 ||
            block_shade(h, scan->mine, interior_head(h, word - 1))) &&
           (word % BLOCK_BYTES < BLOCK_BYTES - BEFORE ||
            block_shade(h, scan->mine,
                        pointer_block(h, (word | (BLOCK_BYTES - 1)) + 1)));
}

LEAN static bool listed_word_shade(void *arg, word_t word) {
    const stack_scan_t *scan = arg;
    const range_t range = heap_range(scan->heap);
    return !range_contains(&range, word) || stack_word_shade(scan, word);
}

// Reads whole stacks, also what lies between a sanitizer's variables.
LEAN __attribute__((no_sanitize("address"))) static void
stack_shade(void *arg, const void *low, const void *high) {
    const stack_scan_t *scan = arg;
    const range_t range = heap_range(scan->heap);
    const uintptr_t align = sizeof(word_t) - 1;
    const uintptr_t end = (uintptr_t)high & ~align;
    uintptr_t at = ((uintptr_t)low + align) & ~align;
    for (; at < end; at += sizeof(word_t)) {
        const uintptr_t word = *(const volatile uintptr_t *)at;
        if (range_contains(&range, word) && !stack_word_shade(scan, word)) {
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
        const words_t words = {r->start, r->start + r->n_words};
        if (!work_scan(h, mine, &(work_t){.words = words})) {
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

LEAN void mark(irqgc_t *h, state_t mine) {
    if (!roots_shade(h, mine)) {
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
