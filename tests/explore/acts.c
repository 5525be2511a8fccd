// SPDX-License-Identifier: MIT
#include "acts.h"

#include <string.h>

#include "acts_heap.h"
#include "content.h"
#include "oracle.h"
#include "slots.h"

// ---- Allocating ------------------------------------------------------------

static size_t blocks_size(word_t n) {
    return n * BLOCK_BYTES - (n & 1);
}

// Allocates and fills an object, whose address is on the stack then.
static object_t object_make(word_t n, irqgc_flags_t flags) {
    object_t o = {.n_blocks = n,
                  .seed = ++model()->last_seed,
                  .attributes = flags & (IRQGC_NO_POINTERS | IRQGC_HELD)};
    search_begin(n, NO_BLOCK, 0);
    o.at = irqgc_alloc(world.heap, blocks_size(n), flags);
    search_end(o.at == NULL, world.parting_alloc[cpu.level != 0]);
    if (o.at == NULL) {
        model()->counts.failures++;
        return o;
    }
    model()->counts.allocs++;
    local_push(o.at);
    if ((flags & IRQGC_NOT_ZEROED) == 0) {
        object_expect_zero(&o, 0);
    }
    *(void **)o.at = NULL;
    object_fill(&o, 0);
    return o;
}

static void act_alloc(const op_t *op) {
    slot_t *s = model()->stolen ? NULL : slot_take_empty();
    if (s == NULL) {
        return;
    }
    const object_t o = object_make(op->n, op->flags);
    if (o.at != NULL) {
        s->chain[0] = o;
        *root_of(s) = o.at; // raw: this activation has just got it
    }
    slot_let_go(s);
}

static void act_child(const op_t *op) {
    slot_t *s = slot_take(op);
    if (s == NULL) {
        return;
    }
    const bool plain = (s->chain[0].attributes & IRQGC_NO_POINTERS) != 0;
    if (!plain && s->chain[1].at == NULL && !model()->stolen) {
        const object_t o = object_make(op->n, op->flags);
        if (o.at != NULL) {
            s->chain[1] = o;
            *(void **)s->chain[0].at = o.at; // raw, too
        }
    }
    slot_let_go(s);
}

static bool may_wrap(const slot_t *s) {
    return !model()->stolen && chain_length(s) < MAX_CHAIN &&
           (s->chain[0].attributes & IRQGC_HELD) == 0;
}

// All stores are raw: into, and of, what this activation has just got.
static void slot_wrap(slot_t *s, const object_t *o) {
    *(void **)o->at = s->chain[0].at;
    memmove(&s->chain[1], s->chain, MAX_CHAIN * sizeof *s->chain);
    s->chain[0] = *o;
    *root_of(s) = o->at;
}

static void act_wrap(const op_t *op) {
    slot_t *s = slot_take(op);
    if (s == NULL) {
        return;
    }
    if (may_wrap(s)) {
        const object_t o =
            object_make(op->n, op->flags & ~(unsigned)IRQGC_NO_POINTERS);
        if (o.at != NULL) {
            slot_wrap(s, &o);
        }
    }
    slot_let_go(s);
}

// ---- Freeing ---------------------------------------------------------------

static void slot_forget(slot_t *s) {
    root_store(s, NULL);
    model()->n_dropped += chain_length(s) - 1;
}

static void act_free(const op_t *op) {
    slot_t *s = slot_take(op);
    if (s == NULL) {
        return;
    }
    slot_forget(s);
    object_verify(&s->chain[0], s->chain[0].n_blocks);
    s->risk = 1 + cpu.level;
    const irqgc_status_t status = irqgc_free(world.heap, s->chain[0].at);
    if (status != (s->stolen ? IRQGC_NOT_AN_OBJECT : IRQGC_OK)) {
        fail("free answers", (long)status);
    }
    model()->counts.frees += !s->stolen;
    slot_clear(s);
}

// Whether the model has an object at this address, that of slot `but` apart.
static bool is_tenanted(const void *at, const slot_t *but) {
    for (const slot_t *s = model()->slots; s < model()->slots + N_SLOTS; s++) {
        for (unsigned i = 0; i < MAX_CHAIN; i++) {
            if (s->chain[i].at == at && !(s == but && i == 0)) {
                return true;
            }
        }
    }
    return false;
}

