// SPDX-License-Identifier: MIT
//
// Breaks that come by themselves, on a board: a handler requests one before the
// k-th instruction of an act, for every k until it completes. The delivery
// works on the heap and returns, or leaves for good; in the thread on the main
// stack, and on the process stack, where there is one. With an FPU in use by
// the handler, by the delivery, by both, by none; and with a second request in
// the delivery, or in the handler of a more urgent level.
//
// Then a loop that never polls, and how long it takes to come.
#include <string.h>

#include "acts.h"
#include "board.h"
#include "heap.h"
#include "irqgc/brk.h"
#include "landing.h"
#include "registers.h"

#ifndef __riscv
#include "irqgc/cortex_m.h"
#endif

enum { HEAP_BYTES = 2048 };
static char memory[HEAP_BYTES] __attribute__((aligned(16)));
static irqgc_t *heap;

// How a shot goes.
typedef struct {
    bool leaves;      // the delivery does
    bool asks_again;  // the delivery does
    bool spoils;      // the delivery changes the FPU's registers
    bool handler_too; // so does the handler
    bool is_idle;     // the delivery does no more: nothing with the FPU
} manner_t;

static struct {
    const act_t *act;
    manner_t manner;
    const char *stack;
    uint32_t at;
    unsigned level;
} shot;

static volatile unsigned n_requested, n_delivered;
static volatile bool is_delivering, has_landed;
static landing_t landing;

static uint32_t n_shots, n_left;

// From the handler's last call to the delivery's first, in instructions: where
// nothing held it off, and at most.
static volatile uint32_t asked, arrived;
static volatile bool is_asked; // by a handler, and not delivered yet
static uint32_t worst_at_once, worst_held;
static uint32_t reading; // what a reading of the clock takes

// ---- Reports ---------------------------------------------------------------

static void option_print(const char *name, bool is_on) {
    if (is_on) {
        board_print(name);
    }
}

static void shot_print(void) {
    board_print(shot.act->name);
    board_print(", at ");
    board_print_number(shot.at);
    board_print(", level ");
    board_print_number(shot.level);
    board_print(", ");
    board_print(shot.stack);
    option_print(", leaves", shot.manner.leaves);
    option_print(", asks again", shot.manner.asks_again);
    option_print(", FPU in the delivery", shot.manner.spoils);
    option_print(", FPU in the handler", shot.manner.handler_too);
    option_print(", nothing in the delivery", shot.manner.is_idle);
    board_print("; replay: " COMMAND "\n");
}

static void fail(const char *what, uint32_t number) {
    board_print("brk: FAILED, ");
    board_print(what);
    board_print(" ");
    board_print_number(number);
    if (shot.act != NULL) {
        board_print(", in ");
        shot_print();
    } else {
        board_print("\n");
    }
    board_exit(1);
}

void board_on_fault(void) {
    if (shot.act != NULL) {
        board_print("brk: FAILED, fault in ");
        shot_print();
    }
}

static void expect(bool claim, const char *what, uint32_t number) {
    if (!claim) {
        fail(what, number);
    }
}

// ---- The delivery ----------------------------------------------------------

static bool is_masked(void) {
    const port_irq_t before = port_irq_save();
    port_irq_restore(before);
#ifdef __riscv
    return (before & PORT_MSTATUS_MIE) == 0;
#else
    return before != 0;
#endif
}

static void heap_expect(const char *when) {
    const unsigned broken = irqgc_check(heap);
    expect(broken == 0, when, broken);
    expect(heap->records == NULL && state_phase(heap->state) == IDLE, when, 0);
}

static void latency_note(void) {
    if (!is_asked) {
        return;
    }
    uint32_t *const worst = shot.act->is_plain ? &worst_at_once : &worst_held;
    const uint32_t took = board_instructions(arrived - asked) - reading;
    *worst = took > *worst ? took : *worst;
    is_asked = false;
}

static void ask_again(void) {
    if (shot.manner.asks_again && n_requested == 1) {
        n_requested++;
        irqgc_brk_request();
        expect(n_delivered == 1, "delivered under a hold", n_delivered);
    }
}

// The second is where the first was: that is over.
static void place_expect(uintptr_t place) {
    static uintptr_t first;
    if (n_delivered == 1) {
        first = place;
    } else if (shot.manner.asks_again) {
        expect(place == first, "a delivery deeper, bytes",
               (uint32_t)(first - place));
    }
}

static void work(void) {
    irqgc_alloc(heap, 24, 0);
    irqgc_collect(heap);
    heap_expect("after what the delivery does, I");
}

