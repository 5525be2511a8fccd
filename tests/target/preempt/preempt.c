// SPDX-License-Identifier: MIT
//
// Interrupts the heap's operations at every instruction, on a board.
//
// The board's timer fires before the k-th instruction of the operation, for
// every k until it completes; the handler works on the heap. The heap is put
// back before each shot, and after it held against its model. At depth 2 a
// second, more urgent interrupt comes before the j-th instruction of the
// handler's call, for every j.
//
//   --depth 1            or 2
//   --heap, --operation, --action, --action2 NAME    only these
//   --at K, --at2 J      only this shot; what a failure prints
//   --share N            at an instruction, one action of N in turn (1: all)
//   --share2 N           the same, of the second shot
//   --tell               prints each shot before it fires: the last one hangs
//   --places             prints for each scenario its length and a bit for each
//                        halfword of the code, the lowest digit first: was
//                        interrupted there
//   --trace              runs each operation once, uninterrupted
//
// preempt.py holds what --places prints against what --trace executes.
#include <string.h>

#include "acts.h"
#include "board.h"
#include "world.h"

enum { NEVER = 199999, MAX_CODE = 32 * 1024 };

extern const char board_text_start[], board_text_end[];

static struct {
    uint32_t depth, at, at2, share, share2;
    const char *heap, *operation, *action, *action2;
    bool tell, places, trace;
} options = {.depth = 1, .share = 1, .share2 = 1};

// The shot under way: what each context does, and before which instruction of
// its call it is interrupted.
static struct {
    const scenario_t *scenario;
    const act_t *acts[N_CONTEXTS];
    uint32_t at[N_CONTEXTS];
    volatile bool has_called[N_CONTEXTS];
    volatile bool has_fired[N_CONTEXTS]; // the interrupt of that context
    unsigned n_hit;                      // interrupts, of those planned
} shot;

// Where the sweep is: the instruction and the action of the first interrupt,
// and of the second.
static struct {
    uint32_t at, at2;
    unsigned first, second;
} sweep;

static volatile bool has_probed;
static uint32_t n_points;
static uint32_t hits[MAX_CODE / 2 / 32];

// ---- A shot ----------------------------------------------------------------

static void option_print(const char *name, const char *value, uint32_t at) {
    board_print(name);
    board_print(value);
    board_print(at == 0 ? " --at " : " --at2 ");
}

// The options that replay the shot.
static void shot_print(void) {
    board_print("--heap ");
    board_print(shot.scenario->heap);
    board_print(" --operation ");
    board_print(shot.scenario->operation);
    for (unsigned i = 1; i <= options.depth; i++) {
        option_print(i == 1 ? " --action " : " --action2 ", shot.acts[i]->name,
                     i - 1);
        board_print_number(shot.at[i - 1]);
    }
}

static void replay_print(void) {
    if (shot.scenario != NULL) {
        board_print("preempt: FAILED; replay: " COMMAND " ");
        shot_print();
        board_print("\n");
    }
}

void world_fail(const char *what, unsigned number) {
    board_print("preempt: ");
    board_print(what);
    board_print_number(number);
    board_print("\n");
    replay_print();
    board_exit(1);
}

void board_on_fault(void) {
    replay_print();
}

static void on_level(void *arg) {
    const unsigned context = *(const unsigned *)arg;
    world_verify_inside(context);
    shot.acts[context]->run(context);
    world_verify_inside(context);
}

void world_interrupt(unsigned context, call_t *call, void *request) {
    if (shot.at[context] == 0 || shot.has_called[context]) {
        call(request);
        return;
    }
    shot.has_called[context] = true;
    shot.has_fired[context] =
        board_interrupt(context + 1, shot.at[context], call, request);
}

static void hit_note(uintptr_t pc) {
    const uintptr_t i = (pc - (uintptr_t)board_text_start) / 2;
    if (i / 32 < sizeof hits / sizeof *hits) {
        hits[i / 32] |= (uint32_t)1 << i % 32;
    }
}

static void on_probe(void *arg) {
    (void)arg;
    has_probed = true;
}

// Whether interrupts have been left masked.
BOARD_APART static void masking_verify(void) {
    has_probed = false;
    board_request(3);
    if (!has_probed) {
        world_fail("interrupts are left masked, after instruction ",
                   shot.at[0]);
    }
}

