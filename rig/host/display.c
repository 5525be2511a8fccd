// SPDX-License-Identifier: MIT
#include "display.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "map.h"
#include "table.h"
#include "text.h"
#include "vic.h"

#define MAP_COLUMNS 128u // at the most
#define MAP_ROWS 6u

#define TERMINAL_PERIOD 0.25
#define PLAIN_PERIOD 1.0

static const char shades[MAP_FULL + 2] = " .:-=+*#%@"; // from free to full

static const char table_legend[] =
    "lost: ticks that the host was too slow for; no room: calls refused, as no "
    "free run was long enough";

// In the order of what goes last where there is no room.
static const column_t columns[] = {
    {"level", -10},  {"ticks", 6},    {"lost", 5},    {"no room", 7},
    {"allocs/s", 8}, {"events/s", 8}, {"trace", -10},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

void display_start(display_t *display, const options_t *options) {
    *display =
        (display_t){.options = options, .terminal = isatty(STDOUT_FILENO) != 0};
    display->next = display->terminal ? TERMINAL_PERIOD : PLAIN_PERIOD;
}

static double rate_of(uint64_t now, uint64_t before, double seconds) {
    return seconds > 0 ? (double)(now - before) / seconds : 0;
}

// ---- The picture -----------------------------------------------------------

// The first `n` characters of a line, or what fits; nothing below the terminal.
// The line is erased first: behind a full one the cursor is still on its last
// character.
static void line_draw(display_t *d, const char *text, size_t n) {
    if (d->lines + 1 < d->size.rows) {
        const size_t most = d->size.columns;
        print(stdout, "\x1b[K%.*s\n", (int)(n < most ? n : most), text);
        d->lines++;
    }
}

// Text over as many lines as it takes. Frees it.
static void text_draw(display_t *d, char *text) {
    const char *at = text;
    do {
        const size_t n = text_fit(at, d->size.columns);
        line_draw(d, at, n != 0 ? n : strlen(at));
        at += n;
    } while (*at++ == ' ');
    free(text);
}

static void row_draw(display_t *d, size_t n_columns, char *const *cells) {
    char *const line = table_line(columns, 1, n_columns, cells);
    line_draw(d, line, strlen(line));
    free(line);
}

static void level_draw(display_t *d, const rig_t *rig, unsigned level,
                       size_t n_columns, double seconds) {
    const rig_actor_t *const a = &rig->actors[level];
    vic_stats_t line = {0};
    if (level > 0) {
        vic_stats(level - 1, &line);
    }
    const uint64_t figures[] = {
        a->ticks, line.lost, a->figures.no_room,
        (uint64_t)rate_of(a->figures.allocs, d->allocs[level], seconds),
        (uint64_t)rate_of(a->figures.events, d->events[level], seconds)};
    char *cells[N_COLUMNS] = {
        level_name(level, level > 0 ? d->options->rates[level - 1] : 0)};
    for (size_t i = 1; i < N_COLUMNS - 1; i++) {
        cells[i] = figure_make(figures[i - 1], columns[i].width);
    }
    cells[N_COLUMNS - 1] = text_make("%s", rig->config.traces[level]->name);
    row_draw(d, n_columns, cells);
    for (size_t i = 0; i < N_COLUMNS; i++) {
        free(cells[i]);
    }
}

static void table_draw(display_t *d, const rig_t *rig, double seconds) {
    const size_t n = columns_fit(columns, 1, N_COLUMNS, d->size.columns);
    row_draw(d, n, NULL);
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        level_draw(d, rig, level, n, seconds);
    }
    text_draw(d, text_make("%s", table_legend));
}

static unsigned least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

