// SPDX-License-Identifier: MIT
#include "rig.h"

#define COMPANION_MAX 200u // bytes
#define CHECK_EVERY 8u     // ticks and steps between checks of the heap, about

// Stale words that a collection in the thread may meet lie in the frames
// between rig_finish and the collector's scan, and in the caller's: so few
// objects at the most, with what hangs on them, may survive the end.
#define STALE_OBJECTS 64u

const rig_actor_t *rig_failed(const rig_t *rig) {
    for (unsigned level = RIG_LEVELS; level-- > 0;) {
        if (rig->actors[level].fault.what != NULL) {
            return &rig->actors[level];
        }
    }
    return NULL;
}

// ---------------------------------------------------------------- parcels

// Allocates a chunk and its companions, fewer if there is no room. The parcel
// is on the caller's stack only; a collection from above has to see it there.
static parcel_t parcel_make(rig_t *rig, rig_actor_t *actor) {
    const uint32_t span = rig->config.chunk_max - rig->config.chunk_min + 1;
    const uint32_t size = rig->config.chunk_min + actor_below(actor, span);
    parcel_t parcel = {.object = actor_make(actor, size, 0)};
    if (parcel.object == NULL) {
        return parcel;
    }
    parcel.card.label = actor_label(parcel.object);
    rig_object_t *last = parcel.object;
    for (uint32_t n = actor_below(actor, 4); n > 0; n--) {
        rig_object_t *const next =
            actor_make(actor, actor_below(actor, COMPANION_MAX), 0);
        if (next == NULL) {
            break;
        }
        actor_store_fresh(actor, &last->link[0], next);
        parcel.card.n_companions++;
        last = next;
    }
    return parcel;
}

static bool parcel_check(rig_actor_t *actor, parcel_t parcel) {
    if (!actor_check(actor, parcel.object, parcel.card.label)) {
        return false;
    }
    const rig_object_t *object = parcel.object;
    uint32_t id = parcel.card.label.id;
    for (uint32_t i = 0; i < parcel.card.n_companions; i++) {
        const rig_object_t *const next = object->link[0];
        id = actor_id_after(id);
        if (!actor_check_id(actor, next, id)) {
            return false;
        }
        object = next;
    }
    return actor_check_id(actor, object->link[0], 0);
}

// Frees the chunk or forgets it; the companions are left to the collector.
static void parcel_dispose(rig_actor_t *actor, parcel_t parcel) {
    if (parcel.object == NULL || !parcel_check(actor, parcel)) {
        return;
    }
    if (actor_one_in(actor, 2)) {
        actor_free(actor, parcel.object, parcel.card.label);
    }
}

// ---------------------------------------------------------- shared places

static void **shared_slot(rig_t *rig, unsigned place) {
    if (place < RIG_ROOTED) {
        return &rig->rooted[place];
    }
    place -= RIG_ROOTED;
    if (place < RIG_HELD) {
        return &rig->held[place];
    }
    return rig->tray == NULL ? NULL : &rig->tray[place - RIG_HELD];
}

// Puts a parcel, or none, in a shared place and takes out what was there. If
// the place is away just now, returns the parcel it was given.
//
// Why it is race-free: pointer and card change hands in one window, so every
// parcel is in one place, or in the hands of one context, which alone may look
// into it, reallocate or free it. The barrier runs inside the window, and its
// own windows have to leave ours closed.
static parcel_t shared_exchange(rig_t *rig, rig_actor_t *actor, unsigned place,
                                parcel_t in) {
    parcel_t out = in;
    // Before: `in` is the caller's. After: `out` is, and `in` is the place's.
    const uintptr_t irq = rig_irq_save();
    const uintptr_t closed = rig_irq_save(); // what a nested one reads
    void **const slot = shared_slot(rig, place);
    if (slot != NULL) {
        out.object = *slot;
        out.card = rig->shared_cards[place];
        irqgc_store(rig->heap, slot, in.object);
        rig->shared_cards[place] = in.card;
    }
    const uintptr_t after = rig_irq_save();
    rig_irq_restore(irq);
    if (after != closed) {
        actor_fail(actor, "irqgc_store unmasked interrupts at place", place);
    }
    return out;
}

