// SPDX-License-Identifier: MIT
//
// Compiled with -fno-tree-loop-distribute-patterns: the compiler would else
// find memcpy in the loop of memcpy.
#include <string.h>

#include <stdint.h>

// May alias anything, as a byte may.
typedef uint32_t __attribute__((may_alias)) word_t;

static int is_aligned(uintptr_t address) {
    return address % sizeof(word_t) == 0;
}

static void copy_upwards(unsigned char *to, const unsigned char *from,
                         size_t n) {
    if (is_aligned((uintptr_t)to | (uintptr_t)from)) {
        for (; n >= sizeof(word_t); n -= sizeof(word_t)) {
            *(word_t *)(void *)to = *(const word_t *)(const void *)from;
            to += sizeof(word_t);
            from += sizeof(word_t);
        }
    }
    while (n-- > 0) {
        *to++ = *from++;
    }
}

static void copy_downwards(unsigned char *to, const unsigned char *from,
                           size_t n) {
    while (n-- > 0) {
        to[n] = from[n];
    }
}

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
    copy_upwards(to, from, n);
    return to;
}

void *memmove(void *to, const void *from, size_t n) {
    if ((uintptr_t)to - (uintptr_t)from >= n) {
        copy_upwards(to, from, n);
    } else {
        copy_downwards(to, from, n);
    }
    return to;
}

void *memset(void *to, int value, size_t n) {
    unsigned char *t = to;
    if (is_aligned((uintptr_t)to)) {
        const word_t word = (unsigned char)value * 0x01010101u;
        for (; n >= sizeof(word_t); n -= sizeof(word_t)) {
            *(word_t *)(void *)t = word;
            t += sizeof(word_t);
        }
    }
    while (n-- > 0) {
        *t++ = (unsigned char)value;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t n) {
    const unsigned char *x = a, *y = b;
    for (; n > 0; n--, x++, y++) {
        if (*x != *y) {
            return *x - *y;
        }
    }
    return 0;
}

int strcmp(const char *a, const char *b) {
    for (; *a != '\0' && *a == *b; a++, b++) {
    }
    return (unsigned char)*a - (unsigned char)*b;
}

size_t strlen(const char *text) {
    size_t n = 0;
    while (text[n] != '\0') {
        n++;
    }
    return n;
}
