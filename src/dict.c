// SPDX-License-Identifier: MIT
//
// Dictionaries: entries that never move, in chunks that are linked one behind
// the other, and an *index* of their addresses, open-addressed, that is
// replaced when it is full.
//
//   dict --> index | . e2 . e0 e1 . . e3 |
//     |
//     '----> chunk | e0 e1 e2 | --> chunk | e3 (fresh ...) |
//
// A word of the index is written once, so a chain of them that was followed
// once is never broken. An entry whose key is deleted stays in the index, dead:
// its key is NO_KEY, its value links it to the next dead one. It may be taken
// for another key, but not while a context is rebuilding the index, which might
// have passed it; the others take fresh ones then, which it finds at the end.
//
// What an index says may be old when it was replaced meanwhile. But the entries
// are the same: whoever changes one looks in its window whether the entry still
// is its key's, and whoever makes one, whether the index still is the one.
#include "irqgc/dict.h"

#include "collect.h"
#include "records.h"

#define NO_KEY 0

enum { FEWEST = 6 }; // entries of a chunk

// Keys that have room in no heap: of more, no size is ever computed.
#define TOO_MANY (~(word_t)0 / (8 * sizeof(word_t)))

typedef struct {
    word_t key;
    word_t value; // dead: the address of the next dead entry, or 0
} entry_t;

typedef struct chunk chunk_t;
struct chunk {
    chunk_t *next;
    word_t n_entries;
    entry_t entries[];
};

// Of words that hold an entry's address, or 0. A power of two; a quarter of
// them stays 0, so that each chain has an end.
typedef struct {
    word_t shift;  // the upper bits of a hash tell where its chain begins
    word_t n_room; // words that may still be written
    word_t n_words;
    word_t words[];
} index_t;

struct irqgc_dict {
    irqgc_t *heap;
    index_t *index;
    chunk_t *chunks, *last;
    word_t fresh; // the address of the next entry never used, in the last chunk
    word_t dead;  // ... of the first dead entry, or 0
    word_t inserted, deleted; // keys ever; they wrap
    word_t n_rebuilding;      // contexts that are, one above the other
    const irqgc_dict_keys_t *keys;
};

// ---- Keys ------------------------------------------------------------------

static word_t key_hash(const irqgc_dict_t *d, word_t key) {
    const word_t golden =
        (word_t)(UINT64_C(0x9E3779B97F4A7C15) >> (64 - WORD_BITS));
    return (d->keys != NULL ? d->keys->hash(key) : key) * golden;
}

static bool keys_are_equal(const irqgc_dict_t *d, word_t a, word_t b) {
    return a == b || (d->keys != NULL && d->keys->equal(a, b));
}

// ---- Looking up ------------------------------------------------------------

static index_t *index_now(const irqgc_dict_t *d) {
    return *(index_t *const volatile *)&d->index;
}

// Where a key is, or where it would be.
typedef struct {
    index_t *index;
    word_t *word;   // of the index
    entry_t *entry; // NULL: the key is not there; the word was 0
    word_t key;     // as the entry has it
} found_t;

static found_t find(const irqgc_dict_t *d, word_t key) {
    index_t *x = index_now(d);
    if (key == NO_KEY) {
        return (found_t){x, NULL, NULL, NO_KEY};
    }
    for (word_t i = key_hash(d, key) >> x->shift;; i++) {
        word_t *word = &x->words[i & (x->n_words - 1)];
        entry_t *e = (entry_t *)now(word);
        const word_t has = e != NULL ? now(&e->key) : NO_KEY;
        if (e == NULL || (has != NO_KEY && keys_are_equal(d, has, key))) {
            return (found_t){x, word, e, has};
        }
    }
}

// D1 glance at an entry. Reads only.
static entry_t entry_glance(const entry_t *e) {
    e = (const entry_t *)word_ready((word_t)e);
    const port_irq_t irq = port_irq_save();
    const entry_t pair = {e->key, e->value};
    port_irq_restore(irq);
    return pair;
}

// The entry's pair, if its key still is this one, as it was `deleted` keys ago.
// If none was deleted since, the value just read is this key's; else the two
// might be of different tenants, and are read again at one instant.
static bool entry_read(const irqgc_dict_t *d, const entry_t *e, word_t key,
                       word_t deleted, word_t *value) {
    *value = now(&e->value);
    if (now(&d->deleted) == deleted) {
        return true;
    }
    const entry_t pair = entry_glance(e);
    *value = pair.value;
    return pair.key == key;
}

