// SPDX-License-Identifier: MIT
#include "misuse.h"

void misuse(irqgc_t *h, irqgc_status_t why, const void *object) {
    if (h->on_misuse != NULL) {
        h->on_misuse(h, why, object);
    } else if (IRQGC_DEBUG) {
        refusal_stop(why);
    }
}
