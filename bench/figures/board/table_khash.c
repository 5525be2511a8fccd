// SPDX-License-Identifier: MIT
//
// khash as the table: open-addressed like irqgc's index, and widely used. It
// allocates by the C library's malloc. Each call is one masked window, so that
// handlers may call it too.
#include <malloc.h>
#include <stdlib.h>

#include <htslib/khash.h>

#include "port.h"
#include "table.h"

KHASH_MAP_INIT_INT(words, uintptr_t)
typedef khash_t(words) words_t;

static words_t *words;

static bool masked_get(const words_t *t, uintptr_t key, uintptr_t *value) {
    const port_irq_t irq = port_irq_save();
    const khint_t at = kh_get(words, t, key);
    const bool is_there = at != kh_end(t);
    if (is_there) {
        *value = kh_val(t, at);
    }
    port_irq_restore(irq);
    return is_there;
}

// 0: it was there; negative: there is no room.
static int masked_set(words_t *t, uintptr_t key, uintptr_t value) {
    int how;
    const port_irq_t irq = port_irq_save();
    const khint_t at = kh_put(words, t, key, &how);
    if (how >= 0) {
        kh_val(t, at) = value;
    }
    port_irq_restore(irq);
    return how;
}

static bool masked_delete(words_t *t, uintptr_t key) {
    const port_irq_t irq = port_irq_save();
    const khint_t at = kh_get(words, t, key);
    const bool is_there = at != kh_end(t);
    kh_del(words, t, at);
    port_irq_restore(irq);
    return is_there;
}

static void expect(bool is_so) {
    if (!is_so) {
        board_print("figures: no room for the table\n");
        board_exit(1);
    }
}

void table_open(void) {
    kh_destroy(words, words);
    words = kh_init(words);
    expect(words != NULL);
}

// It grows when 0.77 of its places have been taken.
void table_reserve(uint32_t n) {
    expect(kh_resize(words, words, n * 4 / 3 + 1) == 0);
}

bool table_get(uintptr_t key) {
    uintptr_t value;
    return call(MEASURED(masked_get), (uintptr_t)words, key, (uintptr_t)&value,
                0) != 0;
}

bool table_set(uintptr_t key, uintptr_t value) {
    const int how =
        (int)call(MEASURED(masked_set), (uintptr_t)words, key, value, 0);
    expect(how >= 0);
    return how == 0;
}

bool table_delete(uintptr_t key) {
    return call(MEASURED(masked_delete), (uintptr_t)words, key, 0, 0) != 0;
}

// With the word that malloc keeps before each piece.
static size_t piece_bytes(void *piece) {
    return malloc_usable_size(piece) + sizeof(size_t);
}

uint32_t table_bytes(void) {
    return (uint32_t)(piece_bytes(words) + piece_bytes(words->flags) +
                      piece_bytes(words->keys) + piece_bytes(words->vals));
}
