// SPDX-License-Identifier: MIT
//
// Builds heaps from pictures, through the public interface alone: fills the
// heap with objects of one block, and puts each object of the picture into the
// only free run that there is.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "model.h"
#include "vic.h"

// The same in each run, so that a failure comes back.
static char *const arena = (char *)0x10000000;

void world_init(void) {
    void *m = mmap(arena, ARENA_SIZE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (m != arena) {
        perror("mmap");
        exit(2);
    }
}

void *world_memory(size_t *size) {
    *size = ARENA_SIZE / 2; // the rest is never used
    return arena;
}

static size_t used;

size_t world_memory_used(void) {
    return used;
}

// ---- Reading a picture -----------------------------------------------------

enum { MOST_REGIONS = 4 };

typedef struct {
    char cells[MOST_BLOCKS]; // one for each block
    size_t n_regions;
    size_t n_blocks[MOST_REGIONS];
    size_t first[MOST_REGIONS];
} sketch_t;

static void sketch_read(sketch_t *s, const char *text) {
    memset(s, 0, sizeof *s);
    size_t n = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '/') {
            s->n_regions++;
            s->first[s->n_regions] = n;
        } else if (*c != '|') {
            for (int i = 0; i < UNIT; i++) {
                s->cells[n++] = *c;
                s->n_blocks[s->n_regions]++;
            }
        }
    }
    s->n_regions++;
}

static void fault(const picture_t *p, const char *what) {
    fprintf(stderr, "picture %s: %s\n", p->name, what);
    exit(2);
}

// ---- The empty heap --------------------------------------------------------

// Those of the contexts below this one, as it began.
static const record_t *context_records(void) {
    return vic_priority() > 0 ? world.contexts[vic_priority()].records : NULL;
}

static void on_misuse(irqgc_t *heap, irqgc_status_t why, const void *object) {
    (void)heap, (void)object;
    if (world.heap->records != context_records()) {
        world_fail("on_misuse is called in the middle of an operation");
    }
    world.reported++;
    world.misuse = why;
}

static bool blocks_fit(const sketch_t *s) {
    for (size_t i = 0; i < s->n_regions; i++) {
        if (world.heap->regions[i].n_blocks != s->n_blocks[i]) {
            return false;
        }
    }
    return true;
}

static size_t largest(const sketch_t *s) {
    size_t host = 0;
    for (size_t i = 1; i < s->n_regions; i++) {
        host = s->n_blocks[i] > s->n_blocks[host] ? i : host;
    }
    return host;
}

// The largest region hosts the heap's own data: its size is found by trying.
static void heap_make(const picture_t *p, const sketch_t *s) {
    const size_t host = largest(s);
    for (size_t extra = 8; extra < 256; extra++) {
        irqgc_region_t regions[MOST_REGIONS];
        char *at = arena;
        for (size_t i = 0; i < s->n_regions; i++) {
            const size_t n = s->n_blocks[i] + (i == host ? extra : 0);
            regions[i] = (irqgc_region_t){at, n * IRQGC_BLOCK};
            at += (n + 3) * IRQGC_BLOCK;
        }
        memset(arena, 0xdb, ARENA_SIZE / 2);
        const irqgc_config_t config = {
            .regions = regions,
            .n_regions = s->n_regions,
            .mark_stack = p->mark_stack,
            .interior_pointers = p->interior,
            .wide_scan = p->wide,
            .on_misuse = on_misuse,
        };
        if (irqgc_init(&world.heap, &config) == IRQGC_OK && blocks_fit(s)) {
            used = (size_t)(at - arena);
            return;
        }
    }
    fault(p, "no size makes so many blocks");
}

// ---- Objects ---------------------------------------------------------------

static uintptr_t cell_address(const sketch_t *s, size_t cell) {
    size_t i = 0;
    while (i + 1 < s->n_regions && cell >= s->first[i + 1]) {
        i++;
    }
    return world.heap->regions[i].base + (cell - s->first[i]) * IRQGC_BLOCK;
}

