// SPDX-License-Identifier: MIT
#include "picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "open.h"
#include "slow_hints.h"
#include "vic.h"

enum { MAX_REGIONS = 8, MAX_BLOCKS = 4 * WORD_BITS * GROUP_BLOCKS };
enum { MAX_TEXT = MAX_BLOCKS, MAX_MEMORY = MAX_BLOCKS * BLOCK_BYTES };
enum { MAX_NESTING = 4 };

// Bytes before the host. The heap's own address is always on the stack, often
// also with another low byte; in no region, nor past its end, may that be.
enum { GAP = 1024 };

void *picture_roots[N_ROOTS];

static irqgc_root_t roots_node;
static irqgc_t *drawn;
static unsigned char *memory;
static size_t memory_size;
static unsigned char *snapshot;
static block_t names[128];

static void fatal(const char *what, const char *picture) {
    print_error("picture: %s: %s\n", what, picture);
    _fail(__FILE__, __LINE__);
}

// ---- Text ------------------------------------------------------------------

static size_t group_length(const char *picture) {
    return strcspn(picture, " |");
}

// Writes the blocks of a group in full; returns how many.
static size_t group_expand(const char *picture, char *to) {
    const size_t length = group_length(picture);
    const char *tilde = memchr(picture, '~', length);
    size_t n = 0;
    for (size_t i = 0; i < length; i++) {
        if (&picture[i] != tilde) {
            to[n++] = picture[i];
            continue;
        }
        if (i == 0 || length - 2 > GROUP_BLOCKS) {
            fatal("nothing to repeat, or no room to", picture);
        }
        n--;
        for (size_t fill = GROUP_BLOCKS - (length - 2); fill > 0; fill--) {
            to[n++] = picture[i - 1];
        }
    }
    if (n > GROUP_BLOCKS || (n < GROUP_BLOCKS && picture[length] == ' ')) {
        fatal("a group of the wrong size", picture);
    }
    return n;
}

// Writes a picture in full, without spaces and '~'.
static void picture_expand(const char *picture, char *to) {
    for (;;) {
        to += group_expand(picture, to);
        picture += group_length(picture);
        if (*picture == '\0') {
            break;
        }
        if (*picture == '|') {
            *to++ = '|';
        }
        picture++;
    }
    *to = '\0';
}

static bool is_small(char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}

static char name_hide(char c) {
    return is_small(c) ? 'o' : is_capital(c) ? '*' : c;
}

typedef struct {
    const irqgc_t *heap;
    word_t region;
    word_t n_blocks; // of the region so far
    char *text;
} dump_t;

static void dump_line(const char *line, void *arg) {
    dump_t *dump = arg;
    const char *cells = strchr(line, ' ') + 1;
    const size_t n = strlen(cells);
    memcpy(dump->text, cells, n);
    dump->text += n;
    dump->n_blocks += n;
    if (dump->n_blocks == dump->heap->regions[dump->region].n_blocks) {
        *dump->text++ = '|';
        dump->region++;
        dump->n_blocks = 0;
    }
}

// The blocks of the heap as irqgc_dump tells them, with bars in between.
static void heap_text(const irqgc_t *h, char *text) {
    dump_t dump = {.heap = h, .text = text};
    irqgc_dump(h, dump_line, &dump);
    dump.text[-1] = '\0';
}

static void text_print(const char *title, const char *text) {
    print_error("%s", title);
    for (size_t n = 0; *text != '\0'; text++) {
        n = *text == '|' ? 0 : n + 1;
        print_error("%c%s", *text,
                    n != 0 && n % GROUP_BLOCKS == 0 && text[1] > ' ' &&
                            text[1] != '|'
                        ? " "
                        : "");
    }
    print_error("\n");
}

// ---- Drawing ---------------------------------------------------------------

typedef struct {
    word_t n_blocks[MAX_REGIONS];
    size_t n_regions;
} shape_t;

static shape_t text_shape(const char *text) {
    shape_t s = {.n_regions = 1};
    for (; *text != '\0'; text++) {
        if (*text == '|') {
            s.n_regions++;
        } else {
            s.n_blocks[s.n_regions - 1]++;
        }
    }
    return s;
}

