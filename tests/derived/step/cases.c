// SPDX-License-Identifier: MIT
#include "cases.h"

#include <stdlib.h>
#include <string.h>

#include "../corpus/kinds.h"

enum {
    CASE_SIZE = 48,
    LEAF_SIZE = 32,    // of what is pointed at, allocated, and of nodes
    DISTANCE = 0x10000 // between objects: no rule takes one for another
};

// ---- Reading cases ---------------------------------------------------------

static const char *text_copy(address_t where) {
    return strdup((const char *)memory_at(where));
}

static case_t case_read(address_t at) {
    case_t c = {.name = text_copy(word_read(at)),
                .function = word_read(at + machine.core->word) &
                            ~(address_t)machine.core->is_thumb};
    uint32_t *const numbers = &c.how;
    at += 2 * machine.core->word;
    for (unsigned i = 0; i < 7; i++) {
        numbers[i] = u32_read(at + 4 * i);
    }
    return c;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const case_t *)a)->name, ((const case_t *)b)->name);
}

size_t cases_read(const case_t **cases) {
    address_t start;
    size_t size;
    machine_reset();
    if (!section_find("cases", &start, &size)) {
        return 0;
    }
    const size_t n = size / CASE_SIZE;
    case_t *const read = calloc(n, sizeof *read);
    for (size_t i = 0; i < n; i++) {
        read[i] = case_read(start + i * CASE_SIZE);
    }
    qsort(read, n, sizeof *read, by_name);
    *cases = read;
    return n;
}

// ---- Objects ---------------------------------------------------------------

static object_t *object_make(size_t size) {
    const address_t at = machine.objects_low + DISTANCE / 2 +
                         world.n_objects * (address_t)DISTANCE;
    object_t *const o = object_add(at, size);
    memset(memory_at(at), 0, size);
    return o;
}

address_t case_allocate(void) {
    object_t *const o = object_make(LEAF_SIZE);
    o->has_pointers = true;
    return o->start;
}

static void number_write(address_t at, uint32_t content, unsigned i) {
    const uint64_t number = 9 + i;
    const float single = (float)i + 9.5f;
    const double twice = i + 9.5;
    switch (content) {
    case CONTENT_u8:
        *memory_at(at) = (uint8_t)number;
        break;
    case CONTENT_u16:
        memcpy(memory_at(at), &number, 2);
        break;
    case CONTENT_float:
        memcpy(memory_at(at), &single, sizeof single);
        break;
    case CONTENT_double:
        memcpy(memory_at(at), &twice, sizeof twice);
        break;
    default:
        memcpy(memory_at(at), &number, content == CONTENT_u64 ? 8 : 4);
    }
}

static void numbers_fill(const object_t *o, uint32_t content) {
    static const unsigned sizes[] = {1, 2, 4, 8, 4, 8};
    const size_t n = (o->end - o->start) / sizes[content];
    for (unsigned i = 0; i < n; i++) {
        number_write(o->start + i * sizes[content], content, i);
    }
}

static void string_fill(const object_t *o) {
    for (unsigned i = 0; i < o->end - o->start; i++) {
        *memory_at(o->start + i) = (uint8_t)('A' + i * 7 % 50);
    }
    *memory_at(o->end - 1) = 0;
}

static void pointers_fill(object_t *o) {
    const unsigned word = machine.core->word;
    o->has_pointers = true;
    for (address_t at = o->start; at < o->end; at += word) {
        const object_t *const leaf = object_make(LEAF_SIZE);
        word_write(at, leaf->start);
        number_write(leaf->start, CONTENT_int, (unsigned)(at - o->start));
    }
}

// Of `n` nodes, each the next one's address and a number.
static void list_make(object_t *first, unsigned n) {
    const unsigned word = machine.core->word;
    object_t *node = first;
    for (unsigned i = 0; i < n; i++) {
        object_t *const next = i + 1 < n ? object_make(LEAF_SIZE) : NULL;
        node->has_pointers = true;
        word_write(node->start, next != NULL ? next->start : 0);
        number_write(node->start + word, CONTENT_int, i);
        node = next;
    }
}

static void object_fill(object_t *o, const case_t *c) {
    switch (c->content) {
    case CONTENT_pointer:
        pointers_fill(o);
        break;
    case CONTENT_char:
        string_fill(o);
        break;
    case CONTENT_zero:
        o->has_pointers = true;
        break;
    case CONTENT_node:
        list_make(o, c->n);
        break;
    default:
        numbers_fill(o, c->content);
    }
}

static void number_set(const char *name, uint32_t value) {
    memcpy(memory_at(symbol_find(name)), &value, sizeof value);
}

size_t case_prepare(const case_t *c, address_t arguments[5]) {
    const address_t roots = symbol_find("roots");
    const unsigned word = machine.core->word;
    size_t n = 0;
    world_clear();
    if (roots != 0) { // a program with a heap adds its own
        root_add(roots, 4 * word);
    }
    for (unsigned i = 0; i < 3 && c->sizes[i] != 0; i++) {
        const size_t size =
            c->content == CONTENT_node ? LEAF_SIZE : c->sizes[i];
        object_t *const o = object_make(size);
        arguments[n++] = o->start;
        object_fill(o, c);
    }
    if (c->how == HOW_taken) {
        for (unsigned i = 0; i < n; i++) {
            word_write(roots + i * word, arguments[i]);
        }
        number_set("roots_n", c->n);
        number_set("roots_key", c->key);
        return 0;
    }
    if (c->how == HOW_given) {
        arguments[n++] = c->n;
        arguments[n++] = c->key;
    }
    return n;
}
