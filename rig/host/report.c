// SPDX-License-Identifier: MIT
#include "report.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "table.h"
#include "terminal.h"
#include "text.h"

typedef struct {
    uint64_t checks, objects, judged, no_room;
    uint32_t deepest;
} totals_t;

static totals_t totals_of(const rig_t *rig) {
    totals_t t = {0};
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        const rig_figures_t *const f = &rig->actors[level].figures;
        t.checks += f->checks;
        t.objects += f->objects;
        t.judged += f->judged;
        t.no_room += f->no_room;
        if (f->deepest > t.deepest) {
            t.deepest = f->deepest;
        }
    }
    return t;
}

static uintptr_t collects_of(const run_t *run) {
    irqgc_stats_t stats;
    irqgc_stats(run->rig->heap, &stats);
    return stats.thread.collects + stats.handlers.collects;
}

// Made by text_make, as is the name of a level.
static char *fault_text(const rig_actor_t *actor) {
    const rig_fault_t *const f = &actor->fault;
    if (f->where != NULL || f->id != 0) {
        return text_make("%s: level %" PRIu32 ", tick %" PRIu32
                         ", object 0x%08" PRIx32 " at %p",
                         f->what, actor->level, f->tick, f->id, f->where);
    }
    return text_make("%s %zu: level %" PRIu32 ", tick %" PRIu32, f->what,
                     f->figure, actor->level, f->tick);
}

static const column_t columns[] = {
    {"level", -8},   {"trace", -9},   {"ticks", 8},   {"lost", 7},
    {"events", 9},   {"allocs", 9},   {"no room", 8}, {"frees", 8},
    {"reallocs", 8}, {"collects", 8}, {"MiB", 8},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

// A line with those from column `from` up to `to`.
static void level_print(const run_t *run, unsigned level, size_t from,
                        size_t to, FILE *out) {
    const rig_actor_t *const a = &run->rig->actors[level];
    const rig_figures_t *const f = &a->figures;
    const uint64_t figures[] = {a->ticks,    run->lost[level], f->events,
                                f->allocs,   f->no_room,       f->frees,
                                f->reallocs, f->collects};
    enum { FIRST = 2, LAST = N_COLUMNS - 1 };
    char *cells[N_COLUMNS] = {
        level_name(level, level > 0 ? run->options->rates[level - 1] : 0),
        text_make("%s", run->rig->config.traces[level]->name)};
    for (size_t i = FIRST; i < LAST; i++) {
        cells[i] = text_make("%" PRIu64, figures[i - FIRST]);
    }
    cells[LAST] = text_make("%.1f", (double)f->bytes / (1 << 20));
    char *const line = table_line(columns, from, to, cells);
    print(out, "%s\n", line);
    free(line);
    for (size_t i = 0; i < N_COLUMNS; i++) {
        free(cells[i]);
    }
}

static unsigned width_get(void) {
    return isatty(STDOUT_FILENO) != 0 ? terminal_size().columns : UINT_MAX;
}

// Text over as many lines as it takes. Frees it.
static void text_print(char *text, FILE *out) {
    const unsigned width = width_get();
    const char *at = text;
    do {
        const size_t n = text_fit(at, width);
        print(out, "%.*s\n", (int)(n != 0 ? n : strlen(at)), at);
        at += n;
    } while (*at++ == ' ');
    free(text);
}

// What does not fit in the width comes below.
static void levels_print(const run_t *run, FILE *out) {
    const unsigned width = width_get();
    for (size_t from = 1, to = 0; from < N_COLUMNS; from = to) {
        to = columns_fit(columns, from, N_COLUMNS, width);
        char *const titles = table_line(columns, from, to, NULL);
        print(out, "%s\n", titles);
        free(titles);
        for (unsigned level = 0; level < RIG_LEVELS; level++) {
            level_print(run, level, from, to, out);
        }
    }
}

static char *remains_text(const rig_remains_t *remains) {
    return text_make("end: %zu of %zu bytes free; stale words on the stack "
                     "keep %zu objects, %zu bytes",
                     remains->free, remains->total, remains->left_objects,
                     remains->left_bytes);
}

void report_print(const run_t *run, FILE *out) {
    const rig_t *const rig = run->rig;
    const totals_t t = totals_of(rig);
    const rig_actor_t *const failed = rig_failed(rig);
    levels_print(run, out);
    text_print(text_make("%.1f s, seed %" PRIu32 ", %.0f collections/s, "
                         "deepest nesting %" PRIu32,
                         run->seconds, run->options->seed,
                         (double)collects_of(run) / run->seconds, t.deepest),
               out);
    text_print(text_make("checked: %" PRIu64 " objects, the heap %" PRIu64
                         " times, %" PRIu64 " of %" PRIu64
                         " refusals, those without a handler in between",
                         t.objects, t.checks, t.judged, t.no_room),
               out);
    if (failed == NULL) {
        text_print(remains_text(&rig->remains), out);
        print(out, "corrupted or lost objects: 0\nrig: ok\n");
        return;
    }
    char *const text = fault_text(failed);
    print(out, "rig: FAILED (%s); replay: %s\n", text, run->command);
    free(text);
}

static void json_string(const char *text, FILE *out) {
    print(out, "\"");
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            print(out, "\\%c", c);
        } else if (c < 0x20 || c >= 0x7F) {
            print(out, "\\u%04x", c);
        } else {
            print(out, "%c", c);
        }
    }
    print(out, "\"");
}

