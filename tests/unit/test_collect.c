// SPDX-License-Identifier: MIT
//
// The collector: what it keeps, what it sweeps, how much it scans, and what
// happens when a handler comes in the middle of it. The probe below counts
// the scans of objects, and raises an interrupt at any of them.
//
// Tests name their objects and hold no addresses: see picture.h.
//
// Link: tests/picture.c -Wl,--wrap=irqgc_core_far_block_address
#include "picture.h"
#include "records.h"

#include <stdlib.h>
#include <string.h>

#include "collect.h"
#include "irqgc/brk.h"

enum { G = GROUP_BLOCKS };

static irqgc_t *heap; // where handlers find it

// ---- The probe -------------------------------------------------------------

// The mark asks for an object's address exactly when it scans it: with a call,
// if that is in no heap's first region.
typedef struct {
    size_t n_scans;
    size_t n_words;
    uintptr_t lowest_frame;
    size_t scans_to_go;    // until the interrupt
    void (*handler)(void); // or NULL
} probe_t;

static probe_t probe;

void *__real_irqgc_core_far_block_address(const irqgc_t *h, block_t b);
void *__wrap_irqgc_core_far_block_address(const irqgc_t *h, block_t b);

void *__wrap_irqgc_core_far_block_address(const irqgc_t *h, block_t b) {
    void *address = __real_irqgc_core_far_block_address(h, b);
    if (state_phase(h->state) != MARK) {
        return address;
    }
    const uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
    probe.n_scans++;
    probe.n_words += (object_end(h, b) - b) * BLOCK_WORDS;
    probe.lowest_frame =
        frame < probe.lowest_frame ? frame : probe.lowest_frame;
    void (*const handler)(void) = probe.handler;
    if (handler != NULL && probe.scans_to_go-- == 0) {
        probe.handler = NULL;
        in_handler(handler);
    }
    return address;
}

static void probe_reset(void) {
    probe = (probe_t){.lowest_frame = UINTPTR_MAX};
}

static void collect(irqgc_t *h) {
    probe_reset();
    stack_wipe();
    irqgc_collect(h);
}

// ---- What is reached -------------------------------------------------------

static void test_without_roots_all_is_freed(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("o=~ o~ o|.o=|o=~ =.~ .~ o~ .");
    collect(h);
    heap_expect(h, ".~ .~ .|...|.~ .~ .~ .~ .");
}

static void test_an_empty_heap(void **state) {
    (void)state;
    irqgc_t *h = heap_draw(".~ .~");
    collect(h);
    heap_expect(h, ".~ .~");
}

static void test_registered_ranges(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("abc=.~ d~");
    roots_register(h);
    root_point(0, 'b', 0);
    root_point(N_ROOTS - 1, 'd', 0);
    collect(h);
    heap_expect(h, ".o.~ d.~");
    picture_roots[N_ROOTS - 1] = NULL;
    collect(h);
    heap_expect(h, ".o.~ .~");
}

static void test_several_ranges(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("abcd~");
    static irqgc_root_t nodes[2];
    irqgc_root_add(h, &nodes[0], &picture_roots[1], sizeof(void *));
    irqgc_root_add(h, &nodes[1], &picture_roots[3], 2 * sizeof(void *));
    root_point(0, 'a', 0);
    root_point(1, 'b', 0);
    root_point(4, 'c', 0);
    root_point(5, 'd', 0);
    collect(h);
    heap_expect(h, ".oo.~");
}

// Only the aligned words that lie in the range as a whole are roots.
static void test_unaligned_ranges(void **state) {
    (void)state;
    const size_t word = sizeof(void *);
    for (size_t skip = 0; skip <= word; skip++) {
        for (size_t size = 2 * word; size <= 3 * word; size++) {
            irqgc_t *h = heap_draw("abcd.~");
            static irqgc_root_t node;
            irqgc_root_add(h, &node, (char *)picture_roots + skip, size);
            for (unsigned i = 0; i < 4; i++) {
                root_point(i, "abcd"[i], 0);
            }
            collect(h);
            char expected[] = "abcd.~";
            for (size_t i = 0; i < 4; i++) {
                if (i * word < skip || (i + 1) * word > skip + size) {
                    expected[i] = '.';
                }
            }
            heap_expect(h, expected);
        }
    }
}

static void test_chains(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("ae=~ =b~|c.|ozd~ .~ .~ .~");
    roots_register(h);
    for (const char *o = "abcde"; *o != '\0'; o++) {
        object_clear(*o);
    }
    root_point(0, 'd', 0);
    object_point('d', BLOCK_WORDS - 1, 'b', 0); // its last word
    object_point('b', 0, 'e', 0);
    object_point('e', G * BLOCK_WORDS - 1, 'c', 0); // in its second group
    object_point('c', 1, 'a', 0);
    collect(h);
    heap_expect(h, "ae=~ =b.~|c.|..d.~ .~ .~ .~");
}

static void test_cycles(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("ab=.~ cd.~ .~e");
    roots_register(h);
    object_point('a', 0, 'b', 0); // a cycle, reached
    object_point('b', 0, 'a', 0);
    object_point('c', 0, 'd', 0); // another that is not
    object_point('d', 0, 'c', 0);
    object_point('d', 1, 'a', 0);
    object_point('e', 0, 'e', 0); // nor is this
    root_point(0, 'b', 0);
    collect(h);
    heap_expect(h, "oo=.~ .~ .~");
    picture_roots[0] = NULL;
    collect(h);
    heap_expect(h, ".~ .~ .~");
}

static void attribute_set(char name, irqgc_flags_t flags) {
    const block_t b = named_block(name);
    group_t *g = &heap->groups[block_group(b)];
    g->held |= (flags & IRQGC_HELD) != 0 ? block_bit(b) : 0;
    g->plain |= (flags & IRQGC_NO_POINTERS) != 0 ? block_bit(b) : 0;
}