BOARD_APART static void hits_note(void) {
    shot.n_hit = !shot.has_fired[0] ? 0 : !shot.has_fired[1] ? 1 : 2;
    n_points += shot.n_hit == options.depth;
    if (shot.n_hit > 0) {
        hit_note(board_interrupted(1));
    }
}

BOARD_APART static void shot_set(void) {
    shot.acts[1] = &acts[sweep.first];
    shot.acts[2] = &acts[sweep.second];
    shot.at[0] = sweep.at;
    shot.at[1] = sweep.at2;
    memset((void *)shot.has_called, 0, sizeof shot.has_called);
    memset((void *)shot.has_fired, 0, sizeof shot.has_fired);
    if (options.tell) {
        shot_print();
        board_print("\n");
    }
}

BOARD_APART static void shot_run(void) {
    world_restore();
    shot.acts[0]->run(0);
    masking_verify();
    world_verify();
    hits_note();
}

// ---- Sweeps ----------------------------------------------------------------

static bool is_named(const char *option, const char *name) {
    return option == NULL || strcmp(option, name) == 0;
}

// Whether the share has this action at this instruction. Each has its turn in
// loops of any length, too.
static bool is_drawn(uint32_t at, unsigned act, uint32_t share) {
    return (at + at / 97 + act) % share == 0;
}

// The next action from this one on that is drawn and asked for, or n_acts.
static unsigned act_draw(unsigned act, const char *name, bool all, uint32_t at,
                         uint32_t share) {
    while (act < n_acts && !(is_named(name, acts[act].name) &&
                             (all || is_drawn(at, act, share)))) {
        act++;
    }
    return act;
}

// The first interrupt: from this action on at the instruction sweep.at, then at
// those after it. False iff only one was asked for, and is done.
static bool first_begin(unsigned act) {
    for (;; sweep.at++, act = 0) {
        sweep.first = act_draw(act, options.action, options.at != 0, sweep.at,
                               options.share);
        if (sweep.first < n_acts || options.at != 0) {
            return sweep.first < n_acts;
        }
    }
}

static uint32_t second_at(uint32_t at) {
    if (options.at2 != 0) {
        return options.at2;
    }
    while (!is_drawn(at + sweep.at, sweep.second, options.share2)) {
        at++;
    }
    return at;
}

static void second_begin(unsigned act) {
    sweep.second = act_draw(act, options.action2, true, 0, 1);
    sweep.at2 = options.depth == 2 ? second_at(1) : 0;
}

BOARD_APART static void sweep_begin(void) {
    sweep.at = options.at != 0 ? options.at : 1;
    (void)first_begin(0);
    second_begin(0);
}

// Goes on to the next shot, after one of which n interrupts hit. False iff the
// operation was over before instruction sweep.at, or only one was asked for.
BOARD_APART static bool sweep_next(unsigned n) {
    if (n == 0) {
        return false;
    }
    if (n == 2 && options.at2 == 0) {
        sweep.at2 = second_at(sweep.at2 + 1);
        return true;
    }
    if (options.depth == 2) {
        second_begin(sweep.second + 1);
        if (sweep.second < n_acts) {
            return true;
        }
    }
    const bool goes_on = first_begin(sweep.first + 1);
    second_begin(0);
    return goes_on;
}

BOARD_APART static void hits_print(void) {
    const size_t n = (size_t)(board_text_end - board_text_start) / (2 * 4) + 1;
    char text[MAX_CODE / 2 / 4 + 2];
    if (n > sizeof text - 2) {
        world_fail("more code than there is room for: ", (unsigned)n);
    }
    for (size_t i = 0; i < n; i++) {
        text[i] = "0123456789abcdef"[hits[i / 8] >> i % 8 * 4 & 15];
    }
    text[n] = '\n';
    text[n + 1] = '\0';
    board_print(text);
}

static void places_print(uint32_t length) {
    board_print("places ");
    board_print(shot.scenario->heap);
    board_print(":");
    board_print(shot.scenario->operation);
    board_print(" ");
    board_print_number(length);
    board_print(" ");
    hits_print();
}

BOARD_APART static void scenario_sweep(void) {
    sweep_begin();
    do {
        shot_set();
        shot_run();
    } while (sweep_next(shot.n_hit));
}

