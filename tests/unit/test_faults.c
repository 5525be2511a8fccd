// SPDX-License-Identifier: MIT
//
// Damage: a bit of the heap's own data flips, or the stack ends where an
// interrupt comes. What the checker says of it, and what calls do then.
//
// Link: tests/picture.c
#include "picture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "collect.h"
#include "open.h"
#include "vic.h"

enum { G = GROUP_BLOCKS };

// ---- What is broken, slowly ------------------------------------------------

// As a picture shows it, sentinels too.
static char cell(const irqgc_t *h, block_t b) {
    const group_t *g = &h->groups[block_group(b)];
    const unsigned i = block_index(b);
    return ".o=*"[(g->head >> i & 1) | (g->body >> i & 1) << 1];
}

static bool may_be_black(const irqgc_t *h, block_t b) {
    const unsigned phase = state_phase(h->state);
    return phase == CLEAR || phase == MARK ||
           (phase == SWEEP && block_group(b) < h->unswept);
}

// A bit for the number of each invariant that a block breaks.
static unsigned block_breaks(const irqgc_t *h, block_t b) {
    const char c = cell(h, b);
    const bool is_orphan = c == '=' && (b == 0 || cell(h, b - 1) == '.');
    return (is_orphan ? 1u << 1 : 0) |
           (c == '*' && !may_be_black(h, b) ? 1u << 4 : 0);
}

// A region begins with no tail, and ends with a held object without memory.
static unsigned region_breaks(const irqgc_t *h, const region_t *r) {
    const block_t end = r->first + r->n_blocks;
    bool whole = cell(h, r->first) != '=' && strchr("o*", cell(h, end));
    for (block_t b = end + 1; b % G != 0; b++) {
        whole = whole && cell(h, b) == '=';
    }
    whole = whole && (h->groups[block_group(end)].held & block_bit(end)) != 0;
    return whole ? 0 : 1u << 1;
}

// All that are broken, of those that irqgc_check looks for in the planes.
static unsigned heap_breaks(const irqgc_t *h) {
    unsigned broken = 0;
    word_t n_free = 0;
    for (block_t b = 0; b < h->n_groups * G; b++) {
        broken |= block_breaks(h, b);
        n_free += cell(h, b) == '.';
    }
    for (word_t k = 0; k < h->n_groups; k++) {
        const word_t all = h->groups[k].head | h->groups[k].body;
        broken |= (all & ~GROUP_ALL) != 0 ? 1u << 1 : 0;
    }
    for (word_t i = 0; i < h->n_regions; i++) {
        broken |= region_breaks(h, &h->regions[i]);
    }
    return broken | (h->given - h->taken != n_free ? 1u << 5 : 0);
}

// ---- Flips in the planes, and the checker ----------------------------------

static const struct {
    const char *name, *picture;
    unsigned phase;
    word_t unswept;
} scenes[] = {
    {"IDLE", "b=.~ .o=~|ac=.~ d=~ =.~ .o~", IDLE, 0},
    {"CLEAR", "B=.~ .*=~|aC=.~ D=~ =.~ .o~", CLEAR, 0},
    {"MARK", "B=.~ .*=~|aC=.~ D=~ =.~ .o~", MARK, 0},
    {"SWEEP", "B=.~ .*=~|aC=.~ d=~ =.~ .o~", SWEEP, 4},
};
enum { N_SCENES = sizeof scenes / sizeof *scenes };

static irqgc_t *scene_draw(size_t i) {
    irqgc_t *h = heap_draw(scenes[i].picture);
    heap_phase(h, scenes[i].phase, scenes[i].unswept);
    assert_int_equal(irqgc_check(h), 0);
    assert_int_equal(heap_breaks(h), 0);
    return h;
}

// What changes neither how many blocks are free nor where a tail must not be:
// colours, and objects that are joined or split.
static bool is_legal_change(char before, char after) {
    static const char *const legal[] = {"o*", "*o", "*=", "=*"};
    for (size_t i = 0; i < sizeof legal / sizeof *legal; i++) {
        if (before == legal[i][0] && after == legal[i][1]) {
            return true;
        }
    }
    return false;
}

typedef struct {
    unsigned named[9]; // by the number of the invariant
    unsigned colour, border;
} tally_t;

