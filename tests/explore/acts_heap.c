// SPDX-License-Identifier: MIT
#include "acts_heap.h"

#include <string.h>

#include "collect.h"
#include "slots.h"
#include "tests/slow_hints.h"

// ---- Collecting ------------------------------------------------------------

void act_collect(const op_t *op) {
    (void)op;
    irqgc_collect(world.heap);
}

void act_sweep(const op_t *op) {
    (void)op;
    const state_t s = world.heap->state;
    if (state_phase(s) == SWEEP) {
        sweep(world.heap, s);
    }
}

typedef struct {
    jmp_buf out;
    bool on;
    unsigned level;
    word_t until; // groups left unswept
} help_t;
static help_t help;

bool help_is_over(void) {
    return help.on && help.level == cpu.level &&
           world.heap->unswept <= help.until;
}

void help_stop(void) {
    longjmp(help.out, 1);
}

static void help_run(const op_t *op) {
    const state_t s = world.heap->state;
    const word_t left = world.heap->unswept;
    if (state_phase(s) != SWEEP || left <= op->n) {
        return;
    }
    help.on = true;
    help.level = cpu.level;
    help.until = left - op->n;
    if (setjmp(help.out) == 0) {
        sweep(world.heap, s);
    }
}

// In the real core a helper goes on to the end; this one stops after n windows,
// so that the preempted sweep finds its own state but another cursor. What it
// leaves undone are the hints: after it, they differ from those of a heap at
// rest by the same bits as before, which are the preempted contexts' to toggle.
void act_help(const op_t *op) {
    const help_t before = help;
    slow_row_t pending = slow_row(world.heap, 0);
    for (unsigned c = 0; c < N_CLASSES; c++) {
        pending.map[c] ^= hint_row(world.heap, 0, 0)[c];
    }
    help_run(op);
    help = before;
    const slow_row_t now = slow_row(world.heap, 0);
    for (unsigned c = 0; c < N_CLASSES; c++) {
        slow_map_set(world.heap, 0, c, now.map[c] ^ pending.map[c]);
    }
}

// Moves an object from its root into a range that is no root yet. Until that
// is registered, its address is on the stack only.
static void late_fill(const op_t *op) {
    slot_t *late = &model()->slots[LATE];
    slot_t *s = slot_take(op);
    if (s == NULL) {
        return;
    }
    memcpy(late->chain, s->chain, sizeof late->chain);
    *root_of(late) = s->chain[0].at;
    root_store(s, NULL);
    slot_clear(s);
}

// Of several calls with the same node, in the midst of each other, one must
// succeed, and before the last of them ends.
static void late_register(void **root) {
    model_t *m = model();
    m->n_registering++;
    m->n_registered += irqgc_root_add(world.heap, &m->nodes[1], root,
                                      sizeof *root) == IRQGC_OK;
    m->n_registering--;
    if (m->n_registered > 1 ||
        (m->n_registered == 0 && m->n_registering == 0)) {
        fail("root_add of one node has succeeded, times",
             (long)m->n_registered);
    }
}

void act_root(const op_t *op) {
    slot_t *s = &model()->slots[LATE];
    const bool ours = !s->busy && model()->n_registered == 0;
    if (ours) {
        slot_lock(s);
        late_fill(op);
    }
    late_register(root_of(s));
    if (ours) {
        slot_let_go(s);
    }
}

// ---- Asking ----------------------------------------------------------------

void act_size(const op_t *op) {
    slot_t *s = slot_take(op);
    if (s == NULL) {
        return;
    }
    const size_t size = irqgc_size(world.heap, s->chain[0].at);
    if (size != s->chain[0].n_blocks * BLOCK_BYTES) {
        fail("size answers, blocks", (long)(size / BLOCK_BYTES));
    }
    slot_let_go(s);
}

void act_check(const op_t *op) {
    (void)op;
    const unsigned broken = irqgc_check(world.heap);
    if (broken != 0) {
        fail("irqgc_check", (long)broken);
    }
}

void act_stats(const op_t *op) {
    (void)op;
    irqgc_stats_t s;
    irqgc_stats(world.heap, &s);
    if (s.free > s.total || s.least_free > s.free) {
        fail("statistics: free", (long)(s.free / BLOCK_BYTES));
    }
}

// Which objects a walk has seen, of those that nobody touches meanwhile.
typedef struct {
    unsigned versions[N_SLOTS];
    bool busy[N_SLOTS];
    unsigned n_visits[N_SLOTS];
    bool dying[MAX_GARBAGE];
    word_t taken;
} walk_t;

static bool slot_is_as_before(const walk_t *w, unsigned i) {
    const slot_t *s = &model()->slots[i];
    return s->chain[0].at != NULL && !s->busy && !w->busy[i] &&
           s->version == w->versions[i];
}

// What was dying when the walk began is never visited, unless there may be
// another object by now.
static void dying_expect_unvisited(const walk_t *w, const void *object) {
    for (unsigned i = 0; i < MAX_GARBAGE; i++) {
        if (w->dying[i] && model()->garbage[i] == object &&
            w->taken == world.heap->taken) {
            fail("a walk visits what the sweep frees", 0);
        }
    }
}

static void visit(void *arg, void *object, size_t size, irqgc_flags_t flags) {
    walk_t *w = arg;
    dying_expect_unvisited(w, object);
    for (unsigned i = 0; i < N_SLOTS; i++) {
        const object_t *o = &model()->slots[i].chain[0];
        if (o->at != object || !slot_is_as_before(w, i)) {
            continue;
        }
        w->n_visits[i]++;
        if (size != o->n_blocks * BLOCK_BYTES || flags != o->attributes) {
            fail("a walk shows another object, blocks",
                 (long)(size / BLOCK_BYTES));
        }
    }
}

void act_walk(const op_t *op) {
    (void)op;
    walk_t w = {.taken = world.heap->taken};
    for (unsigned i = 0; i < MAX_GARBAGE; i++) {
        void *at = model()->garbage[i];
        w.dying[i] = at != NULL && object_is_dying(at);
    }
    for (unsigned i = 0; i < N_SLOTS; i++) {
        w.versions[i] = model()->slots[i].version;
        w.busy[i] = model()->slots[i].busy;
    }
    irqgc_walk(world.heap, visit, &w);
    for (unsigned i = 0; i < N_SLOTS; i++) {
        if (slot_is_as_before(&w, i) && w.n_visits[i] != 1) {
            fail("a walk visits an object, times", (long)w.n_visits[i]);
        }
    }
}