irqgc_dict_status_t irqgc_dict_get(const irqgc_dict_t *d, uintptr_t key,
                                   uintptr_t *value) {
    const word_t deleted = now(&d->deleted);
    const found_t f = find(d, key);
    word_t read;
    if (f.entry == NULL || !entry_read(d, f.entry, f.key, deleted, &read)) {
        return IRQGC_DICT_ABSENT;
    }
    *value = read;
    return IRQGC_DICT_OK;
}

void **irqgc_dict_cell(const irqgc_dict_t *d, uintptr_t key) {
    const found_t f = find(d, key);
    return f.entry != NULL ? (void **)&f.entry->value : NULL;
}

size_t irqgc_dict_count(const irqgc_dict_t *d) {
    const port_irq_t irq = port_irq_save();
    const word_t inserted = d->inserted;
    const word_t deleted = d->deleted;
    port_irq_restore(irq);
    return inserted - deleted;
}

// ---- Changing what is there ------------------------------------------------

// D2 set. Before and after: the entry is this key's. False iff it is not any
// more.
static WINDOW bool entry_set(entry_t *e, word_t key, word_t value) {
    const port_irq_t irq = port_irq_save();
    const bool is_keys = e->key == key;
    if (is_keys) {
        e->value = value;
    }
    port_irq_restore(irq);
    return is_keys;
}

// D3 replace. Returns whose key it is, and what the value was.
static WINDOW entry_t entry_replace(entry_t *e, word_t key, word_t expected,
                                    word_t value) {
    const port_irq_t irq = port_irq_save();
    const entry_t was = {e->key, e->value};
    if (was.key == key && was.value == expected) {
        e->value = value;
    }
    port_irq_restore(irq);
    return was;
}

ORDERED irqgc_dict_status_t irqgc_dict_replace(irqgc_dict_t *d, uintptr_t key,
                                               uintptr_t expected,
                                               uintptr_t value) {
    const found_t f = find(d, key);
    if (f.entry == NULL) {
        return IRQGC_DICT_ABSENT;
    }
    const entry_t was = entry_replace(f.entry, f.key, expected, value);
    if (was.key != f.key) {
        return IRQGC_DICT_ABSENT;
    }
    if (was.value != expected) {
        return IRQGC_DICT_DIFFERS;
    }
    words_barrier(d->heap, (void *const *)&value, 1);
    return IRQGC_DICT_OK;
}

// D4 delete. Before: the entry is this key's. After: it is dead, the first of
// those that may be taken again. False iff it is not this key's any more.
static WINDOW bool entry_delete(irqgc_dict_t *d, entry_t *e, word_t key) {
    const port_irq_t irq = port_irq_save();
    const bool is_keys = e->key == key;
    if (is_keys) {
        e->key = NO_KEY;
        e->value = d->dead;
        d->dead = (word_t)e;
        d->deleted++;
    }
    port_irq_restore(irq);
    return is_keys;
}

ORDERED irqgc_dict_status_t irqgc_dict_delete(irqgc_dict_t *d, uintptr_t key) {
    const found_t f = find(d, key);
    return f.entry != NULL && entry_delete(d, f.entry, f.key)
               ? IRQGC_DICT_OK
               : IRQGC_DICT_ABSENT;
}

// ---- Walking through the entries -------------------------------------------

// The next entry that has been used, or NULL; `at` is where that would be then.
static entry_t *entry_next(const irqgc_dict_t *d, irqgc_dict_iter_t *at) {
    const chunk_t *c = at->chunk != NULL ? at->chunk : d->chunks;
    for (;;) {
        const entry_t *e = &c->entries[at->i];
        at->chunk = c;
        if ((word_t)e == now(&d->fresh)) {
            return NULL;
        }
        if (at->i < c->n_entries) {
            at->i++;
            return (entry_t *)e;
        }
        c = *(chunk_t *const volatile *)&c->next;
        if (c == NULL) {
            return NULL;
        }
        at->i = 0;
    }
}

int irqgc_dict_next(const irqgc_dict_t *d, irqgc_dict_iter_t *at,
                    uintptr_t *key, uintptr_t *value) {
    entry_t *e;
    while ((e = entry_next(d, at)) != NULL) {
        const word_t deleted = now(&d->deleted);
        const word_t has = now(&e->key);
        word_t read;
        if (has != NO_KEY && entry_read(d, e, has, deleted, &read)) {
            *key = has;
            *value = read;
            return 1;
        }
    }
    return 0;
}

