// SPDX-License-Identifier: MIT
//
// Functions that compilers call by themselves, where there is no C library.
// They keep the heads of what they are given, so nothing fails by them.
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
void *memmove(void *to, const void *from, size_t n);
size_t strlen(const char *s);

void *memcpy(void *to, const void *from, size_t n) {
    volatile char *const t = to;
    const volatile char *const f = from;
    for (size_t i = 0; i < n; i++) {
        t[i] = f[i];
    }
    return to;
}

void *memset(void *to, int byte, size_t n) {
    volatile char *const t = to;
    for (size_t i = 0; i < n; i++) {
        t[i] = (char)byte;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t n) {
    volatile char *const t = to;
    const volatile char *const f = from;
    if (t < f) {
        return memcpy(to, from, n);
    }
    while (n-- > 0) {
        t[n] = f[n];
    }
    return to;
}

size_t strlen(const char *s) {
    const volatile char *const p = s;
    size_t n = 0;
    while (p[n]) {
        n++;
    }
    return n;
}

// What clang calls them on ARM.
#ifdef __arm__
#define CLEAR(name)                                                            \
    void name(void *to, size_t n);                                             \
    void name(void *to, size_t n) {                                            \
        memset(to, 0, n);                                                      \
    }
#define COPY(name, of)                                                         \
    void name(void *to, const void *from, size_t n);                           \
    void name(void *to, const void *from, size_t n) {                          \
        of(to, from, n);                                                       \
    }
CLEAR(__aeabi_memclr)
CLEAR(__aeabi_memclr4)
CLEAR(__aeabi_memclr8)
COPY(__aeabi_memcpy, memcpy)
COPY(__aeabi_memcpy4, memcpy)
COPY(__aeabi_memcpy8, memcpy)
COPY(__aeabi_memmove, memmove)
#endif