static void plane_flip(irqgc_t *h, word_t k, word_t *plane, unsigned i,
                       tally_t *tally) {
    const block_t b = k * G + i;
    const char before = i < G ? cell(h, b) : '?';
    *plane ^= (word_t)1 << i;
    const char after = i < G ? cell(h, b) : '?';
    const unsigned broken = heap_breaks(h);
    const unsigned named = irqgc_check(h);
    *plane ^= (word_t)1 << i;
    if (named != 0) {
        assert_true((broken >> named & 1) != 0);
        tally->named[named]++;
        return;
    }
    assert_int_equal(broken, 0);
    assert_true(is_legal_change(before, after) && may_be_black(h, b));
    *(before == '=' || after == '=' ? &tally->border : &tally->colour) += 1;
}

// In IDLE each flip is named. Where heads may be black, a head's other colour
// is legal, and so is a black head instead of a tail, or the other way round:
// what that breaks, I8 or I3 sooner or later, only the program's pointers could
// tell.
static void test_flips_in_the_planes(void **state) {
    (void)state;
    for (size_t i = 0; i < N_SCENES; i++) {
        irqgc_t *h = scene_draw(i);
        tally_t t = {{0}, 0, 0};
        for (word_t k = 0; k < h->n_groups; k++) {
            for (unsigned bit = 0; bit < WORD_BITS; bit++) {
                plane_flip(h, k, &h->groups[k].head, bit, &t);
                plane_flip(h, k, &h->groups[k].body, bit, &t);
            }
        }
        print_message("%s: I1 %u, I4 %u, I5 %u; legal: colours %u, "
                      "borders %u\n",
                      scenes[i].name, t.named[1], t.named[4], t.named[5],
                      t.colour, t.border);
        assert_true(t.named[1] > 0 && t.named[5] > 0);
        assert_true(scenes[i].phase == IDLE
                        ? t.named[4] > 0 && t.colour + t.border == 0
                        : t.colour > 0 && t.border > 0);
    }
}

static bool is_sentinel(const irqgc_t *h, block_t b) {
    for (word_t i = 0; i < h->n_regions; i++) {
        if (b == h->regions[i].first + h->regions[i].n_blocks) {
            return true;
        }
    }
    return false;
}

// Attributes mean something at heads only, and there either is legal (I10); but
// what ends a region is held, and has nothing to scan.
static void test_flips_in_the_attributes(void **state) {
    (void)state;
    irqgc_t *h = scene_draw(0);
    for (block_t b = 0; b < h->n_groups * G; b++) {
        group_t *g = &h->groups[block_group(b)];
        g->plain ^= block_bit(b);
        assert_int_equal(irqgc_check(h), is_sentinel(h, b) ? 1 : 0);
        g->plain ^= block_bit(b);
        g->held ^= block_bit(b);
        assert_int_equal(irqgc_check(h), is_sentinel(h, b) ? 1 : 0);
        g->held ^= block_bit(b);
    }
}

// ---- Flips in the words of the heap, and the checker -----------------------

// What irqgc_check answers to a flip of one of these bits.
typedef unsigned answer_t(const irqgc_t *h, word_t before, word_t after);

// Figures, and what an overflow leaves: a figure is wrong, groups are scanned
// again or not. Nothing that the truth could tell.
static unsigned harmless(const irqgc_t *h, word_t before, word_t after) {
    (void)h, (void)before, (void)after;
    return 0;
}

static unsigned miscounts(const irqgc_t *h, word_t before, word_t after) {
    (void)h, (void)before, (void)after;
    return 5;
}

// Between phases that allow the same, any is as good; nor does it show which
// cycle it is.
static unsigned another_state(const irqgc_t *h, word_t before, word_t after) {
    (void)before;
    const unsigned phase = state_phase(after);
    if (phase != IDLE && phase != CLEAR && phase != MARK && phase != SWEEP) {
        return 7;
    }
    if (phase == IDLE && (h->groups[0].head & h->groups[0].body) != 0) {
        return 4; // seen before the cursor is
    }
    if ((phase == SWEEP) != (h->unswept != 0)) {
        return phase == SWEEP && (heap_breaks(h) >> 4 & 1) == 0 ? 0
               : phase == SWEEP                                 ? 4
                                                                : 7;
    }
    return (heap_breaks(h) >> 4 & 1) != 0 ? 4 : 0;
}

