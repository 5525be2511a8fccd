// SPDX-License-Identifier: MIT
#include "scenarios.h"

#include <stdio.h>
#include <string.h>

// ---- Heaps -----------------------------------------------------------------

static const picture_t heaps[] = {
    {
        .name = "sparse",
        .blocks = "a.bb.CC.|dddd....|........|.EEE.ff.|........|......g",
        .links = "a>bd b>fg",
    },
    {
        .name = "straddle",
        .blocks = "aaaaa...|...bbbbb|cccc....|ddddEEEE|ff..gg..|hhhhhh.",
        .links = "a>b b>ch",
    },
    {
        .name = "last",
        .blocks = "aaaaaaaa|bbbCCCCC|dddddddd|eeeefff.",
        .links = "a>b b>de",
    },
    {
        .name = "full",
        .blocks = "aaaaabbb|bbbCCCCC|CCddddEE|ffffffff|GGhhhhh",
        .links = "a>bd b>h",
    },
    {
        .name = "packed",
        .blocks = "aaaaabbb|bbbccccc|ddddddee|fffffff",
        .links = "a>bd b>f",
    },
    {
        .name = "fragments",
        .blocks = "a.b.c.d.|e.F.g.h.|i..j..k.|L...m...|n.o.p.q.|.r.s.t.",
        .links = "a>be e>no",
    },
    {
        .name = "graph",
        .blocks = "aabbbbbb|bbbCCCdd|dEEEEEEE|EEEEffff|fgHHi.jj|KK.ll.m",
        .links = "a>bl b>di d>fj f>g C>E",
        .held = "m",
        .plain = "j",
    },
    {
        .name = "leaves",
        .blocks = "aabccdde|ffggghhi|ijjklllm|mno....",
        .links = "a>bc b>de c>fg d>hi e>jk f>lm g>no",
        .mark_stack = 1,
    },
    {
        .name = "rows",
        .blocks = "nmlkjihg|fedcb.a.",
        .links = "a>bc b>d d>ef f>g g>hi i>j j>kl l>m m>n",
        .mark_stack = 2,
    },
    {
        .name = "holder",
        .blocks = "hbb.CCdd|eeee....|fff.GG..|a......",
        .links = "a>b h>d b>e d>f",
        .held = "h",
        .wide = 1, // a pointer past the end is all that one operation has
    },
    {
        .name = "regions",
        .blocks = "aabb.CC/dddd..ee|EEE..fff|gg...hhh|i....../jjj.KK.l|ll",
        .links = "a>b b>dj d>fl f>hi j>g",
    },
    {
        .name = "resize",
        .blocks = "a.bbbb..|........|cccddddd|dddddddd|ddd.....|EEf.g.h",
        .links = "b>f d>g c>h",
    },
    {
        .name = "interior",
        .blocks = "a.bbbb..|cccddddd|ddd.....|EEf.g.h",
        .links = "b>f d>g c>h",
        .interior = 1,
    },
    {
        .name = "gap",
        .blocks = "aaaaaaaa|bbbb.ccc|cccccccc|cccEEEEE|dddddddd|GGf....",
        .links = "a>bd",
    },
    {
        .name = "tight",
        .blocks = "aaaaaaaa|bbbbbccc|cccccccc|cccEEEEE|dddddddd|GGf....",
        .links = "a>bd",
    },
    {
        .name = "sides",
        .blocks = "xaaaaaaa|aaaaaayb|bbbbbbbb|bbbbbz..|........|.....w",
    },
    {
        // For complete runs at depth 2.
        .name = "small",
        .blocks = "abb.....|cccE.d.",
        .links = "a>bc b>d",
    },
};

static const picture_t *heap_named(const char *name) {
    for (size_t i = 0; i < sizeof heaps / sizeof *heaps; i++) {
        if (strcmp(heaps[i].name, name) == 0) {
            return &heaps[i];
        }
    }
    return NULL;
}

// ---- Operations ------------------------------------------------------------

static void alloc_with(size_t n_blocks, irqgc_flags_t flags) {
    world_alloc(world_free_root(), n_blocks, flags, BY_STORE);
}

static void alloc_some(void) {
    alloc_with(6 * UNIT, 0);
}

