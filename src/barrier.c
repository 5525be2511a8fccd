// SPDX-License-Identifier: MIT
//
// Stores that a preempted collection does not miss, and new roots.
#include "collect.h"
#include "frames.h"
#include "misuse.h"
#include "records.h"

void words_barrier(irqgc_t *h, void *const *words, size_t n) {
    const state_t s = now(&h->state);
    if (state_marks(s)) {
        words_shade(h, s, words, n);
    }
}

// Stores, then looks: if a collection begins in between it sees the stored
// pointer, if it looked before it has been preempted by us and is told here.
// What the caller has filled in comes before: inlined, nothing else would keep
// the compiler from publishing the object first.
ORDERED void irqgc_store(irqgc_t *h, void **slot, void *value) {
    call_begin(h);
    in_order();
    *(void *volatile *)slot = value;
    in_order();
    words_barrier(h, &value, 1);
}

// All are stored before any is shaded: the collection that we preempted does
// not go on before we return, and one that comes between begins anew.
ORDERED COLD void irqgc_copy(irqgc_t *h, void **to, void *const *from,
                             size_t n) {
    call_begin(h);
    record_t op; // for a break to see
    record_begin(h, &op);
    const bool backwards = (uintptr_t)to - (uintptr_t)from < n * sizeof *to;
    for (size_t done = 0; done < n; done++) {
        const size_t i = backwards ? n - 1 - done : done;
        ((void *volatile *)to)[i] = from[i];
    }
    words_barrier(h, to, n);
    record_drop(h, &op);
}

// T16 add a root. Before: the node is in none of the list as the caller has
// searched it, from `first` on. After: it is the first, complete. A collection
// that read the list before us is in MARK still, and is told by the caller;
// one that begins just after reads the new list. False iff others were added
// since: then the caller searches again.
static bool root_link(irqgc_t *h, irqgc_root_t *root, const irqgc_root_t *first,
                      const irqgc_root_t *filled) {
    const port_irq_t irq = port_irq_save();
    const bool unchanged = h->roots == first;
    if (unchanged) {
        root->start = filled->start; // one by one, lest memcpy is called
        root->n_words = filled->n_words;
        root->next = filled->next;
        h->roots = root;
    }
    port_irq_restore(irq);
    return unchanged;
}

static irqgc_root_t *roots_first(const irqgc_t *h) {
    return *(irqgc_root_t *const volatile *)&h->roots;
}

// Whether a range shares no memory with a region and the heap's own data, or
// lies inside the region: in one object, a task's stack, say. Else what it
// shares would be kept, with all that it reaches, for ever.
COLD static bool range_is_apart(const irqgc_t *h, uintptr_t start,
                                uintptr_t end) {
    uintptr_t above = 0; // the data lie before the blocks of one region
    for (const region_t *r = h->regions; r < h->regions + h->n_regions; r++) {
        const uintptr_t data = (uintptr_t)h;
        const bool is_host = data >= above && data < r->base;
        const uintptr_t region_end = r->base + r->n_blocks * BLOCK_BYTES;
        const bool shares =
            start < region_end && end > (is_host ? data : r->base);
        if (shares && (start < r->base || end > region_end)) {
            return false;
        }
        above = r->base;
    }
    return true;
}

COLD static irqgc_status_t root_register(irqgc_t *h, irqgc_root_t *root,
                                         const void *start, size_t size) {
    const uintptr_t align = sizeof(word_t) - 1;
    const uintptr_t skip = (0 - (uintptr_t)start) & align;
    if (root == NULL || start == NULL || size < skip + sizeof(word_t) ||
        (uintptr_t)start + size < (uintptr_t)start) {
        return IRQGC_BAD_ARGUMENT;
    }
    if (!range_is_apart(h, (uintptr_t)start, (uintptr_t)start + size)) {
        misuse(h, IRQGC_OVERLAP, start);
        return IRQGC_OVERLAP;
    }
    irqgc_root_t filled = {
        .start = (void *const *)((uintptr_t)start + skip),
        .n_words = (size - skip) / sizeof(word_t),
    };
    do {
        filled.next = roots_first(h);
        for (const irqgc_root_t *r = filled.next; r != NULL; r = r->next) {
            if (r == root) {
                return IRQGC_BAD_ARGUMENT;
            }
        }
    } while (!root_link(h, root, filled.next, &filled));
    words_barrier(h, root->start, root->n_words);
    return IRQGC_OK;
}

// What it has looked at is none of the caller's (frames_wipe).
COLD irqgc_status_t irqgc_root_add(irqgc_t *h, irqgc_root_t *root,
                                   const void *start, size_t size) {
    call_begin(h);
    const irqgc_status_t status = root_register(h, root, start, size);
    frames_wipe();
    return status;
}
