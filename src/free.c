// SPDX-License-Identifier: MIT
//
// Giving blocks back, group by group from the last one on. An object that ends
// in the group it starts in goes at once: one look, one window, and no call
// unless hints change. Where they are known not to, there is no record either.
#include "alloc.h"
#include "blocks.h"
#include "claim.h"
#include "counts.h"
#include "hook.h"
#include "misuse.h"
#include "open.h"
#include "records.h"
#include "release.h"

// T2 give back blocks of one group: `run`, `n` blocks, the last of the object
// that `op` names, of which `bit` is the head's, or 0 if that is in a group
// before. Before: they are the object's, whatever handlers change around it,
// for the record makes others refuse it. After: they are free, and the object
// is shorter; or it is gone, and named no more, so that a collection does not
// take the next tenant for a root: `left` is its head, or NO_BLOCK. Returns the
// blocks used before; 0 if one of the run was free, or another's head: then all
// stay as they are.
static LONG_WINDOW word_t group_release(irqgc_t *h, record_t *WINDOW_OPERAND op,
                                        WINDOW_OPERAND block_t left, group_t *g,
                                        WINDOW_OPERAND word_t bit, word_t run,
                                        WINDOW_OPERAND word_t n) {
    WINDOW_OPERAND word_t used = 0;
    WINDOW_READY("+r"(h), "+r"(op), "+r"(left), "+r"(g), "+r"(bit), "+r"(run),
                 "+r"(n));
    const port_irq_t irq = port_irq_save();
    const word_t heads = g->head;
    const word_t body = g->body;
    if ((heads & run) == bit && ((heads | body) & run) == run) {
        used = heads | body;
        g->head = heads & ~run;
        g->body = body & ~run;
        h->given += n;
        op->object = left;
    }
    port_irq_restore(irq);
    return used;
}

// Gives them back, and hints at them. A head is not held any more then: who
// allocates it next without a record may be left by a break before it has
// written its own attributes.
__attribute__((noinline)) static bool run_release(irqgc_t *h, record_t *op,
                                                  block_t left, word_t k,
                                                  word_t bit, word_t run,
                                                  word_t n) {
    group_t *g = group_at(h, k);
    const bool was_open = group_shut(h, g);
    if ((now(&g->held) & bit) != 0) {
        attributes_write(g, bit, 0); // no free block is held (I10)
    }
    const word_t used = group_release(h, op, left, g, bit, run, n);
    ASSERT(used != 0);
    group_hint(h, k, was_open, used, ~used | run); // none, if that is 0
    return used != 0;
}

void blocks_release(irqgc_t *h, record_t *op, block_t first, block_t end) {
    const block_t head = op->object;
    while (end > first) {
        const word_t k = block_group(end - 1);
        const block_t start = k * GROUP_BLOCKS;
        const block_t b = start > first ? start : first;
        const word_t n = end - b;
        const bool all = b == head;
        const word_t whole =
            n == GROUP_BLOCKS && !all
                ? groups_change(h, k, (end - first) / GROUP_BLOCKS, GROUP_ALL)
                : 0;
        if (whole != 0) {
            end -= whole * GROUP_BLOCKS;
            continue;
        }
        if (!run_release(h, op, all ? NO_BLOCK : head, k,
                         all ? block_bit(b) : 0, word_run(block_index(b), n),
                         n)) {
            return; // what its tails hang on must stay (I1)
        }
        end = b;
    }
}

// Whether a group starts with a tail. Read without a window: what becomes used
// in between may look like one, but a tail never like something else.
static inline bool group_leads(const group_t *g) {
    return (now(&g->body) & ~now(&g->head) & 1) != 0;
}

// The run, `n` blocks, of the object whose head is `bit` of a group seen as
// `read`; none if it reaches to the end of the group, or beyond.
typedef struct {
    word_t run, n;
} object_run_t;

