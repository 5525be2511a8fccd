// SPDX-License-Identifier: MIT
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)fputs("rig: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(EXIT_INPUT);
}

void print(FILE *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const int n = vfprintf(out, format, args);
    va_end(args);
    if (n < 0) {
        die("cannot write: %s", strerror(errno));
    }
}

char *text_make(const char *format, ...) {
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) {
        die("cannot format: %s", strerror(errno));
    }
    char *const text = memory_take((size_t)n + 1, 1);
    va_start(args, format);
    (void)vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    return text;
}

size_t text_fit(const char *text, size_t width) {
    size_t n = strlen(text);
    if (n > width) {
        for (n = width; n > 0 && text[n] != ' ';) {
            n--;
        }
    }
    return n;
}

void *memory_take(size_t n, size_t size) {
    void *const memory = calloc(n, size);
    if (memory == NULL) {
        die("out of memory: %zu bytes", n * size);
    }
    return memory;
}
