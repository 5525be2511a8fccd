// SPDX-License-Identifier: MIT
//
// The torture kit on a board: scenarios written for the host, each handler as
// an interrupt before each instruction of the operation. In one process, so
// setup puts everything back.
//
//   --scenario S, --handler H    only these
//   --at K                       only before instruction K
//   --share N                    at an instruction, one handler of N in turn
//                                (1: all)
#include "irqgc/torture.h"

#include <string.h>

#include "board.h"

static struct {
    const char *scenario, *handler;
    uint32_t at, share;
} options = {.share = 1};

// The shot under way.
static const irqgc_torture_scenario_t *scenario;
static const irqgc_torture_handler_t *handler;
static uint32_t at;

static uint32_t n_points;
static volatile bool has_probed;

// ---- A shot ----------------------------------------------------------------

static void replay_print(void) {
    board_print("torture: FAILED; replay: --scenario ");
    board_print(scenario->name);
    board_print(" --handler ");
    board_print(handler->name);
    board_print(" --at ");
    board_print_number(at);
    board_print("\n");
}

void board_on_fault(void) {
    if (scenario != NULL) {
        replay_print();
    }
}

static void fail(const char *what) {
    board_print("torture: ");
    board_print(what);
    board_print("\n");
    replay_print();
    board_exit(1);
}

static void on_level(void *unused) {
    (void)unused;
    handler->run(scenario->context);
}

static void on_probe(void *unused) {
    (void)unused;
    has_probed = true;
}

// Overwrites what former calls have left below the stack pointer: a collection
// that finds it would take another time.
__attribute__((noinline)) static void stack_poison(void) {
    volatile uintptr_t words[192];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        words[i] = 0xA5A5A5A5u;
    }
}

// False iff the operation was over before instruction `at`.
static bool shot_run(void) {
    scenario->setup(scenario->context);
    stack_poison();
    const bool has_hit =
        board_interrupt(1, at, scenario->operation, scenario->context);
    has_probed = false;
    board_request(2);
    if (!has_probed) {
        fail("interrupts are left masked");
    }
    const char *wrong = scenario->check(scenario->context);
    if (wrong != NULL) {
        fail(wrong);
    }
    n_points += has_hit;
    return has_hit;
}

// ---- Sweeps ----------------------------------------------------------------

static bool is_named(const char *option, const char *name) {
    return option == NULL || strcmp(option, name) == 0;
}

// Each handler has its turn in loops of any length, too.
static bool is_drawn(size_t i) {
    return options.at != 0 || (at + at / 97 + i) % options.share == 0;
}

// Before instruction `at`. False iff the operation is over by then.
static bool handlers_run(void) {
    bool goes_on = true;
    for (size_t i = 0; i < scenario->n_handlers; i++) {
        handler = &scenario->handlers[i];
        if (is_named(options.handler, handler->name) && is_drawn(i)) {
            goes_on = shot_run() && goes_on;
        }
    }
    return goes_on;
}

static void scenario_run(void) {
    at = options.at != 0 ? options.at : 1;
    while (handlers_run() && options.at == 0) {
        at++;
    }
}

// ---- The command line ------------------------------------------------------

static char *word_next(char **text) {
    char *const word = *text;
    while (**text != '\0' && **text != ' ') {
        ++*text;
    }
    if (**text == ' ') {
        *(*text)++ = '\0';
    }
    return word;
}

static bool number_read(const char *text, uint32_t *number) {
    *number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        *number = *number * 10 + (uint32_t)(*text - '0');
    }
    return *text == '\0' && *number > 0;
}

static bool options_read(char *text) {
    while (*text != '\0') {
        const char *name = word_next(&text);
        const char *value = word_next(&text);
        if (strcmp(name, "--scenario") == 0) {
            options.scenario = value;
        } else if (strcmp(name, "--handler") == 0) {
            options.handler = value;
        } else if (!number_read(value, strcmp(name, "--at") == 0
                                           ? &options.at
                                           : &options.share) ||
                   (strcmp(name, "--at") != 0 &&
                    strcmp(name, "--share") != 0)) {
            return false;
        }
    }
    return true;
}

int irqgc_torture(int argc, char **argv,
                  const irqgc_torture_scenario_t *scenarios,
                  size_t n_scenarios) {
    (void)argc, (void)argv; // a board's main has none
    static char text[200];
    if (!board_arguments(text, sizeof text) || !options_read(text)) {
        board_print("torture: bad options; torture.c tells which there are\n");
        return 2;
    }
    board_on_level(1, on_level, NULL);
    board_on_level(2, on_probe, NULL);
    uint32_t n = 0;
    for (size_t i = 0; i < n_scenarios; i++) {
        scenario = &scenarios[i];
        if (is_named(options.scenario, scenario->name)) {
            scenario_run();
            n++;
        }
    }
    board_print("torture: scenarios ");
    board_print_number(n);
    board_print(", points ");
    board_print_number(n_points);
    board_print("\n");
    return n_points > 0 ? 0 : 2;
}
