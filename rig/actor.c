// SPDX-License-Identifier: MIT
#include "actor.h"

// The finaliser of MurmurHash3: every bit of `x` bears on every bit of it.
static uint32_t mix(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
    x = (x ^ (x >> 13)) * 0xC2B2AE35u;
    return x ^ (x >> 16);
}

static size_t block_round(size_t size) {
    return (size + IRQGC_BLOCK - 1) / IRQGC_BLOCK * IRQGC_BLOCK;
}

// Marsaglia's xorshift32.
uint32_t actor_random(rig_actor_t *actor) {
    uint32_t x = actor->random;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    actor->random = x;
    return x;
}

uint32_t actor_below(rig_actor_t *actor, uint32_t n) {
    return (uint32_t)(((uint64_t)actor_random(actor) * n) >> 32);
}

bool actor_one_in(rig_actor_t *actor, uint32_t n) {
    return n != 0 && actor_below(actor, n) == 0;
}

static void fault_keep(rig_actor_t *actor, rig_fault_t fault) {
    if (actor->fault.what != NULL) {
        return;
    }
    fault.tick = actor->ticks;
    actor->fault = fault;
}

void actor_fail(rig_actor_t *actor, const char *what, size_t figure) {
    fault_keep(actor, (rig_fault_t){.what = what, .figure = figure});
}

bool actor_fail_at(rig_actor_t *actor, const char *what, const void *where,
                   uint32_t id) {
    fault_keep(actor, (rig_fault_t){.what = what, .where = where, .id = id});
    return false;
}

// The pattern: word `k` behind the header of object `id`.
static uint32_t pattern_word(uint32_t id, size_t k) {
    return mix(id + (uint32_t)k * 0x9E3779B9u) | 1u;
}

static void pattern_fill(rig_object_t *object, uint32_t id, size_t size) {
    unsigned char *at = (unsigned char *)(object + 1);
    size_t left = size - sizeof *object;
    for (size_t k = 0; left > 0; k++) {
        const uint32_t word = pattern_word(id, k);
        const size_t n = left < sizeof word ? left : sizeof word;
        __builtin_memcpy(at, &word, n);
        at += n;
        left -= n;
    }
}

static bool pattern_holds(const rig_object_t *object, uint32_t id,
                          size_t size) {
    const unsigned char *at = (const unsigned char *)(object + 1);
    size_t left = size - sizeof *object;
    for (size_t k = 0; left > 0; k++) {
        const uint32_t word = pattern_word(id, k);
        const size_t n = left < sizeof word ? left : sizeof word;
        uint32_t found = word;
        __builtin_memcpy(&found, at, n);
        if (found != word) {
            return false;
        }
        at += n;
        left -= n;
    }
    return true;
}

// The seal: 31 bits of size, and a low bit that keeps it odd.
static uint32_t seal_of(uint32_t id, uint32_t size) {
    return (mix(id) & ~1u) ^ (size << 1 | 1u);
}

static uint32_t seal_size(const rig_object_t *object) {
    return (object->seal ^ (mix(object->id) & ~1u)) >> 1;
}

static bool is_zero(const void *start, size_t from, size_t to) {
    const unsigned char *at = start;
    while (from < to && at[from] == 0) {
        from++;
    }
    return from >= to;
}

// Counts in the lower 30 bits. The level, above, tells where a stranger comes
// from.
uint32_t actor_id_after(uint32_t id) {
    return (id & 0xC0000000u) | ((id + 2) & 0x3FFFFFFFu);
}

// How to ask for memory: the contract's default mostly. A handler that has
// been told never to collect does not do it here either.
static irqgc_flags_t policy_pick(rig_actor_t *actor) {
    irqgc_flags_t flags = actor_one_in(actor, 4) ? IRQGC_NOT_ZEROED : 0;
    switch (actor_below(actor, 16)) {
    case 0:
        flags |= IRQGC_SWEEP_ON;
        break;
    case 1:
        if (actor->level == 0 || actor->collect_every != 0) {
            flags |= IRQGC_COLLECT;
        }
        break;
    case 2:
    case 3:
    case 4:
        flags |= IRQGC_FAIL_FAST;
        break;
    default:
        break;
    }
    return flags;
}

// Ticks begun at more urgent levels. Each counts one in its first statement,
// before it changes anything.
static uint32_t ticks_above(const rig_actor_t *actor) {
    uint32_t n = 0;
    for (const rig_actor_t *a = actor->above; a != NULL; a = a->above) {
        n += a->ticks;
    }
    return n;
}

// Was there really no room? Decidable if nobody changed the heap since before
// the call: those below are preempted, those above would have ticked.
static void refusal_judge(rig_actor_t *actor, uint32_t size, uint32_t ticks) {
    irqgc_stats_t stats;
    irqgc_stats(actor->heap, &stats);
    actor->figures.no_room++;
    if (ticks_above(actor) != ticks) {
        return;
    }
    actor->figures.judged++;
    if (stats.largest_free_run >= block_round(size)) {
        actor_fail(actor,
                   "an allocation was refused despite a free run of "
                   "these bytes",
                   stats.largest_free_run);
    }
}

rig_object_t *actor_make(rig_actor_t *actor, uint32_t size,
                         irqgc_flags_t flags) {
    if (size < IRQGC_BLOCK) {
        size = IRQGC_BLOCK;
    }
    flags |= policy_pick(actor);
    const uint32_t ticks = ticks_above(actor);
    rig_object_t *const object = irqgc_alloc(actor->heap, size, flags);
    if (object == NULL) {
        refusal_judge(actor, size, ticks);
        return NULL;
    }
    actor->figures.allocs++;
    actor->figures.bytes += size;
    const uint32_t id = actor_id_after(actor->last_id);
    actor->last_id = id;
    if ((flags & IRQGC_NOT_ZEROED) == 0 && !is_zero(object, 0, size)) {
        actor_fail_at(actor, "a new object is not zeroed", object, id);
    }
    object->id = id;
    object->seal = seal_of(id, size);
    object->link[0] = NULL;
    object->link[1] = NULL;
    pattern_fill(object, id, size);
    return object;
}

