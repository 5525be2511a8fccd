// SPDX-License-Identifier: MIT
//
// A break, requested at every instruction of every operation of the heap and of
// dictionaries, and of drivers. It is never delivered inside, and always before
// what comes behind. Once the delivery returns, and the operation's result is
// as ever; once it leaves for good, and what it left is whole. On boards, too.
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

#include "counts.h"
#include "heap.h"
#include "irqgc/brk.h"
#include "irqgc/dict.h"
#include "irqgc/torture.h"
#include "rig/devices/flash.h"
#include "rig/devices/uart.h"
#include "slow_hints.h"

enum { N_SLOTS = 8, N_KEYS = 4, DATA = 64 };

static irqgc_t *heap;
static void *slots[N_SLOTS]; // roots; the second half is what is copied over
static irqgc_dict_t *dict;   // a root, too
static const char *wrong;
static jmp_buf away;

static volatile bool is_between; // an operation has begun, and not returned
static volatile bool is_due;     // a break was requested meanwhile
static volatile bool has_left;
static bool leaves;
static bool polls;      // delivered by `poll` alone
static bool is_polling; // in it
static volatile unsigned n_requested, n_delivered, n_escalated;

static int configured[2]; // what the first and another configuration pass on

// ---- The delivery ----------------------------------------------------------

// For a handler may count, too.
static void note(volatile unsigned *counter) {
    const port_irq_t irq = port_irq_save();
    ++*counter;
    port_irq_restore(irq);
}

static unsigned n_bursts(void) {
    const port_irq_t irq = port_irq_save();
    const unsigned n = n_requested - n_escalated;
    port_irq_restore(irq);
    return n;
}

static void complain(bool is_so, const char *what) {
    wrong = is_so && wrong == NULL ? what : wrong;
}

static bool copy_is_torn(void) {
    for (unsigned i = 1; i < N_SLOTS / 2; i++) {
        if ((slots[N_SLOTS / 2 + i] == slots[i]) !=
            (slots[N_SLOTS / 2] == slots[0])) {
            return true;
        }
    }
    return false;
}

// While it grows, keys are asked for their hash.
static void poll(void) {
    is_polling = true;
    (void)irqgc_brk_poll();
    is_polling = false;
}

static uintptr_t hash_and_poll(uintptr_t key) {
    if (is_between) {
        poll();
    }
    return key;
}

static int is_equal(uintptr_t a, uintptr_t b) {
    return a == b;
}

static const irqgc_dict_keys_t polling_keys = {hash_and_poll, is_equal};

static void deliver_to(const void *arg, unsigned of) {
    n_delivered++;
    is_due = false;
    complain(arg != &configured[of], "delivered with another's argument");
    complain(port_in_handler(), "delivered in a handler");
    complain(polls && !is_polling, "delivered where nobody polls");
    complain(heap->records != NULL || state_phase(heap->state) != IDLE,
             "delivered inside an operation");
    complain(irqgc_check(heap) != 0, "delivered in a broken heap");
    complain(copy_is_torn(), "delivered inside a copy");
    complain(bus_page_is_open(), "delivered inside a program sequence");
    if (n_delivered > n_bursts()) {
        wrong = "delivered more often than requested";
    }
    // What a program does there may be anything.
    irqgc_alloc(heap, 1, 0);
    irqgc_collect(heap);
    if (leaves && is_between) {
        is_between = false;
        has_left = true;
        longjmp(away, 1);
    }
}

static void deliver(void *arg) {
    deliver_to(arg, 0);
}

static void deliver_anew(void *arg) {
    deliver_to(arg, 1);
}

static void escalate(void *unused) {
    (void)unused;
    note(&n_escalated);
}

// ---- Set up ----------------------------------------------------------------

// On a board there is no process for each run: it puts everything back.
static void begin(int asynchronous) {
    wrong = NULL;
    leaves = is_between = is_due = has_left = polls = is_polling = false;
    n_requested = n_delivered = n_escalated = 0;
    memset(slots, 0, sizeof slots);
    static char memory[16384];
    static irqgc_root_t roots[2];
    const irqgc_region_t region = {memory, sizeof memory};
    irqgc_init(&heap, &(irqgc_config_t){.regions = &region, .n_regions = 1});
    irqgc_root_add(heap, &roots[0], slots, sizeof slots);
    irqgc_root_add(heap, &roots[1], &dict, sizeof dict);
    bus_reset();
    uart_init();
    (void)irqgc_alloc(heap, 4096, 0); // for a sweep to find
    for (unsigned i = 0; i < N_SLOTS / 2; i++) {
        slots[i] = irqgc_alloc(heap, DATA, IRQGC_NO_POINTERS);
        memset(slots[i], (int)i + 1, DATA);
    }
    dict = irqgc_dict_new(heap, asynchronous ? NULL : &polling_keys, 0);
    for (uintptr_t key = 1; key <= N_KEYS; key++) {
        irqgc_dict_set(dict, key, key);
    }
    irqgc_brk_init(&(irqgc_brk_config_t){.deliver = deliver,
                                         .escalate = escalate,
                                         .arg = &configured[0],
                                         .heap = heap,
                                         .asynchronous = asynchronous});
}