static unsigned another_cursor(const irqgc_t *h, word_t before, word_t after) {
    (void)before;
    if (state_phase(h->state) != SWEEP || after > h->n_groups) {
        return 7;
    }
    return (heap_breaks(h) >> 4 & 1) != 0 ? 4 : 0;
}

static unsigned another_depth(const irqgc_t *h, word_t before, word_t after) {
    (void)before, (void)after;
    return h->mark_depth > h->mark_capacity ? 8 : 0;
}

// What never changes.
static unsigned another_layout(const irqgc_t *h, word_t before, word_t after) {
    (void)h, (void)before, (void)after;
    return 12;
}

// Larger, and the mark stack would reach into the blocks, but for what is left
// over in front of them; smaller, and it may still have room for all.
static unsigned another_capacity(const irqgc_t *h, word_t before,
                                 word_t after) {
    const region_t *host = &h->regions[h->n_regions - 1];
    const word_t most =
        (host->base - (uintptr_t)h->mark_stack) / sizeof(block_t);
    (void)before;
    return after > most ? 12 : h->mark_depth > after ? 8 : 0;
}

#define WORD(name, answer)                                                     \
    { #name, offsetof(irqgc_t, name), answer }

static const struct {
    const char *name;
    size_t offset;
    answer_t *answer;
} words[] = {
    WORD(state, another_state),
    WORD(unswept, another_cursor),
    WORD(taken, miscounts),
    WORD(given, miscounts),
    WORD(mark_depth, another_depth),
    WORD(mark_capacity, another_capacity),
    WORD(overflowed, harmless),
    WORD(least_free, harmless),
    WORD(interior_pointers, harmless),
    WORD(counts[0].allocs, harmless),
    WORD(counts[1].collects, harmless),
    WORD(groups, another_layout),
    WORD(n_groups, another_layout),
    WORD(n_levels, another_layout),
    WORD(n_blocks, another_layout),
    WORD(n_regions, another_layout),
    WORD(mark_stack, another_layout),
    WORD(overflow, another_layout),
    WORD(hints, another_layout),
    WORD(regions[0].first, another_layout),
    WORD(regions[0].n_blocks, another_layout),
    // The program's own: not the heap's to know, fatal where they are used.
    WORD(records, harmless),
    WORD(roots, harmless),
    WORD(on_misuse, harmless),
};

static void test_flips_in_the_words_of_the_heap(void **state) {
    (void)state;
    for (size_t i = 0; i < N_SCENES; i++) {
        irqgc_t *h = scene_draw(i);
        for (size_t j = 0; j < sizeof words / sizeof *words; j++) {
            word_t *word = (void *)((char *)h + words[j].offset);
            const word_t before = *word;
            unsigned named = 0;
            for (unsigned bit = 0; bit < WORD_BITS; bit++) {
                *word = before ^ (word_t)1 << bit;
                const unsigned answer = irqgc_check(h);
                const unsigned expected = words[j].answer(h, before, *word);
                if (answer != expected) {
                    print_error("%s: bit %u of %s: %u, not %u\n",
                                scenes[i].name, bit, words[j].name, answer,
                                expected);
                    fail();
                }
                named += answer != 0;
                *word = before;
            }
            print_message("%s: %s: %u of %d flips named\n", scenes[i].name,
                          words[j].name, named, WORD_BITS);
        }
    }
}

// ---- Flips in what is derived, and the checker ------------------------------

// A hint or overflow bit at what is no group is named; at a group, it may be
// right.
static void row_flip(irqgc_t *h, word_t *row, unsigned n_words, word_t n,
                     unsigned answer) {
    for (unsigned i = 0; i < n_words; i++) {
        for (unsigned bit = 0; bit < WORD_BITS; bit++) {
            row[i] ^= (word_t)1 << bit;
            assert_int_equal(irqgc_check(h), bit < n ? 0 : answer);
            row[i] ^= (word_t)1 << bit;
        }
    }
}

// The group that is open is one of the heap's, and there is one in IDLE only.
static void test_open_groups(void **state) {
    (void)state;
    for (size_t i = 0; i < N_SCENES; i++) {
        irqgc_t *h = scene_draw(i);
        const unsigned of_group = scenes[i].phase == IDLE ? 0 : 2;
        for (word_t k = 0; k < h->n_groups; k++) {
            h->open = &h->groups[k];
            assert_int_equal(irqgc_check(h), of_group);
            h->open = (group_t *)&h->groups[k].body;
            assert_int_equal(irqgc_check(h), 2);
        }
        h->open = h->groups + h->n_groups;
        assert_int_equal(irqgc_check(h), 2);
        h->open = h->groups - 1;
        assert_int_equal(irqgc_check(h), 2);
        h->open = NULL;
        assert_int_equal(irqgc_check(h), 0);
    }
}

static void test_flips_in_what_is_derived(void **state) {
    (void)state;
    irqgc_t *h = scene_draw(0);
    assert_true(h->n_groups < WORD_BITS);
    assert_int_equal(h->n_levels, 1);
    row_flip(h, hint_row(h, 0, 0), N_CLASSES, h->n_groups, 2);
    row_flip(h, h->overflow, 1, h->n_groups, 8);
    for (unsigned bit = 0; bit < WORD_BITS; bit++) {
        h->mark_depth = 1;
        h->mark_stack[0] = (word_t)1 << bit;
        const bool is_there = h->mark_stack[0] < h->n_groups * G;
        assert_int_equal(irqgc_check(h), is_there ? 0 : 8);
    }
}

static void test_a_region_over_another(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("a.~|b.~|c.~ .~");
    h->regions[0].base += BLOCK_BYTES;
    assert_int_equal(irqgc_check(h), 12);
    h->regions[0].base -= BLOCK_BYTES - 1; // not aligned
    assert_int_equal(irqgc_check(h), 12);
    h->regions[0].base -= 1;
    assert_int_equal(irqgc_check(h), 0);
}

// A collection passes over it.
static void test_an_overflow_of_no_group(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("A.~ .~");
    heap_phase(h, MARK, 0);
    h->overflow[0] = (word_t)1 << h->n_groups;
    h->overflowed = 1;
    assert_int_equal(irqgc_check(h), 8);
    mark(h, h->state);
    assert_int_equal(irqgc_check(h), 0);
    assert_int_equal(state_phase(h->state), SWEEP);
}

// As if the heap ended above A and c: what lies there may look like anything,
// even like a black head that points to a white one.
static void test_no_scan_of_no_group(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("Ac.~ .B.~ .~");
    const word_t n_groups = h->n_groups;
    object_point('B', 0, 'c', 0);
    heap_phase(h, MARK, 0);
    h->n_groups = 1;
    h->overflow[0] = (word_t)1 << 1;
    h->overflowed = 1;
    stack_wipe();
    mark(h, h->state);
    assert_int_equal(state_phase(h->state), SWEEP);
    h->n_groups = h->unswept = n_groups;
    heap_expect(h, "Ac.~ .B.~ .~");
}

// ---- Damaged heaps in use --------------------------------------------------
//
// Children use heaps of which one bit has flipped, in memory that they share
// with the test, between zones that nobody may write to and pages that nobody
// may touch. Where one dies, or does not come to an end, the next goes on.

enum { PAGE = 4096, ZONE = PAGE, MEMORY = 4 * PAGE, FILL = 0x5A };
enum { MAX_CASES = 1 << 16, N_MADE = 8 };

typedef enum { UNTRIED, WELL, OUTSIDE, DIED, HUNG, N_OUTCOMES } outcome_t;

static struct {
    volatile size_t next; // the case under way
    unsigned char outcomes[MAX_CASES];
} * shared;

static unsigned char *guarded; // the zone below, memory, zone
static unsigned char pristine[2 * ZONE + MEMORY]; // what it was
static irqgc_t *used;
static void *made[N_MADE];

static void *pages_new(size_t size) {
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    return pages;
}

// Objects of several lengths with free blocks between.
static void used_fill(void) {
    for (unsigned i = 0; i < N_MADE; i++) {
        void *gap = irqgc_alloc(used, blocks_size(1 + i % 3), 0);
        made[i] = irqgc_alloc(used, blocks_size(i == 5 ? G + 2 : 1 + i % 4),
                              i % 4 == 3 ? IRQGC_HELD : 0);
        assert_non_null(made[i]);
        assert_int_equal(irqgc_free(used, gap), IRQGC_OK);
    }
}

// All but the first two are black where that may be, and these wait to be
// scanned in MARK.
static void used_phase(unsigned phase) {
    if (phase != IDLE) {
        (void)open_close(used);
    }
    used->unswept = phase == SWEEP ? used->n_groups : 0;
    used->state = (used->state & ~(state_t)PHASE_MASK) | phase;
    for (unsigned i = 0; i < N_MADE && phase != IDLE; i++) {
        const block_t b = address_object(used, (uintptr_t)made[i]);
        used->groups[block_group(b)].body |= i >= 2 ? block_bit(b) : 0;
        if (phase == MARK && i >= 2 && i < 4) {
            used->mark_stack[used->mark_depth++] = b;
        }
    }
    for (word_t i = 0; i < used->n_regions && phase == SWEEP; i++) {
        const block_t b = used->regions[i].first + used->regions[i].n_blocks;
        used->groups[block_group(b)].body |= block_bit(b);
    }
    assert_int_equal(irqgc_check(used), 0);
}

static void used_new(unsigned phase) {
    unsigned char *pages = pages_new(2 * PAGE + 2 * ZONE + MEMORY);
    mprotect(pages, PAGE, PROT_NONE);
    guarded = pages + PAGE;
    mprotect(guarded + 2 * ZONE + MEMORY, PAGE, PROT_NONE);
    memset(guarded, FILL, 2 * ZONE + MEMORY);
    const irqgc_region_t region = {guarded + ZONE, MEMORY};
    assert_int_equal(irqgc_init(&used, &(irqgc_config_t){.regions = &region,
                                                         .n_regions = 1}),
                     IRQGC_OK);
    used_fill();
    used_phase(phase);
    memcpy(pristine, guarded, sizeof pristine);
}

static void used_forget(void) {
    munmap(guarded - PAGE, 2 * PAGE + 2 * ZONE + MEMORY);
}

static bool is_inside(const void *object, size_t size) {
    const size_t at = (size_t)((const unsigned char *)object - guarded);
    return object == NULL || (at >= ZONE && at + size <= ZONE + MEMORY);
}

static bool zones_are_whole(void) {
    return memcmp(guarded, pristine, ZONE) == 0 &&
           memcmp(guarded + ZONE + MEMORY, pristine + ZONE + MEMORY, ZONE) == 0;
}

static void line_ignore(const char *text, void *arg) {
    (void)arg, (void)text;
}

static void visit_ignore(void *arg, void *object, size_t size,
                         irqgc_flags_t flags) {
    (void)arg, (void)object, (void)size, (void)flags;
}

// Takes whatever there is, by hints and beyond; false iff something is not the
// heap's.
static bool all_taken(void) {
    for (word_t n = 2 * G; n > 0; n /= 2) {
        const size_t size = blocks_size(n);
        void *object;
        while ((object = irqgc_alloc(used, size, IRQGC_FAIL_FAST)) != NULL) {
            if (!is_inside(object, size)) {
                return false;
            }
        }
    }
    return true;
}

// Whoever was preempted goes on.
static void preempted_go_on(void) {
    const state_t s = used->state;
    if (state_phase(s) == MARK) {
        mark(used, s);
    } else if (state_phase(s) == SWEEP) {
        sweep(used, s);
    }
}

// Every call; false iff one hands out what is not the heap's.
static bool all_calls(void) {
    static const size_t n_blocks[] = {1, 3, 2 * G, G, 1, 2};
    bool inside = true;
    irqgc_stats_t stats;
    irqgc_check(used);
    irqgc_stats(used, &stats);
    for (size_t i = 0; i < sizeof n_blocks / sizeof *n_blocks; i++) {
        const size_t size = blocks_size(n_blocks[i]);
        inside &= is_inside(
            irqgc_alloc(used, size, i % 2 ? IRQGC_SWEEP_ON : IRQGC_FAIL_FAST),
            size);
    }
    irqgc_dump(used, line_ignore, NULL);
    irqgc_walk(used, visit_ignore, NULL);
    irqgc_free(used, made[0]);
    irqgc_free(used, made[2]);
    irqgc_size(used, made[1]);
    inside &= is_inside(irqgc_realloc(used, made[4], blocks_size(4), 0), 1);
    inside &= is_inside(irqgc_realloc(used, made[5], 1, 0), 1);
    irqgc_store(used, (void **)made[6], made[7]);
    inside &= all_taken();
    preempted_go_on();
    irqgc_collect(used);
    irqgc_free(used, made[6]);
    inside &= is_inside(irqgc_alloc(used, blocks_size(5), 0), blocks_size(5));
    irqgc_collect(used);
    irqgc_check(used);
    return inside;
}

// What flips: of `n_words` words from `start` on, so many words apart, each
// bit.
typedef struct {
    const char *name;
    void *start;
    size_t n_words, step;
    bool (*is_sure)(size_t i, unsigned bit); // whether all must go well then
} target_t;

static word_t *target_word(const target_t *t, size_t i) {
    return (word_t *)t->start + i / WORD_BITS * t->step;
}

// Of the time that the child itself takes.
static void limit_time(void) {
    const struct itimerval limit = {.it_value.tv_usec = 250000};
    setitimer(ITIMER_VIRTUAL, &limit, NULL);
}

// A child that dies leaves nothing behind, and sanitizers keep quiet.
static void child_begin(void) {
    (void)dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    for (int signal = 1; signal < SIGRTMIN; signal++) {
        (void)sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL},
                        NULL);
    }
}