// Makes a heap in `at` whose last region, the host, has `total` blocks, the
// heap's data included; NULL if that is too small.
static irqgc_t *shape_init(const shape_t *s, const irqgc_config_t *options,
                           unsigned char *at, word_t total) {
    irqgc_region_t regions[MAX_REGIONS];
    for (size_t i = 0; i < s->n_regions; i++) {
        const bool is_host = i == s->n_regions - 1;
        const size_t size =
            (is_host ? total : s->n_blocks[i]) * (size_t)BLOCK_BYTES;
        at += is_host ? (size_t)GAP : 0;
        regions[i] = (irqgc_region_t){at, size};
        at += size;
    }
    irqgc_config_t config = *options;
    config.regions = regions;
    config.n_regions = s->n_regions;
    irqgc_t *h = NULL;
    (void)irqgc_init(&h, &config);
    return h;
}

static unsigned char *memory_new(size_t size) {
    unsigned char *new = aligned_alloc(BLOCK_BYTES, size);
    assert_non_null(new);
    return new;
}

static word_t shape_others(const shape_t *s) {
    word_t n = 0;
    for (size_t i = 0; i + 1 < s->n_regions; i++) {
        n += s->n_blocks[i];
    }
    return n;
}

static bool shape_fits(const shape_t *s, const irqgc_t *h) {
    return h != NULL &&
           h->n_blocks == shape_others(s) + s->n_blocks[s->n_regions - 1];
}

// The least size of the host, in blocks, that makes a heap of this shape.
static word_t shape_total(const shape_t *s, const irqgc_config_t *options) {
    unsigned char *scratch = memory_new(MAX_MEMORY);
    word_t total = s->n_blocks[s->n_regions - 1];
    const word_t limit = (MAX_MEMORY - GAP) / BLOCK_BYTES - shape_others(s);
    while (total < limit &&
           !shape_fits(s, shape_init(s, options, scratch, total))) {
        total++;
    }
    free(scratch);
    if (total == limit) {
        fatal("no heap has this shape", "");
    }
    return total;
}

static void block_paint(irqgc_t *h, block_t b, char cell) {
    group_t *g = &h->groups[block_group(b)];
    const char c = name_hide(cell);
    g->head |= c == 'o' || c == '*' ? block_bit(b) : 0;
    g->body |= c == '=' || c == '*' ? block_bit(b) : 0;
    h->taken += c != '.';
    if (c != cell && names[(int)cell] == NO_BLOCK) {
        names[(int)cell] = b;
    }
    memset(block_address(h, b), PICTURE_FILL, BLOCK_BYTES);
}

static void heap_paint(irqgc_t *h, const char *text) {
    const region_t *r = h->regions;
    block_t b = r->first;
    for (; *text != '\0'; text++) {
        if (*text == '|') {
            b = (++r)->first;
        } else {
            block_paint(h, b++, *text);
        }
    }
    h->least_free = h->given - h->taken;
    slow_hints_set(h);
}

irqgc_t *heap_draw_with(const char *picture, const irqgc_config_t *options) {
    heap_forget(NULL);
    char text[MAX_TEXT];
    picture_expand(picture, text);
    const shape_t s = text_shape(text);
    const word_t total = shape_total(&s, options);
    memory_size = (shape_others(&s) + total) * BLOCK_BYTES + GAP;
    memory = memory_new(memory_size);
    memset(memory, PICTURE_FILL, memory_size);
    drawn = shape_init(&s, options, memory, total);
    const region_t *host = &drawn->regions[s.n_regions - 1];
    if (host->n_blocks != s.n_blocks[s.n_regions - 1] ||
        (uintptr_t)drawn > host->base) {
        fatal("the last region is not the largest", picture);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        names[i] = NO_BLOCK;
    }
    heap_paint(drawn, text);
    return drawn;
}

irqgc_t *heap_draw(const char *picture) {
    return heap_draw_with(picture, &(irqgc_config_t){.mark_stack = 0});
}

// As they were when the first heap was drawn: whoever masks interrupts puts
// that back.
static void masking_expect_same(void) {
    static bool is_known;
    static port_irq_t at_first;
    const port_irq_t irq = port_irq_save();
    port_irq_restore(irq);
    assert_true(!is_known || irq == at_first);
    is_known = true;
    at_first = irq;
}

int heap_forget(void **state) {
    (void)state;
    masking_expect_same();
    assert_true(drawn == NULL || drawn->records == NULL);
    free(memory);
    free(snapshot);
    memory = NULL;
    snapshot = NULL;
    drawn = NULL;
    memset(picture_roots, 0, sizeof picture_roots);
    stack_wipe();
    return 0;
}

// What ends a region is held, so that a mark has made it black.
static void sentinel_colour(irqgc_t *h, block_t b) {
    const unsigned phase = state_phase(h->state);
    group_t *g = &h->groups[block_group(b)];
    if (phase == SWEEP && block_group(b) < h->unswept) {
        g->body |= block_bit(b);
    } else {
        g->body &= ~block_bit(b);
    }
}

