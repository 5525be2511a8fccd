// SPDX-License-Identifier: MIT
//
// A plain mark-sweep, written for this benchmark. Every block has two bits in
// one table, and every operation walks it: what MicroPython's collector does,
// first fit and mark stack of 64 included, for which it stands.
#include "bench/peer.h"

#include <stdint.h>
#include <string.h>

const peer_traits_t peer_traits = {
    .collects = true, .bounded = true, .slow = true};

#define BLOCK (4 * sizeof(void *))
#define STACK 64u
#define NONE SIZE_MAX

enum { FREE, HEAD, TAIL, MARKED };

static uint8_t *table; // four blocks a byte
static char *pool;
static size_t n_blocks;
static size_t first_free; // or before it, a multiple of 4
static size_t used_end;   // behind it nothing was allocated since a sweep
static void **root;
static size_t n_roots;
static uintptr_t stack_start;
static size_t stack[STACK];
static bool has_overflowed;
static unsigned long n_collections;

// ---- Blocks ----------------------------------------------------------------

static unsigned state_of(size_t block) {
    return table[block / 4] >> block % 4 * 2 & 3u;
}

static void state_set(size_t block, unsigned state) {
    const unsigned shift = (unsigned)(block % 4 * 2);
    table[block / 4] =
        (uint8_t)((table[block / 4] & ~(3u << shift)) | state << shift);
}

// From FREE to any, or from HEAD to MARKED.
static void state_add(size_t block, unsigned state) {
    table[block / 4] |= (uint8_t)(state << block % 4 * 2);
}

static size_t blocks_for(size_t size) {
    return size / BLOCK + (size % BLOCK != 0);
}

static char *address_of(size_t block) {
    return pool + block * BLOCK;
}

static size_t block_of(const void *object) {
    return (uintptr_t)((const char *)object - pool) / BLOCK;
}

static size_t tails_end(size_t block) {
    while (block < n_blocks && state_of(block) == TAIL) {
        block++;
    }
    return block;
}

bool peer_start(void *memory, size_t bytes, void **roots, size_t n) {
    n_blocks = bytes / (4 * BLOCK + 1) * 4;
    table = memory;
    pool = (char *)memory + bytes - n_blocks * BLOCK;
    pool -= (uintptr_t)pool % BLOCK;
    memset(table, 0, n_blocks / 4);
    root = roots;
    n_roots = n;
    first_free = 0;
    used_end = 0;
    stack_start = (uintptr_t)__builtin_frame_address(0);
    return n_blocks != 0 && (uint8_t *)pool >= table + n_blocks / 4;
}

// ---- Collection ------------------------------------------------------------

static void word_mark(const void *word, size_t *depth) {
    const uintptr_t offset = (uintptr_t)word - (uintptr_t)pool;
    if (offset % BLOCK != 0 || offset / BLOCK >= n_blocks ||
        state_of(offset / BLOCK) != HEAD) {
        return;
    }
    state_add(offset / BLOCK, MARKED);
    if (*depth < STACK) {
        stack[(*depth)++] = offset / BLOCK;
    } else {
        has_overflowed = true;
    }
}

static void object_scan(size_t block, size_t *depth) {
    void **word = (void **)(void *)address_of(block);
    void **end = (void **)(void *)address_of(tails_end(block + 1));
    for (; word < end; word++) {
        word_mark(*word, depth);
    }
}

static void stack_drain(size_t depth) {
    while (depth > 0) {
        object_scan(stack[--depth], &depth);
    }
}

static void words_mark(void **word, size_t n) {
    for (size_t i = 0; i < n; i++) {
        size_t depth = 0;
        word_mark(word[i], &depth);
        stack_drain(depth);
    }
}

// What had no room on the mark stack is scanned again with all that is marked.
static void overflow_mark(void) {
    while (has_overflowed) {
        has_overflowed = false;
        for (size_t block = 0; block < n_blocks; block++) {
            size_t depth = 0;
            if (state_of(block) == MARKED) {
                object_scan(block, &depth);
                stack_drain(depth);
            }
        }
    }
}

static void sweep(void) {
    const size_t end = used_end;
    bool is_dead = false;
    used_end = 0;
    for (size_t block = 0; block < end; block++) {
        const unsigned state = state_of(block);
        if (state == MARKED) {
            state_set(block, HEAD);
            is_dead = false;
        } else if (state == HEAD || (state == TAIL && is_dead)) {
            state_set(block, FREE);
            is_dead = true;
        }
        if (state != FREE && !is_dead) {
            used_end = block + 1;
        }
    }
    first_free = 0;
}

// From this frame, with the registers in it, to that of peer_start.
__attribute__((noinline)) static void frames_mark(void) {
    __builtin_unwind_init();
    void **frame = __builtin_frame_address(0);
    const uintptr_t bytes = stack_start - (uintptr_t)frame;
    if (stack_start > (uintptr_t)frame) {
        words_mark(frame, bytes / sizeof *frame);
    }
}

static void collect(void) {
    n_collections++;
    words_mark(root, n_roots);
    frames_mark();
    overflow_mark();
    sweep();
}

void peer_collect(void) {
    collect();
}

unsigned long peer_collections(void) {
    return n_collections;
}

// ---- Allocation ------------------------------------------------------------

// First fit.
static size_t run_find(size_t n) {
    size_t run = 0;
    for (size_t byte = first_free / 4; byte < n_blocks / 4; byte++) {
        unsigned states = table[byte];
        for (unsigned i = 0; i < 4; i++, states >>= 2) {
            run = (states & 3u) == FREE ? run + 1 : 0;
            if (run == n) {
                return byte * 4 + i + 1 - n;
            }
        }
    }
    return NONE;
}

static void tails_claim(size_t from, size_t to) {
    for (; from < to; from++) {
        state_add(from, TAIL);
    }
    used_end = to > used_end ? to : used_end;
}

static void run_claim(size_t block, size_t n) {
    if (n == 1) { // nothing was free before
        first_free = block / 4 * 4;
    }
    state_add(block, HEAD);
    tails_claim(block + 1, block + n);
}

static void run_free(size_t block, size_t end) {
    if (block < first_free) {
        first_free = block / 4 * 4;
    }
    for (; block < end; block++) {
        state_set(block, FREE);
    }
}

static void *object_make(size_t size) {
    const size_t n = blocks_for(size);
    size_t block = run_find(n);
    if (block == NONE) {
        collect();
        block = run_find(n);
    }
    if (block == NONE) {
        return NULL;
    }
    run_claim(block, n);
    return memset(address_of(block), 0, n * BLOCK);
}

void *peer_alloc(size_t size) {
    return object_make(size);
}

void peer_free(void *object) {
    const size_t block = block_of(object);
    run_free(block, tails_end(block + 1));
}

static bool run_is_free(size_t from, size_t to) {
    while (from < to && from < n_blocks && state_of(from) == FREE) {
        from++;
    }
    return from >= to;
}

static void *object_move(size_t block, size_t end, size_t size) {
    void *moved = object_make(size);
    if (moved != NULL) {
        memcpy(moved, address_of(block), (end - block) * BLOCK);
        run_free(block, end);
    }
    return moved;
}

void *peer_realloc(void *object, size_t size) {
    const size_t block = block_of(object);
    const size_t end = tails_end(block + 1);
    const size_t wanted = block + blocks_for(size);
    if (wanted <= end) {
        run_free(wanted, end);
    } else if (run_is_free(end, wanted)) {
        tails_claim(end, wanted);
    } else {
        object = object_move(block, end, size);
    }
    return object;
}