static void returning(void *unused) {
    (void)unused;
    begin(1);
}

// Nothing arrives by itself, whatever is under way when it is requested.
static void polling(void *unused) {
    (void)unused;
    begin(0);
    polls = true;
}

static void leaving(void *unused) {
    (void)unused;
    begin(1);
    leaves = true;
}

static void request(void *unused) {
    (void)unused;
    note(&n_requested);
    is_due = is_between && !polls;
    irqgc_brk_request();
}

// Two in one handler are one burst, of which the second escalates.
static void request_twice(void *unused) {
    request(unused);
    request(unused);
}

// A handler's own hold is over before the thread goes on.
static void hold_request(void *unused) {
    irqgc_brk_hold();
    request(unused);
    irqgc_brk_release();
}

// Completes what the thread is in the middle of.
static void collect_request(void *unused) {
    irqgc_collect(heap);
    request(unused);
}

// ---- Operations ------------------------------------------------------------
//
// What was requested before an operation returns is delivered before whatever
// comes behind it: `between_end`.

static void between_begin(void) {
    is_between = true;
}

static void between_end(void) {
    is_between = false;
    complain(is_due, "not delivered by the end of the operation");
}

#define OPERATION(name, ...)                                                   \
    static void name(void *unused) {                                           \
        (void)unused;                                                          \
        if (setjmp(away) == 0) {                                               \
            between_begin();                                                   \
            __VA_ARGS__;                                                       \
            between_end();                                                     \
        }                                                                      \
    }

static const uint8_t text[] = "a message";
static const uint32_t page[FLASH_WORDS] = {11, 22, 33, 44};

OPERATION(alloc_one, slots[7] = irqgc_alloc(heap, DATA, 0))
OPERATION(alloc_many, slots[7] = irqgc_alloc(heap, 2048, 0))
OPERATION(alloc_none, irqgc_alloc(heap, 1 << 20, 0))
OPERATION(free_one, irqgc_free(heap, slots[3]))
OPERATION(free_twice, irqgc_free(heap, slots[3]); irqgc_free(heap, slots[3]))
OPERATION(realloc_moves, slots[3] = irqgc_realloc(heap, slots[3], 2048, 0))
OPERATION(realloc_shrinks, slots[3] = irqgc_realloc(heap, slots[3], 1, 0))
OPERATION(collect, irqgc_collect(heap))
OPERATION(copy, irqgc_copy(heap, slots + N_SLOTS / 2, slots, N_SLOTS / 2))
OPERATION(dict_set, irqgc_dict_set(dict, 1, 1))
OPERATION(dict_insert, irqgc_dict_set(dict, 50, 50))
OPERATION(dict_grow, irqgc_dict_reserve(dict, 10))
OPERATION(dict_delete, irqgc_dict_delete(dict, N_KEYS))
OPERATION(dict_clear, irqgc_dict_clear(dict))
OPERATION(store, irqgc_store(heap, &slots[7], slots[1]))
OPERATION(size, irqgc_size(heap, slots[1]))
OPERATION(stats, irqgc_stats(heap, &(irqgc_stats_t){0}))
OPERATION(look, irqgc_check(heap))
OPERATION(dict_get, irqgc_dict_get(dict, 2, &(uintptr_t){0}))
OPERATION(dict_add, irqgc_dict_add(dict, 51, 51))
OPERATION(dict_replace, irqgc_dict_replace(dict, 2, 2, 2))
OPERATION(dict_next, irqgc_dict_next(dict, &(irqgc_dict_iter_t){0},
                                     &(uintptr_t){0}, &(uintptr_t){0}))
OPERATION(send, uart_send(text, sizeof text))
OPERATION(program, flash_program(1, page))
OPERATION(request_here, note(&n_requested); irqgc_brk_request())
OPERATION(hold, irqgc_brk_hold(); irqgc_brk_release())
OPERATION(configure,
          irqgc_brk_init(&(irqgc_brk_config_t){.deliver = deliver_anew,
                                               .escalate = escalate,
                                               .arg = &configured[1],
                                               .heap = heap,
                                               .asynchronous = 1}))
OPERATION(nest, irqgc_brk_hold(); uart_send(text, sizeof text);
          flash_program(1, page); flash_program(2, page); irqgc_brk_release())

