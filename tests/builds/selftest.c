// SPDX-License-Identifier: MIT
//
// A user's program, in what C11 and C++11 have in common: it includes all
// headers for a host, and uses the heap, a dictionary, a break, and handlers by
// a call, a signal and a timer. Returns 0 iff all was well, else the line of
// what was not.
#include "irqgc/brk.h"
#include "irqgc/dict.h"
#include "irqgc/irqgc.h"
#include "irqgc/posix.h"
#include "irqgc/torture.h"
#include "irqgc/vic.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define WANT(claim)                                                            \
    do {                                                                       \
        if (!(claim)) {                                                        \
            return __LINE__;                                                   \
        }                                                                      \
    } while (0)

// Names that a program is likely to have.
int count, mark, sweep, misuse, collect_instead;

typedef struct node node_t;
struct node {
    node_t *next;
    unsigned value;
};

enum { N_NODES = 50, N_PUSHES = 50000 };

static irqgc_t *heap;
#if defined __aarch64__
// Pages of its own: code addresses a variable by that of its page, which in a
// register or a frame would be a word into the heap.
#define OWN_PAGES __attribute__((aligned(4096)))
#else
#define OWN_PAGES
#endif
static char memory[256 * 1024] OWN_PAGES;
static node_t *list;                           // a root
static struct { node_t *first, *last; } queue; // a root
static volatile unsigned n_ticks, n_delivered;
static unsigned n_lost;

static node_t *node_new(node_t *next, unsigned value) {
    node_t *node = (node_t *)irqgc_alloc(heap, sizeof(node_t), 0);
    if (node != NULL) {
        node->next = next;
        node->value = value;
    }
    return node;
}

static unsigned length_of(const node_t *node) {
    unsigned n = 0;
    for (; node != NULL; node = node->next) {
        n += irqgc_size(heap, node) >= sizeof(node_t) && node->value == n;
    }
    return n;
}

// Allocates, collects, and keeps one.
static void on_tick(void *arg) {
    node_t *mine = node_new(NULL, 7);
    irqgc_collect(heap);
    n_lost += mine == NULL || irqgc_size(heap, mine) == 0 || mine->value != 7;
    irqgc_store(heap, (void **)arg, mine);
    IRQGC_KEEP(mine);
    n_ticks = n_ticks + 1;
}

static void deliver(void *arg) {
    (void)arg;
    n_delivered = n_delivered + 1;
}

static int heap_begin(void) {
    static irqgc_root_t roots[2];
    irqgc_region_t region;
    irqgc_config_t config;
    memset(&config, 0, sizeof config);
    region.start = memory;
    region.size = sizeof memory;
    config.regions = &region;
    config.n_regions = 1;
    WANT(irqgc_init(&heap, &config) == IRQGC_OK);
    WANT(irqgc_root_add(heap, &roots[0], &list, sizeof list) == IRQGC_OK);
    WANT(irqgc_root_add(heap, &roots[1], &queue, sizeof queue) == IRQGC_OK);
    return 0;
}

// Not inlined, lest the caller has the first node's address in a register,
// which it does not need any more and has no other use for.
__attribute__((noinline)) static int push(void) {
    node_t *node = (node_t *)irqgc_alloc(heap, sizeof(node_t), 0);
    if (node == NULL) {
        return 0;
    }
    if (queue.last == NULL) {
        queue.first = node;
    } else {
        queue.last->next = node;
    }
    queue.last = node;
    return 1;
}

// From an empty heap a queue runs for ever: a stale word that kept its first
// node would keep all that ever came after it.
static int queue_use(void) {
    for (unsigned i = 0; i < N_PUSHES; i++) {
        WANT(push());
        if (i >= N_NODES) {
            queue.first = queue.first->next;
        }
    }
    queue.first = NULL;
    queue.last = NULL;
    return 0;
}