// A damaged heap's pointer may lead here, too: then the child dies, and has not
// told that the last case is to come again.
static void shared_protect(int how) {
    assert_int_equal(mprotect(shared, sizeof *shared, how), 0);
}

static void cases_run(const target_t *t, size_t n, size_t stride) {
    child_begin();
    while (shared->next < n) {
        const size_t i = shared->next;
        limit_time();
        memcpy(guarded, pristine, sizeof pristine);
        *target_word(t, i) ^= (word_t)1 << i % WORD_BITS;
        shared_protect(PROT_READ);
        const bool inside = all_calls();
        shared_protect(PROT_READ | PROT_WRITE);
        shared->outcomes[i] = inside && zones_are_whole() ? WELL : OUTSIDE;
        shared->next = i + stride;
    }
}

static void cases_go_on(const target_t *t, size_t n, size_t stride) {
    const pid_t child = fork();
    if (child == 0) {
        cases_run(t, n, stride);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (shared->next < n) {
        const size_t i = shared->next;
        const bool hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGVTALRM;
        shared->outcomes[i] = !zones_are_whole() ? OUTSIDE : hung ? HUNG : DIED;
        shared->next = i + stride;
    }
}

// Where time is dear, one in so many; of few, all.
static size_t case_stride(size_t n) {
    return getenv("STRIDE") != NULL && n > WORD_BITS ? 11 : 1;
}

// Returns how many did not go well.
static unsigned target_try(const char *scene, const target_t *t) {
    const size_t n = t->n_words * WORD_BITS;
    const size_t stride = case_stride(n);
    unsigned of[2][N_OUTCOMES] = {{0}}; // all, those that are sure
    assert_true(n <= MAX_CASES);
    memset(shared, 0, sizeof *shared);
    while (shared->next < n) {
        cases_go_on(t, n, stride);
    }
    for (size_t i = 0; i < n; i += stride) {
        const unsigned bit = (unsigned)(i % WORD_BITS);
        const bool is_sure =
            t->is_sure != NULL && t->is_sure(i / WORD_BITS, bit);
        of[is_sure][shared->outcomes[i]]++;
        if (is_sure && shared->outcomes[i] != WELL && !IRQGC_DEBUG) {
            print_error("%s: bit %u of word %zu of %s: outcome %d\n", scene,
                        bit, i / WORD_BITS, t->name, shared->outcomes[i]);
            fail();
        }
    }
    print_message("%s: %s: %u well and sure, %u others well, %u outside, "
                  "%u died, %u hung\n",
                  scene, t->name, of[1][WELL], of[0][WELL], of[0][OUTSIDE],
                  of[0][DIED], of[0][HUNG]);
    return of[0][OUTSIDE] + of[0][DIED] + of[0][HUNG];
}

// Blocks that have memory. A sentinel that loses a block, or is to be scanned,
// has calls use memory that is none.
static bool has_memory(size_t i, unsigned bit) {
    return bit < G && i * G + bit < used->regions[0].n_blocks;
}

// Groups that there are. Hints at others, where no group has room, have calls
// take the words behind the planes for a group.
static bool is_group(size_t i, unsigned bit) {
    return i * WORD_BITS + bit < used->n_groups;
}

static bool hints_a_group(size_t i, unsigned bit) {
    return is_group(i / N_CLASSES, bit);
}

static bool any(size_t i, unsigned bit) {
    (void)i, (void)bit;
    return true;
}

#define FIELD(name, is_sure)                                                   \
    { #name, &used->name, 1, 1, is_sure }

// The planes, which decide, and what is derived from them.
static void derived_try(const char *scene) {
    const word_t n_rows = (used->n_groups + WORD_BITS - 1) / WORD_BITS;
    const size_t step = sizeof(group_t) / sizeof(word_t);
    group_t *g = used->groups;
    const target_t targets[] = {
        {"heads", &g->head, used->n_groups, step, has_memory},
        {"bodies", &g->body, used->n_groups, step, has_memory},
        {"no pointers", &g->plain, used->n_groups, step, has_memory},
        {"held", &g->held, used->n_groups, step, has_memory},
        {"overflow", used->overflow, n_rows, 1, any},
        {"hints", hint_row(used, 0, 0), N_CLASSES * n_rows, 1, hints_a_group},
        FIELD(state, any),
        FIELD(taken, any),
        FIELD(given, any),
        FIELD(overflowed, any),
        FIELD(n_blocks, any),
        FIELD(least_free, any),
        {"counts", used->counts, 8, 1, any},
        // Indices.
        {"mark stack", used->mark_stack, used->mark_capacity, 1, NULL},
        FIELD(unswept, NULL),
        FIELD(mark_depth, NULL),
        FIELD(mark_capacity, NULL),
    };
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        (void)target_try(scene, &targets[i]);
    }
}

static void test_use_of_damaged_planes_and_hints(void **state) {
    (void)state;
    static const struct {
        const char *name;
        unsigned phase;
    } scenes_used[] = {
        {"IDLE", IDLE}, {"CLEAR", CLEAR}, {"MARK", MARK}, {"SWEEP", SWEEP}};
    for (size_t i = 0; i < sizeof scenes_used / sizeof *scenes_used; i++) {
        used_new(scenes_used[i].phase);
        derived_try(scenes_used[i].name);
        used_forget();
    }
}

// Where things are, and how many: a call that goes by it goes astray, and
// mostly dies. That is all that can be said; nothing is asserted but that it is
// tried.
static void test_use_of_damaged_pointers(void **state) {
    (void)state;
    used_new(IDLE);
    const target_t targets[] = {
        FIELD(groups, NULL),     FIELD(n_groups, NULL),
        FIELD(records, NULL),    FIELD(roots, NULL),
        FIELD(mark_stack, NULL), FIELD(overflow, NULL),
        FIELD(hints, NULL),      FIELD(on_misuse, NULL),
        FIELD(n_regions, NULL),  {"region", used->regions, 3, 1, NULL},
    };
    unsigned n = 0;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        n += target_try("IDLE", &targets[i]);
    }
    assert_true(n > 0);
    used_forget();
}

