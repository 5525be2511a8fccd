// SPDX-License-Identifier: MIT
//
// Allocation traces of real programs, and their replay.
//
// A trace in memory is an array of events, 8 bytes each, constant, so that it
// may lie in flash. The ids of the text (traces/README.md) are renamed to
// slots: an id has one from its allocation to its end, then another id may.
// Any prefix of a trace is one too.
//
// The trace tells what was allocated, not what points to what. The replay
// links each new object to one or two live ones at random, and goes on to
// change links, so that marking has a graph to walk, cycles included, and that
// much of what the trace has dropped is still reachable, by links alone.
#ifndef IRQGC_RIG_TRACE_H
#define IRQGC_RIG_TRACE_H

#include "actor.h"

typedef enum {
    TRACE_ALLOC,
    TRACE_REALLOC,
    TRACE_FREE,
    TRACE_DROP,   // found dead: forget the reference
    TRACE_COLLECT // after the drops that the text lists behind it
} trace_kind_t;

// `what` is kind | settled << 3 | slot << 4. An allocation or reallocation is
// settled if nothing later frees or reallocates the object: only then may
// others point to it, since such pointers would be left dangling.
typedef struct {
    uint32_t what;
    uint32_t size; // bytes, of an allocation or reallocation
} trace_event_t;

#define TRACE_EVENT(kind, settled, slot, size)                                 \
    {                                                                          \
        (uint32_t)(kind) | (uint32_t)(settled) << 3 | (uint32_t)(slot) << 4,   \
            (uint32_t)(size)                                                   \
    }
#define TRACE_MAX_SLOTS (1u << 28)
#define TRACE_MAX_SIZE (1u << 28)

typedef struct {
    const char *name;
    const trace_event_t *events;
    uint32_t n_events; // at least 1
    uint32_t n_slots;
    size_t peak; // most bytes of live blocks, of the size they have here
} rig_trace_t;

// Peaks for blocks of 16 and of 32 bytes, as initialiser of `peak`.
#define TRACE_PEAK(of_16, of_32) (IRQGC_BLOCK == 16 ? (of_16) : (of_32))

// What the model knows of the object in a slot.
typedef struct {
    rig_label_t label;
    uint32_t link_id[2]; // 0: NULL
    bool settled;
    bool leaf; // without pointers
} trace_card_t;

// A replay. It belongs to its actor's context.
typedef struct {
    rig_actor_t *actor;
    const rig_trace_t *trace;
    uint32_t next;       // event
    void **roots;        // the slots, a registered range
    trace_card_t *cards; // of the slots
    irqgc_root_t node;
} replay_t;

// Bytes of memory for the slots and cards of a trace.
size_t replay_workspace(const rig_trace_t *trace);

// Makes a replay of `trace`, in zeroed memory that is aligned as a pointer.
// Refused as by irqgc_root_add.
irqgc_status_t replay_start(replay_t *replay, rig_actor_t *actor,
                            const rig_trace_t *trace, void *memory);

// Replays `n` events, from the start again after the last, when all slots have
// been emptied. The thread collects where the trace did, a handler by chance.
void replay_run(replay_t *replay, uint32_t n);

// Checks an object at random, its links, and the objects on a path from it.
void replay_sample(replay_t *replay);

// Checks all objects and their links.
void replay_audit(replay_t *replay);

// Checks nothing, and drops the objects in all slots.
void replay_drop_all(replay_t *replay);

#endif
