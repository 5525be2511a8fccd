// SPDX-License-Identifier: MIT
#include "scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acts.h"
#include "inject.h"

enum { FAST = IRQGC_FAIL_FAST };

static void put(ops_t *ops, op_t op) {
    if (ops->n == MAX_OPS) {
        puts("too many acts");
        exit(2);
    }
    ops->ops[ops->n++] = op;
}

// The same act with each number of blocks.
static void put_sizes(ops_t *ops, op_t op, word_t first, word_t last) {
    for (op.n = first; op.n <= last; op.n++) {
        put(ops, op);
    }
}

// The same act on each object of the picture that has a name.
static void put_named(ops_t *ops, const start_t *start, op_t op) {
    for (const char *c = start->picture; *c != '\0'; c++) {
        const char name = (char)(*c | ('a' ^ 'A'));
        if (*c != '|' && name >= 'a' && name <= 'l' && *c != 'o') {
            op.slot = (unsigned)(name - 'a');
            put(ops, op);
        }
    }
}

// ---- All legal pictures ----------------------------------------------------

// Numbers whose digits, from the least on, are the states of blocks.
enum { STATE_FREE, STATE_TAIL, STATE_WHITE, STATE_BLACK };

typedef struct {
    unsigned n_blocks, n_states;
    unsigned long n_unswept; // values of `unswept`; 0: IDLE
    unsigned long *legal;    // numbers; the unswept groups are the last digit
    unsigned long n;
    bool bridged; // group 1 is all used, and but for one block it is tails
} pictures_t;

static unsigned long power(unsigned long base, unsigned n) {
    return n == 0 ? 1 : base * power(base, n - 1);
}

static bool is_bridge(unsigned b, unsigned long state) {
    return b / GROUP_BLOCKS != 1 || state == STATE_TAIL ||
           (b % GROUP_BLOCKS == 1 && state != STATE_FREE);
}

// Tails follow a head or a tail. What is swept has no black head, nor tails of
// a dead one in a lower group.
static bool is_legal(const pictures_t *p, unsigned long number) {
    const unsigned long unswept = number / power(p->n_states, p->n_blocks);
    bool used = false;
    bool dead = false;
    for (unsigned b = 0; b < p->n_blocks; b++, number /= p->n_states) {
        const unsigned long state = number % p->n_states;
        const bool ahead = b / GROUP_BLOCKS < unswept;
        if ((p->bridged && !is_bridge(b, state)) ||
            (state == STATE_TAIL && (!used || (dead && !ahead))) ||
            (state == STATE_BLACK && !ahead)) {
            return false;
        }
        used = state != STATE_FREE;
        dead = state == STATE_TAIL ? dead : state == STATE_WHITE && ahead;
    }
    return true;
}

static unsigned long pictures_count(pictures_t *p) {
    if (p->legal != NULL) {
        return p->n;
    }
    const unsigned long end = power(p->n_states, p->n_blocks) *
                              (p->n_unswept != 0 ? p->n_unswept : 1);
    p->legal = calloc(end, sizeof *p->legal);
    for (unsigned long i = 0; p->legal != NULL && i < end; i++) {
        if (is_legal(p, i)) {
            p->legal[p->n++] = i;
        }
    }
    return p->n;
}

static void pictures_start(const pictures_t *p, unsigned long i, start_t *s) {
    unsigned long number = p->legal[i];
    *s = (start_t){.sweeps = p->n_unswept != 0, .mark_stack = 4};
    s->unswept = s->sweeps ? number / power(p->n_states, p->n_blocks) : 0;
    char name = 'a';
    for (unsigned b = 0; b < p->n_blocks; b++, number /= p->n_states) {
        const bool ahead = s->sweeps && b / GROUP_BLOCKS < s->unswept;
        const unsigned long state = number % p->n_states;
        char c = state == STATE_FREE ? '.' : '=';
        if (state == STATE_WHITE) {
            c = ahead ? 'o' : name++;
        } else if (state == STATE_BLACK) {
            c = (char)(name++ ^ 'a' ^ 'A');
        }
        s->picture[b] = c;
    }
}

// ---- sweep: dead, live and free blocks in all ways, swept up to anywhere ---

enum { SWEEP_BLOCKS = 8, SWEEP_GROUPS = SWEEP_BLOCKS / GROUP_BLOCKS + 1 };
static pictures_t sweep_pictures = {SWEEP_BLOCKS, 4, SWEEP_GROUPS + 1,
                                    NULL,         0, false};

static unsigned long sweep_count(void) {
    return pictures_count(&sweep_pictures);
}

static void sweep_start(unsigned long i, start_t *s) {
    pictures_start(&sweep_pictures, i, s);
}

