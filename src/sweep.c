// SPDX-License-Identifier: MIT
//
// The sweep goes from the last group to the first, one transition a group, and
// touches nothing but the planes. Nothing is carried from group to group in the
// heap, so anyone may help at any point.
//
// Tails that lead a group die if their head, in a lower group, is white: that
// one is not swept yet, so its colour still tells. The verdict is found before
// the window, and cannot go stale: ahead of the sweep a white head is dead, its
// blocks do not change until the sweep comes there, no tail ever follows its
// end, and whatever else is claimed there is black. One of "alive" is about
// blocks that were never those of a dead object.
#include "blocks.h"
#include "collect.h"
#include "counts.h"
#include "hints.h"

// The verdict on tails that lead a group, good for all groups above that of
// their head down to which it was looked for.
typedef struct {
    word_t head_group;
    bool dead;
} verdict_t;

static inline verdict_t lead_verdict(const irqgc_t *h, word_t k) {
    const group_t *g = group_at(h, k);
    while (k-- > 0) {
        // T15 look: both words at one instant, else a free and an allocation
        // in between might show a dead head that never was.
        const truth_t t = group_truth(--g);
        const word_t not_tail = (t.head | ~t.body) & GROUP_ALL;
        if (not_tail != 0) {
            const word_t white = t.head & ~t.body;
            const bool dead = (white >> word_highest(not_tail) & 1) != 0;
            return (verdict_t){k, dead};
        }
    }
    return (verdict_t){0, false};
}

// T11 sweep a group, the one below `unswept`. Before: all groups above are
// swept, and `dead` are the dead objects' blocks in this one, whatever else
// handlers have changed there since. After: those are free, its black objects
// white, and it counts as swept, all at once: a claim just before is black, one
// just after is white and stays (I3, I4). `used` gets the blocks used before.
// False iff someone else has swept it.
static WINDOW bool group_sweep(irqgc_t *h, WINDOW_OPERAND state_t mine,
                               word_t unswept, group_t *g, word_t dead,
                               word_t *WINDOW_OPERAND used) {
    WINDOW_OPERAND word_t n = dead == 0           ? 0
                              : dead == GROUP_ALL ? GROUP_BLOCKS
                                                  : word_count(dead);
    bool is_next = false;
    WINDOW_READY("+r"(g), "+r"(dead), "+r"(n));
    const port_irq_t irq = port_irq_save();
    if (h->state == mine && h->unswept == unswept) {
        is_next = true;
        const word_t head = g->head;
        const word_t body = g->body;
        g->head = head & ~dead;
        g->body = body & ~head & ~dead;
        h->given += n;
        h->unswept = unswept - 1;
        *used = head | body;
    }
    port_irq_restore(irq);
    return is_next;
}

// For debug builds: T11 as far as a block's memory goes. Before: the block is a
// dead object's, and its group is the next to be swept. After: it is filled. If
// someone else has swept the group, the memory may be a handler's: left alone.
COLD static void block_fill(const irqgc_t *h, state_t mine, word_t unswept,
                            block_t b) {
    const word_t fill = ~(word_t)0 / 255 * DEBUG_FILL;
    volatile word_t *w = block_address(h, b);
    const port_irq_t irq = port_irq_save();
    if (h->state == mine && h->unswept == unswept) {
        w[0] = fill;
        w[1] = fill;
        w[2] = fill;
        w[3] = fill;
    }
    port_irq_restore(irq);
}

COLD static void dead_fill(const irqgc_t *h, state_t mine, word_t unswept,
                           word_t dead) {
    for (; dead != 0; dead &= dead - 1) {
        block_fill(h, mine, unswept,
                   (unswept - 1) * GROUP_BLOCKS + word_lowest(dead));
    }
}

// Sweeps on, as far as the groups' hints share a row, and hints at what they
// have become.
static void groups_sweep(irqgc_t *h, state_t mine, word_t unswept,
                         verdict_t *lead) {
    const word_t i = (unswept - 1) / WORD_BITS;
    hints_t hints = {{0}};
    group_t *g = group_at(h, unswept);
    for (word_t bit = (word_t)1 << (unswept - 1) % WORD_BITS; bit != 0;
         bit >>= 1, unswept--) {
        g--;
        const truth_t t = group_truth(g);
        const bool leads = (t.body & ~t.head & 1) != 0;
        if (leads && unswept <= lead->head_group + 1) {
            *lead = lead_verdict(h, unswept - 1);
        }
        const word_t dead = word_swept(t.head, t.body, leads && lead->dead);
        if (IRQGC_DEBUG) {
            dead_fill(h, mine, unswept, dead);
        }
        word_t used;
        if (!group_sweep(h, mine, unswept, g, dead, &used)) {
            break;
        }
        if (dead != 0) {
            // NOLINTNEXTLINE(clang-analyzer-core.*): the window writes it
            const word_t free = ~used & GROUP_ALL;
            const word_t after = free | dead;
            if (free != 0) {
                hints.toggled[free_class(free) - 1] ^= bit;
            }
            const unsigned class = // often, and found sooner so
                after == GROUP_ALL ? N_CLASSES : free_class(after);
            hints.toggled[class - 1] ^= bit;
        }
    }
    hints_toggle(h, i, &hints);
}

// T12 the end of the cycle. Before: all groups are swept, no head is black.
// After: IDLE, the cycle is completed.
static void sweep_end(irqgc_t *h, state_t mine) {
    const port_irq_t irq = port_irq_save();
    if (h->state == mine && h->unswept == 0) {
        h->state = mine - SWEEP + IDLE;
    }
    port_irq_restore(irq);
}

void sweep(irqgc_t *h, state_t mine) {
    least_free_note_fast(h);
    verdict_t lead = {h->n_groups, false}; // on no group yet
    while (now(&h->state) == mine) {
        const word_t unswept = now(&h->unswept);
        if (unswept > 0) {
            groups_sweep(h, mine, unswept, &lead);
        } else {
            sweep_end(h, mine);
        }
    }
}
