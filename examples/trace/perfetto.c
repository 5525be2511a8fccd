// SPDX-License-Identifier: MIT
//
// The trace hook, to be looked at: a short run of a thread and two handlers,
// written as JSON that ui.perfetto.dev and chrome://tracing show. A track for
// each priority: its handler and its collections as slices, its allocations and
// frees as instants; and the memory in use, before and after each collection.
//
//   make trace ARGS=trace.json
//
// The core is compiled with -DIRQGC_TRACE=1.
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "irqgc/irqgc.h"
#include "irqgc/trace.h"
#include "irqgc/vic.h"

// ---- What is recorded ------------------------------------------------------

enum { HANDLER_BEGIN = IRQGC_TRACE_REFUSED + 1, HANDLER_END };

typedef struct {
    int64_t ns;
    int event; // of the heap, or one of the two
    int priority;
    uintptr_t object;
    size_t size; // of a collection: bytes in use
} event_t;

enum { MOST = 1 << 16 };
static event_t events[MOST];
static volatile size_t n_events;

static int64_t clock_now(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Masked, so that what comes later in the array is later, too.
static void record(int event, void *object, size_t size) {
    const irqgc_masking_t before = irqgc_mask();
    if (n_events < MOST) {
        events[n_events] = (event_t){clock_now(), event, vic_priority(),
                                     (uintptr_t)object, size};
        n_events++;
    }
    irqgc_restore(before);
}

static size_t bytes_in_use(const irqgc_t *heap) {
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    return stats.total - stats.free;
}

void irqgc_trace(irqgc_trace_event_t event, irqgc_t *heap, void *object,
                 size_t size) {
    const bool is_collection =
        event == IRQGC_TRACE_COLLECT_BEGIN || event == IRQGC_TRACE_COLLECT_END;
    record((int)event, object, is_collection ? bytes_in_use(heap) : size);
}

// ---- What is run -----------------------------------------------------------

enum { HEAP = 64 * 1024, KEPT = 32, LARGE = 48 * 1024 };
enum { ENOUGH = 128 }; // turns of the slower handler

static irqgc_t *heap;
static void *kept[3][KEPT]; // of each priority; registered roots
static volatile unsigned turns[3];

// Something in a place of its own goes, and something else comes.
static void change(int priority) {
    const unsigned turn = ++turns[priority];
    void **const place = &kept[priority][turn % KEPT];
    if (turn % 3 == 0) {
        (void)irqgc_free(heap, *place); // else it is left to a collection
    }
    irqgc_store(heap, place,
                irqgc_alloc(heap, 16 + turn * 37 % 600, IRQGC_FAIL_FAST));
    if (turn % 16 == 0) {
        (void)irqgc_alloc(heap, LARGE, IRQGC_FAIL_FAST);
    }
}

static void on_timer(void *arg) {
    const int priority = *(const int *)arg;
    record(HANDLER_BEGIN, NULL, 0);
    for (int i = 0; i < 4; i++) {
        change(priority);
    }
    if (turns[priority] % 32 == 0) {
        (void)irqgc_collect(heap);
    }
    record(HANDLER_END, NULL, 0);
}

// What else the thread does.
static void work(void) {
    const int64_t end = clock_now() + 50000;
    while (clock_now() < end) {
    }
}

static bool run(void) {
    static char memory[HEAP];
    static irqgc_root_t root;
    static int priorities[] = {1, 2};
    const irqgc_region_t region = {memory, sizeof memory};
    if (irqgc_init(&heap, &(irqgc_config_t){.regions = &region,
                                            .n_regions = 1}) != IRQGC_OK ||
        irqgc_root_add(heap, &root, kept, sizeof kept) != IRQGC_OK) {
        return false;
    }
    vic_connect(0, 1, on_timer, &priorities[0]);
    vic_connect(1, 2, on_timer, &priorities[1]);
    if (!vic_timer_start(0, 300) || !vic_timer_start(1, 2000)) {
        return false;
    }
    while (turns[1] < ENOUGH && n_events < MOST) {
        change(0);
        if (turns[0] % 16 == 0) {
            (void)irqgc_collect(heap);
        }
        work();
    }
    vic_timer_stop(0);
    vic_timer_stop(1);
    return n_events < MOST;
}

// ---- JSON ------------------------------------------------------------------

// Whether it could be written is asked at the end.
__attribute__((format(printf, 2, 3))) static void
print(FILE *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)vfprintf(out, format, args);
    va_end(args);
}

