// SPDX-License-Identifier: MIT
//
// Random operations against the model heap of model.h.
//
//   SEED=  seed of the random numbers, 1 by default
//   STEPS= how many operations
//
// The line that reports a failure is the line that replays it.
//
// Link: tests/picture.c -Wl,--wrap=irqgc_core_object_end
// Link: -Wl,--wrap=irqgc_core_hints_changed
#include "picture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

enum { STEPS_OF_A_HEAP = 5000, STEPS_TO_CHECK = 50 };

// ---- Failures --------------------------------------------------------------

static uint64_t seed;
static unsigned long step;

void broken(const char *what) {
    printf("SEED=%llu STEPS=%lu %s # %s\n", (unsigned long long)seed, step + 1,
           program_invocation_name, what);
    fflush(stdout);
    _Exit(1);
}

// ---- Random numbers --------------------------------------------------------

static uint64_t random_state;

// xorshift64*
uint32_t random_below(uint32_t limit) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545F4914F6CDD1Du) >> 33) % limit;
}

uint32_t random_content(void) {
    return random_below(1 << 20);
}

// ---- The run ---------------------------------------------------------------

static unsigned long number_from(const char *name, unsigned long otherwise) {
    const char *text = getenv(name);
    return text != NULL ? strtoul(text, NULL, 0) : otherwise;
}

static void test_random_operations(void **state) {
    (void)state;
    seed = number_from("SEED", 1);
    const unsigned long n_steps = number_from("STEPS", 500000);
    print_message("SEED=%llu STEPS=%lu\n", (unsigned long long)seed, n_steps);
    random_state = seed * 0x9E3779B97F4A7C15u + 1;
    for (step = 0; step < n_steps; step++) {
        if (step % STEPS_OF_A_HEAP == 0) {
            if (step != 0) {
                model_end();
            }
            model_begin(MODEL_MOST);
        }
        model_step();
        if (step % STEPS_TO_CHECK == 0) {
            model_check();
        }
    }
    model_end();
    print_message("%lu allocations, %lu refused; %lu objects collected, %lu "
                  "words misled; %lu times in the middle of a collection\n",
                  model_seen.allocs, model_seen.failures, model_seen.collected,
                  model_seen.floating, model_seen.nested);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_operations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
