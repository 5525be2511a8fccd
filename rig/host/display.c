// SPDX-License-Identifier: MIT
#include "display.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"
#include "vic.h"

#define COLUMNS 64u // of the heap map
#define ROWS 6u
#define CELLS ((size_t)COLUMNS * ROWS)
#define LINES (1 + 1 + RIG_LEVELS + 1 + ROWS) // of the picture

#define END "\x1b[K\n" // of a line: erases what an older picture left
#define TERMINAL_PERIOD 0.25
#define PLAIN_PERIOD 1.0

static const char shades[] = " .:-=+*#%@"; // from free to full

// The blocks of a stretch of the heap.
typedef struct {
    uint32_t n_blocks[CELLS], n_used[CELLS];
    size_t total; // blocks of the heap
    size_t next;  // block
} map_t;

void display_start(display_t *display, const options_t *options) {
    *display =
        (display_t){.options = options, .terminal = isatty(STDOUT_FILENO) != 0};
    display->next = display->terminal ? TERMINAL_PERIOD : PLAIN_PERIOD;
}

// A line of irqgc_dump: an address, a space, a character for each block.
static void map_line(const char *text, void *arg) {
    map_t *const map = arg;
    const char *at = strchr(text, ' ');
    if (at == NULL) {
        return;
    }
    for (at++; *at != '\0' && map->next < map->total; at++, map->next++) {
        const size_t cell = map->next * CELLS / map->total;
        map->n_blocks[cell]++;
        map->n_used[cell] += *at != '.';
    }
}

// Any use at all shows, and full means full.
static char map_shade(const map_t *map, size_t cell) {
    const uint32_t used = map->n_used[cell];
    const uint32_t all = map->n_blocks[cell];
    const uint32_t most = sizeof shades - 2;
    if (used == 0) {
        return shades[0];
    }
    return shades[used == all ? most : 1 + used * (most - 1) / all];
}

static void map_draw(const rig_t *rig, size_t total) {
    map_t map = {.total = total / IRQGC_BLOCK};
    irqgc_dump(rig->heap, map_line, &map);
    for (unsigned row = 0; row < ROWS; row++) {
        char line[COLUMNS + 1] = "";
        for (unsigned i = 0; i < COLUMNS; i++) {
            line[i] = map_shade(&map, (size_t)row * COLUMNS + i);
        }
        print(stdout, "  |%s|" END, line);
    }
}

static uint64_t no_room_sum(const rig_t *rig) {
    uint64_t n = 0;
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        n += rig->actors[level].figures.no_room;
    }
    return n;
}

static double rate_of(uint64_t now, uint64_t before, double seconds) {
    return seconds > 0 ? (double)(now - before) / seconds : 0;
}

static void level_draw(const display_t *d, const rig_t *rig, unsigned level,
                       double seconds) {
    const rig_actor_t *const a = &rig->actors[level];
    vic_stats_t line = {0};
    if (level > 0) {
        vic_stats(level - 1, &line);
    }
    char *const name =
        level > 0 ? text_make("%" PRIu32 " Hz", d->options->rates[level - 1])
                  : text_make("thread");
    print(stdout,
          "  %-10s %-10.10s %9" PRIu32 " %8lu %10.0f %10.0f %8" PRIu32 END,
          name, rig->config.traces[level]->name, a->ticks, line.lost,
          rate_of(a->figures.events, d->events[level], seconds),
          rate_of(a->figures.allocs, d->allocs[level], seconds),
          a->figures.no_room);
    free(name);
}

static void picture_draw(display_t *d, rig_t *rig, double now,
                         const irqgc_stats_t *stats) {
    const double seconds = now - d->last;
    const uintptr_t collects =
        stats->thread.collects + stats->handlers.collects;
    if (d->drawn) {
        print(stdout, "\x1b[%uA", LINES);
    }
    d->drawn = true;
    print(stdout,
          "irqgc rig: %.1f of %" PRIu32 " s, seed %" PRIu32
          ", %.0f collections/s" END,
          now, d->options->seconds, d->options->seed,
          rate_of(collects, d->collects, seconds));
    print(stdout, "  %-10s %-10s %9s %8s %10s %10s %8s" END, "level", "trace",
          "ticks", "lost", "events/s", "allocs/s", "no room");
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        level_draw(d, rig, level, seconds);
    }
    print(stdout, "  free %zu of %zu bytes, longest run %zu, fewest %zu" END,
          stats->free, stats->total, stats->largest_free_run,
          stats->least_free);
    map_draw(rig, stats->total);
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