// Nothing is allocated afterwards, for what is freed twice might be a new
// object the second time.
static void act_steal(const op_t *op) {
    slot_t *s = slot_of(op);
    if (s->risk == 0 || s->risk != cpu.level || s->stolen ||
        is_tenanted(s->chain[0].at, s)) {
        return;
    }
    model()->stolen = true;
    const irqgc_status_t status = irqgc_free(world.heap, s->chain[0].at);
    s->stolen = status == IRQGC_OK;
    model()->counts.frees += s->stolen;
}

static void stale_free(void *at, bool dying) {
    const irqgc_status_t status = irqgc_free(world.heap, at);
    if (status == IRQGC_OK && dying) {
        fail("free of what the sweep frees", 0);
    }
    model()->counts.frees += status == IRQGC_OK;
}

// Not of what is only garbage: nobody would know the new object.
static void stale_realloc(void *at, bool dying, word_t n) {
    if (dying &&
        irqgc_realloc(world.heap, at, n * BLOCK_BYTES, IRQGC_FAIL_FAST)) {
        fail("realloc of what the sweep frees", 0);
    }
}

// Frees, or reallocates, what no slot holds: refused if it is dying.
static void act_stale(const op_t *op) {
    void *at = op->n < MAX_GARBAGE ? model()->garbage[op->n] : NULL;
    if (at == NULL || is_tenanted(at, NULL)) {
        return;
    }
    model()->stolen = true;
    if (op->flags == 0) {
        stale_free(at, object_is_dying(at));
    } else {
        stale_realloc(at, object_is_dying(at), op->flags);
    }
}

// A pointer at which no object starts, or NULL.
static void *wild_pointer(const object_t *o, word_t which) {
    char *middle = (char *)o->at + BLOCK_BYTES;
    switch (which % 4) {
    case 0:
        return o->n_blocks > 1 ? middle : NULL;
    case 1:
        return middle - 1;
    case 2:
        return world.heap;
    default:
        return model()->roots;
    }
}

static void act_wild(const op_t *op) {
    slot_t *s = slot_take(op);
    if (s == NULL) {
        return;
    }
    void *wild = wild_pointer(&s->chain[0], op->n);
    if (wild != NULL && irqgc_free(world.heap, wild) != IRQGC_NOT_AN_OBJECT) {
        fail("free of what is no object", (long)(op->n % 4));
    }
    slot_let_go(s);
}

static void act_drop(const op_t *op) {
    slot_t *s = slot_take(op);
    if (s == NULL) {
        return;
    }
    if ((s->chain[0].attributes & IRQGC_HELD) != 0) {
        slot_let_go(s);
        return;
    }
    slot_forget(s);
    model()->n_dropped++;
    slot_clear(s);
}

// ---- Reallocating ----------------------------------------------------------

static void *realloc_watched(const object_t *o, const op_t *op) {
    const block_t b = address_object(world.heap, (uintptr_t)o->at);
    if (op->n > o->n_blocks) {
        search_begin(op->n, b + o->n_blocks, op->n - o->n_blocks);
    }
    return irqgc_realloc(world.heap, o->at, op->n * BLOCK_BYTES, op->flags);
}

static void resized(object_t *o, void *to, const op_t *op) {
    const word_t n_old = o->n_blocks;
    model()->counts.allocs += to != o->at;
    local_push(to);
    o->at = to;
    o->n_blocks = op->n;
    object_verify(o, n_old < op->n ? n_old : op->n);
    if (n_old < op->n) {
        if ((op->flags & IRQGC_NOT_ZEROED) == 0) {
            object_expect_zero(o, n_old);
        }
        object_fill(o, n_old);
    }
}

// A handler has freed the object: before the call looked at it, or after it had
// found no room, and only then is that a failure.
static void realloc_stolen(slot_t *s) {
    model()->n_unsure++;
    model()->n_dropped += chain_length(s) - 1;
    slot_clear(s);
}