static inline object_run_t object_run(truth_t read, word_t bit) {
    const word_t behind =
        (read.head | ~read.body) & (0 - (bit << 1)) & GROUP_ALL;
    const word_t run = behind != 0 ? (behind & (0 - behind)) - bit : 0;
    return (object_run_t){
        word_ready(run),
        behind != 0 ? word_ready(word_lowest(behind) - word_lowest(bit)) : 0};
}

// Gives back the object at block `b` that `op` names, seen in its group as
// `read`.
static inline void object_release(irqgc_t *h, record_t *op, block_t b,
                                  truth_t read) {
    const word_t k = block_group(b);
    const word_t bit = block_bit(b);
    object_run_t e = object_run(read, bit);
    if (e.n == 0) {
        if (group_leads(group_at(h, k) + 1)) { // it goes on
            blocks_release(h, op, b, object_end(h, b));
            return;
        }
        e = (object_run_t){GROUP_ALL & (0 - bit), block_room(b)};
    }
    run_release(h, op, NO_BLOCK, k, bit, e.run, e.n);
}

__attribute__((noinline)) static irqgc_status_t recorded_free(irqgc_t *h,
                                                              void *object) {
    record_t op;
    glance_t glance;
    const irqgc_status_t status = object_name(h, &op, object, &glance);
    if (status != IRQGC_OK) {
        record_drop(h, &op);
        if (object == NULL) { // in no region
            return IRQGC_OK;
        }
        misuse(h, status, object);
        return status;
    }
    const block_t b = op.object;
    trace_free(h, b);
    if (IRQGC_DEBUG) {
        blocks_dead(h, b, object_end(h, b));
    }
    object_release(h, &op, b, glance.group);
    count(h, offsetof(irqgc_counts_t, frees));
    record_drop(h, &op);
    return IRQGC_OK;
}

// ---- Without a record ------------------------------------------------------

// T27 give back an object whose group is as it was read, and open iff that is
// `open`; no hints change. Before: nothing has happened. After: its blocks are
// free. If others have changed that meanwhile: false, nothing.
static WINDOW bool group_replace(irqgc_t *h, group_t *g, truth_t read,
                                 word_t run, WINDOW_OPERAND word_t n,
                                 const group_t *WINDOW_OPERAND open) {
    bool same = false;
    const port_irq_t irq = port_irq_save();
    if (g->head == read.head && g->body == read.body && h->open == open) {
        g->head = read.head & ~run;
        g->body = read.body & ~run;
        h->given += n;
        same = true;
    }
    port_irq_restore(irq);
    return same;
}

// Gives back an object of the first region whose hints do not change; where no
// operation is in progress below, so that none can have it, and no sweep is, to
// which it may be dead, and so until the call returns (I9, I11). If a higher
// context has freed it before the window, that finds another group; and where
// another object has come to lie there, just like it, this call is as one that
// began after that. False iff nothing has been done.
static inline bool plain_free(irqgc_t *h, const void *object) {
    const region_t *r = h->regions;
    const uintptr_t offset = (uintptr_t)object - r->base;
    const block_t b = offset_object(offset);
    if (b >= r->n_blocks || records_now(h) != NULL || now(&h->unswept) != 0) {
        return false;
    }
    group_t *g = group_at(h, block_group(b));
    const group_t *open = open_now(h);
    const truth_t read = {now(&g->head), now(&g->body)};
    const word_t bit = block_bit(b);
    const object_run_t e = object_run(read, bit);
    const word_t free = ~(read.head | read.body) & GROUP_ALL;
    if ((read.head & ~now(&g->held) & bit) == 0 || e.n == 0 ||
        (open != g && !word_class_is_same(free, free | e.run))) {
        return false;
    }
    if (!group_replace(h, g, read, e.run, e.n, open)) {
        return false;
    }
    count_fast(h, offsetof(irqgc_counts_t, frees));
    return true;
}

irqgc_status_t irqgc_free(irqgc_t *h, void *object) {
    call_begin(h);
    least_free_note_fast(h);
    return IRQGC_DEBUG || IRQGC_TRACE || FOR_SIZE || !plain_free(h, object)
               ? recorded_free(h, object)
               : IRQGC_OK;
}
