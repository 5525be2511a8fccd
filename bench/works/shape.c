// SPDX-License-Identifier: MIT
//
// A collection of a heap that is nine tenths full, half of it of live objects,
// half of garbage between them. `what` is how the live ones refer to each
// other.
#include <stdlib.h>
#include <string.h>

#include "bench/heap.h"
#include "bench/random.h"
#include "bench/work.h"
#include "rig/host/text.h"

#define WORDS 4u   // of a node: a block of irqgc
#define ARRAY 128u // words of a chained array: more than mark stacks hold
#define SEED 0x9E3779B9u

typedef struct {
    void *link[WORDS];
} node_t;

typedef struct {
    void **root; // the only one
    node_t **node;
    uint32_t n; // nodes that are to be live
    uint32_t random;
} graph_t;

// ---- Objects ---------------------------------------------------------------

static void *object_make(size_t words) {
    void *garbage = heap_alloc(words * sizeof(void *));
    void *object = heap_alloc(words * sizeof(void *));
    if (garbage == NULL || object == NULL) {
        exit(EXIT_FAILED);
    }
    heap_drop(garbage);
    return object;
}

// In a chain, so that none is lost if the peer collects.
static void nodes_make(graph_t *g) {
    for (uint32_t i = 0; i < g->n; i++) {
        g->node[i] = object_make(WORDS);
        g->node[i]->link[0] = *g->root;
        *g->root = g->node[i];
    }
    *g->root = NULL;
    for (uint32_t i = 0; i < g->n; i++) {
        g->node[i]->link[0] = NULL;
    }
}

static void nodes_shuffle(graph_t *g) {
    for (uint32_t i = g->n; i > 1; i--) {
        const uint32_t k = random_below(&g->random, i);
        node_t *swapped = g->node[i - 1];
        g->node[i - 1] = g->node[k];
        g->node[k] = swapped;
    }
}

// ---- Shapes ----------------------------------------------------------------

static void list_link(graph_t *g) {
    for (uint32_t i = 1; i < g->n; i++) {
        g->node[i - 1]->link[0] = g->node[i];
    }
    *g->root = g->node[0];
}

static void tree_link(graph_t *g) {
    for (uint32_t i = 1; i < g->n; i++) {
        g->node[(i - 1) / 2]->link[1 - i % 2] = g->node[i];
    }
    *g->root = g->node[0];
}

// Nothing was ever allocated.
static void empty_make(graph_t *g) {
    (void)g;
}

// Garbage alone.
static void none_make(graph_t *g) {
    nodes_make(g);
}

static void list_make(graph_t *g) {
    nodes_make(g);
    list_link(g);
}

static void shuffled_make(graph_t *g) {
    nodes_make(g);
    nodes_shuffle(g);
    list_link(g);
}

static void tree_make(graph_t *g) {
    nodes_make(g);
    tree_link(g);
}

// A shuffled tree, and from each node two links to any.
static void graph_make(graph_t *g) {
    nodes_make(g);
    nodes_shuffle(g);
    tree_link(g);
    for (uint32_t i = 0; i < g->n; i++) {
        g->node[i]->link[2] = g->node[random_below(&g->random, g->n)];
        g->node[i]->link[3] = g->node[random_below(&g->random, g->n)];
    }
}

// All nodes in one array, which takes a fifth of what is live.
static void wide_make(graph_t *g) {
    const uint32_t n = g->n * WORDS / (WORDS + 1);
    void **array = object_make(n);
    *g->root = array;
    for (uint32_t i = 0; i < n; i++) {
        array[i] = object_make(WORDS);
    }
}

// Arrays full of nodes; the last entry of each is the array made before. What
// no longer has room on a mark stack is found by passing over the heap; a
// collector that follows it in one direction only then finds one array a pass.
static void arrays_make(graph_t *g) {
    const uint32_t n_arrays = g->n / (ARRAY / WORDS + ARRAY - 1);
    for (uint32_t i = 0; i < n_arrays; i++) {
        void **array = object_make(ARRAY);
        array[ARRAY - 1] = *g->root;
        *g->root = array;
        for (uint32_t k = 0; k + 1 < ARRAY; k++) {
            array[k] = object_make(WORDS);
        }
    }
}

static const struct {
    const char *name;
    void (*make)(graph_t *graph);
} shapes[] = {{"empty", empty_make},       {"none", none_make},
              {"tree", tree_make},         {"list", list_make},
              {"shuffled", shuffled_make}, {"graph", graph_make},
              {"wide", wide_make},         {"arrays", arrays_make}};

static void shape_make(const char *name, graph_t *graph) {
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (strcmp(shapes[i].name, name) == 0) {
            shapes[i].make(graph);
            return;
        }
    }
    die("no shape '%s'", name);
}

bool work_shape(const order_t *order) {
    const uint32_t n =
        (uint32_t)(order->bytes / 20 * 9 / (WORDS * sizeof(void *)));
    graph_t graph = {.root = heap_start(order->bytes, 1),
                     .node = memory_take(n, sizeof(node_t *)),
                     .n = n,
                     .random = SEED};
    shape_make(order->what, &graph);
    measure_begin();
    heap_collect();
    measure_end();
    return true;
}