// The root does not point at the object meanwhile: it may be moved.
static void act_realloc(const op_t *op) {
    slot_t *s = model()->stolen ? NULL : slot_take(op);
    if (s == NULL) {
        return;
    }
    object_t *o = &s->chain[0];
    root_store(s, NULL);
    object_verify(o, o->n_blocks);
    const bool grows = op->n > o->n_blocks;
    s->risk = 1 + cpu.level;
    void *to = realloc_watched(o, op);
    s->risk = 0;
    if (grows) {
        search_end(to == NULL && !s->stolen,
                   world.parting_realloc[cpu.level != 0]);
    }
    if (s->stolen) {
        if (to != NULL) {
            fail("realloc of what a handler has freed", 0);
        }
        realloc_stolen(s);
        return;
    }
    if (to != NULL) {
        resized(o, to, op);
    } else if (grows) {
        model()->counts.failures++;
    } else {
        fail("realloc to no more blocks fails", (long)op->n);
    }
    root_store(s, o->at);
    slot_let_go(s);
}

// ---- Changing the graph ----------------------------------------------------

static bool may_adopt(const slot_t *s, const slot_t *t) {
    return chain_length(s) == 1 && chain_length(t) < MAX_CHAIN &&
           (s->chain[0].attributes & IRQGC_NO_POINTERS) == 0 &&
           t->chain[0].attributes == 0;
}

// In either of the two ways that users have.
static void pointer_store(const op_t *op, void **to, void *value) {
    if ((op->flags & IRQGC_SWEEP_ON) != 0) {
        irqgc_copy(world.heap, to, &value, 1);
    } else {
        irqgc_store(world.heap, to, value);
    }
}

static void act_adopt(const op_t *op) {
    const op_t other = {.slot = (unsigned)op->n};
    slot_t *s = slot_take(op);
    slot_t *t = s != NULL ? slot_take(&other) : NULL;
    if (t != NULL) {
        if (may_adopt(s, t)) {
            pointer_store(op, s->chain[0].at, t->chain[0].at);
            root_store(t, NULL);
            memcpy(&s->chain[1], t->chain, MAX_CHAIN * sizeof *t->chain);
            memset(t->chain, 0, sizeof t->chain);
        }
        slot_let_go(t);
    }
    if (s != NULL) {
        slot_let_go(s);
    }
}

static void act_expose(const op_t *op) {
    slot_t *s = slot_take(op);
    slot_t *t = s != NULL && chain_length(s) > 1 ? slot_take_empty() : NULL;
    if (t != NULL) {
        local_push(s->chain[1].at);
        pointer_store(op, root_of(t), s->chain[1].at);
        irqgc_store(world.heap, s->chain[0].at, NULL);
        memcpy(t->chain, &s->chain[1], MAX_CHAIN * sizeof *t->chain);
        memset(&s->chain[1], 0, MAX_CHAIN * sizeof *t->chain);
        slot_let_go(t);
    }
    if (s != NULL) {
        slot_let_go(s);
    }
}

static void act_move(const op_t *op) {
    slot_t *s = slot_take(op);
    slot_t *t = s != NULL ? slot_take_empty() : NULL;
    if (t != NULL) {
        root_store(t, s->chain[0].at);
        root_store(s, NULL);
        memcpy(t->chain, s->chain, sizeof t->chain);
        slot_let_go(t);
        slot_clear(s);
    } else if (s != NULL) {
        slot_let_go(s);
    }
}

// ---- All -------------------------------------------------------------------

const act_t acts[N_KINDS] = {
    [ALLOC] = {"alloc", act_alloc},       [FREE] = {"free", act_free},
    [REALLOC] = {"realloc", act_realloc}, [SIZE] = {"size", act_size},
    [DROP] = {"drop", act_drop},          [CHILD] = {"child", act_child},
    [WRAP] = {"wrap", act_wrap},          [ADOPT] = {"adopt", act_adopt},
    [EXPOSE] = {"expose", act_expose},    [MOVE] = {"move", act_move},
    [WILD] = {"wild", act_wild},          [STEAL] = {"steal", act_steal},
    [STALE] = {"stale", act_stale},       [COLLECT] = {"collect", act_collect},
    [SWEEP_ALL] = {"sweep", act_sweep},   [HELP] = {"help", act_help},
    [ROOT] = {"root", act_root},          [CHECK] = {"check", act_check},
    [STATS] = {"stats", act_stats},       [WALK] = {"walk", act_walk},
};

void act(const op_t *op) {
    const unsigned n_locals = model()->n_locals;
    acts[op->kind].run(op);
    model()->n_locals = n_locals;
}
