// SPDX-License-Identifier: MIT
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

static unsigned width_of(const column_t *column) {
    return (unsigned)(column->width < 0 ? -column->width : column->width);
}

size_t columns_fit(const column_t *columns, size_t from, size_t n,
                   unsigned width) {
    unsigned taken = width_of(columns);
    size_t to = from;
    while (to < n &&
           (to == from || taken + 1 + width_of(&columns[to]) <= width)) {
        taken += 1 + width_of(&columns[to++]);
    }
    return to;
}

static char *cell_make(const column_t *column, const char *text) {
    const int width = (int)width_of(column);
    return column->width < 0 ? text_make("%-*.*s", width, width, text)
                             : text_make("%*s", width, text);
}

static const char *content(const column_t *columns, char *const *cells,
                           size_t i) {
    return cells != NULL ? cells[i] : columns[i].title;
}

char *table_line(const column_t *columns, size_t from, size_t to,
                 char *const *cells) {
    char *line = cell_make(columns, content(columns, cells, 0));
    for (size_t i = from; i < to; i++) {
        char *const cell = cell_make(&columns[i], content(columns, cells, i));
        char *const longer = text_make("%s %s", line, cell);
        free(cell);
        free(line);
        line = longer;
    }
    return line;
}

char *figure_make(uint64_t n, int width) {
    static const char *const units[] = {"", "k", "M", "G", "T"};
    enum { N = sizeof units / sizeof *units };
    char *text = NULL;
    for (unsigned i = 0; i < N; i++, n /= 1000) {
        free(text);
        text = text_make("%" PRIu64 "%s", n, units[i]);
        if (strlen(text) <= (size_t)width) {
            break;
        }
    }
    return text;
}

char *level_name(unsigned level, uint32_t hz) {
    return level == 0 ? text_make("thread") : text_make("%" PRIu32 " Hz", hz);
}
