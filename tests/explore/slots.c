// SPDX-License-Identifier: MIT
#include "slots.h"

void local_push(void *pointer) {
    if (model()->n_locals == MAX_LOCALS) {
        fail("nested too deep for the locals", MAX_LOCALS);
    }
    model()->locals[model()->n_locals++] = pointer;
}

slot_t *slot_of(const op_t *op) {
    return &model()->slots[op->slot];
}

void **root_of(const slot_t *s) {
    return &model()->roots[s - model()->slots];
}

void slot_lock(slot_t *s) {
    s->busy = true;
    s->version++;
}

slot_t *slot_take(const op_t *op) {
    slot_t *s = slot_of(op);
    if (s->busy || s->chain[0].at == NULL) {
        return NULL;
    }
    slot_lock(s);
    local_push(s->chain[0].at);
    return s;
}

slot_t *slot_take_empty(void) {
    for (slot_t *s = model()->slots; s < model()->slots + LATE; s++) {
        if (!s->busy && s->chain[0].at == NULL) {
            slot_lock(s);
            return s;
        }
    }
    return NULL;
}

void slot_let_go(slot_t *s) {
    s->busy = false;
}

void root_store(const slot_t *s, void *value) {
    irqgc_store(world.heap, root_of(s), value);
}

void slot_clear(slot_t *s) {
    *s = (slot_t){.version = s->version};
}

bool object_is_dying(const void *at) {
    const irqgc_t *h = world.heap;
    const block_t b = address_object(h, (uintptr_t)at);
    const group_t *g = &h->groups[block_group(b)];
    return block_group(b) < h->unswept &&
           (g->head & ~g->body & block_bit(b)) != 0;
}
