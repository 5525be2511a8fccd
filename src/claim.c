// SPDX-License-Identifier: MIT
//
// Claims of any length, by the truth: what was found outside any window is
// claimed if it is still free, the head with its group first, then forward
// group by group (I1).
#include "claim.h"

#include "blocks.h"
#include "release.h"

// T1 claim blocks of one group for the object that starts at `head`: `run`, `n`
// blocks, of which `bit` is the head's, or 0 if that is in a group before.
// Before: they were free when they were looked at; no one else extends that
// object, its record names it. After: the object has them, its head is white,
// or black where the sweep has still to come (I3), and `op` names it, so that a
// collection that comes just after keeps it. Returns the blocks used before:
// ours iff none of `run` is among them.
LONG_WINDOW word_t group_claim(irqgc_t *h, record_t *WINDOW_OPERAND op,
                               WINDOW_OPERAND block_t head, group_t *g,
                               WINDOW_OPERAND word_t bit, word_t run,
                               WINDOW_OPERAND word_t n) {
    WINDOW_READY("+r"(h), "+r"(op), "+r"(head), "+r"(g), "+r"(bit), "+r"(run),
                 "+r"(n));
    const port_irq_t irq = port_irq_save();
    const word_t heads = g->head;
    const word_t body = g->body;
    if (((heads | body) & run) == 0) {
        g->head = heads | bit;
        g->body = body | run;
        if (block_group(head) >= h->unswept) { // white
            g->body ^= bit;
        }
        h->taken += n;
        op->object = head;
    }
    port_irq_restore(irq);
    return heads | body;
}

// Claims `n` blocks of one group from block `b` on; false iff one is taken.
LEAN static bool run_claim(irqgc_t *h, record_t *op, block_t head, block_t b,
                           word_t n) {
    const word_t k = block_group(b);
    const word_t run = word_ready(word_run(block_index(b), n));
    const word_t bit = word_ready(b == head ? block_bit(b) : 0);
    group_t *g = group_at(h, k);
    const bool was_open = group_shut(h, g);
    const word_t used = group_claim(h, op, head, g, bit, run, n);
    const bool is_mine = (used & run) == 0;
    group_hint(h, k, was_open, used, ~(is_mine ? used | run : used));
    return is_mine;
}

// T29 change a group as a whole: claim it for an object that goes on there, or
// give it back. Before: it has no head, and these tails: none, so it is free,
// or all, the object's own, which its record has others refuse. After: it has
// the others, so the object is longer by its end, or shorter (I1). False, and
// nothing, if it was not so.
static WINDOW bool group_change(group_t *g, word_t tails, word_t *blocks) {
    bool changes = false;
    const port_irq_t irq = port_irq_save();
    if (g->head == 0 && g->body == tails) {
        g->body = tails ^ GROUP_ALL;
        *blocks += GROUP_BLOCKS;
        changes = true;
    }
    port_irq_restore(irq);
    return changes;
}

// Groups of a row that are hinted at together. Until then a handler that hints
// lead to them looks at each in vain.
enum { TOGETHER = 4 };

// A group that is open is left to others; none becomes so (open.h).
word_t groups_change(irqgc_t *h, word_t k, word_t n, word_t tails) {
    const word_t step = tails != 0 ? ~(word_t)0 : 1;
    word_t *blocks = tails != 0 ? &h->given : &h->taken;
    const word_t first = k;
    word_t groups = 0;
    word_t left = n;
    for (; left > 0 && (k ^ first) < TOGETHER; k += step) {
        group_t *g = group_at(h, k);
        if (g == open_now(h) || !group_change(g, tails, blocks)) {
            break;
        }
        groups |= (word_t)1 << k % WORD_BITS;
        left--;
    }
    if (groups != 0) {
        map_toggle(h, N_CLASSES - 1, first / WORD_BITS, groups);
        map_toggle(h, 0, first / WORD_BITS, groups);
    }
    return n - left;
}

word_t blocks_claim(irqgc_t *h, record_t *op, block_t head, block_t first,
                    block_t end) {
    for (block_t b = first; b < end;) {
        const word_t room = block_room(b);
        const word_t n = word_ready(end - b < room ? end - b : room);
        const word_t whole =
            n == GROUP_BLOCKS && b != head
                ? groups_change(h, block_group(b), (end - b) / GROUP_BLOCKS, 0)
                : 0;
        if (whole == 0 && !run_claim(h, op, head, b, n)) {
            blocks_release(h, op, first, b);
            return b - first;
        }
        b += whole == 0 ? n : whole * GROUP_BLOCKS;
    }
    return end - first;
}