static void json_level(const run_t *run, unsigned level, FILE *out) {
    const rig_actor_t *const a = &run->rig->actors[level];
    const rig_figures_t *const f = &a->figures;
    print(out, "    {\"level\": %u, \"hz\": %" PRIu32 ", \"trace\": ", level,
          level > 0 ? run->options->rates[level - 1] : 0);
    json_string(run->rig->config.traces[level]->name, out);
    print(out,
          ", \"ticks\": %" PRIu32 ", \"lost\": %lu,\n     \"events\": "
          "%" PRIu32 ", \"rounds\": %" PRIu32 ", \"allocs\": %" PRIu32
          ", \"no_room\": %" PRIu32 ", \"judged\": %" PRIu32
          ",\n     \"frees\": %" PRIu32 ", \"reallocs\": %" PRIu32
          ", \"moves\": %" PRIu32 ", \"collects\": %" PRIu32
          ",\n     \"objects_checked\": %" PRIu32 ", \"heap_checks\": %" PRIu32
          ", \"deepest\": %" PRIu32 ", \"bytes\": %" PRIu64 "}%s\n",
          a->ticks, run->lost[level], f->events, f->rounds, f->allocs,
          f->no_room, f->judged, f->frees, f->reallocs, f->moves, f->collects,
          f->objects, f->checks, f->deepest, f->bytes,
          level + 1 < RIG_LEVELS ? "," : "");
}

static void json_verdict(const run_t *run, FILE *out) {
    const rig_actor_t *const failed = rig_failed(run->rig);
    if (failed == NULL) {
        print(out, "  \"ok\": true,\n  \"fault\": null");
    } else {
        char *const text = fault_text(failed);
        print(out, "  \"ok\": false,\n  \"fault\": ");
        json_string(text, out);
        free(text);
    }
    print(out, ",\n  \"command\": ");
    json_string(run->command, out);
}

void report_json(const run_t *run, FILE *out) {
    const rig_t *const rig = run->rig;
    const uintptr_t collects = collects_of(run);
    print(out,
          "{\n  \"seed\": %" PRIu32 ", \"seconds\": %.3f,\n"
          "  \"heap_kib\": %" PRIu32 ", \"regions\": %" PRIu32 ",\n",
          run->options->seed, run->seconds, run->options->heap_kib,
          run->options->n_regions);
    print(out,
          "  \"collects\": %ju, \"collects_per_second\": %.1f,\n"
          "  \"deepest\": %" PRIu32 ",\n  \"levels\": [\n",
          (uintmax_t)collects, (double)collects / run->seconds,
          totals_of(rig).deepest);
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        json_level(run, level, out);
    }
    print(out,
          "  ],\n  \"total_bytes\": %zu, \"free_at_end\": %zu,\n"
          "  \"stale_objects\": %zu, \"stale_bytes\": %zu,\n",
          rig->remains.total, rig->remains.free, rig->remains.left_objects,
          rig->remains.left_bytes);
    if (run->samples != NULL) {
        samples_json(run->samples, out);
    }
    json_verdict(run, out);
    print(out, "\n}\n");
}
