// SPDX-License-Identifier: MIT
//
// Stores that a preempted collection does not miss, and new roots.
#include "collect.h"

// Stores, then looks: if a collection begins in between it sees the stored
// pointer, if it looked before it has been preempted by us and is told here.
void irqgc_store(irqgc_t *h, void **slot, void *value) {
    *(void *volatile *)slot = value;
    const state_t s = now(&h->state);
    if (state_phase(s) == MARK) {
        words_shade(h, s, &value, 1);
    }
}

void irqgc_copy(irqgc_t *h, void **to, void *const *from, size_t n) {
    const bool backwards = (uintptr_t)to - (uintptr_t)from < n * sizeof *to;
    for (size_t done = 0; done < n; done++) {
        const size_t i = backwards ? n - 1 - done : done;
        irqgc_store(h, &to[i], from[i]);
    }
}

irqgc_status_t irqgc_root_add(irqgc_t *h, irqgc_root_t *root, const void *start,
                              size_t size) {
    const uintptr_t align = sizeof(word_t) - 1;
    const uintptr_t skip = (0 - (uintptr_t)start) & align;
    if (root == NULL || start == NULL || size < skip + sizeof(word_t) ||
        (uintptr_t)start + size < (uintptr_t)start) {
        return IRQGC_BAD_ARGUMENT;
    }
    for (const irqgc_root_t *r = h->roots; r != NULL; r = r->next) {
        if (r == root) {
            return IRQGC_BAD_ARGUMENT;
        }
    }
    root->start = (void *const *)((uintptr_t)start + skip);
    root->n_words = (size - skip) / sizeof(word_t);
    // T17 add a root. Before: complete, and linked to none. After: the first
    // of the list. A collection that read the list before us is in MARK still,
    // and is told below; one that begins between reads the new list.
    const port_irq_t irq = port_irq_save();
    root->next = h->roots;
    h->roots = root;
    port_irq_restore(irq);
    const state_t s = now(&h->state);
    if (state_phase(s) == MARK) {
        words_shade(h, s, root->start, root->n_words);
    }
    return IRQGC_OK;
}