static void alloc_or_fail(void) {
    alloc_with(2 * UNIT, IRQGC_FAIL_FAST);
}

static void alloc_sweeping_on(void) {
    alloc_with(2 * UNIT, IRQGC_SWEEP_ON);
}

static void alloc_collecting(void) {
    alloc_with(7 * UNIT, IRQGC_COLLECT);
}

static void alloc_masked(void) {
    world_alloc_masked(2);
}

static void free_b(void) {
    world_free(world_named('b'));
}

static void free_d(void) {
    world_free(world_named('d'));
}

static void free_held(void) {
    world_free(world_named('h'));
}

static void resize(char letter, size_t n) {
    world_realloc(world_named(letter), n * UNIT, 0);
}

static void shrink_in_group(void) {
    resize('b', 2);
}

static void shrink_to_head(void) {
    resize('d', 1);
}

static void shrink_across(void) {
    resize('d', 6);
}

static void grow_in_group(void) {
    resize('b', 5);
}

static void grow_across(void) {
    resize('b', 13);
}

static void grow_blocked(void) {
    resize('c', 5);
}

static void grow_in_vain(void) {
    world_realloc(world_named('d'), 30 * UNIT, IRQGC_FAIL_FAST);
}

static void hold_start(void) {
    world_collect_holding(world_named('a'), 0);
}

static void hold_middle(void) {
    world_collect_holding(world_named('a'), IRQGC_BLOCK * UNIT / 2 + 1);
}

static void hold_end(void) {
    const thing_t a = world_named('a');
    world_collect_holding(a, world_blocks(a) * IRQGC_BLOCK);
}

static void size_of_b(void) {
    world_size(world_named('b'));
}

static const act_t operations[] = {
    {"alloc-some", alloc_some},
    {"alloc-or-fail", alloc_or_fail},
    {"alloc-sweeping-on", alloc_sweeping_on},
    {"alloc-collecting", alloc_collecting},
    {"alloc-masked", alloc_masked},
    {"free-b", free_b},
    {"free-d", free_d},
    {"free-held", free_held},
    {"shrink-in-group", shrink_in_group},
    {"shrink-to-head", shrink_to_head},
    {"shrink-across", shrink_across},
    {"grow-in-group", grow_in_group},
    {"grow-across", grow_across},
    {"grow-blocked", grow_blocked},
    {"grow-in-vain", grow_in_vain},
    {"hold-start", hold_start},
    {"hold-middle", hold_middle},
    {"hold-end", hold_end},
    {"check", world_check},
    {"stats", world_stats},
    {"walk", world_walk},
    {"dump", world_dump},
    {"size", size_of_b},
};

static const act_t *operation_named(const char *name) {
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(operations[i].name, name) == 0) {
            return &operations[i];
        }
    }
    for (size_t i = 0; i < n_acts; i++) {
        if (strcmp(acts[i].name, name) == 0) {
            return &acts[i];
        }
    }
    return NULL;
}

// ---- Collections below -----------------------------------------------------

static unsigned phase(void) {
    return state_phase(world_heap()->state);
}

static bool in_mark_roots(void) {
    return phase() == MARK && world_heap()->mark_depth > 0;
}

// Some children have been reached, others wait.
static bool in_mark_scan(void) {
    return phase() == MARK && world_waits() && world_n_black(true) > 0;
}

static bool in_mark_overflow(void) {
    return phase() == MARK && world_heap()->overflowed != 0;
}

// All is done, but nobody has said so.
static bool in_mark_last(void) {
    return phase() == MARK && !world_waits() && world_all_black();
}

static bool in_sweep_at(word_t unswept) {
    return phase() == SWEEP && world_heap()->unswept == unswept;
}

static bool in_sweep_top(void) {
    return in_sweep_at(world_heap()->n_groups);
}

static bool in_sweep_high(void) {
    return in_sweep_at(world_heap()->n_groups - 2);
}

static bool in_sweep_middle(void) {
    return in_sweep_at(world_heap()->n_groups / 2);
}

static bool in_sweep_low(void) {
    return in_sweep_at(1);
}

static bool in_swept(void) {
    return in_sweep_at(0);
}

