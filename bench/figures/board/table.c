// SPDX-License-Identifier: MIT
//
// The figures that all tables have, with as many keys as the command line says.
//
// Keys are random words: no hash has to scatter them.
#include "table.h"

enum { KEYS_MOST = 4096, CALLS_LEAST = 256 };

static uintptr_t keys[KEYS_MOST], others[KEYS_MOST];
static uint32_t n_keys;

char *heap_memory(void) {
    _Alignas(4096) static char memory[HEAP_BYTES];
    return memory;
}

static void expect(bool is_so, const char *what) {
    if (!is_so) {
        board_print("figures: ");
        board_print(what);
        board_print("\n");
        board_exit(1);
    }
}

static uint32_t argument_read(char *text, size_t size) {
    uint32_t n = 0;
    expect(board_arguments(text, size), "too many arguments");
    for (const char *digit = text; *digit >= '0' && *digit <= '9'; digit++) {
        n = n * 10 + (uint32_t)(*digit - '0');
    }
    expect(n > 0 && n <= KEYS_MOST, "how many keys?");
    return n;
}

static void keys_pick(void) {
    for (uint32_t i = 0; i < n_keys; i++) {
        keys[i] = random_below(UINT32_MAX) + 1;
        others[i] = random_below(UINT32_MAX) + 1;
    }
}

// ---- Passes over all keys --------------------------------------------------

// What a row of the table is made of.
typedef struct {
    samples_t samples;
    uint32_t took; // all of them
} row_t;

static void row_add(row_t *row) {
    samples_add(&row->samples, call_took);
    row->took += call_took;
}

static void insert_all(const uintptr_t *which, row_t *row) {
    for (uint32_t i = 0; i < n_keys; i++) {
        expect(!table_set(which[i], i + 1), "a key comes from nowhere");
        row_add(row);
    }
}

static void set_all(row_t *row) {
    for (uint32_t i = 0; i < n_keys; i++) {
        expect(table_set(keys[i], i), "a key to set is lost");
        row_add(row);
    }
}

static void get_all(row_t *hits, row_t *misses) {
    for (uint32_t i = 0; i < n_keys; i++) {
        expect(table_get(keys[i]), "a key is lost");
        row_add(hits);
        expect(!table_get(others[i]), "a key is found that is not there");
        row_add(misses);
    }
}

static void delete_all(row_t *row) {
    for (uint32_t i = 0; i < n_keys; i++) {
        expect(table_delete(keys[i]), "a key to delete is lost");
        row_add(row);
    }
}

// Each key makes place for another.
static void exchange_all(row_t *row) {
    for (uint32_t i = 0; i < n_keys; i++) {
        expect(table_delete(keys[i]), "a key to delete is lost");
        expect(!table_set(others[i], i), "a key comes from nowhere");
        row_add(row);
    }
}

// ---- Rows ------------------------------------------------------------------

static row_t growing, hits, misses, sets, exchanges; // in a table that grows
static row_t fresh, deletes, dead;                   // in one that has room

static const struct {
    const char *name;
    row_t *row;
} rows[] = {{"grow", &growing},       {"get-hit", &hits},
            {"get-miss", &misses},    {"set", &sets},
            {"exchange", &exchanges}, {"fresh", &fresh},
            {"delete", &deletes},     {"dead", &dead}};
enum { N_ROWS = sizeof rows / sizeof *rows };

static void round_run(void) {
    keys_pick();
    table_open();
    insert_all(keys, &growing);
    get_all(&hits, &misses);
    set_all(&sets);
    exchange_all(&exchanges);

    table_open();
    table_reserve(2 * n_keys);
    insert_all(keys, &fresh);
    delete_all(&deletes);
    insert_all(others, &dead);
}

static void bytes_measure(const char *which) {
    static row_t unused;
    samples_reset(&unused.samples);
    table_open();
    insert_all(keys, &unused);
    per_print("bytes", which, table_bytes(), n_keys);
}

int main(void) {
    char which[16];
    call_calibrate();
    n_keys = argument_read(which, sizeof which);
    random_seed();
    for (unsigned i = 0; i < N_ROWS; i++) {
        samples_reset(&rows[i].row->samples);
    }
    for (uint32_t n = 0; n < CALLS_LEAST; n += n_keys) {
        round_run();
    }
    for (unsigned i = 0; i < N_ROWS; i++) {
        const uint32_t n = rows[i].row->samples.n;
        samples_print(&rows[i].row->samples, rows[i].name, n_keys, "-");
        per_print(rows[i].name, which, rows[i].row->took, n);
    }
    bytes_measure(which);
    return 0;
}
