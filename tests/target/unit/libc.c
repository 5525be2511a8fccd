// SPDX-License-Identifier: MIT
//
// What the suites need of the host, beside what the rig does.
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vic.h"

// ---- Memory ----------------------------------------------------------------

void *malloc(size_t size) {
    return calloc(1, size);
}

// What was handed out for each that has been aligned, for free below.
enum { MAX_ALIGNED = 16 };
static struct { void *aligned, *from; } aligned[MAX_ALIGNED];

void *aligned_alloc(size_t alignment, size_t size) {
    unsigned i = 0;
    while (i < MAX_ALIGNED && aligned[i].from != NULL) {
        i++;
    }
    void *const from = i < MAX_ALIGNED ? malloc(size + alignment) : NULL;
    if (from == NULL) {
        return NULL;
    }
    const uintptr_t up = (uintptr_t)from + alignment - 1;
    aligned[i].from = from;
    aligned[i].aligned = (void *)(up / alignment * alignment);
    return aligned[i].aligned;
}

void __real_free(void *memory);
void __wrap_free(void *memory);

void __wrap_free(void *memory) {
    for (unsigned i = 0; memory != NULL && i < MAX_ALIGNED; i++) {
        if (aligned[i].aligned == memory) {
            memory = aligned[i].from;
            aligned[i].from = NULL;
            aligned[i].aligned = NULL;
        }
    }
    __real_free(memory);
}

// ---- Text ------------------------------------------------------------------

char *strcpy(char *to, const char *from) {
    return memcpy(to, from, strlen(from) + 1);
}

char *strchr(const char *text, int c) {
    return memchr(text, c, strlen(text) + 1);
}

size_t strcspn(const char *text, const char *stops) {
    size_t n = 0;
    while (text[n] != '\0' && strchr(stops, text[n]) == NULL) {
        n++;
    }
    return n;
}

void *memchr(const void *memory, int value, size_t n) {
    const unsigned char *at = memory;
    for (; n > 0; n--, at++) {
        if (*at == (unsigned char)value) {
            return (void *)(uintptr_t)at;
        }
    }
    return NULL;
}

int printf(const char *format, ...) {
    va_list args;
    va_start(args, format);
    const int n = vfprintf(stdout, format, args);
    va_end(args);
    return n;
}

int fprintf(FILE *stream, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const int n = vfprintf(stream, format, args);
    va_end(args);
    return n;
}

int snprintf(char *text, size_t size, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(text, size, format, args);
    va_end(args);
    return n;
}

// ---- Numbers and arguments -------------------------------------------------

static uint32_t random_state = 1;

void srand(unsigned seed) {
    random_state = seed;
}

int rand(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return (int)(random_state >> 8);
}

unsigned long strtoul(const char *text, char **end, int base) {
    (void)end;
    (void)base;
    unsigned long n = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        n = n * 10 + (unsigned long)(*text - '0');
    }
    return n;
}

char *getenv(const char *name) {
    static char text[128];
    const size_t n = strlen(name);
    (void)board_arguments(text, sizeof text);
    for (char *word = text; word != NULL; word = strchr(word, ' ')) {
        word += *word == ' ';
        if (memcmp(word, name, n) == 0 && word[n] == '=') {
            return word + n + 1;
        }
    }
    return NULL;
}

void exit(int status) {
    board_exit(status);
}

void _Exit(int status) {
    board_exit(status);
}

// ---- Interrupts ------------------------------------------------------------

typedef struct {
    vic_handler_t *handler;
    void *arg;
    int level;
} line_t;

static line_t lines[BOARD_LEVELS + 1];
static volatile int priority;

static void on_level(void *arg) {
    const line_t *const line = arg;
    const int below = priority;
    priority = line->level;
    line->handler(line->arg);
    priority = below;
}

void vic_connect(unsigned line, int level, vic_handler_t *handler, void *arg) {
    lines[line] = (line_t){.handler = handler, .arg = arg, .level = level};
    board_on_level(line, on_level, &lines[line]);
}

void vic_raise(unsigned line) {
    board_request(line);
}

int vic_priority(void) {
    return priority;
}