ORDERED void irqgc_dict_clear(irqgc_dict_t *d) {
    record_t op; // for a break to see, as in growths
    record_link(d->heap, &op, NO_BLOCK);
    irqgc_dict_iter_t at = {0};
    entry_t *e;
    while ((e = entry_next(d, &at)) != NULL) {
        const word_t has = now(&e->key);
        if (has != NO_KEY) {
            entry_delete(d, e, has);
        }
    }
    record_drop(d->heap, &op);
}

// ---- Growing: entries ------------------------------------------------------

static word_t chunk_end(const chunk_t *c) {
    return (word_t)&c->entries[c->n_entries];
}

static chunk_t *chunk_new(irqgc_t *h, word_t n) {
    chunk_t *c = irqgc_alloc(h, sizeof(chunk_t) + n * sizeof(entry_t), 0);
    if (c != NULL) {
        c->n_entries = n;
    }
    return c;
}

// D5 link a chunk. Before: `last` is the last one, its entries from `fresh` on
// are fresh. After: fresh ones come from `c`, and those are the caller's.
static WINDOW bool chunk_link(irqgc_dict_t *d, chunk_t *last, chunk_t *c,
                              word_t fresh, word_t entries) {
    const port_irq_t irq = port_irq_save();
    const bool is_last = d->last == last && d->fresh == fresh;
    if (is_last) {
        last->next = c;
        d->last = c;
        d->fresh = entries;
    }
    port_irq_restore(irq);
    return is_last;
}

// D6 spare an entry. Before: it is the caller's, without key. After: it may be
// taken like a dead one.
static WINDOW void entry_spare(irqgc_dict_t *d, entry_t *e) {
    const port_irq_t irq = port_irq_save();
    e->value = d->dead;
    d->dead = (word_t)e;
    port_irq_restore(irq);
}

// How many entries are fresh, and where.
typedef struct {
    chunk_t *chunk;
    word_t first, n;
} fresh_t;

static fresh_t fresh_entries(const irqgc_dict_t *d) {
    fresh_t f;
    do { // of one chunk; another round is paid for by an insertion or a growth
        f.first = now(&d->fresh);
        f.chunk = *(chunk_t *const volatile *)&d->last;
    } while (f.first != now(&d->fresh));
    f.n = (chunk_end(f.chunk) - f.first) / sizeof(entry_t);
    return f;
}

// Sees to it that there are `n` fresh entries, one behind the other, by
// allocating `n_new`, which are as many or more. False iff there is no room.
static bool entries_add(irqgc_dict_t *d, word_t n, word_t n_new) {
    for (;;) {
        const fresh_t left = fresh_entries(d);
        if (left.n >= n) {
            return true;
        }
        chunk_t *c = chunk_new(d->heap, n_new);
        if (c == NULL && now(&d->fresh) == left.first) {
            return false;
        }
        if (c != NULL &&
            chunk_link(d, left.chunk, c, left.first, (word_t)c->entries)) {
            entry_t *e = (entry_t *)left.first;
            for (word_t i = left.n; i-- > 0;) { // the first is taken first
                entry_spare(d, &e[i]);
            }
            return true;
        }
        irqgc_free(d->heap,
                   c); // someone else has taken some, or linked a chunk
    }
}

static bool entries_grow(irqgc_dict_t *d, word_t n, word_t n_new) {
    record_t op;
    record_link(d->heap, &op, NO_BLOCK);
    const bool done = entries_add(d, n, n_new);
    record_drop(d->heap, &op);
    return done;
}

// ---- Growing: the index ----------------------------------------------------

static word_t words_room(word_t n_words) {
    return n_words - n_words / 4;
}

// An index with room for `n` entries, fewer than TOO_MANY.
static index_t *index_new(irqgc_t *h, word_t n) {
    word_t n_words = 8;
    while (words_room(n_words) < n) {
        n_words *= 2;
    }
    index_t *x = irqgc_alloc(h, sizeof(index_t) + n_words * sizeof(word_t),
                             IRQGC_NO_POINTERS);
    if (x != NULL) {
        x->shift = WORD_BITS - word_highest(n_words);
        x->n_room = words_room(n_words);
        x->n_words = n_words;
    }
    return x;
}

// Writes an entry into an index that is not published yet.
static void index_put(const irqgc_dict_t *d, index_t *x, const entry_t *e,
                      word_t key) {
    word_t i = key_hash(d, key) >> x->shift;
    while (x->words[i & (x->n_words - 1)] != 0) {
        i++;
    }
    x->words[i & (x->n_words - 1)] = (word_t)e;
    x->n_room--;
}