// In the lines that are left.
static void map_draw(display_t *d, const rig_t *rig, size_t total) {
    unsigned char cells[MAP_COLUMNS * MAP_ROWS];
    const unsigned frame = 2;
    const unsigned width = d->size.columns > frame
                               ? least(d->size.columns - frame, MAP_COLUMNS)
                               : 1;
    const size_t n =
        map_take(rig->heap, total, cells, (size_t)width * MAP_ROWS);
    text_draw(d, text_make("map, %zu bytes a character: blank is free, "
                           "%.*s ever fuller, %c full",
                           total / n, (int)MAP_FULL - 1, &shades[1],
                           shades[MAP_FULL]));
    for (size_t start = 0; start < n; start += width) {
        char line[MAP_COLUMNS + 3] = "|";
        unsigned i = 0;
        for (; i < width && start + i < n; i++) {
            line[i + 1] = shades[cells[start + i]];
        }
        line[i + 1] = '|';
        line_draw(d, line, i + 2);
    }
}

// Back to where the picture begins. A terminal of another size has moved the
// lines: everything anew.
static void picture_begin(display_t *d) {
    const terminal_t size = terminal_size();
    if (d->lines > 0 &&
        (size.columns != d->size.columns || size.rows != d->size.rows)) {
        print(stdout, "\x1b[2J\x1b[H");
    } else if (d->lines > 0) {
        print(stdout, "\x1b[%uA", d->lines);
    }
    d->size = size;
    d->lines = 0;
}

static void picture_draw(display_t *d, rig_t *rig, double now,
                         const irqgc_stats_t *stats) {
    const double seconds = now - d->last;
    const uintptr_t collects =
        stats->thread.collects + stats->handlers.collects;
    picture_begin(d);
    text_draw(d, text_make("irqgc rig: %.1f of %" PRIu32 " s, seed %" PRIu32
                           ", %.0f collections/s",
                           now, d->options->seconds, d->options->seed,
                           rate_of(collects, d->collects, seconds)));
    table_draw(d, rig, seconds);
    text_draw(d, text_make("free %zu of %zu bytes, longest run %zu, fewest so "
                           "far %zu",
                           stats->free, stats->total, stats->largest_free_run,
                           stats->least_free));
    map_draw(d, rig, stats->total);
    print(stdout, "\x1b[J"); // what an older picture has below
}

// ---- Plain lines -----------------------------------------------------------

static uint64_t no_room_sum(const rig_t *rig) {
    uint64_t n = 0;
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        n += rig->actors[level].figures.no_room;
    }
    return n;
}

static void line_print(const display_t *d, const rig_t *rig, double now,
                       const irqgc_stats_t *stats) {
    const double seconds = now - d->last;
    uint64_t ticks = 0;
    uint64_t events = 0;
    uint64_t allocs = 0;
    uint64_t before_e = 0;
    uint64_t before_a = 0;
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        ticks += level > 0 ? rig->actors[level].ticks : 0;
        events += rig->actors[level].figures.events;
        allocs += rig->actors[level].figures.allocs;
        before_e += d->events[level];
        before_a += d->allocs[level];
    }
    print(stdout,
          "%.0f s: %" PRIu64 " ticks, %.0f collections/s, %.0f events/s, "
          "%.0f allocations/s, %" PRIu64 " without room, free %zu of %zu\n",
          now, ticks,
          rate_of(stats->thread.collects + stats->handlers.collects,
                  d->collects, seconds),
          rate_of(events, before_e, seconds),
          rate_of(allocs, before_a, seconds), no_room_sum(rig), stats->free,
          stats->total);
}

void display_update(display_t *display, rig_t *rig, double now) {
    if (now < display->next) {
        return;
    }
    irqgc_stats_t stats;
    irqgc_stats(rig->heap, &stats);
    if (display->terminal) {
        picture_draw(display, rig, now, &stats);
    } else {
        line_print(display, rig, now, &stats);
    }
    (void)fflush(stdout);
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        display->events[level] = rig->actors[level].figures.events;
        display->allocs[level] = rig->actors[level].figures.allocs;
    }
    display->collects = stats.thread.collects + stats.handlers.collects;
    display->last = now;
    display->next = now + (display->terminal ? TERMINAL_PERIOD : PLAIN_PERIOD);
}
