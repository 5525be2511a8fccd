// SPDX-License-Identifier: MIT
//
// All streams go out where board_print goes. There are no files.
#ifndef RIG_BOARD_STDIO_H
#define RIG_BOARD_STDIO_H

#include <stdarg.h>
#include <stddef.h>

typedef struct {
    char unused;
} FILE;

extern FILE board_stream;
#define stdout (&board_stream)
#define stderr (&board_stream)

// Of the conversions: c d f j l ll p s u x z %, flags - and 0, width and
// precision. What f gets is not negative.
__attribute__((format(printf, 3, 0))) int
vsnprintf(char *text, size_t size, const char *format, va_list args);
__attribute__((format(printf, 2, 0))) int
vfprintf(FILE *stream, const char *format, va_list args);

int fputs(const char *text, FILE *stream);
int fputc(int c, FILE *stream);
int puts(const char *text);
int fflush(FILE *stream);

FILE *fopen(const char *path, const char *mode); // returns NULL
int fclose(FILE *stream);

#endif
