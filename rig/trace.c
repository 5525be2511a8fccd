// SPDX-License-Identifier: MIT
#include "trace.h"

#define HOPS 6u   // of a sampled path
#define PROBES 8u // for a live slot

_Static_assert(sizeof(trace_event_t) == 8, "traces are kept in flash");

static trace_kind_t event_kind(const trace_event_t *event) {
    return (trace_kind_t)(event->what & 7u);
}

static bool event_is_settled(const trace_event_t *event) {
    return (event->what >> 3 & 1u) != 0;
}

static uint32_t event_slot(const trace_event_t *event) {
    return event->what >> 4;
}

size_t replay_workspace(const rig_trace_t *trace) {
    const size_t a = sizeof(void *);
    const size_t bytes =
        trace->n_slots * (sizeof(void *) + sizeof(trace_card_t));
    return (bytes + a - 1) / a * a;
}

irqgc_status_t replay_start(replay_t *replay, rig_actor_t *actor,
                            const rig_trace_t *trace, void *memory) {
    void **const roots = memory;
    *replay = (replay_t){
        .actor = actor,
        .trace = trace,
        .roots = roots,
        .cards = (trace_card_t *)(void *)(roots + trace->n_slots),
    };
    return irqgc_root_add(actor->heap, &replay->node, roots,
                          trace->n_slots * sizeof *roots);
}

// A slot with an object, or n_slots: a few were looked at, all empty.
static uint32_t slot_pick(const replay_t *r) {
    for (unsigned i = 0; i < PROBES; i++) {
        const uint32_t slot = actor_below(r->actor, r->trace->n_slots);
        if (r->roots[slot] != NULL) {
            return slot;
        }
    }
    return r->trace->n_slots;
}

// Points link `i` of the object in `slot` to another one, or clears it.
//
// Raw while the object is new, else by the barrier: a handler may have
// preempted a collection that has scanned the object already.
static void slot_link(replay_t *r, uint32_t slot, unsigned i, bool fresh) {
    rig_object_t *const object = r->roots[slot];
    const uint32_t target = slot_pick(r);
    const bool linked = target < r->trace->n_slots && r->cards[target].settled;
    void *const value = linked ? r->roots[target] : NULL;
    r->cards[slot].link_id[i] = linked ? r->cards[target].label.id : 0;
    if (fresh) {
        actor_store_fresh(r->actor, &object->link[i], value);
    } else {
        irqgc_store(r->actor->heap, &object->link[i], value);
    }
}

static bool slot_check(replay_t *r, uint32_t slot) {
    const rig_object_t *const object = r->roots[slot];
    const trace_card_t *const card = &r->cards[slot];
    return actor_check(r->actor, object, card->label) &&
           actor_check_id(r->actor, object->link[0], card->link_id[0]) &&
           actor_check_id(r->actor, object->link[1], card->link_id[1]);
}

static void slot_fill(replay_t *r, const trace_event_t *event) {
    const uint32_t slot = event_slot(event);
    const bool leaf = actor_one_in(r->actor, 4);
    rig_object_t *const object =
        actor_make(r->actor, event->size, leaf ? IRQGC_NO_POINTERS : 0);
    if (object == NULL) {
        return;
    }
    r->cards[slot] = (trace_card_t){
        .label = actor_label(object),
        .settled = event_is_settled(event),
        .leaf = leaf,
    };
    actor_store_fresh(r->actor, &r->roots[slot], object);
    if (leaf) {
        return;
    }
    slot_link(r, slot, 0, true);
    if (actor_one_in(r->actor, 2)) {
        slot_link(r, slot, 1, true);
    }
}

static void slot_resize(replay_t *r, const trace_event_t *event) {
    const uint32_t slot = event_slot(event);
    trace_card_t *const card = &r->cards[slot];
    card->settled = event_is_settled(event);
    rig_object_t *const object =
        actor_resize(r->actor, r->roots[slot], &card->label, event->size);
    if (object == NULL) {
        return;
    }
    irqgc_store(r->actor->heap, &r->roots[slot], object);
    slot_check(r, slot);
}

// Nobody points to the object: it is freed after it has left its slot, so that
// for a while only the stack and the registers hold it.
static void slot_free(replay_t *r, uint32_t slot) {
    rig_object_t *const object = r->roots[slot];
    r->roots[slot] = NULL;
    actor_free(r->actor, object, r->cards[slot].label);
}

// Forgets an object, which others may still point to. Most of them lose their
// own links, else what is dropped would keep ever more of what is dropped, and
// at the end one stale word on the stack might keep it all.
static void slot_drop(replay_t *r, uint32_t slot) {
    rig_object_t *const object = r->roots[slot];
    if (!actor_one_in(r->actor, 8)) {
        object->link[0] = NULL;
        object->link[1] = NULL;
    }
    r->roots[slot] = NULL;
}

static void collect_by_chance(rig_actor_t *actor) {
    if (actor->level == 0 || actor_one_in(actor, actor->collect_every)) {
        actor_collect(actor);
    }
}

// An id whose allocation found no room has an empty slot: what the trace does
// to it later is left out.
static void event_apply(replay_t *r, const trace_event_t *event) {
    const uint32_t slot = event_slot(event);
    switch (event_kind(event)) {
    case TRACE_ALLOC:
        slot_fill(r, event);
        break;
    case TRACE_REALLOC:
        if (r->roots[slot] != NULL) {
            slot_resize(r, event);
        }
        break;
    case TRACE_FREE:
        if (r->roots[slot] != NULL) {
            slot_free(r, slot);
        }
        break;
    case TRACE_DROP:
        if (r->roots[slot] != NULL && slot_check(r, slot)) {
            slot_drop(r, slot);
        }
        break;
    case TRACE_COLLECT:
        collect_by_chance(r->actor);
        break;
    }
}

static void link_change(replay_t *r) {
    const uint32_t slot = slot_pick(r);
    if (slot < r->trace->n_slots && !r->cards[slot].leaf) {
        slot_link(r, slot, actor_below(r->actor, 2), false);
    }
}

void replay_run(replay_t *replay, uint32_t n) {
    const rig_trace_t *const trace = replay->trace;
    rig_actor_t *const actor = replay->actor;
    for (; n > 0 && actor->fault.what == NULL; n--) {
        event_apply(replay, &trace->events[replay->next]);
        actor->figures.events++;
        if (actor_one_in(actor, 4)) {
            link_change(replay);
        }
        if (++replay->next == trace->n_events) {
            replay_drop_all(replay);
            replay->next = 0;
            actor->figures.rounds++;
        }
    }
}

void replay_sample(replay_t *replay) {
    const uint32_t slot = slot_pick(replay);
    if (slot < replay->trace->n_slots && slot_check(replay, slot)) {
        actor_check_path(replay->actor, replay->roots[slot], HOPS);
    }
}

void replay_audit(replay_t *replay) {
    for (uint32_t slot = 0; slot < replay->trace->n_slots; slot++) {
        if (replay->roots[slot] != NULL) {
            slot_check(replay, slot);
        }
    }
}

void replay_drop_all(replay_t *replay) {
    for (uint32_t slot = 0; slot < replay->trace->n_slots; slot++) {
        if (replay->roots[slot] != NULL) {
            slot_drop(replay, slot);
        }
    }
}