static int shared_new(void **state) {
    (void)state;
    shared = pages_new(sizeof *shared);
    return 0;
}

// ---- The end of the stack --------------------------------------------------
//
// From low to high addresses: the heap, a zone, a guard, and the stack of a
// thread that has so many bytes left when an interrupt comes.

enum { GUARD = 4 * PAGE, STACK = 64 * PAGE, LINE = 1 };
enum { ROOM_STEP = 256, MOST_ROOM = 16 * PAGE };

static unsigned char *stacked; // all of it
static unsigned char *stack_low;
static size_t room;
static ucontext_t on_first_stack, on_small_stack;

static void handler_uses(void *arg) {
    (void)arg;
    void *object = irqgc_alloc(used, blocks_size(3), 0);
    irqgc_collect(used);
    (void)irqgc_free(used, object);
}

static void thread_at_the_end(void) {
    const unsigned char *here = __builtin_frame_address(0);
    volatile char *used_up =
        __builtin_alloca((size_t)(here - stack_low) - room);
    *used_up = 0;
    (void)raise(SIGRTMIN + LINE);
}

static void small_stack_run(void) {
    child_begin();
    vic_connect(LINE, 1, handler_uses, NULL);
    irqgc_posix_stack_base = (char *)stack_low + STACK;
    (void)getcontext(&on_small_stack);
    on_small_stack.uc_stack.ss_sp = stack_low;
    on_small_stack.uc_stack.ss_size = STACK;
    on_small_stack.uc_link = &on_first_stack;
    makecontext(&on_small_stack, thread_at_the_end, 0);
    (void)swapcontext(&on_first_stack, &on_small_stack);
}