static size_t run_length(const sketch_t *s, size_t n_cells, size_t cell) {
    size_t n = 1;
    while (cell + n < n_cells && s->cells[cell + n] == s->cells[cell] &&
           cell_address(s, cell + n) - cell_address(s, cell) ==
               n * IRQGC_BLOCK) {
        n++;
    }
    return n;
}

static bool has_letter(const char *letters, char c) {
    return letters != NULL && strchr(letters, c) != NULL;
}

static void object_put(const picture_t *p, const sketch_t *s, size_t cell,
                       size_t n) {
    const uintptr_t address = cell_address(s, cell);
    const char c = s->cells[cell];
    const irqgc_flags_t flags =
        (has_letter(p->held, c) ? IRQGC_HELD : 0u) |
        (has_letter(p->plain, c) ? IRQGC_NO_POINTERS : 0u);
    for (size_t i = 0; i < n; i++) {
        irqgc_free(world.heap, (void *)(address + i * IRQGC_BLOCK));
    }
    void *object =
        irqgc_alloc(world.heap, n * IRQGC_BLOCK, flags | IRQGC_FAIL_FAST);
    if ((uintptr_t)object != address) {
        fault(p, "an object does not come where it should");
    }
    const thing_t t = thing_new(address, n, flags);
    thing_fill(t, 0);
    world.named[(unsigned char)c] = t;
}

static void objects_put(const picture_t *p, const sketch_t *s) {
    size_t n_cells = 0;
    for (size_t i = 0; i < s->n_regions; i++) {
        n_cells += s->n_blocks[i];
    }
    for (size_t i = 0; i < n_cells; i++) {
        if ((uintptr_t)irqgc_alloc(world.heap, 1, IRQGC_FAIL_FAST) !=
            cell_address(s, i)) {
            fault(p, "the heap is not filled in order");
        }
    }
    for (size_t i = 0, n; i < n_cells; i += n) {
        n = run_length(s, n_cells, i);
        if (isalpha((unsigned char)s->cells[i])) {
            object_put(p, s, i, n);
        }
    }
    for (size_t i = 0; i < n_cells; i++) {
        if (s->cells[i] == '.') {
            irqgc_free(world.heap, (void *)cell_address(s, i));
        }
    }
}

// ---- Links -----------------------------------------------------------------

static void link(place_t place, thing_t t) {
    *place_address(place) = (void *)world.things[t].address;
    *place_link(place) = (uint16_t)t;
}

static void links_make(const picture_t *p) {
    bool is_linked[128] = {false};
    const char *c = p->links != NULL ? p->links : "";
    while (*c != '\0') {
        const thing_t from = world_named(*c);
        if (c[1] != '>') {
            fault(p, "links are not like a>bc");
        }
        c += 2;
        for (unsigned slot = 0; isalpha((unsigned char)*c); slot++, c++) {
            if (slot == THING_SLOTS) {
                fault(p, "more links than slots");
            }
            link((place_t){from, slot}, world_named(*c));
            is_linked[(unsigned char)*c] = true;
        }
        c += *c == ' ';
    }
    for (char letter = 'a'; letter <= 'z'; letter++) {
        if (world.named[(unsigned char)letter] != 0 &&
            !is_linked[(unsigned char)letter] && !has_letter(p->held, letter)) {
            link(world_free_root(), world_named(letter));
        }
    }
    world_settle();
}

static void capitals_check(const picture_t *p) {
    for (char letter = 'A'; letter <= 'z'; letter++) {
        const thing_t t = world.named[(unsigned char)letter];
        if (t != 0 && (world.things[t].life == GARBAGE) !=
                          (isupper((unsigned char)letter) != 0)) {
            fault(p, "capitals are not those that nothing reaches");
        }
    }
}

void world_build(const picture_t *p, bool handlers_nest) {
    static sketch_t sketch;
    memset(&world, 0, sizeof world);
    world.picture = p;
    world.handlers_nest = handlers_nest;
    world.n_things = 1;
    world.n_roots = N_ROOTS;
    sketch_read(&sketch, p->blocks);
    heap_make(p, &sketch);
    objects_put(p, &sketch);
    links_make(p);
    capitals_check(p);
    irqgc_root_add(world.heap, &world.root_nodes[0], world.roots,
                   N_ROOTS * sizeof *world.roots);
    model_reset();
}