static unsigned shared_pick(rig_actor_t *actor) {
    return actor_below(actor, RIG_SHARED);
}

// ------------------------------------------------------------ kept places
// Each belongs to one level and needs no window.

static parcel_t kept_at(const rig_t *rig, unsigned level, unsigned place) {
    return (parcel_t){.object = rig->kept[level][place],
                      .card = rig->kept_cards[level][place]};
}

static void kept_set(rig_t *rig, unsigned level, unsigned place,
                     parcel_t parcel) {
    irqgc_store(rig->heap, &rig->kept[level][place], parcel.object);
    rig->kept_cards[level][place] = parcel.card;
}

static void kept_replace(rig_t *rig, rig_actor_t *actor, parcel_t parcel) {
    const unsigned place = actor_below(actor, RIG_KEPT);
    const parcel_t old = kept_at(rig, actor->level, place);
    kept_set(rig, actor->level, place, parcel);
    parcel_dispose(actor, old);
}

static void kept_resize(rig_t *rig, rig_actor_t *actor) {
    const unsigned place = actor_below(actor, RIG_KEPT);
    parcel_t parcel = kept_at(rig, actor->level, place);
    if (parcel.object == NULL) {
        return;
    }
    rig_object_t *const object =
        actor_resize(actor, parcel.object, &parcel.card.label,
                     1 + actor_below(actor, rig->config.chunk_max));
    if (object == NULL) {
        return;
    }
    parcel.object = object;
    kept_set(rig, actor->level, place, parcel);
    parcel_check(actor, parcel);
}

// ----------------------------------------------------------- what is done

static void parcel_place(rig_t *rig, rig_actor_t *actor, parcel_t parcel) {
    switch (actor_below(actor, 4)) {
    case 0:
    case 1:
        kept_replace(rig, actor, parcel);
        break;
    case 2:
        parcel = shared_exchange(rig, actor, shared_pick(actor), parcel);
        parcel_dispose(actor, parcel);
        break;
    default:
        parcel_dispose(actor, parcel);
        break;
    }
}

// Takes a parcel that another level may have put there, and keeps it or puts
// it back. Somebody may have filled the place meanwhile.
static void shared_take(rig_t *rig, rig_actor_t *actor) {
    const unsigned place = shared_pick(actor);
    parcel_t parcel = shared_exchange(rig, actor, place, (parcel_t){0});
    if (parcel.object == NULL || !parcel_check(actor, parcel)) {
        return;
    }
    if (actor_one_in(actor, 2)) {
        kept_replace(rig, actor, parcel);
    } else {
        parcel = shared_exchange(rig, actor, place, parcel);
        parcel_dispose(actor, parcel);
    }
}

static void traffic(rig_t *rig, rig_actor_t *actor) {
    const parcel_t parcel = parcel_make(rig, actor);
    if (parcel.object != NULL) {
        parcel_place(rig, actor, parcel);
    }
    if (actor_one_in(actor, 2)) {
        shared_take(rig, actor);
    }
    if (actor_one_in(actor, 4)) {
        kept_resize(rig, actor);
    }
}

static void work(rig_t *rig, unsigned level) {
    rig_actor_t *const actor = &rig->actors[level];
    traffic(rig, actor);
    replay_run(&rig->replays[level], rig->config.events[level]);
    replay_sample(&rig->replays[level]);
    if (actor_one_in(actor, CHECK_EVERY)) {
        actor_check_heap(actor);
    }
}

void rig_tick(rig_t *rig, unsigned level) {
    rig_actor_t *const actor = &rig->actors[level];
    actor->ticks++; // first: those below judge by it whether they were alone
    if (rig_failed(rig) != NULL) {
        return;
    }
    // Whoever preempts puts the depth back before this one goes on.
    const uint32_t depth = rig->depth + 1;
    rig->depth = depth;
    if (depth > actor->figures.deepest) {
        actor->figures.deepest = depth;
    }
    work(rig, level);
    if (actor_one_in(actor, actor->collect_every)) {
        actor_collect(actor);
    }
    rig->depth = depth - 1;
}

static void tray_set(rig_t *rig, void **tray) {
    // Before: handlers see the old tray or none. After: the new one or none;
    // what lies in the old one is the thread's. (A window only for the
    // compiler: it keeps the thread's own accesses on the right side.)
    const uintptr_t irq = rig_irq_save();
    rig->tray = tray;
    rig_irq_restore(irq);
}