static void deliver(void *arg) {
    (void)arg;
    arrived = board_cycles();
    n_delivered++;
    expect(!is_delivering, "a delivery on top of another", n_delivered);
    is_delivering = true;
    expect(n_delivered <= n_requested, "deliveries", n_delivered);
    expect(!port_in_handler(), "delivered in a handler", 0);
    expect(!is_masked(), "delivered masked", 0);
    expect(!acts_hold(), "delivered under the act's hold", 0);
    heap_expect("delivered inside an operation, I");
    latency_note();
    place_expect((uintptr_t)__builtin_frame_address(0));
    if (shot.manner.spoils) {
        registers_spoil();
    }
    ask_again();
    if (!shot.manner.is_idle) {
        work();
    }
    is_delivering = false;
    if (shot.manner.leaves) {
        landing_go(&landing);
    }
}

// ---- Shots -----------------------------------------------------------------

static void on_level(void *arg) {
    (void)arg;
    if (shot.manner.handler_too) {
        registers_spoil();
    }
    n_requested++;
    is_asked = !shot.manner.leaves;
    irqgc_brk_request();
    asked = board_cycles();
}

static void run(void *arg) {
    ((const act_t *)arg)->run();
}

// Called under a hold, and returns so.
static void run_and_land(void *arg) {
    if (landing_set(&landing) != 0) {
        has_landed = true;
        return; // under the delivery's
    }
    irqgc_brk_release();
    ((const act_t *)arg)->run();
    irqgc_brk_hold();
}

static void world_make(void) {
    const irqgc_region_t region = {memory, sizeof memory};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    if (irqgc_init(&heap, &config) != IRQGC_OK) {
        fail("no heap", 0);
    }
    const irqgc_brk_config_t breaks = {
        .deliver = deliver, .heap = heap, .asynchronous = 1};
    if (irqgc_brk_init(&breaks) != IRQGC_OK) {
        fail("no break", 0);
    }
    n_requested = 0;
    n_delivered = 0;
    is_asked = false;
    is_delivering = false;
    has_landed = false;
}

// Memory that was left behind, and is used again, stays as it is: the hardware
// had nothing to store there any more.
__attribute__((noinline)) static void stack_expect(void) {
    volatile uint32_t words[128];
    for (uint32_t i = 0; i < sizeof words / sizeof *words; i++) {
        words[i] = ~i;
    }
#ifdef __ARM_FP
    __asm__ volatile("vmov.f32 s0, s0");
#endif
    for (uint32_t i = 0; i < sizeof words / sizeof *words; i++) {
        expect(words[i] == ~i, "the stack is overwritten, word", i);
    }
}

// Whether the next break comes: at once, and once.
static void next_expect(unsigned n) {
    n_requested++;
    irqgc_brk_request();
    expect(n_delivered == n, "deliveries of the next request", n_delivered);
    expect(!irqgc_brk_poll(), "delivered once more, polls", n_delivered);
}

// Returns false iff the act was over before the shot.
static bool shot_return(void) {
    const bool has_hit =
        board_interrupt(shot.level, shot.at, run, (void *)shot.act);
    expect(n_delivered == n_requested, "deliveries", n_delivered);
    expect(shot.act->is_done(), "the act's result is wrong", 0);
    return has_hit;
}

// Of several requests while it is held off, one break.
static bool shot_leave(void) {
    irqgc_brk_hold();
    const bool has_hit =
        board_interrupt(shot.level, shot.at, run_and_land, (void *)shot.act);
    stack_expect();
    shot.manner.leaves = false;
    const unsigned n = has_landed ? 1 : 0;
    n_left += n;
    expect(n_delivered == n, "deliveries", n_delivered);
    n_requested++;
    irqgc_brk_request();
    expect(n_delivered == n, "delivered where the landing holds", n_delivered);
    irqgc_brk_release();
    expect(n_delivered == n + 1, "deliveries at its release", n_delivered);
    expect(shot.act->is_whole(), "the act has left damage", 0);
    return has_hit;
}

static bool shot_fire(manner_t manner) {
    world_make();
    shot.act->prepare(heap);
    shot.manner = manner;
    shot.level = 1 + shot.at % BOARD_LEVELS;
    board_on_level(shot.level, on_level, NULL);
    const bool has_hit = manner.leaves ? shot_leave() : shot_return();
    shot.manner = (manner_t){0};
    heap_expect("after the act, I");
    next_expect(n_delivered + 1);
    n_shots += has_hit;
    return has_hit;
}

static void act_sweep(const act_t *act, manner_t manner) {
    shot.act = act;
    for (shot.at = 1; shot_fire(manner); shot.at++) {
    }
    expect(shot.at > 20, "too short an act", shot.at);
}

static void act_sweep_all(const act_t *act) {
    act_sweep(act, (manner_t){0});
    act_sweep(act, (manner_t){.asks_again = true, .spoils = true});
    act_sweep(act, (manner_t){.leaves = true});
#ifdef __ARM_FP
    act_sweep(act, (manner_t){.spoils = true, .handler_too = true});
    act_sweep(act, (manner_t){.handler_too = true});
    act_sweep(act, (manner_t){.leaves = true, .spoils = true});
    act_sweep(act, (manner_t){.leaves = true, .is_idle = true});
#endif
}

