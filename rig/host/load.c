// SPDX-License-Identifier: MIT
#include "load.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "text.h"

#define NO_SLOT UINT32_MAX

// An id of the text. Index 0 is none.
typedef struct {
    uint32_t slot;  // NO_SLOT once it is freed or dropped
    uint32_t size;  // bytes
    uint32_t event; // its last allocation or reallocation
} text_id_t;

// An array that grows.
typedef struct {
    void *items;
    size_t n, room;
} array_t;

typedef struct {
    const char *path;
    uint32_t line;
    array_t events; // trace_event_t
    array_t ids;    // text_id_t
    array_t spare;  // uint32_t, slots that are not in use
    uint32_t n_slots;
    bool collect_waits; // a `c`, put behind the drops that follow it
    size_t live[2], peak[2];
} loader_t;

__attribute__((noreturn)) static void bad_line(const loader_t *l,
                                               const char *why) {
    die("%s:%u: %s", l->path, l->line, why);
}

// Room for one more item; returns it.
static void *array_push(array_t *a, size_t item) {
    if (a->n == a->room) {
        a->room = a->room == 0 ? 1024 : a->room * 2;
        a->items = realloc(a->items, a->room * item);
        if (a->items == NULL) {
            die("out of memory");
        }
    }
    return (char *)a->items + a->n++ * item;
}

static void event_push(loader_t *l, trace_kind_t kind, const text_id_t *id) {
    const bool sized = kind == TRACE_ALLOC || kind == TRACE_REALLOC;
    const trace_event_t event =
        TRACE_EVENT(kind, sized, id->slot, sized ? id->size : 0);
    if (l->events.n == UINT32_MAX) {
        bad_line(l, "too many events");
    }
    *(trace_event_t *)array_push(&l->events, sizeof event) = event;
}

// A later event frees or reallocates the object: nobody may point to it now.
static void id_unsettle(loader_t *l, const text_id_t *id) {
    trace_event_t *const events = l->events.items;
    events[id->event].what &= ~(1u << 3);
}

static size_t blocks_of(uint32_t size, size_t block) {
    return size == 0 ? 0 : (size + block - 1) / block * block;
}

// The live bytes, as an object's size changes.
static void live_change(loader_t *l, uint32_t from, uint32_t to) {
    for (unsigned i = 0; i < 2; i++) {
        const size_t block = 16u << i;
        l->live[i] += blocks_of(to, block) - blocks_of(from, block);
        if (l->live[i] > l->peak[i]) {
            l->peak[i] = l->live[i];
        }
    }
}

static uint32_t slot_take(loader_t *l) {
    if (l->spare.n > 0) {
        return ((uint32_t *)l->spare.items)[--l->spare.n];
    }
    if (l->n_slots == TRACE_MAX_SLOTS) {
        bad_line(l, "too many live objects");
    }
    return l->n_slots++;
}

static void line_alloc(loader_t *l, const uint32_t *fields) {
    if (fields[0] != l->ids.n) {
        bad_line(l, "not the next id: lines are missing or out of order");
    }
    text_id_t *const id = array_push(&l->ids, sizeof *id);
    *id = (text_id_t){slot_take(l), fields[1], (uint32_t)l->events.n};
    live_change(l, 0, id->size);
    event_push(l, TRACE_ALLOC, id);
}

static text_id_t *id_live(loader_t *l, uint32_t n) {
    text_id_t *const id = (text_id_t *)l->ids.items + n;
    if (n == 0 || n >= l->ids.n || id->slot == NO_SLOT) {
        bad_line(l, "no live object has this id");
    }
    return id;
}

static void line_realloc(loader_t *l, const uint32_t *fields) {
    text_id_t *const id = id_live(l, fields[0]);
    id_unsettle(l, id);
    live_change(l, id->size, fields[1]);
    id->size = fields[1];
    id->event = (uint32_t)l->events.n;
    event_push(l, TRACE_REALLOC, id);
}

static void line_end(loader_t *l, const uint32_t *fields, trace_kind_t kind) {
    text_id_t *const id = id_live(l, fields[0]);
    if (kind == TRACE_FREE) {
        id_unsettle(l, id);
    }
    event_push(l, kind, id);
    live_change(l, id->size, 0);
    *(uint32_t *)array_push(&l->spare, sizeof(uint32_t)) = id->slot;
    id->slot = NO_SLOT;
}

static void collect_flush(loader_t *l) {
    if (l->collect_waits) {
        event_push(l, TRACE_COLLECT, &(text_id_t){0});
    }
    l->collect_waits = false;
}

static void line_apply(loader_t *l, char letter, const uint32_t *fields) {
    if (letter != 'd') {
        collect_flush(l);
    }
    switch (letter) {
    case 'a':
        line_alloc(l, fields);
        break;
    case 'r':
        line_realloc(l, fields);
        break;
    case 'f':
        line_end(l, fields, TRACE_FREE);
        break;
    case 'd':
        line_end(l, fields, TRACE_DROP);
        break;
    default:
        l->collect_waits = true;
        break;
    }
}

