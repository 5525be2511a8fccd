// SPDX-License-Identifier: MIT
//
// The rig: the experiment of MicroPython's pull request 913. Timers at three
// priorities allocate in their handlers, keep some, drop some, free, grow and
// share some, and now and then collect, while the thread collects in an
// endless loop. Handlers and thread replay allocation traces of real programs
// on the same heap at once.
//
// This part, rig/*.c, knows no platform. It takes all memory from its caller
// and uses the heap's public interface, memcpy, memset, and two functions:
#ifndef IRQGC_RIG_H
#define IRQGC_RIG_H

#include "actor.h"
#include "trace.h"

// Masks interrupts, and restores what the former returned. They nest.
uintptr_t rig_irq_save(void);
void rig_irq_restore(uintptr_t before);

#define RIG_LEVELS 4u // 0 the thread, 1 ... 3 the handlers, 3 most urgent
#define RIG_KEPT 6u   // parcels that a level keeps
#define RIG_ROOTED 4u // shared places in a registered range,
#define RIG_HELD 4u   // in a held object,
#define RIG_TRAY 2u   // and on the stack of the thread
#define RIG_SHARED (RIG_ROOTED + RIG_HELD + RIG_TRAY)

// A large chunk, with a chain of small companions at its first link, whose ids
// follow its own. One parcel has one owner: the context that made it or took
// it, or the place that it lies in.
typedef struct {
    rig_label_t label;
    uint32_t n_companions;
} parcel_card_t;

typedef struct {
    rig_object_t *object; // NULL: no parcel
    parcel_card_t card;
} parcel_t;

// All of it is kept by the rig; what it points to stays in use.
typedef struct {
    const irqgc_region_t *regions;
    size_t n_regions;
    void *workspace; // as rig_workspace says, zeroed, aligned as a pointer
    const rig_trace_t *traces[RIG_LEVELS];
    uint32_t events[RIG_LEVELS];   // replayed in a tick, or step of the thread
    uint32_t chunk_min, chunk_max; // bytes, 1 ... TRACE_MAX_SIZE
    uint32_t collect_every; // ticks between a handler's collections; 0: none
    uint32_t seed;
} rig_config_t;

// What remains when everything was dropped and the thread collected twice.
typedef struct {
    size_t total; // bytes, as irqgc_stats has them
    size_t free;
    size_t left_objects; // kept by stale words on the thread's stack
    size_t left_bytes;
} rig_remains_t;

typedef struct {
    rig_config_t config;
    irqgc_t *heap;
    rig_actor_t actors[RIG_LEVELS];
    replay_t replays[RIG_LEVELS];
    uint32_t depth; // handlers under way

    // A level's own parcels; the objects in a registered range.
    void *kept[RIG_LEVELS][RIG_KEPT];
    parcel_card_t kept_cards[RIG_LEVELS][RIG_KEPT];
    irqgc_root_t kept_node;

    // The shared places: see shared_exchange.
    void *rooted[RIG_ROOTED];
    void **held;          // a held object
    void **volatile tray; // NULL between the thread's steps
    parcel_card_t shared_cards[RIG_SHARED];
    irqgc_root_t rooted_node;

    irqgc_status_t refused; // why, if rig_setup answered RIG_BAD_HEAP
    rig_remains_t remains;  // after rig_setup the total, after rig_finish all
} rig_t;

typedef enum {
    RIG_OK = 0,
    RIG_BAD_HEAP,      // irqgc refused the regions, or a root
    RIG_HEAP_TOO_SMALL // the traces' peaks together do not fit
} rig_status_t;

// Bytes of workspace that a configuration needs.
size_t rig_workspace(const rig_config_t *config);

// Bytes of objects that the traces hold at their peaks together.
size_t rig_peaks(const rig_config_t *config);

// Makes the heap, and the rig in `rig`, whatever it was. `rig` must not move.
//
// Context: thread, before the timers start.
rig_status_t rig_setup(rig_t *rig, const rig_config_t *config);

// One tick of the timer of `level`, 1 ... RIG_LEVELS - 1. A more urgent level
// may preempt it, the same or a less urgent one may not.
//
// Context: the handler of that level.
void rig_tick(rig_t *rig, unsigned level);

// One step of the endless loop, with a collection.
//
// Context: thread.
void rig_foreground(rig_t *rig);

// Checks everything, drops everything, collects, and accounts for all memory.
//
// Context: thread, once, after the last tick.
void rig_finish(rig_t *rig);

// The actor that found a fault, the most urgent of several; NULL if none did.
//
// Context: any.
const rig_actor_t *rig_failed(const rig_t *rig);

#endif