// In every manner those acts that have to do with registers and holds; the
// others in the two that matter to the heap.
static void acts_sweep(void) {
    for (unsigned i = 0; i < n_acts; i++) {
        if (acts[i].is_short) {
            act_sweep_all(&acts[i]);
        } else {
            act_sweep(&acts[i], (manner_t){.asks_again = true});
            act_sweep(&acts[i], (manner_t){.leaves = true});
        }
    }
    shot.act = NULL;
}

// ---- A loop that never polls -----------------------------------------------

static void loop_break(void) {
    static const act_t endless = {.name = "a loop", .run = acts_endless};
    shot.act = &endless;
    world_make();
    shot.manner = (manner_t){.leaves = true};
    board_on_level(1, on_level, NULL);
    irqgc_brk_hold();
    board_timer_start(1, 100);
    run_and_land((void *)&endless);
    board_timer_stop(1);
    shot.manner.leaves = false;
    irqgc_brk_release();
    expect(has_landed && n_delivered >= 1, "not left", n_delivered);
    shot.act = NULL;
}

// ---- How long it takes -----------------------------------------------------

static void note(void *arg) {
    (void)arg;
    arrived = board_cycles();
}

// Instructions from a call to the delivery's first; that is called within.
static uint32_t took_since(uint32_t begin) {
    return board_instructions(arrived - begin) - reading;
}

static void figure_print(const char *name, uint32_t figure) {
    board_print(name);
    board_print_number(figure);
}

// From the request's call, in the thread, or the last release's. The most, as
// counted in the disassembly; what calls the delivery, and the delivery's own
// call of the clock, included.
enum {
    CALL = 22,   // request or release, up to where it pends
    ARRIVE = 28, // brk_arrive
    DELIVER = 11,
#ifdef __riscv
    BRING = 32 + 10 + 13, // the trap entry, the board, the port
    RETURN = 32 + 10,     // from a handler: the same back
#else
    BRING = 27, // PendSV, and what it returns to
    RETURN = 22,
#endif
#ifdef __clang__
    MORE = 16, // of all of them, than gcc makes
#else
    MORE = 0,
#endif
    MOST = CALL + BRING + ARRIVE + DELIVER + MORE,
    MOST_HANDLER = RETURN + BRING + ARRIVE + DELIVER + MORE
};

static void latency_measure(void) {
    const irqgc_brk_config_t config = {
        .deliver = note, .heap = heap, .asynchronous = 1};
    irqgc_brk_init(&config);
    uint32_t begin = board_cycles();
    irqgc_brk_request();
    const uint32_t requests = took_since(begin);
    irqgc_brk_hold();
    irqgc_brk_request();
    begin = board_cycles();
    irqgc_brk_release();
    const uint32_t releases = took_since(begin);
    figure_print("brk: instructions to the delivery: from a request ",
                 requests);
    figure_print(", from the last release ", releases);
    figure_print(", from a handler's request, with its return ", worst_at_once);
    figure_print(", the same held off by an operation ", worst_held);
    board_print("\n");
    expect(requests <= MOST, "instructions from a request", requests);
    expect(releases <= MOST, "instructions from a release", releases);
    expect(worst_at_once <= MOST_HANDLER, "instructions from a handler",
           worst_at_once);
}

static void reading_measure(void) {
    const uint32_t begin = board_cycles();
    reading = board_instructions(board_cycles() - begin);
}

// ---- On either stack -------------------------------------------------------

static void all_run(void) {
    acts_sweep();
    loop_break();
}

#ifndef __riscv

static void process_stack_run(void) {
    static uint64_t stack[256];
    uint64_t *const base = &stack[sizeof stack / sizeof *stack];
    shot.stack = "process stack";
    __asm__ volatile("msr psp, %0" : : "r"(base) : "memory");
    irqgc_cortex_m_process_stack_base = base;
    __asm__ volatile("mrs r0, control\n\t"
                     "movs r1, #2\n\t"
                     "orrs r0, r1\n\t"
                     "msr control, r0\n\t"
                     "isb\n\t"
                     "blx %0\n\t"
                     "mrs r0, control\n\t"
                     "movs r1, #2\n\t"
                     "bics r0, r1\n\t"
                     "msr control, r0\n\t"
                     "isb"
                     :
                     : "r"(all_run)
                     : "r0", "r1", "r2", "r3", "r12", "lr", "cc", "memory"
#ifdef __ARM_FP
                       ,
                       "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8",
                       "s9", "s10", "s11", "s12", "s13", "s14", "s15"
#endif
    );
    irqgc_cortex_m_process_stack_base = NULL;
}

#else

static void process_stack_run(void) {
}

#endif

int main(void) {
    reading_measure();
    shot.stack = "main stack";
    all_run();
    process_stack_run();
    latency_measure();
    figure_print("brk: ok, shots ", n_shots);
    figure_print(", left for good ", n_left);
    board_print("\n");
    return 0;
}
