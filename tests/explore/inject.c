// SPDX-License-Identifier: MIT
#include "inject.h"

#include "acts.h"
#include "oracle.h"
#include "scenarios.h"

// Distinct places in the code, by address: a hash table.
enum { MAX_PLACES = 4096 };

// In one act of the thread, at random: else they multiply with each level.
enum { MAX_HANDLERS = 100 };

static struct {
    const plan_t *plan;
    long n_points[MAX_LEVEL + 1]; // of each level's present activation
    bool came[MAX_PLAN];
    inject_ask_t *ask;

    bool at_random;
    uint64_t random;
    unsigned rate; // one handler in so many points
    unsigned max_level;
    unsigned n_handlers; // of this act of the thread

    unsigned since_given[2]; // points since `given` was last looked at, and
                             // since the time before
    const void *places[MAX_PLACES];
    unsigned n_places;
} injector;

static void place_note(const void *where) {
    size_t i = (uintptr_t)where % MAX_PLACES;
    while (injector.places[i] != NULL && injector.places[i] != where) {
        i = (i + 1) % MAX_PLACES;
    }
    if (injector.places[i] == NULL && injector.n_places < MAX_PLACES - 1) {
        injector.places[i] = where;
        injector.n_places++;
    }
}

unsigned places_count(void) {
    return injector.n_places;
}

unsigned random_below(unsigned end) {
    injector.random =
        injector.random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(injector.random >> 33) % end;
}

// ---- A handler -------------------------------------------------------------

static void handler_enter(const void *where) {
    place_note(where);
    searches_disturb();
    cpu.level++;
    injector.n_points[cpu.level] = 0;
}

static void handler_leave(void) {
    cpu.level--;
}

static void shots_fire(const void *where) {
    const long point = injector.n_points[cpu.level]++;
    for (unsigned i = 0; i < injector.plan->n_shots; i++) {
        const shot_t *shot = &injector.plan->shots[i];
        if (!injector.came[i] && shot->level == cpu.level &&
            shot->at == point) {
            injector.came[i] = true;
            handler_enter(where);
            act(&shot->op);
            handler_leave();
        }
    }
}

static void random_fire(const void *where) {
    if (cpu.level >= injector.max_level ||
        injector.n_handlers == MAX_HANDLERS ||
        random_below(injector.rate) != 0) {
        return;
    }
    injector.n_handlers++;
    handler_enter(where);
    for (unsigned n = 1 + random_below(3); n > 0; n--) {
        const op_t op = op_random();
        act(&op);
    }
    handler_leave();
}

static void asked_fire(const void *where) {
    op_t op;
    if (injector.ask(where, &op)) {
        handler_enter(where);
        act(&op);
        handler_leave();
    }
}

void inject(const void *address, const void *where) {
    injector.since_given[0]++;
    injector.since_given[1]++;
    if (address == &world.heap->given) {
        injector.since_given[1] = injector.since_given[0];
        injector.since_given[0] = 0;
    }
    oracle_look();
    if (help_is_over()) {
        help_stop();
    }
    if (injector.at_random) {
        random_fire(where);
    } else if (injector.plan != NULL) {
        shots_fire(where);
    } else if (injector.ask != NULL) {
        asked_fire(where);
    }
}

unsigned points_since_given(unsigned before) {
    return injector.since_given[before];
}

// ---- What is to come -------------------------------------------------------

void inject_plan(const plan_t *plan) {
    injector.plan = plan;
    injector.at_random = false;
    for (unsigned i = 0; i < MAX_PLAN; i++) {
        injector.came[i] = false;
    }
    injector.n_points[0] = 0;
}

bool inject_last_came(void) {
    const unsigned n = injector.plan->n_shots;
    return n == 0 || injector.came[n - 1];
}

void inject_next_act(void) {
    injector.n_handlers = 0;
}

void inject_asked(inject_ask_t *ask) {
    injector.plan = NULL;
    injector.at_random = false;
    injector.ask = ask;
}

void inject_random(uint64_t seed, unsigned max_level) {
    injector.at_random = true;
    injector.random = seed * 0x9E3779B97F4A7C15u + 1;
    injector.max_level = max_level;
    injector.rate = 1;
    injector.rate = 5 + random_below(60);
}