// Writes all entries from `at` on; false iff they are more than it has room
// for: then another index has been published meanwhile.
static bool index_fill(const irqgc_dict_t *d, index_t *x,
                       irqgc_dict_iter_t *at) {
    const entry_t *e;
    while ((e = entry_next(d, at)) != NULL) {
        const word_t key = now(&e->key);
        if (key != NO_KEY) {
            if (x->n_room == 0) {
                return false;
            }
            index_put(d, x, e, key);
        }
    }
    return true;
}

typedef enum { PUBLISHED, OVERTAKEN, INCOMPLETE } publish_t;

// D7 publish an index. Before: `old` is the one, and all entries up to `end`
// are in `x`. After: so are those that are looked for. INCOMPLETE: entries were
// made behind `end`; OVERTAKEN: another index was published.
static WINDOW publish_t index_publish(irqgc_dict_t *d, const index_t *old,
                                      index_t *x, word_t end) {
    publish_t how = OVERTAKEN;
    const port_irq_t irq = port_irq_save();
    if (d->index == old) {
        how = INCOMPLETE;
        if (d->fresh == end) {
            d->index = x;
            how = PUBLISHED;
        }
    }
    port_irq_restore(irq);
    return how;
}

// Fills a new index and publishes it, or gives up for another one's.
static publish_t index_build(irqgc_dict_t *d, index_t *old, index_t *x) {
    irqgc_dict_iter_t at = {0};
    publish_t how;
    do {
        if (!index_fill(d, x, &at)) {
            return OVERTAKEN;
        }
        const chunk_t *c = at.chunk;
        how = index_publish(d, old, x, (word_t)&c->entries[at.i]);
    } while (how == INCOMPLETE); // paid for by an insertion of another context
    return how;
}

// Replaces the index `old` by one with room for all entries that there may be
// until then, and `n` more. Whoever comes meanwhile takes no dead entry, for we
// might have passed it. False iff there is no room, and nobody else did it.
static bool index_replace(irqgc_dict_t *d, index_t *old, word_t n) {
    record_t op;
    record_link(d->heap, &op, NO_BLOCK);
    d->n_rebuilding++;
    in_order();
    const word_t n_keys = irqgc_dict_count(d) + now(&old->n_room);
    index_t *x = index_new(d->heap, n_keys + (n > n_keys ? n : n_keys));
    if (x == NULL) {
        x = index_new(d->heap, n_keys + (n > 1 ? n : 1));
    }
    if (x != NULL && index_build(d, old, x) != PUBLISHED) {
        irqgc_free(d->heap, x);
    }
    in_order();
    d->n_rebuilding--;
    record_drop(d->heap, &op);
    return index_now(d) != old;
}

// ---- Inserting -------------------------------------------------------------

// What is to be inserted, and where.
typedef struct {
    index_t *index;
    word_t *word;
    entry_t *entry;
    word_t key, value;
    bool is_dead; // the entry
} insertion_t;

// D8 insert, into a fresh entry. Before: the key's chain in this index ends at
// the word, so nobody else has inserted it; the entry is no one's. After: it is
// this key's, and found. False iff one of these is not so any more.
static LONG_WINDOW bool fresh_insert(irqgc_dict_t *d, const insertion_t *in) {
    WINDOW_OPERAND word_t done = 0;
    index_t *x = in->index;
    word_t *word = in->word;
    entry_t *e = in->entry;
    WINDOW_OPERAND word_t key = in->key;
    WINDOW_OPERAND word_t value = in->value;
    WINDOW_READY("+r"(d), "+r"(x), "+r"(word), "+r"(e), "+r"(key), "+r"(value));
    const port_irq_t irq = port_irq_save();
    if (d->index == x && *word == 0 && d->fresh == (word_t)e &&
        x->n_room != 0) {
        done = x->n_room--; // was not 0
        e->key = key;
        e->value = value;
        *word = (word_t)e;
        d->fresh = (word_t)(e + 1);
        d->inserted++;
    }
    port_irq_restore(irq);
    return done != 0;
}