static void sweep_bases(const start_t *s, ops_t *ops) {
    put(ops, (op_t){.kind = SWEEP_ALL});
    put(ops, (op_t){ALLOC, 0, 2, FAST});
    put(ops, (op_t){ALLOC, 0, 5, IRQGC_SWEEP_ON});
    put_named(ops, s, (op_t){.kind = FREE});
    put_named(ops, s, (op_t){REALLOC, 0, 1, FAST});
    put_named(ops, s, (op_t){REALLOC, 0, 4, IRQGC_SWEEP_ON});
    put_sizes(ops, (op_t){.kind = STALE}, 0, 1);
    put(ops, (op_t){STALE, 0, 0, 4});
    put(ops, (op_t){.kind = WALK});
}

static void sweep_handlers(const start_t *s, ops_t *ops) {
    put_sizes(ops, (op_t){ALLOC, 0, 0, FAST}, 1, 8);
    put_named(ops, s, (op_t){.kind = FREE});
    put_named(ops, s, (op_t){REALLOC, 0, 1, FAST});
    put_named(ops, s, (op_t){REALLOC, 0, 3, FAST});
    put_named(ops, s, (op_t){REALLOC, 0, 6, FAST});
    put_sizes(ops, (op_t){.kind = HELP}, 1, 2);
    put(ops, (op_t){.kind = SWEEP_ALL});
    put(ops, (op_t){.kind = COLLECT});
    put(ops, (op_t){.kind = CHECK});
    put(ops, (op_t){.kind = WALK});
    put(ops, (op_t){.kind = STALE});
}

// ---- swept2, swept3: short enough to be done completely --------------------

#if IRQGC_GROUP_BLOCKS == 4
static pictures_t swept2_pictures = {7, 4, 3, NULL, 0, false};
static pictures_t swept3_pictures = {10, 4, 4, NULL, 0, true};

static unsigned long swept2_count(void) {
    return pictures_count(&swept2_pictures);
}

static void swept2_start(unsigned long i, start_t *s) {
    pictures_start(&swept2_pictures, i, s);
}

static unsigned long swept3_count(void) {
    return pictures_count(&swept3_pictures);
}

static void swept3_start(unsigned long i, start_t *s) {
    pictures_start(&swept3_pictures, i, s);
}

static void swept_bases(const start_t *s, ops_t *ops) {
    (void)s;
    put(ops, (op_t){.kind = SWEEP_ALL});
}

static void swept_handlers(const start_t *s, ops_t *ops) {
    put_sizes(ops, (op_t){ALLOC, 0, 0, FAST}, 1, 8);
    put_named(ops, s, (op_t){.kind = FREE});
    put_sizes(ops, (op_t){.kind = HELP}, 1, 2);
    put(ops, (op_t){.kind = SWEEP_ALL});
}
#endif

// ---- tiny, stores, small: two handlers at every point, completely ----------

static pictures_t tiny_pictures = {3, 3, 0, NULL, 0, false};
static pictures_t small_pictures = {5, 3, 0, NULL, 0, false};

static unsigned long tiny_count(void) {
    return pictures_count(&tiny_pictures);
}

static void tiny_start(unsigned long i, start_t *s) {
    pictures_start(&tiny_pictures, i, s);
}

static void tiny_all(const start_t *s, ops_t *ops) {
    put_sizes(ops, (op_t){ALLOC, 0, 0, FAST}, 1, 2);
    put_named(ops, s, (op_t){.kind = FREE});
    put_named(ops, s, (op_t){REALLOC, 0, 1, FAST});
    put_named(ops, s, (op_t){REALLOC, 0, 3, FAST});
    put(ops, (op_t){.kind = COLLECT});
    put(ops, (op_t){.kind = CHECK});
}

// The same heaps, with the operations that tiny lacks.
static void stores_all(const start_t *s, ops_t *ops) {
    put(ops, (op_t){ALLOC, 0, 1, FAST});
    put_named(ops, s, (op_t){.kind = FREE});
    put_named(ops, s, (op_t){.kind = MOVE});
    put(ops, (op_t){ADOPT, 0, 1, 0});
    put(ops, (op_t){ADOPT, 1, 0, IRQGC_SWEEP_ON});
    put_named(ops, s, (op_t){.kind = SIZE});
    put(ops, (op_t){.kind = ROOT});
    put(ops, (op_t){.kind = STATS});
    put(ops, (op_t){.kind = WALK});
    put(ops, (op_t){.kind = COLLECT});
}

static unsigned long small_count(void) {
    return pictures_count(&small_pictures);
}

static void small_start(unsigned long i, start_t *s) {
    pictures_start(&small_pictures, i, s);
}

static void small_all(const start_t *s, ops_t *ops) {
    put_sizes(ops, (op_t){ALLOC, 0, 0, FAST}, 1, 2);
    put_named(ops, s, (op_t){.kind = FREE});
    put_named(ops, s, (op_t){REALLOC, 0, 2, FAST});
    put(ops, (op_t){.kind = COLLECT});
}

