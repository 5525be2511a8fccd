// SPDX-License-Identifier: MIT
//
// A thread and three handlers that all allocate: the thread replaces objects of
// half of the heap, each handler the message that it left last time. What is no
// longer used is garbage where the peer collects. The thread ends the run.
//
// A peer that handlers may not call while they interrupt it is called with
// interrupts masked, by all.
#include "bench/peer.h"
#include "bench/random.h"
#include "board.h"
#include "marks.h"
#include "port.h"

enum {
    HEAP = 64 * 1024,
    LIVE = 640, // objects of the thread
    LEAST = 16,
    MOST = 64,
    STEPS = 20000,
    STEPS_FEW = 2000 // with an argument
};

// Microseconds; not multiples of each other.
static const uint32_t period[BOARD_LEVELS] = {7300, 2700, 1000};

typedef struct {
    void *live[LIVE];
    void *message[BOARD_LEVELS];
} roots_t;

static roots_t *roots;
static uint32_t random = 0x1B873593u; // the thread's

// ---- The peer --------------------------------------------------------------

static port_irq_t peer_enter(void) {
    return peer_traits.in_handlers ? (port_irq_t)0 : port_irq_save();
}

static void peer_leave(port_irq_t irq) {
    if (!peer_traits.in_handlers) {
        port_irq_restore(irq);
    }
}

// With the masking in it: the window is the heap's.
static void *marked_alloc(size_t size) {
    bench_mark_alloc();
    const port_irq_t irq = peer_enter();
    const unsigned long before = peer_collections();
    void *object = peer_alloc(size);
    const bool has_collected = peer_collections() != before;
    peer_leave(irq);
    if (has_collected) {
        bench_mark_collected();
    }
    bench_mark_done();
    return object;
}

static void marked_free(void *object) {
    bench_mark_free();
    const port_irq_t irq = peer_enter();
    peer_free(object);
    peer_leave(irq);
    bench_mark_done();
}

static void drop(void *object) {
    if (object != NULL && !peer_traits.collects) {
        marked_free(object);
    }
}

// ---- Contexts --------------------------------------------------------------

static void slot_renew(void **slot, size_t size) {
    void *before = *slot;
    void *object = marked_alloc(size);
    if (object != NULL) {
        *slot = object; // raw: this context's own
        drop(before);
    }
}

static void on_level1(void *arg) {
    bench_mark_level1();
    slot_renew(arg, 64);
    bench_mark_leave();
}

static void on_level2(void *arg) {
    bench_mark_level2();
    slot_renew(arg, 32);
    bench_mark_leave();
}

static void on_level3(void *arg) {
    bench_mark_level3();
    slot_renew(arg, 16);
    bench_mark_leave();
}

static void thread_run(uint32_t steps) {
    for (uint32_t i = 0; i < steps; i++) {
        void **slot = &roots->live[random_below(&random, LIVE)];
        if (i % 4 == 0 && *slot != NULL) {
            void *object = *slot;
            *slot = NULL;
            marked_free(object);
        }
        slot_renew(slot, LEAST + random_below(&random, MOST - LEAST + 1));
    }
}

int main(void) {
    static board_handler_t *const handler[BOARD_LEVELS] = {on_level1, on_level2,
                                                           on_level3};
    static roots_t all;
    char argument[16];
    board_arguments(argument, sizeof argument);
    roots = &all;
    if (board_heap_size() < HEAP ||
        !peer_start(board_heap_start, HEAP, (void **)roots,
                    sizeof *roots / sizeof(void *))) {
        board_print("latency: not enough memory\n");
        return 1;
    }
    for (unsigned i = 0; i < BOARD_LEVELS; i++) {
        board_on_level(i + 1, handler[i], &roots->message[i]);
        board_timer_start(i + 1, period[i]);
    }
    thread_run(argument[0] != '\0' ? STEPS_FEW : STEPS);
    bench_mark_last();
    return 0;
}