static void test_held_objects_are_roots(void **state) {
    (void)state;
    heap = heap_draw("ab=~ =.~ c.~");
    attribute_set('b', IRQGC_HELD);
    object_clear('b');
    object_point('b', 2, 'c', 0);
    collect(heap);
    heap_expect(heap, ".b=~ =.~ o.~");
}

static void test_no_pointers_are_looked_for(void **state) {
    (void)state;
    heap = heap_draw("abcd.~");
    attribute_set('a', IRQGC_NO_POINTERS);
    attribute_set('c', IRQGC_NO_POINTERS | IRQGC_HELD);
    roots_register(heap);
    root_point(0, 'a', 0);
    object_point('a', 0, 'b', 0);
    object_point('c', 0, 'd', 0);
    collect(heap);
    heap_expect(heap, "a.c.~");
}

// The attribute bits of tails mean nothing.
static void test_attributes_of_tails(void **state) {
    (void)state;
    heap = heap_draw("a==b.~");
    heap->groups[0].held |= 0x6;
    heap->groups[0].plain |= 0x6;
    collect(heap);
    heap_expect(heap, ".~");
}

static void test_what_records_name_is_kept(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("abcd.~");
    record_t records[3];
    object_clear('a');
    object_point('a', 0, 'd', 0);
    record_link(h, &records[0], named_block('a'));
    record_link(h, &records[1], NO_BLOCK);
    record_link(h, &records[2], named_block('c'));
    collect(h);
    record_unlink(h, &records[2]);
    record_unlink(h, &records[1]);
    record_unlink(h, &records[0]);
    heap_expect(h, "o.oo.~");
}

// But by a debug build, which fills what dies, and nothing else.
static void test_swept_memory_is_not_touched(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("a=~ =bc.~");
    roots_register(h);
    root_point(0, 'c', 0);
    collect(h);
    heap_expect(h, ".~ ..o.~");
    const block_t dead_end = named_block('c');
    for (block_t b = 0; b < 2 * G; b++) {
        const unsigned char *bytes = block_address(h, b);
        const unsigned char fill =
            IRQGC_DEBUG && b < dead_end ? DEBUG_FILL : PICTURE_FILL;
        for (size_t i = 0; i < BLOCK_BYTES; i++) {
            assert_int_equal(bytes[i], fill);
        }
    }
}

// ---- The stack -------------------------------------------------------------

__attribute__((noinline)) static void pin(volatile uintptr_t *place, char name,
                                          ptrdiff_t offset) {
    *place = (uintptr_t)named(name) + (uintptr_t)offset;
}

// Who collects while a word of the thread's stack points somewhere.
typedef enum { BY_THREAD, BY_THREAD_WIDE, BY_DELIVERY, BY_HANDLER } collector_t;

static void collect_heap(void) {
    collect(heap);
}

static void deliver(void *unused) {
    (void)unused;
    collect_heap();
}

// In the thread, too, but it may have come anywhere.
static void collect_in_delivery(void) {
    const irqgc_brk_config_t config = {.deliver = deliver, .heap = heap};
    assert_int_equal(irqgc_brk_init(&config), IRQGC_OK);
    irqgc_brk_request();
    assert_int_equal(irqgc_brk_poll(), 1);
}

static void collect_by(collector_t who) {
    if (who == BY_HANDLER) {
        in_handler(collect_heap);
    } else if (who == BY_DELIVERY) {
        collect_in_delivery();
    } else {
        collect_heap();
    }
}

// Collects while a word of this frame points so many bytes into object `b`.
static void stack_expect(collector_t who, ptrdiff_t offset,
                         const char *picture) {
    heap = heap_draw_with(
        "ab=~ =c.~", &(irqgc_config_t){.wide_scan = who == BY_THREAD_WIDE});
    volatile uintptr_t place;
    pin(&place, 'b', offset);
    collect_by(who);
    heap_expect(heap, picture);
    place = 0;
    collect_by(who);
    heap_expect(heap, ".~ .~");
}

// Just past the end is for what may have been interrupted anywhere.
static void test_the_stack_points_anywhere(void **state) {
    (void)state;
    const ptrdiff_t end = G * BLOCK_BYTES;
    const ptrdiff_t inside[] = {
        1,           2,       sizeof(void *),    BLOCK_BYTES - 1,
        BLOCK_BYTES, end / 2, end - BLOCK_BYTES, end - 9};
    for (collector_t who = BY_THREAD; who <= BY_HANDLER; who++) {
        const bool wide = who != BY_THREAD;
        stack_expect(who, -9, "o.~ .~");
        stack_expect(who, 0, wide ? "oo=~ =.~" : ".o=~ =.~");
        for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
            stack_expect(who, inside[i], ".o=~ =.~");
        }
        stack_expect(who, end, wide ? ".o=~ =o.~" : ".~ .o.~");
        stack_expect(who, end + 1, ".~ .o.~");
    }
}

// A pointer that is about to be incremented.
static void test_the_stack_points_before_an_object(void **state) {
    (void)state;
    const ptrdiff_t end = G * BLOCK_BYTES;
    for (collector_t who = BY_THREAD; who <= BY_HANDLER; who++) {
        stack_expect(who, -9, "o.~ .~");
        for (ptrdiff_t before = 8; before > 0; before--) {
            stack_expect(who, -before, "oo=~ =.~");
            stack_expect(who, end - before, ".o=~ =o.~");
        }
    }
}

