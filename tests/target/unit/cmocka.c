// SPDX-License-Identifier: MIT
#include <stdarg.h>
#include <stdint.h>
// after these
#include <cmocka.h>

#include "board.h"

void print_message(const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)vfprintf(stdout, format, args);
    va_end(args);
}

void _fail(const char *file, int line) {
    print_message("FAILED %s:%d\n", file, line);
    board_exit(1);
}

void cmocka_equal(uintmax_t a, uintmax_t b, const char *file, int line) {
    if (a != b) {
        print_message("%llx is not %llx\n", (unsigned long long)a,
                      (unsigned long long)b);
        _fail(file, line);
    }
}

static void fixture_run(cmocka_fixture_t *fixture, void **state) {
    if (fixture != NULL && fixture(state) != 0) {
        fail();
    }
}

int cmocka_run(const struct CMUnitTest *tests, size_t n,
               cmocka_fixture_t *setup, cmocka_fixture_t *teardown) {
    void *group = NULL;
    fixture_run(setup, &group);
    for (size_t i = 0; i < n; i++) {
        void *state = group;
        print_message("%s\n", tests[i].name);
        fixture_run(tests[i].setup, &state);
        tests[i].test(&state);
        fixture_run(tests[i].teardown, &state);
    }
    fixture_run(teardown, &group);
    print_message("unit: %lu tests passed\n", (unsigned long)n);
    return 0;
}