// ---- idle2, idle3: two or three groups of live objects ---------------------

static pictures_t idle2_pictures = {7, 3, 0, NULL, 0, false};
static pictures_t idle3_pictures = {11, 3, 0, NULL, 0, false};

static unsigned long idle2_count(void) {
    return pictures_count(&idle2_pictures);
}

static void idle2_start(unsigned long i, start_t *s) {
    pictures_start(&idle2_pictures, i, s);
}

static unsigned long idle3_count(void) {
    return pictures_count(&idle3_pictures);
}

static void idle3_start(unsigned long i, start_t *s) {
    pictures_start(&idle3_pictures, i, s);
}

static void idle_bases(const start_t *s, ops_t *ops) {
    put_sizes(ops, (op_t){ALLOC, 0, 0, FAST}, 1, 9);
    put_named(ops, s, (op_t){.kind = FREE});
    for (word_t n = 1; n <= 9; n += n < 4 ? 1 : 2) {
        op_t op = {REALLOC, 0, n, FAST};
        op.slot = (unsigned)n % 3;
        put(ops, op);
        op.slot = (unsigned)(n + 1) % 3;
        put(ops, op);
    }
    put_named(ops, s, (op_t){REALLOC, 0, 3, IRQGC_COLLECT});
    put(ops, (op_t){.kind = WALK});
    put(ops, (op_t){.kind = CHECK});
}

static void idle_handlers(const start_t *s, ops_t *ops) {
    put_sizes(ops, (op_t){ALLOC, 0, 0, FAST}, 1, 5);
    put_named(ops, s, (op_t){.kind = FREE});
    put_named(ops, s, (op_t){REALLOC, 0, 1, FAST});
    put_named(ops, s, (op_t){REALLOC, 0, 5, FAST});
    put_named(ops, s, (op_t){.kind = STEAL});
    put(ops, (op_t){.kind = COLLECT});
}

// ---- mark: a preempted MARK, and with two handlers CLEAR; the mark stack ---
// ---- has room for one, so that most groups overflow ------------------------

static void mark_start(unsigned long i, start_t *s) {
    pictures_start(&idle2_pictures, i, s);
    s->mark_stack = 1;
}

static void mark_bases(const start_t *s, ops_t *ops) {
    (void)s;
    put(ops, (op_t){.kind = COLLECT});
}

static void mark_handlers(const start_t *s, ops_t *ops) {
    put_sizes(ops, (op_t){ALLOC, 0, 0, FAST}, 1, 5);
    put(ops, (op_t){ALLOC, 0, 3, IRQGC_SWEEP_ON});
    put(ops, (op_t){.kind = COLLECT});
    for (word_t n = 1; n <= 5; n++) {
        put_named(ops, s, (op_t){REALLOC, 0, n, FAST});
    }
    put_named(ops, s, (op_t){.kind = FREE});
    put_named(ops, s, (op_t){CHILD, 0, 1, FAST});
    put_named(ops, s, (op_t){.kind = MOVE});
    put_named(ops, s, (op_t){WRAP, 0, 1, FAST});
}

// ---- graph: objects that point at others, on hand-made heaps ---------------

// Those in SWEEP are drawn for groups of four.
static const char *const graphs[] = {
    "i:a=====b.c==..d=oo..e..:4,ab", "i:a==bo=c===d..oo=.:1,ba",
    "i:abcde.o=f==.....:1,ab,cd",    "i:abcdefgh..:1,ag,bh",
    "i:a======b======.o.:2n,ab",     "i:ab=...|c==..d=...:1,ad,cb",
    "i:a=o=b=o=c=o=d=o:4",           "i:........a.......:1",
    "i:ab==c=.o=ooo:4,ca",           "i:abefcd..gh....:1,eg,ce,fh,df",
#if IRQGC_GROUP_BLOCKS == 4
    "s3:A=o=.B==o==.c=d:4",          "s2:A==Bo===.o=c.d=:1,ca",
    "s3:AB=o...o===C=..:1,ab",
#endif
};

static unsigned long graph_count(void) {
    return sizeof graphs / sizeof *graphs;
}

static void graph_start(unsigned long i, start_t *s) {
    if (!start_read(s, graphs[i])) {
        puts(graphs[i]);
        exit(2);
    }
}