static void test_one_past_the_end_of_a_region(void **state) {
    (void)state;
    heap = heap_draw(".~|..|.~ .~ .~a");
    volatile uintptr_t place;
    pin(&place, 'a', BLOCK_BYTES);
    collect_by(BY_HANDLER);
    heap_expect(heap, ".~|..|.~ .~ .~o");
    pin(&place, 'a', BLOCK_BYTES + 1);
    collect_by(BY_HANDLER);
    heap_expect(heap, ".~|..|.~ .~ .~");
}

static void test_the_stack_points_into_free_blocks(void **state) {
    (void)state;
    heap = heap_draw("a.b.~");
    volatile uintptr_t place;
    pin(&place, 'a', 2 * BLOCK_BYTES - 9);
    collect_by(BY_HANDLER);
    heap_expect(heap, ".~");
    (void)place;
}

// ---- Interior pointers in objects and ranges -------------------------------

// What is kept if a range points so many bytes into `b`, and an object into
// `c`.
static void interior_expect(int option, size_t b_offset, size_t c_offset,
                            const char *picture) {
    irqgc_t *h = heap_draw_with("ab=~ =.~ c=.~ r.~",
                                &(irqgc_config_t){.interior_pointers = option});
    roots_register(h);
    root_point(0, 'b', b_offset);
    root_point(1, 'r', 0);
    object_clear('r');
    object_point('r', 1, 'c', c_offset);
    collect(h);
    heap_expect(h, picture);
}

static void test_interior_pointers(void **state) {
    (void)state;
    const size_t b_end = blocks_size(G);
    const size_t c_end = blocks_size(2);
    interior_expect(0, 0, 0, ".b=~ =.~ c=.~ r.~");
    interior_expect(0, 1, c_end - 1, ".~ .~ .~ r.~");
    interior_expect(0, sizeof(void *), IRQGC_BLOCK, ".~ .~ .~ r.~");
    interior_expect(0, b_end, c_end, ".~ .~ .~ r.~");

    interior_expect(1, 0, 0, ".b=~ =.~ c=.~ r.~");
    interior_expect(1, 1, c_end - 1, ".b=~ =.~ c=.~ r.~");
    interior_expect(1, sizeof(void *), IRQGC_BLOCK, ".b=~ =.~ c=.~ r.~");
    interior_expect(1, b_end, c_end, ".~ .~ .~ r.~");
    interior_expect(1, b_end + 1, c_end + 1, ".~ .~ .~ r.~");
}

// What was seen of a group on the way to one head tells nothing of the way to
// another that is in that group.
static void test_a_head_above_leading_tails(void **state) {
    (void)state;
    heap = heap_draw_with("a=~ =c=~ =.~",
                          &(irqgc_config_t){.interior_pointers = 1});
    roots_register(heap);
    root_point(0, 'a', blocks_size(G));     // the block before `c`
    root_point(1, 'c', blocks_size(G - 1)); // its last
    collect(heap);
    heap_expect(heap, "o=~ =o=~ =.~");
}

// Frees `a`, and has two objects instead: a group that was full of tails starts
// with the second.
__attribute__((noinline)) static void object_part(void) {
    assert_int_equal(irqgc_free(heap, named('a')), IRQGC_OK);
    assert_ptr_equal(irqgc_alloc(heap, blocks_size(G), 0), named('a'));
    char *second = irqgc_alloc(heap, blocks_size(2 * G), 0);
    assert_ptr_equal(second, (char *)named('a') + blocks_size(G));
    root_point(0, 'a', blocks_size(2 * G));
}

static void test_tails_of_the_cycle_before(void **state) {
    (void)state;
    heap = heap_draw_with("a=~ =~ =~ .~",
                          &(irqgc_config_t){.interior_pointers = 1});
    roots_register(heap);
    root_point(0, 'a', blocks_size(2 * G));
    collect(heap);
    heap_expect(heap, "o=~ =~ =~ .~");
    object_part();
    collect(heap);
    heap_expect(heap, ".~ o=~ =~ .~");
}

// ---- The sweep -------------------------------------------------------------

static void test_objects_of_many_groups_die(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("oa=~ =~ =b=~ =~ =.~c d~");
    roots_register(h);
    root_point(0, 'b', 0);
    root_point(1, 'c', 0);
    collect(h);
    heap_expect(h, ".~ .~ .b=~ =~ =.~c .~");
    picture_roots[0] = NULL;
    collect(h);
    heap_expect(h, ".~ .~ .~ .~ .~c .~");
}

static void test_objects_of_many_groups_live(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("oa=~ =~ =b=~ =~ =~ c=~ ==d~");
    roots_register(h);
    root_point(0, 'a', 0);
    root_point(1, 'c', 0);
    collect(h);
    heap_expect(h, ".a=~ =~ =.~ .~ .~ c=~ ==.~");
}

// Runs the sweep alone, over these colours.
static void sweep_expect(const char *before, const char *after) {
    irqgc_t *h = heap_draw(before);
    heap_phase(h, SWEEP, h->n_groups);
    sweep(h, h->state);
    assert_int_equal(state_phase(h->state), IDLE);
    heap_expect(h, after);
}

static void test_sweep(void **state) {
    (void)state;
    sweep_expect("o=*o=~ =*~ o~", "..o.~ .o~ .~");
    sweep_expect("*=~ =~ =~ =~", "o=~ =~ =~ =~");
    sweep_expect("o=~ =~ =~ =~", ".~ .~ .~ .~");
    sweep_expect("*o=~ =~ =*=~ =~ =o=~ =~ .~", "o.~ .~ .o=~ =~ =.~ .~ .~");
    sweep_expect(".~ o=~ *=~ =~ o~", ".~ .~ o=~ =~ .~");
    sweep_expect("o~|*~|o=~|*=~ =~ o.~", ".~|o~|.~|o=~ =~ .~");
    sweep_expect("*~ =~ .~ o=~ =~", "o~ =~ .~ .~ .~");
}

