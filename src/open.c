// SPDX-License-Identifier: MIT
#include "open.h"

// T26 close the open group. Before: hints show it as it was when it was opened.
// After: too, until they are toggled by what this window saw, and left behind.
const group_t *group_close(irqgc_t *h) {
    const port_irq_t irq = port_irq_save();
    const group_t *g = h->open;
    if (g != NULL) {
        h->open = NULL;
        h->open_used = g->head | g->body;
    }
    port_irq_restore(irq);
    return g;
}

bool open_close(irqgc_t *h) {
    const group_t *g = FOR_SIZE ? NULL : group_close(h);
    if (g != NULL) {
        hints_changed(h, (word_t)(g - h->groups), h->open_free & GROUP_ALL,
                      ~h->open_used & GROUP_ALL);
    }
    return g != NULL;
}

void group_hint(irqgc_t *h, word_t k, bool was_open, word_t used, word_t free) {
    word_t shown = ~used;
    if (!FOR_SIZE && was_open) {
        shown = h->open_free;
        if (h->open_used != used) {
            // Others have toggled from the one to the other.
            hints_changed(h, k, ~used & GROUP_ALL, ~h->open_used & GROUP_ALL);
        }
    }
    hints_changed(h, k, shown & GROUP_ALL, free & GROUP_ALL);
}
