// SPDX-License-Identifier: MIT
//
// What the unit suites use of cmocka, for firmware, where there is none. The
// first test that fails ends the run.
#ifndef TESTS_TARGET_UNIT_CMOCKA_H
#define TESTS_TARGET_UNIT_CMOCKA_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int cmocka_fixture_t(void **state); // 0: well done

struct CMUnitTest {
    const char *name;
    void (*test)(void **state);
    cmocka_fixture_t *setup, *teardown; // or NULL
};

#define cmocka_unit_test(f)                                                    \
    { #f, f, NULL, NULL }
#define cmocka_unit_test_setup(f, setup)                                       \
    { #f, f, setup, NULL }
#define cmocka_unit_test_teardown(f, teardown)                                 \
    { #f, f, NULL, teardown }
#define cmocka_run_group_tests(tests, setup, teardown)                         \
    cmocka_run(tests, sizeof(tests) / sizeof *(tests), setup, teardown)

int cmocka_run(const struct CMUnitTest *tests, size_t n,
               cmocka_fixture_t *setup, cmocka_fixture_t *teardown);

_Noreturn void _fail(const char *file, int line);
__attribute__((format(printf, 1, 2))) void print_message(const char *, ...);
#define print_error print_message

// Says so, and ends the test as passed.
#define skip()                                                                 \
    do {                                                                       \
        print_message("skipped in line %d\n", __LINE__);                       \
        return;                                                                \
    } while (0)
#define fail() _fail(__FILE__, __LINE__)

#define assert_true(claim) ((claim) ? (void)0 : fail())
#define assert_false(claim) assert_true(!(claim))
#define assert_null(p) assert_true((p) == NULL)
#define assert_non_null(p) assert_true((p) != NULL)
#define assert_ptr_equal(a, b) assert_true((uintptr_t)(a) == (uintptr_t)(b))
#define assert_string_equal(a, b) assert_true(strcmp(a, b) == 0)
#define assert_memory_equal(a, b, n) assert_true(memcmp(a, b, n) == 0)
#define assert_int_equal(a, b)                                                 \
    cmocka_equal((uintmax_t)(a), (uintmax_t)(b), __FILE__, __LINE__)

void cmocka_equal(uintmax_t a, uintmax_t b, const char *file, int line);

#endif