static const picture_t *picture_named(const char *name) {
    unsigned i = 0;
    while (strcmp(pictures[i].name, name) != 0) {
        i++;
    }
    return &pictures[i];
}

static const act_t *act_named(const char *name) {
    unsigned i = 0;
    while (strcmp(acts[i].name, name) != 0) {
        i++;
    }
    return &acts[i];
}

static void scenario_run(const scenario_t *s) {
    shot.scenario = NULL;
    world_build(picture_named(s->heap));
    shot.scenario = s;
    shot.acts[0] = act_named(s->operation);
    memset(hits, 0, sizeof hits);
    scenario_sweep();
    if (options.places && options.at == 0) {
        places_print(sweep.at - 1);
    }
}

static bool is_selected(const scenario_t *s) {
    return is_named(options.heap, s->heap) &&
           is_named(options.operation, s->operation) &&
           (options.depth == 1 || options.heap != NULL || s->is_small);
}

BOARD_APART static unsigned scenarios_run(void) {
    unsigned n = 0;
    for (unsigned i = 0; i < n_scenarios; i++) {
        if (is_selected(&scenarios[i])) {
            scenario_run(&scenarios[i]);
            n++;
        }
    }
    return n;
}

// ---- The command line ------------------------------------------------------

static char *word_next(char **text) {
    char *const word = *text;
    while (**text != '\0' && **text != ' ') {
        ++*text;
    }
    if (**text == ' ') {
        *(*text)++ = '\0';
    }
    return word;
}

static uint32_t number_read(const char *text) {
    uint32_t n = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        n = n * 10 + (uint32_t)(*text - '0');
    }
    return n;
}

static bool option_read(const char *name, char **text) {
    static const struct {
        const char *name;
        bool *flag;
        uint32_t *number;
        const char **word;
    } known[] = {
        {"--depth", NULL, &options.depth, NULL},
        {"--at", NULL, &options.at, NULL},
        {"--at2", NULL, &options.at2, NULL},
        {"--share", NULL, &options.share, NULL},
        {"--share2", NULL, &options.share2, NULL},
        {"--heap", NULL, NULL, &options.heap},
        {"--operation", NULL, NULL, &options.operation},
        {"--action", NULL, NULL, &options.action},
        {"--action2", NULL, NULL, &options.action2},
        {"--tell", &options.tell, NULL, NULL},
        {"--places", &options.places, NULL, NULL},
        {"--trace", &options.trace, NULL, NULL},
    };
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].name, name) != 0) {
            continue;
        }
        if (known[i].flag != NULL) {
            *known[i].flag = true;
        } else if (known[i].number != NULL) {
            *known[i].number = number_read(word_next(text));
        } else {
            *known[i].word = word_next(text);
        }
        return true;
    }
    return false;
}

static bool is_act(const char *name) {
    unsigned i = 0;
    while (i < n_acts && !is_named(name, acts[i].name)) {
        i++;
    }
    return i < n_acts;
}

BOARD_APART static bool options_read(char *text) {
    while (*text != '\0') {
        if (!option_read(word_next(&text), &text)) {
            return false;
        }
    }
    if (options.trace) {
        options.at = NEVER;
        options.action = acts[0].name;
    }
    options.depth = options.at2 != 0 ? 2 : options.depth;
    return options.share > 0 && options.share2 > 0 && options.depth - 1 < 2 &&
           is_act(options.action) && is_act(options.action2);
}

int main(void) {
    static char text[200];
    static const unsigned contexts[] = {0, 1, 2};
    if (!board_arguments(text, sizeof text) || !options_read(text)) {
        board_print("preempt: bad options; preempt.c tells which there are\n");
        return 2;
    }
    board_on_level(3, on_probe, NULL);
    for (unsigned i = 1; i < N_CONTEXTS; i++) {
        board_on_level(i, on_level, (void *)(uintptr_t)&contexts[i]);
    }
    const unsigned n = scenarios_run();
    board_print("preempt: depth ");
    board_print_number(options.depth);
    board_print(", scenarios ");
    board_print_number(n);
    board_print(", points ");
    board_print_number(n_points);
    board_print("\n");
    return n > 0 ? 0 : 2;
}
