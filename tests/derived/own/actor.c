// SPDX-License-Identifier: MIT
//
// The rig's actors: they make objects, and check them word by word.
#include "rig/actor.h"

#include "own.h"

static void *kept; // a registered root

static irqgc_region_t everywhere = {(void *)0, SIZE_MAX};

static rig_actor_t actor_new(uint32_t seed) {
    static irqgc_root_t root;
    rig_actor_t actor = {.heap = own_heap(),
                         .regions = &everywhere,
                         .n_regions = 1,
                         .random = seed,
                         .last_id = 1};
    kept = NULL;
    irqgc_root_add(actor.heap, &root, &kept, sizeof kept);
    return actor;
}

static void fault_tell(const rig_actor_t *actor) {
    if (actor->fault.what != NULL) {
        __builtin_trap(); // the stepper tells
    }
}

OWN(actor_makes) {
    rig_actor_t actor = actor_new(1);
    for (uint32_t size = 16; size < 200; size += 23) {
        rig_object_t *const object = actor_make(&actor, size, 0);
        actor_check(&actor, object, actor_label(object));
    }
    fault_tell(&actor);
}

OWN(actor_resizes) {
    rig_actor_t actor = actor_new(2);
    rig_object_t *object = actor_make(&actor, 100, 0);
    rig_label_t label = actor_label(object);
    for (uint32_t size = 40; size < 400; size = size * 3 / 2) {
        rig_object_t *const now = actor_resize(&actor, object, &label, size);
        object = now != NULL ? now : object;
    }
    actor_check(&actor, object, label);
    actor_free(&actor, object, label);
    fault_tell(&actor);
}

OWN(actor_walks) {
    rig_actor_t actor = actor_new(3);
    rig_object_t *first = NULL;
    for (unsigned i = 0; i < 4; i++) {
        rig_object_t *const object = actor_make(&actor, 64, 0);
        actor_store_fresh(&actor, &object->link[0], first);
        actor_store_fresh(&actor, &object->link[1], first);
        first = object;
    }
    actor_check_path(&actor, first, 6);
    fault_tell(&actor);
}

OWN(actor_collects) {
    rig_actor_t actor = actor_new(4);
    rig_object_t *const object = actor_make(&actor, 128, 0);
    const rig_label_t label = actor_label(object);
    actor_collect(&actor);
    actor_check(&actor, object, label);
    kept = actor_make(&actor, 48, 0);
    actor_collect(&actor);
    actor_check_id(&actor, kept, ((rig_object_t *)kept)->id);
    fault_tell(&actor);
}
