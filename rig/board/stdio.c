// SPDX-License-Identifier: MIT
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"

FILE board_stream;

// Where text goes. What has no room is counted only.
typedef struct {
    char *text;
    size_t size, n;
} sink_t;

typedef struct {
    bool left, zero;
    unsigned width;
    bool has_precision;
    unsigned precision;
    char length; // of the argument: one of "ljz", 'L' for ll, 0
} field_t;

typedef struct {
    va_list list;
} args_t;

static void put(sink_t *sink, char c) {
    if (sink->n + 1 < sink->size) {
        sink->text[sink->n] = c;
    }
    sink->n++;
}

static void put_padding(sink_t *sink, char c, size_t n, size_t width) {
    for (; n < width; n++) {
        put(sink, c);
    }
}

static void put_field(sink_t *sink, const field_t *field, const char *text,
                      size_t n) {
    if (!field->left) {
        put_padding(sink, field->zero ? '0' : ' ', n, field->width);
    }
    for (size_t i = 0; i < n; i++) {
        put(sink, text[i]);
    }
    if (field->left) {
        put_padding(sink, ' ', n, field->width);
    }
}

static void put_text(sink_t *sink, const field_t *field, const char *text) {
    size_t n = strlen(text);
    if (field->has_precision && n > field->precision) {
        n = field->precision;
    }
    put_field(sink, field, text, n);
}

enum { NUMBER_SIZE = 24 };

// The digits, the last one before `end`. Returns the first.
static char *number_write(char *end, uint64_t number, unsigned base) {
    do {
        *--end = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    return end;
}

static void put_number(sink_t *sink, const field_t *field, uint64_t number,
                       unsigned base) {
    char text[NUMBER_SIZE];
    const char *const first = number_write(text + sizeof text, number, base);
    put_field(sink, field, first, (size_t)(text + sizeof text - first));
}

static void put_signed(sink_t *sink, const field_t *field, int number) {
    char text[NUMBER_SIZE];
    const uint32_t size = number < 0 ? 0u - (uint32_t)number : (uint32_t)number;
    char *first = number_write(text + sizeof text, size, 10);
    if (number < 0) {
        *--first = '-';
    }
    put_field(sink, field, first, (size_t)(text + sizeof text - first));
}

static void put_pointer(sink_t *sink, const void *pointer) {
    put(sink, '0');
    put(sink, 'x');
    put_number(sink, &(field_t){0}, (uintptr_t)pointer, 16);
}

static void put_double(sink_t *sink, const field_t *field, double number) {
    const unsigned places = field->has_precision ? field->precision : 6;
    uint64_t scale = 1;
    for (unsigned i = 0; i < places; i++) {
        scale *= 10;
    }
    const uint64_t all = (uint64_t)(number * (double)scale + 0.5);
    char text[NUMBER_SIZE];
    char *at = text + sizeof text;
    if (places > 0) {
        // With a digit in front, so that zeros behind the point are written.
        at = number_write(at, scale + all % scale, 10);
        *at = '.';
    }
    at = number_write(at, all / scale, 10);
    put_field(sink, field, at, (size_t)(text + sizeof text - at));
}

static uint64_t unsigned_take(const field_t *field, args_t *args) {
    switch (field->length) {
    case 'L':
        return va_arg(args->list, unsigned long long);
    case 'j':
        return va_arg(args->list, uintmax_t);
    case 'l':
        return va_arg(args->list, unsigned long);
    case 'z':
        return va_arg(args->list, size_t);
    default:
        return va_arg(args->list, unsigned);
    }
}

static void put_argument(sink_t *sink, const field_t *field, char conversion,
                         args_t *args) {
    switch (conversion) {
    case 'c':
        put(sink, (char)va_arg(args->list, int));
        break;
    case 'd':
        put_signed(sink, field, va_arg(args->list, int));
        break;
    case 'f':
        put_double(sink, field, va_arg(args->list, double));
        break;
    case 'p':
        put_pointer(sink, va_arg(args->list, void *));
        break;
    case 's':
        put_text(sink, field, va_arg(args->list, const char *));
        break;
    case 'u':
        put_number(sink, field, unsigned_take(field, args), 10);
        break;
    case 'x':
        put_number(sink, field, unsigned_take(field, args), 16);
        break;
    default:
        put(sink, conversion);
        break;
    }
}

static const char *number_read(const char *at, unsigned *number, args_t *args) {
    if (*at == '*') {
        *number = va_arg(args->list, unsigned);
        return at + 1;
    }
    for (*number = 0; *at >= '0' && *at <= '9'; at++) {
        *number = *number * 10 + (unsigned)(*at - '0');
    }
    return at;
}

// Reads what is between the '%' and the conversion, at which it returns.
static const char *field_read(const char *at, field_t *field, args_t *args) {
    *field = (field_t){0};
    for (; *at == '-' || *at == '0'; at++) {
        field->left |= *at == '-';
        field->zero |= *at == '0';
    }
    at = number_read(at, &field->width, args);
    if (*at == '.') {
        field->has_precision = true;
        at = number_read(at + 1, &field->precision, args);
    }
    for (; *at == 'l' || *at == 'j' || *at == 'z'; at++) {
        field->length = field->length == 'l' ? 'L' : *at;
    }
    return at;
}

int vsnprintf(char *text, size_t size, const char *format, va_list args) {
    sink_t sink = {.text = text, .size = size};
    args_t copy;
    va_copy(copy.list, args);
    for (const char *at = format; *at != '\0'; at++) {
        if (*at != '%') {
            put(&sink, *at);
            continue;
        }
        field_t field;
        at = field_read(at + 1, &field, &copy);
        put_argument(&sink, &field, *at, &copy);
    }
    va_end(copy.list);
    if (size > 0) {
        text[sink.n < size ? sink.n : size - 1] = '\0';
    }
    return (int)sink.n;
}

// Returns -1 if there is no memory for the text.
int vfprintf(FILE *stream, const char *format, va_list args) {
    const int n = vsnprintf(NULL, 0, format, args);
    char *const text = calloc((size_t)n + 1, 1);
    if (text == NULL) {
        return -1;
    }
    (void)vsnprintf(text, (size_t)n + 1, format, args);
    (void)fputs(text, stream);
    free(text);
    return n;
}

int fputs(const char *text, FILE *stream) {
    (void)stream;
    board_print(text);
    return 0;
}

int fputc(int c, FILE *stream) {
    const char text[] = {(char)c, '\0'};
    return fputs(text, stream);
}

int puts(const char *text) {
    return fputs(text, stdout) + fputc('\n', stdout);
}

int fflush(FILE *stream) {
    (void)stream;
    return 0;
}

FILE *fopen(const char *path, const char *mode) {
    (void)path;
    (void)mode;
    return NULL;
}

int fclose(FILE *stream) {
    (void)stream;
    return 0;
}

ssize_t write(int file, const void *text, size_t n) {
    (void)file;
    const char *const from = text;
    for (size_t i = 0; i < n; i++) {
        fputc(from[i], stdout);
    }
    return (ssize_t)n;
}

int isatty(int file) {
    (void)file;
    return 0;
}