void heap_phase(irqgc_t *h, unsigned phase, word_t unswept) {
    (void)open_close(h); // in IDLE alone is one open
    h->state = (h->state & ~(state_t)PHASE_MASK) | phase;
    h->unswept = unswept;
    for (word_t i = 0; i < h->n_regions; i++) {
        sentinel_colour(h, h->regions[i].first + h->regions[i].n_blocks);
    }
}

// ---- Comparing -------------------------------------------------------------

bool hints_are_exact(const irqgc_t *h) {
    return slow_hints_match(h);
}

void heap_expect_at(irqgc_t *h, const char *picture, const char *file,
                    int line) {
    char expected[MAX_TEXT];
    char seen[MAX_TEXT];
    picture_expand(picture, expected);
    for (char *c = expected; *c != '\0'; c++) {
        *c = name_hide(*c);
    }
    heap_text(h, seen);
    const unsigned broken = irqgc_check(h);
    const bool exact = hints_are_exact(h);
    if (strcmp(expected, seen) == 0 && broken == 0 && exact &&
        h->records == NULL) {
        return;
    }
    text_print("expected ", expected);
    text_print("     saw ", seen);
    print_error("irqgc_check: %u, hints: %s, records: %s\n", broken,
                exact ? "exact" : "wrong",
                h->records == NULL ? "none" : "left behind");
    _fail(file, line);
}

void heap_remember(void) {
    free(snapshot);
    snapshot = malloc(memory_size);
    assert_non_null(snapshot);
    memcpy(snapshot, memory, memory_size);
}

void heap_expect_same_at(const char *file, int line) {
    for (size_t i = 0; i < memory_size; i++) {
        if (memory[i] != snapshot[i]) {
            print_error("byte %zu of the heap's memory, %zu of its data, was "
                        "%02x and is %02x\n",
                        i, i - (size_t)((unsigned char *)drawn - memory),
                        snapshot[i], memory[i]);
            _fail(file, line);
        }
    }
}

void heap_expect_same_but_at(const uintptr_t *word, uintptr_t more,
                             const char *file, int line) {
    uintptr_t *before =
        (void *)(snapshot + ((const unsigned char *)word - memory));
    *before += more;
    heap_expect_same_at(file, line);
    *before -= more;
}

// ---- Objects and roots -----------------------------------------------------

// What handles addresses is not inlined, and returns none but where asked to,
// so that no frame or register of a test has one.
#define HIDES_ADDRESSES __attribute__((noinline))

block_t named_block(char name) {
    const block_t b = names[(int)name];
    if (b == NO_BLOCK) {
        fatal("no such name", (char[]){name, '\0'});
    }
    return b;
}

void *named(char name) {
    return block_address(drawn, named_block(name));
}

size_t blocks_size(word_t n_blocks) {
    return n_blocks * BLOCK_BYTES;
}

HIDES_ADDRESSES void object_point(char from, size_t word, char to,
                                  size_t offset) {
    ((uintptr_t *)named(from))[word] = (uintptr_t)named(to) + offset;
}

HIDES_ADDRESSES void object_clear(char from) {
    const block_t b = named_block(from);
    memset(named(from), 0, blocks_size(object_end(drawn, b) - b));
}

void roots_register(irqgc_t *h) {
    assert_int_equal(
        irqgc_root_add(h, &roots_node, picture_roots, sizeof picture_roots),
        IRQGC_OK);
}

HIDES_ADDRESSES void root_point(unsigned root, char to, size_t offset) {
    picture_roots[root] = (char *)named(to) + offset;
}

// Not instrumented, so that the waste begins where the frame does.
HIDES_ADDRESSES __attribute__((no_sanitize("address"))) void stack_wipe(void) {
    volatile char waste[WORD_BITS == 64 ? 1 << 16 : 1 << 13];
    for (size_t i = 0; i < sizeof waste; i++) {
        waste[i] = 0;
    }
}

// ---- Handlers --------------------------------------------------------------

// A line for each level of nesting, at the priority of its number.
static void (*bodies[MAX_NESTING])(void);

static void body_run(void *arg) {
    bodies[(uintptr_t)arg]();
}

void in_handler(void (*body)(void)) {
    const unsigned line = (unsigned)vic_priority() + 1;
    assert_true(line < MAX_NESTING);
    for (unsigned i = 1; line == 1 && i < MAX_NESTING; i++) {
        vic_connect(i, (int)i, body_run, (void *)(uintptr_t)i);
    }
    bodies[line] = body;
    vic_raise(line);
}
