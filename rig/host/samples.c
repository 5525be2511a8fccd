// SPDX-License-Identifier: MIT
#include "samples.h"

#include "map.h"

#define LEAST_PERIOD 0.005 // seconds

samples_t *samples_make(const options_t *options) {
    samples_t *const samples = memory_take(1, sizeof *samples);
    const double period = (double)options->seconds / SAMPLES;
    samples->period = period > LEAST_PERIOD ? period : LEAST_PERIOD;
    return samples;
}

void samples_take(samples_t *samples, const rig_t *rig, double now) {
    sample_t *const s = &samples->samples[samples->n++];
    s->seconds = now;
    irqgc_stats(rig->heap, &s->stats);
    s->n_cells = map_take(rig->heap, s->stats.total, s->cells, SAMPLE_CELLS);
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        s->no_room[level] = rig->actors[level].figures.no_room;
    }
}

// In place of one that has just been taken: over so short a time a rate means
// nothing.
void samples_end(samples_t *samples, const rig_t *rig, double now) {
    const double last = samples->samples[samples->n - 1].seconds;
    if (samples->n > 1 && now - last < samples->period / 2) {
        samples->n--;
    }
    samples_take(samples, rig, now);
}

// Leaves room for the last one.
void samples_update(samples_t *samples, const rig_t *rig, double now) {
    if (now >= samples->next && samples->n <= SAMPLES) {
        samples_take(samples, rig, now);
        samples->next = now + samples->period;
    }
}

// ---- JSON ------------------------------------------------------------------

typedef double value_t(const sample_t *sample);

static double seconds(const sample_t *s) {
    return s->seconds;
}

static double free_bytes(const sample_t *s) {
    return (double)s->stats.free;
}

static double longest_run(const sample_t *s) {
    return (double)s->stats.largest_free_run;
}

static double least_free(const sample_t *s) {
    return (double)s->stats.least_free;
}

static double thread_collects(const sample_t *s) {
    return (double)s->stats.thread.collects;
}

static double handler_collects(const sample_t *s) {
    return (double)s->stats.handlers.collects;
}

static const char *separator(size_t i) {
    return i > 0 ? ", " : "";
}

static void series_json(const samples_t *samples, const char *name,
                        value_t *value, FILE *out) {
    print(out, "    \"%s\": [", name);
    for (size_t i = 0; i < samples->n; i++) {
        print(out, "%s%.6f", separator(i), value(&samples->samples[i]));
    }
    print(out, "],\n");
}

static void refusals_json(const samples_t *samples, FILE *out) {
    print(out, "    \"no_room\": [");
    for (size_t i = 0; i < samples->n; i++) {
        const uint32_t *const n = samples->samples[i].no_room;
        print(out, "%s[", separator(i));
        for (unsigned level = 0; level < RIG_LEVELS; level++) {
            print(out, "%s%" PRIu32, separator(level), n[level]);
        }
        print(out, "]");
    }
    print(out, "],\n");
}

// A digit for each stretch.
static void maps_json(const samples_t *samples, FILE *out) {
    print(out, "    \"map\": [");
    for (size_t i = 0; i < samples->n; i++) {
        const sample_t *const s = &samples->samples[i];
        print(out, "%s\n      \"", i > 0 ? "," : "");
        for (size_t k = 0; k < s->n_cells; k++) {
            print(out, "%c", '0' + s->cells[k]);
        }
        print(out, "\"");
    }
    print(out, "]},\n");
}

static void latencies_json(const samples_t *samples, FILE *out) {
    print(out, "  \"latencies\": [");
    for (unsigned i = 0; i < N_TIMERS; i++) {
        print(out, "%s\n    [", i > 0 ? "," : "");
        for (unsigned k = 0; k < LATENCY_BUCKETS; k++) {
            print(out, "%s%" PRIu32, separator(k), samples->latencies[i].n[k]);
        }
        print(out, "]");
    }
    print(out, "],\n");
}

void samples_json(const samples_t *samples, FILE *out) {
    print(out, "  \"samples\": {\n");
    series_json(samples, "seconds", seconds, out);
    series_json(samples, "free", free_bytes, out);
    series_json(samples, "longest_run", longest_run, out);
    series_json(samples, "least_free", least_free, out);
    series_json(samples, "collects_thread", thread_collects, out);
    series_json(samples, "collects_handlers", handler_collects, out);
    refusals_json(samples, out);
    maps_json(samples, out);
    latencies_json(samples, out);
}
