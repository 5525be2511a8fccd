// SPDX-License-Identifier: MIT
#include "open.h"

// T26 close the open group. Before: hints show it as it was when it was opened.
// After: too, until the caller has toggled by what this window saw.
static closed_t group_close(irqgc_t *h) {
    closed_t was = {NULL, 0, 0};
    const port_irq_t irq = port_irq_save();
    const group_t *g = h->open;
    if (g != NULL) {
        h->open = NULL;
        was = (closed_t){g, h->open_free, g->head | g->body};
    }
    port_irq_restore(irq);
    return was;
}

bool open_close(irqgc_t *h) {
    const closed_t was = group_close(h);
    closed_hint(h, &was);
    return was.group != NULL;
}