// ---- Afterwards ------------------------------------------------------------

static bool slots_are_whole(void) {
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned at = 0; at < DATA; at++) {
            if (((unsigned char *)slots[i])[at] != i + 1) {
                return false;
            }
        }
    }
    return true;
}

// All that was sent is whole messages, with one behind them.
static bool messages_are_whole(void) {
    uart_send(text, sizeof text);
    for (unsigned i = 0; i < 2 * UART_RING; i++) {
        uart_interrupt();
    }
    return bus_messages().cut == 0 && bus_messages().whole > 0;
}

static bool pages_are_whole(void) {
    flash_program(3, page);
    for (unsigned i = 0; i < FLASH_PAGES; i++) {
        if (bus_page_is_lost(i)) {
            return false;
        }
    }
    return true;
}

static size_t free_after_churn(void) {
    for (uintptr_t key = 200; key < 300; key++) {
        irqgc_dict_set(dict, key, 1);
        irqgc_dict_delete(dict, key);
    }
    irqgc_collect(heap);
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    return stats.free;
}

// All are there or, cleared, none. And what is deleted is taken again, as it
// is not while the index grows.
static bool dict_is_whole(void) {
    unsigned n_there = 0;
    for (uintptr_t key = 1; key < N_KEYS; key++) {
        uintptr_t value = 0;
        n_there += irqgc_dict_get(dict, key, &value) == IRQGC_DICT_OK;
        if (value != 0 && value != key) {
            return false;
        }
    }
    const size_t free = free_after_churn();
    // What was there before each may have been another index, but a hundred
    // entries that are not taken again are more.
    enum { INDEX = 512 };
    return (n_there == 0 || n_there == N_KEYS - 1) &&
           free_after_churn() + INDEX >= free;
}

static const char *check(void *unused) {
    (void)unused;
    if (polls) {
        poll();
    }
    if (has_left) {
        irqgc_brk_release(); // the delivery's
    }
    leaves = false;
    complain(n_delivered != n_bursts(), "delivered another number of times");
    n_requested++;
    irqgc_brk_request(); // there is no hold left
    if (polls) {
        poll();
    }
    complain(n_delivered != n_bursts(), "a later request is not delivered");
    complain(irqgc_check(heap) != 0, "the heap is broken");
    complain(!slow_hints_match(heap), "hints are wrong for good");
    complain(!slots_are_whole(), "an object is broken");
    complain(!messages_are_whole(), "a message was cut");
    complain(!pages_are_whole(), "a page is lost");
    complain(!dict_is_whole(), "the dictionary is broken");
    return wrong;
}

// ---- All -------------------------------------------------------------------

#define HANDLER(of)                                                            \
    { .name = #of, .run = of }

static const irqgc_torture_handler_t handlers[] = {
    HANDLER(request), HANDLER(request_twice), HANDLER(hold_request),
    HANDLER(collect_request), // takes long; for what collects
};
enum { ALL = sizeof handlers / sizeof *handlers, QUICK = ALL - 1 };

#define SCENARIO(begins, of, n)                                                \
    {                                                                          \
        .name = #of "-" #begins, .setup = begins, .operation = of,             \
        .check = check, .handlers = handlers, .n_handlers = (n)                \
    }
#define BOTH(of) SCENARIO(returning, of, QUICK), SCENARIO(leaving, of, QUICK)

int main(int argc, char **argv) {
    static const irqgc_torture_scenario_t scenarios[] = {
        BOTH(alloc_one),
        BOTH(alloc_many),
        BOTH(alloc_none),
        BOTH(free_one),
        BOTH(free_twice),
        BOTH(realloc_moves),
        BOTH(realloc_shrinks),
        SCENARIO(returning, collect, ALL),
        SCENARIO(leaving, collect, ALL),
        BOTH(copy),
        BOTH(store),
        BOTH(size),
        BOTH(stats),
        BOTH(look),
        BOTH(dict_get),
        BOTH(dict_add),
        BOTH(dict_replace),
        BOTH(dict_next),
        BOTH(dict_set),
        BOTH(dict_insert),
        BOTH(dict_grow),
        BOTH(dict_delete),
        BOTH(dict_clear),
        BOTH(send),
        BOTH(program),
        BOTH(nest),
        SCENARIO(returning, request_here, QUICK),
        SCENARIO(returning, configure, QUICK),
        SCENARIO(returning, hold, QUICK),
        SCENARIO(polling, alloc_one, QUICK),
        SCENARIO(polling, dict_grow, QUICK),
        SCENARIO(polling, hold, QUICK),
    };
    return irqgc_torture(argc, argv, scenarios,
                         sizeof scenarios / sizeof *scenarios);
}