static bool in_clear(void) {
    return phase() == CLEAR;
}

static bool in_cleared(void) {
    return phase() == CLEAR && world_n_black(false) == 0;
}

enum {
    ROOTS = 1 << 0,
    SCAN = 1 << 1,
    OVERFLOW = 1 << 2,
    LAST = 1 << 3,
    TOP = 1 << 4,
    HIGH = 1 << 5,
    MIDDLE = 1 << 6,
    LOW = 1 << 7,
    SWEPT = 1 << 8,
    CLEARING = 1 << 9,
    CLEARED = 1 << 10,
    ANEW = 1 << 11,
    ANEW_SWEEP = 1 << 12,
    HELP = 1 << 13,
    THREAD = 1 << 14,

    IN_MARK = ROOTS | SCAN | LAST,
    IN_SWEEP = TOP | HIGH | MIDDLE | LOW | SWEPT,
    IN_TWO = CLEARING | CLEARED | ANEW | ANEW_SWEEP | HELP,
    ALL = THREAD | IN_MARK | IN_SWEEP | IN_TWO,
};

// In the order of the bits.
static const below_t belows[] = {
    {"mark-roots", {in_mark_roots}},
    {"mark-scan", {in_mark_scan}},
    {"mark-overflow", {in_mark_overflow}},
    {"mark-last", {in_mark_last}},
    {"sweep-top", {in_sweep_top}},
    {"sweep-high", {in_sweep_high}},
    {"sweep-middle", {in_sweep_middle}},
    {"sweep-low", {in_sweep_low}},
    {"swept", {in_swept}},
    {"mark-clear", {in_mark_scan, in_clear}},
    {"mark-cleared", {in_mark_scan, in_cleared}},
    {"mark-mark", {in_mark_scan, in_mark_scan}},
    {"mark-sweep", {in_mark_scan, in_sweep_middle}},
    {"sweep-sweep", {in_sweep_high, in_sweep_low}},
};
enum { N_BELOWS = sizeof belows / sizeof *belows };
_Static_assert(1 << N_BELOWS == THREAD, "a bit for each");

// ---- All together ----------------------------------------------------------

