// SPDX-License-Identifier: MIT
//
// A list that contexts push to and take from at every instruction of each
// other's, and of a collection: no store is lost, and no object.
#include "irqgc/irqgc.h"
#include "irqgc/torture.h"

enum { N_NODES = 2 };

typedef struct node {
    struct node *next;
    unsigned bit;
} node_t;

static irqgc_t *heap;
static node_t *list; // a root
static node_t *done; // a root, scanned before it
static irqgc_root_t roots[2];
static unsigned made; // nodes, a bit for each

static node_t *node_make(unsigned i) {
    node_t *node = irqgc_alloc(heap, sizeof *node, 0);
    node->bit = 1U << i;
    made |= node->bit;
    return node;
}

static void push(node_t **to, node_t *node) {
    do {
        node->next = *to;
    } while (
        !irqgc_compare_and_store(heap, (void **)to, (void *)node->next, node));
}

static void setup(void *unused) {
    (void)unused;
    static _Alignas(IRQGC_BLOCK) char memory[2 * 1024];
    const irqgc_region_t region = {memory, sizeof memory};
    (void)irqgc_init(&heap,
                     &(irqgc_config_t){.regions = &region, .n_regions = 1});
    irqgc_root_add(heap, &roots[0], &list, sizeof list);
    irqgc_root_add(heap, &roots[1], &done, sizeof done);
    made = 0;
    list = node_make(0);
    done = NULL;
}

// ---- What contexts do ------------------------------------------------------

static void push_new(void *unused) {
    (void)unused;
    push(&list, node_make(1));
}

// All that is there, whoever pushes meanwhile.
static void take(void *unused) {
    (void)unused;
    node_t *node = irqgc_exchange(heap, (void **)&list, NULL);
    while (node != NULL) {
        node_t *next = node->next;
        push(&done, node);
        node = next;
    }
}

// By exchanges alone: what is taken is stored where a marking has been already.
static void swap(void *unused) {
    (void)unused;
    node_t *node = irqgc_exchange(heap, (void **)&list, NULL);
    (void)irqgc_exchange(heap, (void **)&done, node);
}

static void collect(void *unused) {
    (void)unused;
    (void)irqgc_collect(heap);
}

static void push_and_take(void *unused) {
    push_new(unused);
    take(unused);
}

// ---- Whether all is there --------------------------------------------------

static unsigned bits_of(const node_t *node) {
    unsigned bits = 0;
    for (unsigned n = 0; node != NULL && n <= N_NODES; n++) {
        bits ^= irqgc_size(heap, node) == 0 ? 0 : node->bit;
        node = node->next;
    }
    return bits;
}

static const char *check(void *unused) {
    (void)unused;
    if (irqgc_check(heap) != 0) {
        return "the heap is broken";
    }
    return (bits_of(list) ^ bits_of(done)) != made ? "a node is lost" : NULL;
}

static const irqgc_torture_handler_t pushing[] = {
    {"push", push_new},
    {"push-take", push_and_take},
};
static const irqgc_torture_handler_t others[] = {
    {"take", take},
    {"collect", collect},
};
static const irqgc_torture_handler_t collecting[] = {{"collect", collect}};
static const irqgc_torture_handler_t moving[] = {
    {"take", take},
    {"swap", swap},
};

static const irqgc_torture_scenario_t scenarios[] = {
    {"take", NULL, setup, take, check, pushing, 2},
    {"push", NULL, setup, push_new, check, others, 2},
    {"swap", NULL, setup, swap, check, collecting, 1},
    {"collect", NULL, setup, collect, check, moving, 2},
};

int main(int argc, char **argv) {
    return irqgc_torture(argc, argv, scenarios,
                         sizeof scenarios / sizeof *scenarios);
}