// Reads the number behind a space. Returns what follows it.
static const char *field_read(const loader_t *l, const char *at,
                              uint32_t *value) {
    if (at[0] != ' ' || !isdigit((unsigned char)at[1])) {
        bad_line(l, "a number is missing");
    }
    uint64_t n = 0;
    for (at++; isdigit((unsigned char)*at); at++) {
        n = n * 10 + (uint64_t)(*at - '0');
        if (n > UINT32_MAX) {
            bad_line(l, "a number is too large");
        }
    }
    *value = (uint32_t)n;
    return at;
}

static unsigned fields_of(const loader_t *l, char letter) {
    switch (letter) {
    case 'a':
        return 3;
    case 'r':
        return 2;
    case 'f':
    case 'd':
        return 1;
    case 'c':
        return 0;
    default:
        bad_line(l, "garbage: no event begins like this");
    }
}

static void line_read(loader_t *l, const char *text) {
    uint32_t fields[3] = {0};
    const unsigned n = fields_of(l, text[0]);
    const char *at = text + 1;
    for (unsigned i = 0; i < n; i++) {
        at = field_read(l, at, &fields[i]);
    }
    if (*at != '\0') {
        bad_line(l, "garbage behind the event");
    }
    if (n >= 2 && (fields[1] == 0 || fields[1] > TRACE_MAX_SIZE)) {
        bad_line(l, "no object has this size");
    }
    line_apply(l, text[0], fields);
}

static void file_read(loader_t *l, FILE *file) {
    char *text = NULL;
    size_t room = 0;
    array_push(&l->ids, sizeof(text_id_t)); // id 0 is none
    for (ssize_t n; (n = getline(&text, &room, file)) > 0;) {
        l->line++;
        if (text[n - 1] != '\n') {
            bad_line(l, "torn: the last line has no end");
        }
        text[n - 1] = '\0';
        if (strlen(text) != (size_t)n - 1) {
            bad_line(l, "garbage: a zero byte");
        }
        line_read(l, text);
    }
    if (ferror(file)) {
        die("%s: %s", l->path, strerror(errno));
    }
    collect_flush(l);
    if (l->n_slots == 0) {
        die("%s: the trace is empty", l->path);
    }
    free(text);
}

static bool is_path(const char *name) {
    const size_t n = strlen(name);
    return strchr(name, '/') != NULL ||
           (n > 6 && strcmp(name + n - 6, ".trace") == 0);
}

// The last part of a path, without ".trace".
static char *name_of(const char *path) {
    const char *const slash = strrchr(path, '/');
    char *const name = text_make("%s", slash != NULL ? slash + 1 : path);
    char *const dot = strrchr(name, '.');
    if (dot != NULL) {
        *dot = '\0';
    }
    return name;
}

loaded_trace_t *trace_load(const char *name, const char *folder) {
    char *const path = is_path(name) ? text_make("%s", name)
                                     : text_make("%s/%s.trace", folder, name);
    FILE *const file = fopen(path, "r");
    if (file == NULL) {
        die("no trace '%s': %s: %s", name, path, strerror(errno));
    }
    loader_t loader = {.path = path};
    file_read(&loader, file);
    (void)fclose(file);
    free(loader.ids.items);
    free(loader.spare.items);
    loaded_trace_t *const loaded = memory_take(1, sizeof *loaded);
    *loaded = (loaded_trace_t){
        .trace = {.name = name_of(path),
                  .events = loader.events.items,
                  .n_events = (uint32_t)loader.events.n,
                  .n_slots = loader.n_slots,
                  .peak = TRACE_PEAK(loader.peak[0], loader.peak[1])},
        .peak = {loader.peak[0], loader.peak[1]},
    };
    free(path);
    return loaded;
}

// What it owns is constant to those who replay it only.
void trace_free(loaded_trace_t *loaded) {
    free((void *)(uintptr_t)loaded->trace.events);
    free((void *)(uintptr_t)loaded->trace.name);
    free(loaded);
}

// The name as part of an identifier.
static char *identifier_of(const char *name) {
    char *const text = text_make("%s", name);
    for (char *at = text; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at)) {
            *at = '_';
        }
    }
    return text;
}

void trace_embed(const loaded_trace_t *loaded, FILE *out) {
    const rig_trace_t *const t = &loaded->trace;
    char *const name = identifier_of(t->name);
    print(out, "static const trace_event_t events_of_%s[] = {\n", name);
    for (uint32_t i = 0; i < t->n_events; i++) {
        print(out, "{%u,%u},%c", t->events[i].what, t->events[i].size,
              i % 6 == 5 ? '\n' : ' ');
    }
    print(out, "\n};\nconst rig_trace_t trace_%s = {\"%s\", events_of_%s, ",
          name, name, name);
    print(out, "%u, %u, TRACE_PEAK(%zu, %zu)};\n", t->n_events, t->n_slots,
          loaded->peak[0], loaded->peak[1]);
    free(name);
}
