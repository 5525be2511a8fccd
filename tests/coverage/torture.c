// SPDX-License-Identifier: MIT
//
// The torture kit without its processes, which would each have counters of
// their own: for scenarios whose setup puts everything back. At an instruction,
// one handler of SHARE in turn; the later, the fewer instructions, for each run
// steps from the first one on.
#include "irqgc/torture.h"

#include <stdbool.h>
#include <stdio.h>

#include "irqgc_port.h"
#include "trap.h"
#include "vic.h"

enum { LINE = 1, SHARE = 3, STRIDES = 25 };

static const irqgc_torture_scenario_t *scenario;
static const irqgc_torture_handler_t *handler;
static unsigned long at, n_steps;

static void on_line(void *unused) {
    (void)unused;
    handler->run(scenario->context);
}

static bool on_step(uintptr_t pc) {
    (void)pc;
    n_steps++;
    if (n_steps == at) {
        vic_raise(LINE);
    }
    return n_steps < at;
}

static const char *shot_run(void) {
    scenario->setup(scenario->context);
    n_steps = 0;
    trap_through(scenario->operation, scenario->context);
    return scenario->check(scenario->context);
}

// Before instruction `at`. False iff a check fails.
static bool handlers_run(void) {
    const size_t share =
        scenario->n_handlers < SHARE ? scenario->n_handlers : SHARE;
    for (size_t i = 0; i < scenario->n_handlers; i++) {
        handler = &scenario->handlers[i];
        // Each has its turn in loops of any length, too.
        const char *wrong = (at + at / 97 + i) % share == 0 ? shot_run() : NULL;
        if (wrong != NULL) {
            printf("FAILED %s, %s at %lu: %s\n", scenario->name, handler->name,
                   at, wrong);
            return false;
        }
    }
    return true;
}

int irqgc_torture(int argc, char **argv,
                  const irqgc_torture_scenario_t *scenarios,
                  size_t n_scenarios) {
    (void)argc, (void)argv;
    unsigned long n_points = 0;
    irqgc_posix_stack_base = __builtin_frame_address(0); // less to step through
    vic_connect(LINE, 1, on_line, NULL);
    trap_connect(on_step, TRAP_ON_TOP);
    for (size_t i = 0; i < n_scenarios; i++) {
        scenario = &scenarios[i];
        bool has_hit = true;
        for (at = 1; has_hit; at += 1 + at / STRIDES) {
            n_points++;
            if (!handlers_run()) {
                return 1;
            }
            has_hit = n_steps == at;
        }
    }
    printf("%zu scenarios, interrupted at %lu instructions\n", n_scenarios,
           n_points);
    return n_points == 0;
}