// The block of the picture after a sweep. `dead` tells of the object that the
// block before belongs to.
static char cell_sweep(char cell, bool *dead) {
    if (cell != '=') {
        *dead = cell == 'o';
    }
    return *dead ? '.' : cell == '*' ? 'o' : cell;
}

enum { N_RANDOM_GROUPS = 5 };

// A picture whose every tail follows something; runs grow long where the
// random numbers say so.
static void picture_random(char *text) {
    const int few = 1 + rand() % 8;
    char before = '.';
    for (unsigned k = 0; k < N_RANDOM_GROUPS; k++) {
        for (unsigned i = 0; i < G; i++) {
            const char new = ".o*="[rand() % 4];
            const bool stays = rand() % few != 0;
            before = stays && before != '.'        ? '='
                     : new == '=' && before == '.' ? 'o'
                                                   : new;
            *text++ = before;
        }
        *text++ = ' ';
    }
    text[-1] = '\0';
}

static void test_sweep_like_its_slow_twin(void **state) {
    (void)state;
    srand(1);
    for (unsigned round = 0; round < 2000; round++) {
        char before[N_RANDOM_GROUPS * (G + 1)];
        char after[N_RANDOM_GROUPS * (G + 1)];
        picture_random(before);
        bool dead = false;
        for (size_t i = 0; i < sizeof before; i++) {
            const bool is_block = before[i] != ' ' && before[i] != '\0';
            after[i] = is_block ? cell_sweep(before[i], &dead) : before[i];
        }
        sweep_expect(before, after);
    }
}

// ---- Shapes: how much is scanned, how deep ---------------------------------

enum { MAX_NODES = 4096, FAN = 64 };

// A graph of `n` nodes. A node has as many words as `words` says, and points to
// the nodes that `edge` names for i = 0, 1 ... until that is no node.
typedef struct {
    const char *name;
    size_t (*words)(size_t node, size_t n);
    size_t (*edge)(size_t node, size_t i, size_t n);
} shape_t;

static size_t words_of_a_block(size_t node, size_t n) {
    (void)node;
    (void)n;
    return BLOCK_WORDS;
}

static size_t edge_up(size_t node, size_t i, size_t n) {
    return i == 0 ? node + 1 : n;
}

// The last is the next of node 0, and each that of the one after it.
static size_t edge_down(size_t node, size_t i, size_t n) {
    return i != 0 ? n : node == 0 ? n - 1 : node > 1 ? node - 1 : n;
}

static size_t edge_tree(size_t node, size_t i, size_t n) {
    return i < 2 ? 2 * node + 1 + i : n;
}

// Each group points into four others, all over the heap.
static size_t edge_scattered(size_t node, size_t i, size_t n) {
    return i < 4 ? (4 * node + i + 1) % n : n;
}

// Neighbours, the next group, the mirror image.
static size_t edge_ladder(size_t node, size_t i, size_t n) {
    const size_t to[] = {node + 1, (node + G) % n, n - 1 - node, n};
    return to[i < 3 ? i : 3];
}

static size_t words_fan(size_t node, size_t n) {
    return node == 0 ? n : BLOCK_WORDS;
}

static size_t edge_fan(size_t node, size_t i, size_t n) {
    return node == 0 && i + 1 < n ? i + 1 : n;
}

static size_t words_fans(size_t node, size_t n) {
    (void)n;
    return node < FAN ? FAN : BLOCK_WORDS;
}

// Node 0 points to some that point to many each, overlapping.
static size_t edge_fans(size_t node, size_t i, size_t n) {
    return node >= FAN || i >= FAN ? n
           : node == 0             ? i
                                   : FAN + (node * FAN + i) % (n - FAN);
}

static size_t edge_fan_and_list(size_t node, size_t i, size_t n) {
    return node == 0 ? edge_fan(node, i, n) : edge_up(node, i, n);
}

static size_t edge_fan_and_list_down(size_t node, size_t i, size_t n) {
    return node == 0 ? edge_fan(node, i, n) : i == 0 ? node - 1 : n;
}

enum { LEAVES = 32 };

static size_t words_zigzag(size_t node, size_t n) {
    (void)n;
    return node < 2 ? LEAVES + 4 : BLOCK_WORDS;
}

// Nodes 0 and 1 have leaves, the last nodes, which fill up a small mark stack,
// and then again. Then comes a list, to and fro between two groups, and on to
// the next two. What follows in it is never in hand, for each has a leaf behind
// it; node 1 has what is left.
static size_t edge_zigzag(size_t node, size_t i, size_t n) {
    const size_t end = n - 2 * LEAVES;
    const size_t list_end = end / 2;
    if (node < 2 && i < LEAVES) {
        return end + node * LEAVES + i;
    }
    if (node == 0) {
        return i < LEAVES + 2 ? i - LEAVES + 1 : n;
    }
    if (node == 1) {
        const size_t to = 2 * list_end - 2 + i - LEAVES;
        return to < end ? to : n;
    }
    const size_t at = (node - 2) % (2 * G);
    const bool is_pair = node - at + 2 * G <= list_end;
    const size_t to = !is_pair || at == 2 * G - 1 ? node + 1
                      : at < G                    ? node + G
                                                  : node - G + 1;
    const size_t leaf = list_end + node - 2;
    return node >= list_end                      ? n
           : i == 0 && to < list_end             ? to
           : i == 0 || (i == 1 && to < list_end) ? leaf
                                                 : n;
}