// What becomes of a child whose thread has that many bytes left.
static outcome_t stack_end(void) {
    memcpy(stacked, pristine, MEMORY + ZONE);
    shared->outcomes[0] = DIED;
    const pid_t child = fork();
    if (child == 0) {
        small_stack_run();
        shared->outcomes[0] = WELL;
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    const bool stopped = WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
    if (shared->outcomes[0] == DIED && !stopped) {
        return OUTSIDE;
    }
    const bool whole = memcmp(stacked + MEMORY, pristine + MEMORY, ZONE) == 0 &&
                       irqgc_check(used) == 0;
    return whole ? (outcome_t)shared->outcomes[0] : OUTSIDE;
}

static void stack_ends(const char *name, unsigned of[N_OUTCOMES]) {
    const size_t step = ROOM_STEP * case_stride(MOST_ROOM);
    for (room = 0; room < MOST_ROOM; room += step) {
        of[stack_end()]++;
    }
    print_message("%s: %u well, %u damaged, %u died\n", name, of[WELL],
                  of[OUTSIDE], of[DIED]);
}

// Dies of it, or goes well; the heap is whole in any case. Without a guard it
// would not be.
static void test_the_end_of_the_stack(void **state) {
    (void)state;
    stacked = pages_new(MEMORY + ZONE + GUARD + STACK);
    memset(stacked, FILL, MEMORY + ZONE);
    const irqgc_region_t region = {stacked, MEMORY};
    assert_int_equal(irqgc_init(&used, &(irqgc_config_t){.regions = &region,
                                                         .n_regions = 1}),
                     IRQGC_OK);
    used_fill();
    memcpy(pristine, stacked, MEMORY + ZONE);
    unsigned guarded_of[N_OUTCOMES] = {0};
    unsigned open_of[N_OUTCOMES] = {0};
    unsigned char *guard = stacked + MEMORY + ZONE;
    stack_low = guard + GUARD;
    assert_int_equal(mprotect(guard, GUARD, PROT_NONE), 0);
    stack_ends("guarded", guarded_of);
    assert_true(guarded_of[DIED] > 0 && guarded_of[WELL] > 0);
#if defined(__OPTIMIZE__) // else windows make calls, and may die of one
    assert_int_equal(guarded_of[OUTSIDE], 0);
#endif
    stack_low = guard;
    assert_int_equal(mprotect(guard, GUARD, PROT_READ | PROT_WRITE), 0);
    stack_ends("not guarded", open_of);
    assert_true(open_of[OUTSIDE] > 0);
    munmap(stacked, MEMORY + ZONE + GUARD + STACK);
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, heap_forget)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(flips_in_the_planes),
        TEST(flips_in_the_attributes),
        TEST(flips_in_the_words_of_the_heap),
        TEST(open_groups),
        TEST(flips_in_what_is_derived),
        TEST(a_region_over_another),
        TEST(an_overflow_of_no_group),
        TEST(no_scan_of_no_group),
        TEST(use_of_damaged_planes_and_hints),
        TEST(use_of_damaged_pointers),
        TEST(the_end_of_the_stack),
    };
    return cmocka_run_group_tests(tests, shared_new, NULL);
}