// The tray is a shared place that outlives the handlers' frames and lies on
// the stack: stores into it take the barrier too.
void rig_foreground(rig_t *rig) {
    rig_actor_t *const actor = &rig->actors[0];
    void *tray[RIG_TRAY] = {NULL};
    actor->ticks++;
    if (rig_failed(rig) != NULL) {
        return;
    }
    tray_set(rig, tray);
    work(rig, 0);
    actor_collect(actor);
    tray_set(rig, NULL);
    for (unsigned i = 0; i < RIG_TRAY; i++) {
        const parcel_t parcel = {
            .object = tray[i],
            .card = rig->shared_cards[RIG_ROOTED + RIG_HELD + i]};
        parcel_dispose(actor, parcel);
    }
}

// ---------------------------------------------------------------- the end

static void audit(rig_t *rig) {
    rig_actor_t *const thread = &rig->actors[0];
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        replay_audit(&rig->replays[level]);
        for (unsigned place = 0; place < RIG_KEPT; place++) {
            const parcel_t parcel = kept_at(rig, level, place);
            if (parcel.object != NULL) {
                parcel_check(thread, parcel);
            }
        }
    }
    for (unsigned place = 0; place < RIG_ROOTED + RIG_HELD; place++) {
        const parcel_t parcel = {.object = *shared_slot(rig, place),
                                 .card = rig->shared_cards[place]};
        if (parcel.object != NULL) {
            parcel_check(thread, parcel);
        }
    }
}

// The heap's counts are exact under any nesting; the rig kept its own.
static void counts_compare(rig_actor_t *thread, const rig_figures_t *ours,
                           const irqgc_counts_t *theirs) {
    if ((uint32_t)theirs->allocs != ours->allocs + ours->moves) {
        actor_fail(thread, "irqgc_stats lost count of allocations by",
                   ours->allocs + ours->moves - theirs->allocs);
    }
    if ((uint32_t)theirs->frees != ours->frees) {
        actor_fail(thread, "irqgc_stats lost count of frees by",
                   ours->frees - theirs->frees);
    }
    if ((uint32_t)theirs->failures != ours->no_room) {
        actor_fail(thread, "irqgc_stats lost count of failures by",
                   ours->no_room - theirs->failures);
    }
}

static void counts_check(rig_t *rig) {
    irqgc_stats_t stats;
    irqgc_stats(rig->heap, &stats);
    rig_figures_t handlers = {0};
    for (unsigned level = 1; level < RIG_LEVELS; level++) {
        const rig_figures_t *const f = &rig->actors[level].figures;
        handlers.allocs += f->allocs;
        handlers.moves += f->moves;
        handlers.frees += f->frees;
        handlers.no_room += f->no_room;
    }
    rig_actor_t *const thread = &rig->actors[0];
    counts_compare(thread, &thread->figures, &stats.thread);
    counts_compare(thread, &handlers, &stats.handlers);
}

static void drop_all(rig_t *rig) {
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        replay_drop_all(&rig->replays[level]);
    }
    __builtin_memset(rig->kept, 0, sizeof rig->kept);
    __builtin_memset(rig->rooted, 0, sizeof rig->rooted);
    if (irqgc_free(rig->heap, rig->held) != IRQGC_OK) {
        actor_fail(&rig->actors[0], "a held object could not be freed", 0);
    }
    rig->held = NULL;
}

// Overwrites the stack below, where calls that have returned left words.
__attribute__((noinline)) static void stack_scrub(void) {
    volatile uintptr_t words[256];
    for (unsigned i = 0; i < 256; i++) {
        words[i] = 0;
    }
    (void)words[0];
}

static void remains_add(void *arg, void *object, size_t size,
                        irqgc_flags_t flags) {
    rig_remains_t *const remains = arg;
    (void)object;
    (void)flags;
    remains->left_objects++;
    remains->left_bytes += size;
}

