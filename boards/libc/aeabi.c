// SPDX-License-Identifier: MIT
//
// What clang calls on ARM in place of memcpy, memmove and memset, by the ABI of
// the run-time. Kept in link-time optimisation, which makes these calls late.
#ifdef __ARM_EABI__
#include <string.h>

#define CALLED __attribute__((used))

#define COPY(name, function)                                                   \
    void name(void *to, const void *from, size_t n);                           \
    CALLED void name(void *to, const void *from, size_t n) {                   \
        function(to, from, n);                                                 \
    }

#define SET(name)                                                              \
    void name(void *to, size_t n, int value);                                  \
    CALLED void name(void *to, size_t n, int value) {                          \
        memset(to, value, n);                                                  \
    }

#define CLEAR(name)                                                            \
    void name(void *to, size_t n);                                             \
    CALLED void name(void *to, size_t n) {                                     \
        memset(to, 0, n);                                                      \
    }

COPY(__aeabi_memcpy, memcpy)
COPY(__aeabi_memcpy4, memcpy)
COPY(__aeabi_memcpy8, memcpy)
COPY(__aeabi_memmove, memmove)
COPY(__aeabi_memmove4, memmove)
COPY(__aeabi_memmove8, memmove)
SET(__aeabi_memset)
SET(__aeabi_memset4)
SET(__aeabi_memset8)
CLEAR(__aeabi_memclr)
CLEAR(__aeabi_memclr4)
CLEAR(__aeabi_memclr8)
#else
typedef int nothing_t; // a source is not empty
#endif
