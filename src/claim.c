// SPDX-License-Identifier: MIT
//
// A claim searches outside any window and then claims what it found, if it is
// still free: the head with its group first, then forward group by group (I1).
#include "claim.h"
#include "hints.h"

// T1 claim a head with the tails of its group. Before: `run` was free when it
// was looked at. After: one object, white, or black where the sweep has still
// to come (I3); its record names it, so that a collection that comes just
// after keeps it. Returns the blocks used before: ours iff none of `run` is
// among them. Not inlined: its inputs would be spilled, and the window longer.
__attribute__((noinline)) static word_t
group_claim_head(irqgc_t *h, record_t *op, block_t b, word_t n) {
    const word_t k = block_group(b);
    const word_t bit = word_ready(block_bit(b));
    const word_t run = word_ready(word_run(block_index(b), n));
    group_t *g = &h->groups[k];
    const port_irq_t irq = port_irq_save();
    const word_t used = g->head | g->body;
    if ((used & run) == 0) {
        const bool black = k < h->unswept;
        g->head |= bit;
        g->body |= black ? run : run ^ bit;
        h->taken += n;
        op->object = b;
    }
    port_irq_restore(irq);
    return used;
}

static bool head_claim(irqgc_t *h, record_t *op, block_t b, word_t n) {
    const word_t run = word_run(block_index(b), n);
    const word_t used = group_claim_head(h, op, b, n);
    if ((used & run) != 0) {
        return false;
    }
    const word_t free = ~used & GROUP_ALL;
    hints_changed(h, block_group(b), free, free & ~run);
    return true;
}

// T2 claim further blocks of the object that ends where `run` starts. Before:
// free when looked at; no one else extends that object, a record names it.
// After: its tails. Returns the blocks used before.
static word_t group_claim_tails(irqgc_t *h, word_t k, word_t run, word_t n) {
    group_t *g = &h->groups[k];
    const port_irq_t irq = port_irq_save();
    const word_t head = g->head;
    const word_t body = g->body;
    if (((head | body) & run) == 0) {
        g->body = body | run;
        h->taken += n;
    }
    port_irq_restore(irq);
    return head | body;
}

word_t object_extend(irqgc_t *h, block_t end, block_t new_end) {
    for (block_t b = end; b < new_end;) {
        const word_t k = block_group(b);
        const word_t room = block_room(b);
        const word_t n = new_end - b < room ? new_end - b : room;
        const word_t run = word_run(block_index(b), n);
        const word_t used = group_claim_tails(h, k, run, n);
        if ((used & run) != 0) {
            tails_release(h, end, b);
            return b - end;
        }
        hints_changed(h, k, ~used & GROUP_ALL, ~(used | run) & GROUP_ALL);
        b += n;
    }
    return new_end - end;
}

// Claims the run of `n` blocks from `b` on. Returns how many it claimed before
// it met one that is taken; if that is not all, they have been given back.
static word_t run_claim(irqgc_t *h, record_t *op, block_t b, word_t n) {
    const word_t room = block_room(b);
    const word_t here = n < room ? n : room;
    if (!head_claim(h, op, b, here)) {
        return 0;
    }
    const word_t claimed = here + object_extend(h, b + here, b + n);
    if (claimed < n) {
        object_release(h, op, b + here);
    }
    return claimed;
}

// Up to one group, by hints: the first group in the order of addresses that
// has a run of the size class.
static bool hinted_claim(irqgc_t *h, record_t *op, word_t n) {
    const word_t *map = hint_map(h, word_class_of(n));
    for (word_t i = 0; i < h->n_map_words;) {
        const word_t hints = now(&map[i]);
        if (hints == 0) {
            i++;
            continue;
        }
        const word_t k = i * WORD_BITS + word_lowest(hints);
        const group_t *g = &h->groups[k];
        const word_t free = ~(now(&g->head) | now(&g->body)) & GROUP_ALL;
        const word_t starts = word_run_starts(free, n);
        if (starts == 0) {
            hints_refresh(h, k); // stale: a context below has yet to do it
        } else if (head_claim(h, op, k * GROUP_BLOCKS + word_lowest(starts),
                              n)) {
            return true;
        }
    }
    return false;
}

// The first run of `n` free blocks in the truth from block `from` on, or
// NO_BLOCK. `run` counts the free blocks that end the groups before. The words
// of a group may be of two instants: then something came back between them.
static block_t run_find(const irqgc_t *h, block_t from, word_t n) {
    word_t run = 0;
    word_t skip = GROUP_ALL << block_index(from);
    for (word_t k = block_group(from); k < h->n_groups; k++) {
        const group_t *g = &h->groups[k];
        const word_t used = now(&g->head) | now(&g->body);
        const word_t free = ~used & skip & GROUP_ALL;
        skip = GROUP_ALL;
        if (free == GROUP_ALL) {
            run += GROUP_BLOCKS;
            if (run >= n) {
                return (k + 1) * GROUP_BLOCKS - run;
            }
            continue;
        }
        if (free == 0) {
            run = 0;
            continue;
        }
        if (run + word_lowest(~free) >= n) {
            return k * GROUP_BLOCKS - run;
        }
        const word_t starts = n < GROUP_BLOCKS ? word_run_starts(free, n) : 0;
        if (starts != 0) {
            return k * GROUP_BLOCKS + word_lowest(starts);
        }
        run = GROUP_BLOCKS - 1 - word_highest(~free & GROUP_ALL);
    }
    return NO_BLOCK;
}

// Any length, by the truth. Where a higher context takes a block of the run
// from under us, the search goes on from there. To fail, a whole pass must
// have seen nothing, and nothing but our own blocks may have come back since
// it began: then no run is long enough now, for none has become longer (I2).
// Not inlined, to keep the way by hints short.
__attribute__((noinline)) static bool searched_claim(irqgc_t *h, record_t *op,
                                                     word_t n) {
    word_t given;
    do {
        given = now(&h->given);
        block_t b = 0;
        while ((b = run_find(h, b, n)) != NO_BLOCK) {
            const word_t claimed = run_claim(h, op, b, n);
            if (claimed == n) {
                return true;
            }
            given += claimed;
            b += claimed;
        }
    } while (now(&h->given) != given);
    return false;
}

bool object_claim(irqgc_t *h, record_t *op, word_t n) {
    return (n <= GROUP_BLOCKS && hinted_claim(h, op, n)) ||
           searched_claim(h, op, n);
}
