// SPDX-License-Identifier: MIT
//
// What realloc shares with alloc.
#ifndef IRQGC_SRC_ALLOC_H
#define IRQGC_SRC_ALLOC_H

#include "heap.h"
#include "misuse.h"

// Blocks for `size` bytes; more than any heap has, if that is none.
static inline word_t size_blocks(size_t size) {
    return (size - 1) / BLOCK_BYTES + 1;
}

// Whether flags of a call are misuse, which has been told then.
COLD bool flags_are_wrong(irqgc_t *h, irqgc_flags_t flags)
    CORE_NAME(flags_are_wrong);

// Those that most calls have, and need no look; and of which there is at most
// one.
#define PLAIN_FLAGS                                                            \
    ((irqgc_flags_t)(IRQGC_NO_POINTERS | IRQGC_NOT_ZEROED | IRQGC_HELD))
#define POLICIES                                                               \
    ((irqgc_flags_t)(IRQGC_FAIL_FAST | IRQGC_SWEEP_ON | IRQGC_COLLECT))

// The beginning of each public call that allocates; false iff it is refused.
static inline bool alloc_begin(irqgc_t *h, irqgc_flags_t flags) {
    call_begin(h);
    if (IRQGC_DEBUG == 2) {
        irqgc_collect(h);
    }
    return (flags & ~PLAIN_FLAGS) == 0 || !flags_are_wrong(h, flags);
}

// Whether a head has other attributes than those, left by the last tenant.
// Read outside a window: no one else changes the bits of the caller's.
static inline bool attributes_differ(const group_t *g, word_t bit,
                                     irqgc_flags_t flags) {
    const word_t plain = 0 - (word_t)((flags & IRQGC_NO_POINTERS) != 0);
    const word_t held = 0 - (word_t)((flags & IRQGC_HELD) != 0);
    return (((g->plain ^ plain) | (g->held ^ held)) & bit) != 0;
}

// Writes them.
COLD void attributes_write(group_t *g, word_t bit, irqgc_flags_t flags)
    CORE_NAME(attributes_write);

// An allocation with a record, with one flag more: INNER, inside realloc, with
// IRQGC_NOT_ZEROED: a failure does not count, and the record below names the
// object before the call returns.
enum { INNER = 1 << 16 };
__attribute__((noinline)) void *object_alloc(irqgc_t *h, size_t size,
                                             irqgc_flags_t flags)
    CORE_NAME(object_alloc);

// Follows the policy for an allocation that found nothing; whether it is worth
// to search once more.
COLD bool room_make(irqgc_t *h, irqgc_flags_t flags) CORE_NAME(room_make);

// Counts a failure; nothing asked for is none.
COLD void no_room(irqgc_t *h, size_t size, irqgc_flags_t flags)
    CORE_NAME(no_room);

#endif