static const shape_t shapes[] = {
    {"list, up", words_of_a_block, edge_up},
    {"list, down", words_of_a_block, edge_down},
    {"tree", words_of_a_block, edge_tree},
    {"scattered", words_of_a_block, edge_scattered},
    {"ladder", words_of_a_block, edge_ladder},
    {"fan", words_fan, edge_fan},
    {"fans", words_fans, edge_fans},
    {"fan and list", words_fan, edge_fan_and_list},
    {"fan and list, down", words_fan, edge_fan_and_list_down},
    {"zigzag", words_zigzag, edge_zigzag},
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

static void **nodes[MAX_NODES]; // no roots
static void *graph_root;
static irqgc_root_t graph_node;
static unsigned char *graph_memory;

static int graph_forget(void **state) {
    free(graph_memory);
    graph_memory = NULL;
    graph_root = NULL;
    return heap_forget(state);
}

__attribute__((noinline)) static void graph_link(const shape_t *shape,
                                                 size_t n) {
    for (size_t node = 0; node < n; node++) {
        size_t to;
        for (size_t i = 0; (to = shape->edge(node, i, n)) < n; i++) {
            assert_true(i < shape->words(node, n) || i < BLOCK_WORDS);
            nodes[node][i] = nodes[to];
        }
    }
    graph_root = nodes[0];
}

// In a heap of one region; or of two, for the probe, of which the first has one
// block, and no object.
static irqgc_t *graph_make(const shape_t *shape, size_t n, size_t mark_stack,
                           size_t n_regions) {
    graph_forget(NULL);
    const size_t size = 3 * (n + 2 * FAN * FAN) * BLOCK_BYTES;
    graph_memory = aligned_alloc(BLOCK_BYTES, BLOCK_BYTES + size);
    assert_non_null(graph_memory);
    const irqgc_region_t regions[] = {{graph_memory + BLOCK_BYTES, size},
                                      {graph_memory, BLOCK_BYTES}};
    irqgc_t *h = NULL;
    assert_int_equal(
        irqgc_init(&h, &(irqgc_config_t){.regions = regions,
                                         .n_regions = n_regions,
                                         .mark_stack = mark_stack}),
        IRQGC_OK);
    irqgc_root_add(h, &graph_node, &graph_root, sizeof graph_root);
    void *first = n_regions == 2 ? irqgc_alloc(h, BLOCK_BYTES, 0) : NULL;
    for (size_t i = 0; i < n; i++) {
        nodes[i] = irqgc_alloc(h, shape->words(i, n) * sizeof(void *), 0);
        assert_non_null(nodes[i]);
    }
    irqgc_free(h, first);
    graph_link(shape, n);
    return h;
}

static void visit_count(void *arg, void *object, size_t size,
                        irqgc_flags_t flags) {
    (void)object;
    (void)size;
    (void)flags;
    ++*(size_t *)arg;
}

static size_t objects_count(irqgc_t *h) {
    size_t n = 0;
    irqgc_walk(h, visit_count, &n);
    return n;
}

// The most words that may be scanned: each object once for each head of its
// group, and once more for when it was on the mark stack.
typedef struct {
    const irqgc_t *heap;
    size_t live;
    size_t most;
    size_t scanned;
} words_t;

static void visit_words(void *arg, void *object, size_t size,
                        irqgc_flags_t flags) {
    (void)flags;
    words_t *words = arg;
    const block_t b = address_object(words->heap, (uintptr_t)object);
    const group_t *g = &words->heap->groups[block_group(b)];
    words->live += size / sizeof(void *);
    words->most += size / sizeof(void *) * (1 + word_count(g->head));
}

static words_t words_count(irqgc_t *h) {
    words_t words = {.heap = h};
    irqgc_walk(h, visit_words, &words);
    return words;
}

// Collects a graph. Everything stays; then, with the root gone, nothing does.
static words_t graph_collect(const shape_t *shape, size_t n, size_t mark_stack,
                             size_t n_regions) {
    irqgc_t *h = graph_make(shape, n, mark_stack, n_regions);
    words_t words = words_count(h);
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    collect(h);
    words.scanned = n_regions == 2 ? probe.n_words : words.live;
    if (objects_count(h) != n || irqgc_check(h) != 0 ||
        words.scanned > words.most || words.scanned < words.live ||
        (mark_stack >= n && words.scanned != words.live)) {
        print_error("%s, %zu nodes, mark stack %zu, %zu regions: %zu nodes "
                    "left, %zu of %zu words scanned\n",
                    shape->name, n, mark_stack, n_regions, objects_count(h),
                    words.scanned, words.live);
        fail();
    }
    assert_true(n_regions != 2 ||
                here - probe.lowest_frame < 8192); // no recursion
    graph_root = NULL;
    collect(h);
    assert_int_equal(objects_count(h), 0);
    assert_int_equal(irqgc_check(h), 0);
    return words;
}

static void test_shapes(void **state) {
    (void)state;
    const size_t mark_stacks[] = {0, 1, 2, 16, MAX_NODES};
    for (size_t i = 0; i < N_SHAPES; i++) {
        for (size_t j = 0; j < sizeof mark_stacks / sizeof(size_t); j++) {
            for (size_t n = 200; n < 400; n += 99) {
                graph_collect(&shapes[i], n, mark_stacks[j], 1);
                graph_collect(&shapes[i], n, mark_stacks[j], 2);
            }
        }
    }
}

// These shapes need at most three scans an object, at whatever size.
static void test_the_mark_is_linear(void **state) {
    (void)state;
    for (size_t i = 0; i < N_SHAPES; i++) {
        for (size_t mark_stack = 0; mark_stack < 2; mark_stack++) {
            for (size_t n = MAX_NODES / 16; n <= MAX_NODES; n *= 4) {
                const words_t words =
                    graph_collect(&shapes[i], n, mark_stack, 2);
                assert_true(words.scanned <= 3 * words.live);
            }
        }
    }
}

// Two entries for each group, from 4 to 32; in large heaps one for every 32.
static void test_the_default_mark_stack(void **state) {
    (void)state;
    static const char *const pictures[] = {
        ".~", ".~ .~", ".~ .~ .~ .~ .~ .~ .~ .~",
        ".~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~ .~"};
    const size_t n_pictures = sizeof pictures / sizeof *pictures;
    for (size_t i = 0; i < n_pictures; i++) {
        const irqgc_t *drawn = heap_draw(pictures[i]);
        const word_t twice = 2 * drawn->n_groups;
        assert_int_equal(drawn->mark_capacity, twice < 4    ? 4
                                               : twice > 32 ? 32
                                                            : twice);
        assert_true(i != 0 || twice <= 4);
        assert_true(i != n_pictures - 1 || twice > 32);
    }
    const size_t n_groups = (size_t)32 * 64; // and those of its own data
    graph_forget(NULL);
    const size_t size = n_groups * G * BLOCK_BYTES;
    graph_memory = aligned_alloc(BLOCK_BYTES, size);
    assert_non_null(graph_memory);
    const irqgc_region_t region = {graph_memory, size};
    irqgc_t *h = NULL;
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    assert_int_equal(irqgc_init(&h, &config), IRQGC_OK);
    assert_true(h->n_groups / 32 > 32);
    assert_int_equal(h->mark_capacity, h->n_groups / 32);
}

// ---- Abandoned cycles ------------------------------------------------------

static void test_an_abandoned_mark(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("AbCd=~ E=~ =~ =*g.~");
    roots_register(h);
    h->state = 5 * CYCLE_ONE;
    heap_phase(h, MARK, 0);
    object_clear('A');
    object_clear('b');
    object_clear('d');
    object_point('A', 0, 'b', 0); // black, and never scanned
    object_point('b', 0, 'E', 0);
    root_point(0, 'A', 0);
    h->mark_depth = 3; // what the other one left
    h->mark_stack[0] = named_block('d');
    h->mark_stack[1] = named_block('C');
    h->mark_stack[2] = named_block('g');
    h->overflowed = 1;
    h->overflow[0] = 0xF;
    collect(h);
    heap_expect(h, "ob.~ o=~ =~ =.~");
    assert_int_equal(h->state, 6 * CYCLE_ONE);
}

static void test_an_abandoned_clear(void **state) {
    (void)state;
    irqgc_t *h = heap_draw("ab=~ =C.~ D.~");
    roots_register(h);
    heap_phase(h, CLEAR, 0);
    object_clear('C');
    root_point(0, 'C', 0);
    object_point('C', 1, 'b', 0);
    collect(h);
    heap_expect(h, ".b=~ =o.~ .~");
    assert_int_equal(h->state, CYCLE_ONE);
}

// Is swept to its end, and what it kept is then collected if unreachable.
static void test_an_interrupted_sweep(void **state) {
    (void)state;
    const char *const pictures[] = {"o..~ oa=~ =.~", "*b.~ oa=~ =.~",
                                    "*b.~ *A=~ =.~", "*b.~ *A=~ =o.~"};
    for (word_t unswept = 0; unswept <= 3; unswept++) {
        irqgc_t *h = heap_draw(pictures[unswept]);
        roots_register(h);
        root_point(0, unswept < 2 ? 'a' : 'A', 0);
        heap_phase(h, SWEEP, unswept);
        collect(h);
        heap_expect(h, ".~ .a=~ =.~");
        assert_int_equal(h->state, CYCLE_ONE);
    }
}

static void test_cycles_wrap_around(void **state) {
    (void)state;
    const state_t edges[] = {0 - (state_t)CYCLE_ONE,
                             (~(state_t)0 >> 1) & ~(state_t)PHASE_MASK};
    for (size_t i = 0; i < 2; i++) {
        for (unsigned phase = IDLE; phase <= SWEEP; phase += 1 + phase / MARK) {
            irqgc_t *h = heap_draw(phase == IDLE ? "ab=~ =c.~" : "Ab=~ =C.~");
            roots_register(h);
            root_point(0, 'b', 0);
            h->state = edges[i];
            heap_phase(h, phase, phase == SWEEP ? h->n_groups : 0);
            if (phase == SWEEP) { // lest it be swept
                h->groups[0].body |= 2;
            }
            collect(h);
            heap_expect(h, ".o=~ =.~");
            assert_int_equal(h->state, edges[i] + CYCLE_ONE);
            collect(h);
            assert_int_equal(h->state, edges[i] + 2 * CYCLE_ONE);
        }
    }
}

static void test_counters_wrap_around(void **state) {
    (void)state;
    for (word_t n = 0; n < 10; n++) {
        heap = heap_draw("ab=.~ .~ c.~");
        const word_t free = heap->given - heap->taken;
        heap->taken = n - 5;
        heap->given = heap->taken + free;
        irqgc_alloc(heap, blocks_size(2), 0);
        assert_int_equal(irqgc_free(heap, named('c')), IRQGC_OK);
        irqgc_stats_t stats;
        irqgc_stats(heap, &stats);
        assert_int_equal(stats.free, blocks_size(free - 1));
        assert_int_equal(stats.least_free, blocks_size(free - 2));
        assert_null(irqgc_alloc(heap, blocks_size(3 * G), IRQGC_FAIL_FAST));
        assert_int_equal(irqgc_check(heap), 0);
        collect(heap);
        heap_expect(heap, ".~ .~ .~");
    }
}

// ---- Stores and new roots in MARK ------------------------------------------

__attribute__((noinline)) static void root_store(unsigned root, char name,
                                                 size_t offset) {
    irqgc_store(heap, &picture_roots[root], (char *)named(name) + offset);
}

static void test_a_store_shades_in_mark_only(void **state) {
    (void)state;
    for (unsigned phase = IDLE; phase <= SWEEP; phase += 1 + phase / MARK) {
        heap = heap_draw(".~ ob.~");
        heap_phase(heap, phase, 0);
        root_store(0, 'b', 0);
        assert_ptr_equal(picture_roots[0], named('b'));
        heap_expect(heap, phase == MARK ? ".~ o*.~" : ".~ oo.~");
        assert_int_equal(heap->mark_depth, phase == MARK);
        root_store(1, 'b', 0); // is black by now
        assert_int_equal(heap->mark_depth, phase == MARK);
        irqgc_store(heap, &picture_roots[0], NULL);
        assert_null(picture_roots[0]);
    }
}

static void test_a_store_of_an_interior_pointer(void **state) {
    (void)state;
    for (int option = 0; option < 2; option++) {
        heap = heap_draw_with("ab=.~ .~",
                              &(irqgc_config_t){.interior_pointers = option});
        heap_phase(heap, MARK, 0);
        root_store(0, 'b', 2 * BLOCK_BYTES);
        heap_expect(heap, "ab=.~ .~");
        root_store(0, 'b', BLOCK_BYTES);
        heap_expect(heap, option ? "aB=.~ .~" : "ab=.~ .~");
        root_store(0, 'b', 0);
        heap_expect(heap, "aB=.~ .~");
    }
}

static void test_a_full_mark_stack_overflows(void **state) {
    (void)state;
    heap = heap_draw_with("ab.~ .~ cd.~", &(irqgc_config_t){.mark_stack = 1});
    heap_phase(heap, MARK, 0);
    root_store(0, 'a', 0);
    root_store(1, 'd', 0);
    heap_expect(heap, "Ab.~ .~ cD.~");
    assert_int_equal(heap->mark_depth, 1);
    assert_int_equal(heap->overflowed, 1);
    assert_int_equal(heap->overflow[0], 4);
}

// p waits by its group's bit. Of its three one is in hand then, one on the
// stack, and b waits by the same bit, set again while the group is scanned.
static void test_a_group_overflows_while_it_is_rescanned(void **state) {
    (void)state;
    heap =
        heap_draw_with("pabc.~ def.~ qy.~", &(irqgc_config_t){.mark_stack = 1});
    roots_register(heap);
    for (const char *o = "pabcdefqy"; *o != '\0'; o++) {
        object_clear(*o);
    }
    root_point(0, 'q', 0);
    root_point(1, 'p', 0);
    root_point(2, 'y', 0);
    for (size_t i = 0; i < 3; i++) {
        object_point('p', i, "abc"[i], 0);
        object_point("abc"[i], 0, "def"[i], 0);
    }
    collect(heap);
    heap_expect(heap, "pabc.~ def.~ qy.~");
}

static void test_copies_shade(void **state) {
    (void)state;
    heap = heap_draw("abc.~ d~");
    heap_phase(heap, MARK, 0);
    void *from[] = {named('a'), NULL, named('c'), named('d')};
    irqgc_copy(heap, picture_roots, from, 3);
    heap_expect(heap, "AbC.~ d~");
    assert_memory_equal(picture_roots, from, 3 * sizeof *from);
    assert_null(picture_roots[3]);
}

static void test_copies_overlap(void **state) {
    (void)state;
    heap = heap_draw(".~");
    for (size_t from = 0; from < 6; from++) {
        for (size_t to = 0; to < 6; to++) {
            for (size_t n = 0; n <= 4; n++) {
                void *words[10];
                void *expected[10];
                for (size_t i = 0; i < 10; i++) {
                    words[i] = expected[i] = (void *)(i * 16 + 1);
                }
                memmove(&expected[to], &expected[from], n * sizeof *words);
                irqgc_copy(heap, &words[to], &words[from], n);
                assert_memory_equal(words, expected, sizeof words);
            }
        }
    }
}

static void test_a_root_added_in_mark(void **state) {
    (void)state;
    heap = heap_draw("abc.~ d~");
    heap_phase(heap, MARK, 0);
    root_point(0, 'b', 0);
    root_point(N_ROOTS - 1, 'c', 0);
    roots_register(heap);
    heap_expect(heap, "aBC.~ d~");
}

// ---- Handlers --------------------------------------------------------------

static void test_collect_in_a_handler(void **state) {
    (void)state;
    heap = heap_draw("ab=~ =c.~");
    roots_register(heap);
    root_point(0, 'b', 0);
    stack_wipe();
    in_handler(collect_heap);
    heap_expect(heap, ".b=~ =.~");
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    assert_int_equal(stats.handlers.collects, 1);
    assert_int_equal(stats.thread.collects, 0);
}

// A handler sees what the preempted thread has on its stack alone.
static void test_a_handler_sees_the_stack_below(void **state) {
    (void)state;
    heap = heap_draw("ab=~ =c.~");
    volatile uintptr_t place;
    pin(&place, 'b', 3);
    stack_wipe();
    in_handler(collect_heap);
    heap_expect(heap, ".b=~ =.~");
    (void)place;
}

// r -> a -> b -> c -> d is reached, the others are not; none of those ends
// where one begins whose address the preempted collector has on its stack.
// Apart, so that no frame is left with an address.
__attribute__((noinline)) static void preempted_draw(void) {
    heap = heap_draw(".|ra=b=~ =c.e~ x=y=~ .z=~.d .~");
    roots_register(heap);
    for (const char *o = "rabcdexyz"; *o != '\0'; o++) {
        object_clear(*o);
    }
    root_point(0, 'r', 0);
    object_point('r', 3, 'a', 0);
    object_point('a', 0, 'b', 0);
    object_point('b', G - 1, 'c', 0);
    object_point('c', 1, 'd', 0);
    object_point('x', 0, 'y', 0);
}

// Collects once for each scan, with the handler coming there; expects the same
// whatever scan that is. A collection makes no more scans than that.
enum { MANY_SCANS = 12 };

// No word is left of what was drawn, on the stack or in a register.
static void collect_apart(void) {
    (void)irqgc_check(heap);
    stack_wipe();
    irqgc_collect(heap);
}

static void preempted_expect(void (*handler)(void), const char *picture,
                             unsigned n_cycles) {
    bool preempted_all = false;
    for (size_t scan = 0; scan < MANY_SCANS; scan++) {
        preempted_draw();
        probe_reset();
        probe.handler = handler;
        probe.scans_to_go = scan;
        collect_apart();
        preempted_all = probe.handler != NULL;
        if (preempted_all) {
            break;
        }
        heap_expect(heap, picture);
        assert_int_equal(heap->state, n_cycles * CYCLE_ONE);
        assert_int_equal(heap->counts[0].collects, 1);
        assert_int_equal(heap->counts[1].collects, n_cycles - 1);
    }
    assert_true(preempted_all);
}

static void test_a_collection_in_a_collection(void **state) {
    (void)state;
    preempted_expect(collect_heap, ".|ra=b=~ =c.~ .~ .~d .~", 2);
}

static void collect_in_collect(void) {
    probe.handler = collect_heap;
    probe.scans_to_go = 2;
    irqgc_collect(heap);
}

static void test_two_collections_in_a_collection(void **state) {
    (void)state;
    preempted_expect(collect_in_collect, ".|ra=b=~ =c.~ .~ .~d .~", 3);
}

// d moves from c, which may wait to be scanned, to r, which has been.
static void move_by_store(void) {
    irqgc_store(heap, (void **)named('r'), named('d'));
    irqgc_store(heap, (void **)named('c') + 1, NULL);
}

static void test_a_store_in_a_collection(void **state) {
    (void)state;
    preempted_expect(move_by_store, ".|ra=b=~ =c.~ .~ .~d .~", 1);
}

static void move_by_copy(void) {
    irqgc_copy(heap, (void **)named('r'), (void **)named('c'), 2);
    irqgc_store(heap, (void **)named('c') + 1, NULL);
}

static void test_a_copy_in_a_collection(void **state) {
    (void)state;
    preempted_expect(move_by_copy, ".|ra=b=~ =c.~ .~ .~d .~", 1);
}

// A new object needs no barrier, neither to point to it nor from it.
static void move_to_new(void) {
    void **new = irqgc_alloc(heap, blocks_size(3), 0);
    new[3 * BLOCK_WORDS - 1] = named('d');
    ((void **)named('c'))[1] = NULL;
    ((void **)named('r'))[1] = new;
}

static void test_a_new_object_in_a_collection(void **state) {
    (void)state;
    preempted_expect(move_to_new, ".|ra=b=~ =c.~ .~ .~d n==.~", 1);
}

static void free_reached(void) {
    irqgc_store(heap, (void **)named('c') + 1, NULL);
    assert_int_equal(irqgc_free(heap, named('d')), IRQGC_OK);
    assert_int_equal(irqgc_free(heap, named('e')), IRQGC_OK);
}

static void test_a_free_in_a_collection(void **state) {
    (void)state;
    preempted_expect(free_reached, ".|ra=b=~ =c.~ .~ .~ .~", 1);
}

static void move_by_realloc(void) {
    irqgc_store(heap, (void **)named('b') + G - 1,
                irqgc_realloc(heap, named('c'), blocks_size(3), 0));
}

static void test_a_move_in_a_collection(void **state) {
    (void)state;
    preempted_expect(move_by_realloc, ".|ra=b=~ =.~ .~ .~d c==.~", 1);
}

#define TEST(name) cmocka_unit_test_teardown(test_##name, graph_forget)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(without_roots_all_is_freed),
        TEST(an_empty_heap),
        TEST(registered_ranges),
        TEST(several_ranges),
        TEST(unaligned_ranges),
        TEST(chains),
        TEST(cycles),
        TEST(held_objects_are_roots),
        TEST(no_pointers_are_looked_for),
        TEST(attributes_of_tails),
        TEST(what_records_name_is_kept),
        TEST(swept_memory_is_not_touched),
        TEST(the_stack_points_anywhere),
        TEST(the_stack_points_before_an_object),
        TEST(one_past_the_end_of_a_region),
        TEST(the_stack_points_into_free_blocks),
        TEST(interior_pointers),
        TEST(a_head_above_leading_tails),
        TEST(tails_of_the_cycle_before),
        TEST(objects_of_many_groups_die),
        TEST(objects_of_many_groups_live),
        TEST(sweep),
        TEST(sweep_like_its_slow_twin),
        TEST(shapes),
        TEST(the_mark_is_linear),
        TEST(the_default_mark_stack),
        TEST(an_abandoned_mark),
        TEST(an_abandoned_clear),
        TEST(an_interrupted_sweep),
        TEST(cycles_wrap_around),
        TEST(counters_wrap_around),
        TEST(a_store_shades_in_mark_only),
        TEST(a_store_of_an_interior_pointer),
        TEST(a_full_mark_stack_overflows),
        TEST(a_group_overflows_while_it_is_rescanned),
        TEST(copies_shade),
        TEST(copies_overlap),
        TEST(a_root_added_in_mark),
        TEST(collect_in_a_handler),
        TEST(a_handler_sees_the_stack_below),
        TEST(a_collection_in_a_collection),
        TEST(two_collections_in_a_collection),
        TEST(a_store_in_a_collection),
        TEST(a_copy_in_a_collection),
        TEST(a_new_object_in_a_collection),
        TEST(a_free_in_a_collection),
        TEST(a_move_in_a_collection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