// D9 insert, into the first dead entry. As D8; the next dead one, which its
// value tells, is the first now.
static LONG_WINDOW bool dead_insert(irqgc_dict_t *d, const insertion_t *in) {
    WINDOW_OPERAND word_t done = 0;
    index_t *x = in->index;
    word_t *word = in->word;
    entry_t *e = in->entry;
    WINDOW_OPERAND word_t key = in->key;
    WINDOW_OPERAND word_t value = in->value;
    WINDOW_READY("+r"(d), "+r"(x), "+r"(word), "+r"(e), "+r"(key), "+r"(value));
    const port_irq_t irq = port_irq_save();
    if (d->index == x && *word == 0 && d->dead == (word_t)e && x->n_room != 0) {
        done = x->n_room--; // was not 0
        d->dead = e->value;
        e->key = key;
        e->value = value;
        *word = (word_t)e;
        d->inserted++;
    }
    port_irq_restore(irq);
    return done != 0;
}

// Chooses the entry for an insertion: a dead one, unless the index is being
// rebuilt, or a fresh one. False iff there is none.
static bool entry_choose(const irqgc_dict_t *d, insertion_t *in) {
    in->entry = (entry_t *)now(&d->dead);
    in->is_dead = now(&d->n_rebuilding) == 0 && in->entry != NULL;
    if (in->is_dead) {
        return true;
    }
    const fresh_t fresh = fresh_entries(d);
    in->entry = (entry_t *)fresh.first;
    return fresh.n > 0;
}

// Inserts a key that is not there, or makes room for it: then it has to be
// looked for again, as when something came between. False iff there is no room.
static bool insert(irqgc_dict_t *d, insertion_t *in, bool *done) {
    if (now(&in->index->n_room) == 0) {
        return index_replace(d, in->index, 0);
    }
    if (!entry_choose(d, in)) {
        return entries_grow(d, 1, irqgc_dict_count(d) + FEWEST) ||
               entries_grow(d, 1, 1) || entry_choose(d, in);
    }
    *done = in->is_dead ? dead_insert(d, in) : fresh_insert(d, in);
    return true;
}

static irqgc_dict_status_t put(irqgc_dict_t *d, word_t key, word_t value,
                               bool over) {
    if (key == NO_KEY) {
        return IRQGC_DICT_BAD_KEY;
    }
    bool done = false;
    do { // ends: a further round is paid for by a change of a higher context
        const found_t f = find(d, key);
        if (f.entry != NULL) {
            if (!over) {
                return IRQGC_DICT_PRESENT;
            }
            done = entry_set(f.entry, f.key, value);
        } else {
            insertion_t in = {f.index, f.word, NULL, key, value, false};
            if (!insert(d, &in, &done)) {
                return IRQGC_DICT_NO_ROOM;
            }
        }
    } while (!done);
    void *const stored[] = {(void *)key, (void *)value};
    words_barrier(d->heap, stored, 2);
    return IRQGC_DICT_OK;
}

ORDERED irqgc_dict_status_t irqgc_dict_set(irqgc_dict_t *d, uintptr_t key,
                                           uintptr_t value) {
    return put(d, key, value, true);
}

ORDERED irqgc_dict_status_t irqgc_dict_add(irqgc_dict_t *d, uintptr_t key,
                                           uintptr_t value) {
    return put(d, key, value, false);
}

irqgc_dict_status_t irqgc_dict_reserve(irqgc_dict_t *d, size_t n) {
    if (n >= TOO_MANY) {
        return IRQGC_DICT_NO_ROOM;
    }
    index_t *x;
    do { // ends: a further round is paid for by insertions of a higher context
        while (x = index_now(d), now(&x->n_room) < n) {
            if (!index_replace(d, x, n)) {
                return IRQGC_DICT_NO_ROOM;
            }
        }
        if (!entries_grow(d, n, n)) {
            return IRQGC_DICT_NO_ROOM;
        }
    } while (index_now(d) != x || now(&x->n_room) < n); // both at one instant
    return IRQGC_DICT_OK;
}

irqgc_dict_t *irqgc_dict_new(irqgc_t *h, const irqgc_dict_keys_t *keys,
                             size_t n) {
    n = n > FEWEST ? n : FEWEST;
    chunk_t *c = n < TOO_MANY ? chunk_new(h, n) : NULL;
    index_t *x = c != NULL ? index_new(h, n) : NULL;
    irqgc_dict_t *d = x != NULL ? irqgc_alloc(h, sizeof *d, 0) : NULL;
    if (d == NULL) {
        return NULL;
    }
    d->heap = h;
    d->index = x;
    d->chunks = c;
    d->last = c;
    d->fresh = (word_t)c->entries;
    d->keys = keys;
    return d;
}