static void remains_check(rig_t *rig) {
    rig_actor_t *const thread = &rig->actors[0];
    rig_remains_t *const remains = &rig->remains;
    irqgc_stats_t stats;
    irqgc_stats(rig->heap, &stats);
    remains->total = stats.total;
    remains->free = stats.free;
    irqgc_walk(rig->heap, remains_add, remains);
    if (remains->free + remains->left_bytes != remains->total) {
        actor_fail(thread, "free memory and objects do not add up by",
                   remains->total - remains->free - remains->left_bytes);
    }
    if (remains->left_objects > STALE_OBJECTS) {
        actor_fail(thread, "objects that nothing holds were not collected:",
                   remains->left_objects);
    }
}

// noinline: its frame, and those below it, lie where the scrub reaches.
__attribute__((noinline)) static void collect_scrubbed(rig_actor_t *actor) {
    stack_scrub();
    actor_collect(actor);
}

void rig_finish(rig_t *rig) {
    rig_actor_t *const thread = &rig->actors[0];
    if (rig_failed(rig) != NULL) {
        return;
    }
    actor_check_heap(thread);
    audit(rig);
    counts_check(rig);
    if (rig_failed(rig) != NULL) {
        return;
    }
    drop_all(rig);
    collect_scrubbed(thread);
    collect_scrubbed(thread);
    actor_check_heap(thread);
    remains_check(rig);
}

// -------------------------------------------------------------- the start

size_t rig_workspace(const rig_config_t *config) {
    size_t bytes = 0;
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        bytes += replay_workspace(config->traces[level]);
    }
    return bytes;
}

size_t rig_peaks(const rig_config_t *config) {
    size_t bytes = 0;
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        bytes += config->traces[level]->peak;
    }
    return bytes;
}

// Any seed will do, 0 too; different levels get different numbers.
static uint32_t random_start(uint32_t seed, unsigned level) {
    const uint32_t x = (seed + level * 0x9E3779B9u) * 0x85EBCA6Bu;
    return x != 0 ? x : 1;
}

static void actor_start(rig_t *rig, unsigned level) {
    const rig_config_t *const config = &rig->config;
    rig_actor_t *const actor = &rig->actors[level];
    *actor = (rig_actor_t){
        .heap = rig->heap,
        .regions = config->regions,
        .n_regions = config->n_regions,
        .above = level + 1 < RIG_LEVELS ? actor + 1 : NULL,
        .level = level,
        .collect_every = config->collect_every,
        .last_id = level << 30 | 1u,
        .random = random_start(config->seed, level),
    };
}

static bool levels_start(rig_t *rig) {
    char *memory = rig->config.workspace;
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        const rig_trace_t *const trace = rig->config.traces[level];
        actor_start(rig, level);
        rig->refused = replay_start(&rig->replays[level], &rig->actors[level],
                                    trace, memory);
        if (rig->refused != IRQGC_OK) {
            return false;
        }
        memory += replay_workspace(trace);
    }
    return true;
}

// The held object is the only one without id and pattern.
static bool places_start(rig_t *rig) {
    rig->held =
        irqgc_alloc(rig->heap, RIG_HELD * sizeof *rig->held, IRQGC_HELD);
    if (rig->held == NULL) {
        rig->refused = IRQGC_TOO_SMALL;
        return false;
    }
    rig->actors[0].figures.allocs++;
    rig->refused =
        irqgc_root_add(rig->heap, &rig->kept_node, rig->kept, sizeof rig->kept);
    if (rig->refused == IRQGC_OK) {
        rig->refused = irqgc_root_add(rig->heap, &rig->rooted_node, rig->rooted,
                                      sizeof rig->rooted);
    }
    return rig->refused == IRQGC_OK;
}

rig_status_t rig_setup(rig_t *rig, const rig_config_t *config) {
    __builtin_memset(rig, 0, sizeof *rig);
    rig->config = *config;
    const irqgc_config_t heap = {.regions = config->regions,
                                 .n_regions = config->n_regions};
    rig->refused = irqgc_init(&rig->heap, &heap);
    if (rig->refused != IRQGC_OK) {
        return RIG_BAD_HEAP;
    }
    irqgc_stats_t stats;
    irqgc_stats(rig->heap, &stats);
    rig->remains.total = stats.total;
    if (stats.total < rig_peaks(config)) {
        return RIG_HEAP_TOO_SMALL;
    }
    return levels_start(rig) && places_start(rig) ? RIG_OK : RIG_BAD_HEAP;
}