rig_label_t actor_label(const rig_object_t *object) {
    return (rig_label_t){object->id, seal_size(object)};
}

static bool points_into_heap(const rig_actor_t *actor, const void *object) {
    const uintptr_t at = (uintptr_t)object;
    if (at % IRQGC_BLOCK != 0) {
        return false;
    }
    for (size_t i = 0; i < actor->n_regions; i++) {
        const irqgc_region_t *r = &actor->regions[i];
        if (at - (uintptr_t)r->start < r->size) {
            return true;
        }
    }
    return false;
}

bool actor_check(rig_actor_t *actor, const void *object, rig_label_t label) {
    if (!points_into_heap(actor, object)) {
        return actor_fail_at(actor, "a pointer leads out of the heap", object,
                             label.id);
    }
    const rig_object_t *const o = object;
    const size_t room = irqgc_size(actor->heap, object);
    if (room == 0) {
        return actor_fail_at(actor, "an object is lost", object, label.id);
    }
    if (o->id != label.id) {
        return actor_fail_at(actor, "an object is another's", object, label.id);
    }
    if (room < label.size) {
        return actor_fail_at(actor, "an object is cut short", object, label.id);
    }
    if (o->seal != seal_of(label.id, label.size) ||
        !pattern_holds(o, label.id, label.size)) {
        return actor_fail_at(actor, "an object is corrupted", object, label.id);
    }
    actor->figures.objects++;
    return true;
}

bool actor_check_id(rig_actor_t *actor, const void *object, uint32_t id) {
    if (id == 0) {
        return object == NULL ||
               actor_fail_at(actor, "a cleared link points again", object, 0);
    }
    rig_label_t label = {id, IRQGC_BLOCK};
    if (points_into_heap(actor, object)) {
        const rig_object_t *const o = object;
        if (o->id == id) {
            label.size = seal_size(o);
        }
    }
    return actor_check(actor, object, label);
}

void actor_check_path(rig_actor_t *actor, const rig_object_t *object,
                      unsigned hops) {
    for (; hops > 0; hops--) {
        const rig_object_t *const next = object->link[actor_below(actor, 2)];
        if (next == NULL) {
            return;
        }
        const uint32_t id =
            points_into_heap(actor, next) ? next->id : UINT32_MAX;
        if (!actor_check_id(actor, next, id)) {
            return;
        }
        object = next;
    }
}

// The bytes that both sizes cover are as they were, and those of blocks it
// did not have are zero. (Bytes that it had and did not use may be anything.)
static bool resize_kept(rig_actor_t *actor, const rig_object_t *object,
                        rig_label_t label, uint32_t size) {
    const uint32_t common = size < label.size ? size : label.size;
    if (object->id != label.id ||
        object->seal != seal_of(label.id, label.size) ||
        !pattern_holds(object, label.id, common)) {
        return actor_fail_at(actor, "a reallocation lost the content", object,
                             label.id);
    }
    return true;
}

rig_object_t *actor_resize(rig_actor_t *actor, rig_object_t *object,
                           rig_label_t *label, uint32_t size) {
    if (size < IRQGC_BLOCK) {
        size = IRQGC_BLOCK;
    }
    if (!actor_check(actor, object, *label)) {
        return NULL;
    }
    const irqgc_flags_t flags = policy_pick(actor);
    const uint32_t ticks = ticks_above(actor);
    rig_object_t *const now = irqgc_realloc(actor->heap, object, size, flags);
    if (now == NULL) {
        refusal_judge(actor, size, ticks);
        actor_check(actor, object, *label);
        return NULL;
    }
    actor->figures.reallocs++;
    if (now != object) {
        actor->figures.moves++;
    }
    if (!resize_kept(actor, now, *label, size)) {
        return now;
    }
    if ((flags & IRQGC_NOT_ZEROED) == 0 &&
        !is_zero(now, block_round(label->size), size)) {
        actor_fail_at(actor, "what a reallocation added is not zeroed", now,
                      label->id);
    }
    if (size > label->size) {
        actor->figures.bytes += size - label->size;
    }
    label->size = size;
    now->seal = seal_of(label->id, size);
    pattern_fill(now, label->id, size);
    return now;
}

void actor_free(rig_actor_t *actor, rig_object_t *object, rig_label_t label) {
    if (!actor_check(actor, object, label)) {
        return;
    }
    if (irqgc_free(actor->heap, object) == IRQGC_OK) {
        actor->figures.frees++;
    } else {
        actor_fail_at(actor, "a live object could not be freed", object,
                      label.id);
    }
}

void actor_store_fresh(rig_actor_t *actor, void **slot, void *object) {
    if (actor_one_in(actor, 4)) {
        *slot = object;
    } else {
        irqgc_store(actor->heap, slot, object);
    }
}

void actor_collect(rig_actor_t *actor) {
    irqgc_collect(actor->heap);
    actor->figures.collects++;
}

void actor_check_heap(rig_actor_t *actor) {
    const unsigned broken = irqgc_check(actor->heap);
    actor->figures.checks++;
    if (broken != 0) {
        actor_fail(actor, "irqgc_check found broken invariant", broken);
    }
}