// Again where the group that was open may have come to have room.
bool hinted_claim(irqgc_t *h, record_t *op, word_t n) {
    block_t b;
    while ((b = run_hinted(h, 0, n)) == NO_BLOCK) {
        if (!open_close(h)) {
            return false;
        }
    }
    return run_claim(h, op, b, b, n);
}

// ---- Searching the truth ---------------------------------------------------
//
// Nothing is masked: the words of a group may be of two instants, but then
// something came back between them; and what is found is looked at again when
// it is claimed. Not with `now`, so that a group may be one load.

static inline word_t group_used(const group_t *g) {
    return g->head | g->body;
}

// Of three: a step of the loop costs as much as to look at one.
static inline bool groups_are_full(const group_t *g) {
    return (group_used(g) & group_used(g + 1) & group_used(g + 2)) == GROUP_ALL;
}

// The longest run, of those that a size class begins with, that one group at
// least has of any run of `n` blocks.
static inline word_t piece_of(word_t n) {
    const word_t half = n - n / 2;
    return half > GROUP_BLOCKS ? GROUP_BLOCKS
           : half <= 3         ? half
                               : (word_t)1 << word_highest(half);
}

// Groups between two looks at hints: few where they have just led on, many
// where there was nothing to skip.
enum { LOOK_SOON = 3, LOOK_LATER = 128 };

// Not for short runs in a small heap: to look at all of its groups takes less
// than to be led on in vain.
static inline bool hints_lead_on(const irqgc_t *h, word_t n) {
    return n + h->n_groups / 16 >= GROUP_BLOCKS;
}

// The first run of `n` free blocks from group `k` on, or NO_BLOCK. `run` counts
// the free blocks that end the groups before. Unless `skips` is NULL, groups
// that are not near one that hints tell to have a piece of such a run may be
// skipped, which it tells then.
//
// In one piece: what it has in registers would be moved for a call.
__attribute__((hot, noinline)) static block_t
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
run_find(const irqgc_t *h, word_t k, word_t n, bool *skips) {
    const steps_t steps = word_steps(n < GROUP_BLOCKS ? n : GROUP_BLOCKS);
    const group_t *const last = &h->groups[h->n_groups];
    const group_t *g = &h->groups[k];
    word_t run = 0;
    word_t offset = 0; // of the run found, in its last group
    while (g < last) {
        const group_t *end = last;
        if (skips != NULL) {
            word_t ahead = LOOK_LATER;
            if (run == 0) {
                k = (word_t)(g - h->groups);
                const word_t next = block_group(run_hinted(h, k, piece_of(n)));
                if (next > k + 1) { // else this group, or its end and the next
                    *skips = true;
                    if (next >= h->n_groups) {
                        break;
                    }
                    g = &h->groups[next - 1];
                    ahead = LOOK_SOON;
                }
            }
            if (ahead < (word_t)(last - g)) {
                end = g + ahead;
            }
        }
        for (; g < end; g++) {
            const word_t used = word_ready(group_used(g)); // one look
            if (used == GROUP_ALL) {
                run = 0;
                while (end - g > 3 && groups_are_full(g + 1)) {
                    g += 3;
                }
                continue;
            }
            if (used == 0) {
                run += GROUP_BLOCKS;
                if (run < n) {
                    continue;
                }
                offset = GROUP_BLOCKS - run;
                goto found;
            }
            if (run + word_lowest(used) >= n) {
                offset = 0 - run;
                goto found;
            }
            const word_t starts = word_step_starts(&steps, ~used & GROUP_ALL);
            if (starts != 0) {
                offset = word_lowest(starts);
                goto found;
            }
            run = GROUP_BLOCKS - 1 - word_highest(used);
        }
    }
    return NO_BLOCK;
found:
    return (word_t)(g - h->groups) * GROUP_BLOCKS + offset;
}

// Any length, first near what hints tell. Where a higher context takes a block
// of the run from under us, the search goes on from there. To fail, a whole
// pass must have seen nothing, with no group skipped, and nothing but our own
// blocks may have come back since it began: then no run is long enough now, for
// none has become longer (I2).
bool searched_claim(irqgc_t *h, record_t *op, word_t n) {
    bool skips = false;
    for (bool *hints = hints_lead_on(h, n) ? &skips : NULL;; hints = NULL) {
        skips = false;
        word_t given = now(&h->given);
        in_order(); // the words are read after it, without `now`
        block_t b = 0;
        while ((b = run_find(h, block_group(b), n, hints)) != NO_BLOCK) {
            const word_t claimed = blocks_claim(h, op, b, b, b + n);
            if (claimed == n) {
                return true;
            }
            given += claimed;
            b += claimed;
        }
        if (!skips && now(&h->given) == given) {
            return false;
        }
    }
}