static const op_t graph_ops[] = {
    {ALLOC, 0, 1, FAST},
    {ALLOC, 0, 3, FAST | IRQGC_HELD},
    {ALLOC, 0, 5, FAST | IRQGC_NO_POINTERS},
    {ALLOC, 0, 4, IRQGC_SWEEP_ON},
    {ALLOC, 0, 6, IRQGC_COLLECT},
    {FREE, 0, 0, 0},
    {FREE, 1, 0, 0},
    {FREE, 2, 0, 0},
    {REALLOC, 0, 1, FAST},
    {REALLOC, 0, 9, FAST},
    {REALLOC, 1, 3, IRQGC_SWEEP_ON},
    {REALLOC, 2, 5, IRQGC_COLLECT},
    {DROP, 0, 0, 0},
    {CHILD, 0, 1, FAST},
    {CHILD, 2, 2, FAST},
    {WRAP, 0, 1, FAST},
    {ADOPT, 0, 2, 0},
    {ADOPT, 2, 1, 0},
    {EXPOSE, 0, 0, 0},
    {EXPOSE, 0, 0, IRQGC_SWEEP_ON},
    {EXPOSE, 2, 0, 0},
    {EXPOSE, 3, 0, 0},
    {MOVE, 0, 0, 0},
    {MOVE, 3, 0, 0},
    {COLLECT, 0, 0, 0},
    {SWEEP_ALL, 0, 0, 0},
    {HELP, 0, 1, 0},
    {ROOT, 0, 0, 0},
    {STEAL, 0, 0, 0},
    {STEAL, 2, 0, 0},
    {STALE, 0, 1, 0},
    {STALE, 0, 0, 5},
    {SIZE, 0, 0, 0},
    {WILD, 0, 0, 0},
    {CHECK, 0, 0, 0},
    {STATS, 0, 0, 0},
    {WALK, 0, 0, 0},
};

static void graph_all(const start_t *s, ops_t *ops) {
    (void)s;
    for (unsigned i = 0; i < sizeof graph_ops / sizeof *graph_ops; i++) {
        put(ops, graph_ops[i]);
    }
}

// ---- All -------------------------------------------------------------------

const scenario_t scenarios[] = {
    {"sweep", "every picture of 8 blocks, swept up to anywhere", sweep_count,
     sweep_start, sweep_bases, sweep_handlers},
#if IRQGC_GROUP_BLOCKS == 4
    {"swept2", "the sweep alone, of every picture of two groups", swept2_count,
     swept2_start, swept_bases, swept_handlers},
    {"swept3", "... of three, objects from each to the next", swept3_count,
     swept3_start, swept_bases, swept_handlers},
#endif
    {"tiny", "every picture of 3 blocks, in one group", tiny_count, tiny_start,
     tiny_all, tiny_all},
    {"stores", "the same", tiny_count, tiny_start, stores_all, stores_all},
    {"small", "every picture of 5 blocks, in two groups", small_count,
     small_start, small_all, small_all},
    {"idle2", "every picture of 7 blocks in IDLE", idle2_count, idle2_start,
     idle_bases, idle_handlers},
    {"idle3", "every picture of 11 blocks in IDLE", idle3_count, idle3_start,
     idle_bases, idle_handlers},
    {"mark", "a collection of every picture of 7 blocks", idle2_count,
     mark_start, mark_bases, mark_handlers},
    {"graph", "hand-made heaps, all acts", graph_count, graph_start, graph_all,
     graph_all},
};
const unsigned n_scenarios = sizeof scenarios / sizeof *scenarios;

// ---- At random -------------------------------------------------------------

static void region_random(char **to, unsigned least, unsigned most) {
    for (unsigned n = least + random_below(most - least + 1); n > 0; n--) {
        *(*to)++ = '.';
    }
}

void start_random(start_t *s) {
    *s = (start_t){.mark_stack = random_below(2) != 0 ? 1 : 4,
                   .interior = random_below(4) == 0};
    char *to = s->picture;
    if (random_below(4) == 0) {
        region_random(&to, 1, 6);
        *to++ = '|';
    }
    region_random(&to, 10, 24);
}

op_t op_random(void) {
    static const unsigned kinds[] = {
        ALLOC,     ALLOC,   ALLOC,   ALLOC, ALLOC,   FREE,    FREE,
        REALLOC,   REALLOC, REALLOC, DROP,  DROP,    CHILD,   CHILD,
        CHILD,     ADOPT,   EXPOSE,  MOVE,  COLLECT, COLLECT, HELP,
        SWEEP_ALL, ROOT,    SIZE,    CHECK, STATS,   WALK,    WILD};
    static const unsigned policies[] = {FAST, FAST, IRQGC_SWEEP_ON,
                                        IRQGC_COLLECT};
    static const unsigned attributes[] = {
        0, 0, 0, IRQGC_NO_POINTERS, IRQGC_NOT_ZEROED, IRQGC_HELD};
    op_t op = {.kind = kinds[random_below(sizeof kinds / sizeof *kinds)],
               .slot = random_below(8),
               .n = 1 + random_below(random_below(3) == 0 ? 10 : 5),
               .flags = policies[random_below(4)]};
    if (op.kind == ALLOC) {
        op.flags |= attributes[random_below(6)];
    }
    return op;
}