static const struct {
    const char *operation, *heap;
    unsigned where;
} rows[] = {
    {"alloc-block", "sparse", ALL},
    {"alloc-block", "last", THREAD | IN_SWEEP},
    {"alloc-block", "leaves", OVERFLOW},
    {"alloc-group", "sparse", ALL},
    {"alloc-group", "straddle", THREAD | SCAN | MIDDLE},
    {"alloc-some", "straddle", THREAD | SCAN | IN_SWEEP},
    {"alloc-some", "fragments", THREAD},
    {"alloc-many", "sparse", ALL},
    {"alloc-many", "regions", THREAD | SCAN | IN_SWEEP},
    {"alloc-many", "sides", THREAD},
    {"alloc-two", "fragments", THREAD | SCAN | MIDDLE},
    {"alloc-held", "sparse", THREAD | SCAN | MIDDLE},
    {"alloc-drop", "sparse", THREAD | SCAN | MIDDLE},
    {"alloc-or-fail", "full", THREAD | SCAN | IN_SWEEP},
    {"alloc-or-fail", "packed", THREAD},
    {"alloc-sweeping-on", "full", THREAD | IN_SWEEP | SCAN},
    {"alloc-collecting", "full", THREAD | SCAN | MIDDLE | ANEW},
    {"alloc-collecting", "packed", THREAD},
    {"alloc-masked", "sparse", THREAD | SCAN | MIDDLE},
    {"free-b", "resize", ALL},
    {"free-d", "resize", ALL},
    {"free-d", "graph", THREAD | IN_SWEEP},
    {"free-held", "holder", THREAD | SCAN | IN_SWEEP},
    {"shrink-in-group", "resize", THREAD | SCAN | MIDDLE},
    {"shrink-to-head", "resize", THREAD | SCAN | IN_SWEEP},
    {"shrink-across", "resize", ALL},
    {"grow-in-group", "resize", THREAD | SCAN | MIDDLE},
    {"grow-across", "resize", ALL},
    {"grow-blocked", "resize", ALL},
    {"grow-in-vain", "resize", THREAD | SCAN | MIDDLE},
    {"move-up", "graph", ALL},
    {"move-to-lowest", "graph", ALL},
    {"move-to-highest", "rows", THREAD | SCAN | MIDDLE},
    {"move-up", "interior", THREAD | SCAN},
    {"copy", "graph", THREAD | SCAN | MIDDLE},
    {"copy", "rows", THREAD | SCAN | OVERFLOW},
    {"adopt", "graph", ALL},
    {"link-new", "graph", THREAD | SCAN | MIDDLE},
    {"root-add", "graph", ALL},
    {"collect", "graph", ALL},
    {"collect", "regions", THREAD},
    {"collect", "leaves", THREAD | OVERFLOW},
    {"collect", "rows", THREAD | OVERFLOW},
    {"collect", "holder", THREAD},
    {"collect", "interior", THREAD},
    {"collect", "full", THREAD},
    {"collect", "gap", THREAD},
    {"collect", "tight", THREAD},
    {"collect", "resize", THREAD},
    {"hold-start", "holder", THREAD},
    {"hold-middle", "holder", THREAD},
    {"hold-end", "holder", THREAD},
    {"check", "graph", THREAD | SCAN | MIDDLE},
    {"stats", "graph", THREAD | MIDDLE},
    {"walk", "graph", THREAD | MIDDLE},
    {"walk", "regions", THREAD},
    {"dump", "regions", THREAD},
    {"size", "graph", THREAD | MIDDLE},
    {"alloc-block", "small", THREAD | SCAN | LOW},
    {"alloc-two", "small", THREAD},
    {"free-b", "small", THREAD | SCAN | LOW},
    {"shrink", "small", THREAD | SCAN | LOW},
    {"grow-in-group", "small", THREAD},
    {"grow-blocked", "small", THREAD},
    {"move-up", "small", THREAD | SCAN | LOW},
    {"adopt", "small", THREAD},
    {"root-add", "small", THREAD},
    {"collect", "small", THREAD},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

size_t scenario_count(void) {
    size_t n = 0;
    for (size_t i = 0; i < N_ROWS; i++) {
        n += (size_t)__builtin_popcount(rows[i].where);
    }
    return n;
}

static scenario_t row_scenario(size_t row, unsigned bit) {
    const act_t *op = operation_named(rows[row].operation);
    const picture_t *heap = heap_named(rows[row].heap);
    if (op == NULL || heap == NULL) {
        world_fail("row %zu names what is not there", row);
    }
    return (scenario_t){
        .operation = op->name,
        .run = op->run,
        .heap = heap,
        .below = bit < N_BELOWS ? &belows[bit] : NULL,
        .masks = op->run == alloc_masked,
    };
}

scenario_t scenario_get(size_t i) {
    for (size_t row = 0; row < N_ROWS; row++) {
        for (unsigned bit = N_BELOWS + 1; bit-- > 0;) {
            if ((rows[row].where >> bit & 1) != 0 && i-- == 0) {
                return row_scenario(row, bit);
            }
        }
    }
    world_fail("there is no such scenario");
}

void scenario_name(const scenario_t *s, char *name, size_t size) {
    snprintf(name, size, "%s:%s%s%s", s->operation, s->heap->name,
             s->below != NULL ? "@" : "",
             s->below != NULL ? s->below->name : "");
}

// Of the scenario that was asked for last.
static void (*operation)(void);

static void collect_below(unsigned unused) {
    (void)unused;
    world_collect();
}

static void operation_run(unsigned unused) {
    (void)unused;
    world_above();
    operation();
}

unsigned scenario_shots(const scenario_t *s, step_shot_t *shots,
                        void (**thread)(void)) {
    unsigned n = 0;
    *thread = s->run;
    if (s->below == NULL) {
        return 0;
    }
    *thread = world_collect;
    operation = s->run;
    for (; n < 2 && s->below->reached[n] != NULL; n++) {
        shots[n] = (step_shot_t){
            .handler = collect_below,
            .when = STEP_UNTIL,
            .reached = s->below->reached[n],
        };
    }
    shots[n - 1].handler = operation_run;
    return n;
}