static int heap_use(void) {
    node_t *own = NULL; // on the stack alone
    for (unsigned i = N_NODES; i-- > 0;) {
        own = node_new(own, i);
        list = node_new(list, i);
    }
    irqgc_collect(heap);
    for (unsigned i = 0; i < 100; i++) {
        WANT(irqgc_alloc(heap, 100, 0) != NULL);
    }
    irqgc_collect(heap);
    WANT(length_of(own) == N_NODES && length_of(list) == N_NODES);
    own = (node_t *)irqgc_realloc(heap, own, 1000, 0);
    WANT(length_of(own) == N_NODES);
    WANT(irqgc_free(heap, own) == IRQGC_OK);
    WANT(irqgc_check(heap) == 0);
    return 0;
}

// What only arrays name, of the thread and of a handler that comes meanwhile.
static void array_fill(void **array) {
    for (unsigned i = 0; i < N_NODES; i++) {
        array[i] = irqgc_alloc(heap, 64, 0);
    }
}

static unsigned array_lost(void *const *array) {
    unsigned n = 0;
    for (unsigned i = 0; i < N_NODES; i++) {
        n += irqgc_size(heap, array[i]) == 0;
    }
    return n;
}

static void on_array(void *arg) {
    void *array[N_NODES];
    (void)arg;
    array_fill(array);
    irqgc_collect(heap);
    n_lost += array_lost(array);
}

static int arrays_use(void) {
    void *array[N_NODES];
    array_fill(array);
    vic_connect(1, 2, on_array, NULL);
    vic_raise(1);
    irqgc_collect(heap);
    WANT(array_lost(array) == 0 && n_lost == 0);
    return 0;
}

static int handlers_use(void) {
    node_t *volatile latest = NULL;
    vic_connect(0, 1, on_tick, (void *)&latest);
    vic_raise(0);
    WANT(n_ticks == 1 && latest != NULL);
#ifdef SIGRTMIN // not with -std=c11
    raise(SIGRTMIN);
#else
    vic_raise(0);
#endif
    WANT(n_ticks == 2);
    const irqgc_masking_t before = irqgc_mask();
    vic_raise(0);
    WANT(n_ticks == 2);
    irqgc_restore(before);
    WANT(n_ticks == 3);
    WANT(vic_timer_start(0, 1000));
    while (n_ticks < 20) {
        irqgc_collect(heap);
    }
    vic_timer_stop(0);
    WANT(n_lost == 0 && length_of(list) == N_NODES);
    WANT(irqgc_check(heap) == 0);
    return 0;
}

static int dict_use(void) {
    irqgc_dict_t *volatile dict = irqgc_dict_new(heap, NULL, 0);
    WANT(dict != NULL);
    for (uintptr_t key = 1; key <= 100; key++) {
        WANT(irqgc_dict_set(dict, key, key * 3) == IRQGC_DICT_OK);
    }
    irqgc_collect(heap);
    for (uintptr_t key = 1; key <= 100; key++) {
        uintptr_t value = 0;
        WANT(irqgc_dict_get(dict, key, &value) == IRQGC_DICT_OK);
        WANT(value == key * 3);
    }
    return 0;
}

static int break_use(void) {
    irqgc_brk_config_t config;
    memset(&config, 0, sizeof config);
    config.deliver = deliver;
    config.heap = heap;
    config.asynchronous = 1;
    WANT(irqgc_brk_init(&config) == IRQGC_OK);
    irqgc_brk_request();
    WANT(n_delivered == 1);
    irqgc_brk_hold();
    irqgc_brk_request();
    WANT(n_delivered == 1);
    irqgc_brk_release();
    WANT(n_delivered == 2);
    return 0;
}

int main(void) {
    int (*const parts[])(void) = {heap_begin,   queue_use, heap_use, arrays_use,
                                  handlers_use, dict_use,  break_use};
    count = mark + sweep + misuse + collect_instead;
    for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++) {
        const int line = parts[i]();
        if (line != 0) {
            printf("selftest.c:%d\n", line);
            return 1;
        }
    }
    return 0;
}
