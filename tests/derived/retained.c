// SPDX-License-Identifier: MIT
//
// What collections keep that nothing reaches: lists and trees of nodes of all
// sizes that come and go, their number known; collected by the thread and by a
// handler that has preempted it.
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "irqgc/irqgc.h"
#include "vic.h"

enum {
    LINE = 1,
    SIZE = 1 << 20,
    N_ROOTS = 256,
    MOST_NODES = 40,
    STEPS = 100 * 1000,
    STEPS_EACH = 500, // between two looks
    LISTS = 10 * 1000,
    LIST_NODES = 100,
    MOST_PERCENT = 1,
};

typedef struct node {
    struct node *left, *right;
} node_t;

typedef struct {
    size_t objects, bytes;
} amount_t;

static irqgc_t *heap;
static node_t *roots[N_ROOTS];
static amount_t alive[N_ROOTS];
static irqgc_root_t root;
static unsigned seed = 1;

static unsigned chance(unsigned n) {
    seed = seed * 1103515245 + 12345;
    return (seed >> 16) % n;
}

static void heap_make(int interior, int wide) {
    static _Alignas(64) char memory[SIZE];
    const irqgc_region_t region = {memory, sizeof memory};
    memset(roots, 0, sizeof roots);
    memset(alive, 0, sizeof alive);
    (void)irqgc_init(&heap, &(irqgc_config_t){.regions = &region,
                                              .n_regions = 1,
                                              .interior_pointers = interior,
                                              .wide_scan = wide});
    (void)irqgc_root_add(heap, &root, roots, sizeof roots);
}

// As root `i`: a tree, or a list.
__attribute__((noinline)) static int structure_make(unsigned i) {
    const unsigned is_tree = chance(2);
    roots[i] = NULL;
    alive[i] = (amount_t){0, 0};
    for (unsigned n = 1 + chance(MOST_NODES); n > 0; n--) {
        node_t *node = irqgc_alloc(heap, sizeof *node + 16 * chance(8), 0);
        if (node == NULL) {
            return 0;
        }
        node->left = roots[i];
        if (is_tree && roots[i] != NULL) {
            node->right = roots[i]->left;
            roots[i]->left = NULL;
        }
        roots[i] = node;
        alive[i].objects++;
        alive[i].bytes += irqgc_size(heap, node);
    }
    return 1;
}

static void collect(void *unused) {
    (void)unused;
    irqgc_collect(heap);
}

static void object_count(void *sum, void *object, size_t size,
                         irqgc_flags_t flags) {
    (void)object, (void)flags;
    ((amount_t *)sum)->objects++;
    ((amount_t *)sum)->bytes += size;
}

static void amount_add(amount_t *sum, amount_t more) {
    sum->objects += more.objects;
    sum->bytes += more.bytes;
}

static amount_t amount_there(void) {
    amount_t sum = {0, 0};
    irqgc_walk(heap, object_count, &sum);
    return sum;
}

static amount_t amount_alive(void) {
    amount_t sum = {0, 0};
    for (unsigned i = 0; i < N_ROOTS; i++) {
        amount_add(&sum, alive[i]);
    }
    return sum;
}

static double percent_more(size_t there, size_t due) {
    return 100.0 * ((double)there - (double)due) / (double)due;
}

// In the mean. False iff that is more than stale words on a stack may keep.
static bool program_run(const char *who, void (*collected)(void)) {
    amount_t there = {0, 0};
    amount_t due = {0, 0};
    for (unsigned step = 1; step <= STEPS; step++) {
        if (!structure_make(chance(N_ROOTS))) {
            printf("  %s: out of memory at step %u\n", who, step);
            return false;
        }
        if (step % STEPS_EACH == 0) {
            collected();
            amount_add(&there, amount_there());
            amount_add(&due, amount_alive());
        }
    }
    const double objects = percent_more(there.objects, due.objects);
    const double bytes = percent_more(there.bytes, due.bytes);
    printf("  collected by %s: %zu objects alive, %.2f %% more there, %.2f %% "
           "of bytes\n",
           who, due.objects / (STEPS / STEPS_EACH), objects, bytes);
    return objects >= 0 && objects < MOST_PERCENT && bytes < MOST_PERCENT;
}

static void thread_collects(void) {
    collect(NULL);
}

static void handler_collects(void) {
    vic_raise(LINE);
}

// Lists, each dropped for the next.
static bool lists_run(void) {
    for (unsigned i = 1; i <= LISTS; i++) {
        roots[0] = NULL;
        for (unsigned n = 0; n < LIST_NODES; n++) {
            node_t *node = irqgc_alloc(heap, sizeof *node, 0);
            if (node == NULL) {
                printf("  lists: out of memory after %u\n", i);
                return false;
            }
            node->left = roots[0];
            roots[0] = node;
        }
    }
    printf("  lists: %d made and dropped\n", LISTS);
    return true;
}

int main(void) {
    bool all_is_well = true;
    vic_connect(LINE, 1, collect, NULL);
    for (int interior = 0; interior < 2; interior++) {
        for (int wide = 0; wide < 2; wide++) {
            printf("%s pointers%s\n", interior ? "interior" : "exact",
                   wide ? ", wide scan" : "");
            heap_make(interior, wide);
            all_is_well &= program_run("the thread", thread_collects);
            heap_make(interior, wide);
            all_is_well &= program_run("a handler", handler_collects);
            heap_make(interior, wide);
            all_is_well &= lists_run();
        }
    }
    return all_is_well ? 0 : 1;
}
