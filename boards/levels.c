// SPDX-License-Identifier: MIT
//
// Levels and shots. A shot is a timer's interrupt, more urgent than all levels
// and masked by PRIMASK or mstatus.MIE only, that requests the level it is
// for. That level's interrupt follows at once, before any instruction of what
// was interrupted, and finds the same address in its own frame.
#include "internal.h"

typedef struct {
    board_handler_t *handler;
    void *arg;
    volatile uintptr_t pc; // that the latest has interrupted
} level_t;

static level_t levels[BOARD_LEVELS];

static volatile bool is_armed;
static volatile unsigned shot_level;
static volatile bool has_fired[BOARD_LEVELS]; // the latest shot for each

// The fewest ticks: less, and an instruction takes less than it has to.
enum { SHOT_MIN = 2 };

static uint32_t instruction_ns;
uint32_t shot_ticks;

void board_on_level(unsigned level, board_handler_t *handler, void *arg) {
    levels[level - 1].arg = arg;
    levels[level - 1].handler = handler;
}

uintptr_t board_interrupted(unsigned level) {
    return levels[level - 1].pc;
}

void level_run(unsigned level, uintptr_t pc) {
    level_t *const l = &levels[level - 1];
    l->pc = pc;
    if (l->handler != NULL) {
        l->handler(l->arg);
    }
}

bool shot_is_armed(void) {
    return is_armed;
}

void shot_fire(void) {
    is_armed = false;
    has_fired[shot_level - 1] = true;
    board_request(shot_level);
}

// A collection in the function scans what is in registers and left over below
// the stack pointer, and takes longer for some words than for others. So
// nothing that depends on n stays there: a run is the same for all.

BOARD_APART static void shot_time(uint32_t n) {
    const uint64_t ns = (uint64_t)(n - 1 + shot_lead) * instruction_ns;
    const uint32_t ticks = (uint32_t)(ns * shot_hz / 1000000000u);
    shot_ticks = ticks < SHOT_MIN ? SHOT_MIN : ticks;
}

BOARD_APART static void stack_wipe(void) {
    volatile uint32_t words[64];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        words[i] = 0;
    }
}

BOARD_APART bool board_interrupt(unsigned level, uint32_t n,
                                 board_handler_t *function, void *arg) {
    shot_time(n);
    stack_wipe();
    has_fired[level - 1] = false;
    shot_level = level;
    is_armed = true;
    shot_call(function, arg);
    is_armed = false;
    return has_fired[level - 1] && !shot_is_late(board_interrupted(level));
}

uint32_t board_instructions(uint32_t cycles) {
    const uint64_t ns = (uint64_t)cycles * 1000000000u / board_cycles_hz;
    return (uint32_t)((ns + instruction_ns / 2) / instruction_ns);
}

// An emulator that counts instructions gives each a power of two of
// nanoseconds, which an inexact measurement therefore tells exactly. One that
// does not gets the next best.
static uint32_t instruction_measure(void) {
    enum { SPINS = 32768 };
    const uint32_t begin = board_cycles();
    board_spin(SPINS);
    const uint32_t cycles = board_cycles() - begin;
    const uint64_t ns = (uint64_t)cycles * 1000000000u / board_cycles_hz;
    uint32_t power = 1;
    while ((uint64_t)power * 3 / 2 * (2 * SPINS) < ns) {
        power *= 2;
    }
    return power;
}

_Noreturn void board_main(void) {
    levels_open();
    instruction_ns = instruction_measure();
    board_exit(main());
}