static void head_write(FILE *out, const char *name, const char *phase,
                       const event_t *e) {
    print(out, ",\n{\"name\":\"%s\",\"ph\":\"%s\",\"pid\":1,\"tid\":%d", name,
          phase, e->priority);
    print(out, ",\"ts\":%" PRId64 ".%03d", (e->ns - events[0].ns) / 1000,
          (int)((e->ns - events[0].ns) % 1000));
}

static void slice_write(FILE *out, const char *name, const char *phase,
                        const event_t *e) {
    head_write(out, name, phase, e);
    print(out, "}");
}

static void instant_write(FILE *out, const char *name, const event_t *e) {
    head_write(out, name, "i", e);
    print(out,
          ",\"s\":\"t\",\"args\":{\"address\":\"0x%" PRIxPTR
          "\",\"bytes\":%zu}}",
          e->object, e->size);
}

static void use_write(FILE *out, const event_t *e) {
    head_write(out, "in use", "C", e);
    print(out, ",\"args\":{\"bytes\":%zu}}", e->size);
}

static void event_write(FILE *out, const event_t *e) {
    switch (e->event) {
    case IRQGC_TRACE_ALLOC:
        instant_write(out, "alloc", e);
        break;
    case IRQGC_TRACE_FREE:
        instant_write(out, "free", e);
        break;
    case IRQGC_TRACE_REFUSED:
        instant_write(out, "refused", e);
        break;
    case IRQGC_TRACE_COLLECT_BEGIN:
        slice_write(out, "collect", "B", e);
        use_write(out, e);
        break;
    case IRQGC_TRACE_COLLECT_END:
        use_write(out, e);
        slice_write(out, "collect", "E", e);
        break;
    default:
        slice_write(out, "handler", e->event == HANDLER_BEGIN ? "B" : "E", e);
        break;
    }
}

// What the heap has counted by itself, for who compares.
static void counts_write(FILE *out, const char *name,
                         const irqgc_counts_t *counts) {
    print(out,
          "\"%s\":{\"alloc\":%ju,\"free\":%ju,\"refused\":%ju,"
          "\"collect\":%ju}",
          name, (uintmax_t)counts->allocs, (uintmax_t)counts->frees,
          (uintmax_t)counts->failures, (uintmax_t)counts->collects);
}

static void json_write(FILE *out) {
    static const char *const names[] = {"thread", "handler at 300 Hz",
                                        "handler at 2000 Hz"};
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    print(out, "{\"otherData\":{");
    counts_write(out, "thread", &stats.thread);
    print(out, ",");
    counts_write(out, "handlers", &stats.handlers);
    print(out, ",\"in_use\":%zu},\n", stats.total - stats.free);
    print(
        out,
        "\"traceEvents\":[\n{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,"
        "\"args\":{\"name\":\"irqgc\"}}");
    for (int i = 0; i < 3; i++) {
        print(out,
              ",\n{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":%d,"
              "\"args\":{\"name\":\"%s\"}}",
              i, names[i]);
    }
    for (size_t i = 0; i < n_events; i++) {
        event_write(out, &events[i]);
    }
    print(out, "]}\n");
}

int main(int argc, char **argv) {
    const char *const path = argc > 1 ? argv[1] : "trace.json";
    if (!run()) {
        (void)fputs("perfetto: the run failed\n", stderr);
        return 1;
    }
    FILE *const out = fopen(path, "w");
    if (out == NULL) {
        (void)fprintf(stderr, "perfetto: %s: %s\n", path, strerror(errno));
        return 1;
    }
    json_write(out);
    const bool is_written = ferror(out) == 0;
    if (fclose(out) != 0 || !is_written) {
        (void)fprintf(stderr, "perfetto: %s: %s\n", path, strerror(errno));
        return 1;
    }
    printf("%zu events in %s: open it in ui.perfetto.dev\n", n_events, path);
    return 0;
}
