// SPDX-License-Identifier: MIT
//
// What the rig adds to the report of a fault: the state of its heap, and the
// line that replays the run, which rig/host/main.c prints at SIGSEGV.
#include <signal.h>

#include "board.h"
#include "rig/rig.h"

enum { MAX_LINES = 64 }; // of the dump

// For the fault: the rig, linked so that its setup goes by here, and the
// handler of the signal.
static rig_t *noted_rig;
static void (*crash_handler)(int signal);

rig_status_t __real_rig_setup(rig_t *rig, const rig_config_t *config);
rig_status_t __wrap_rig_setup(rig_t *rig, const rig_config_t *config);

rig_status_t __wrap_rig_setup(rig_t *rig, const rig_config_t *config) {
    const rig_status_t status = __real_rig_setup(rig, config);
    noted_rig = status == RIG_OK ? rig : NULL;
    return status;
}

int sigaction(int signal, const struct sigaction *now, struct sigaction *old) {
    (void)old;
    if (signal == SIGSEGV) {
        crash_handler = now->sa_handler;
    }
    return 0;
}

static void figure_print(const char *name, uint32_t figure) {
    board_print(name);
    board_print_number(figure);
}

static void levels_print(const rig_t *rig) {
    figure_print("handlers under way: ", rig->depth);
    for (unsigned level = 0; level < RIG_LEVELS; level++) {
        const rig_actor_t *const a = &rig->actors[level];
        figure_print("\n  level ", level);
        figure_print(": tick ", a->ticks);
        figure_print(", event ", rig->replays[level].next);
        if (a->fault.what != NULL) {
            board_print(", had found: ");
            board_print(a->fault.what);
        }
    }
    board_print("\n");
}

static bool line_is_free(const char *text) {
    while (*text != '\0' && *text != ' ') {
        text++;
    }
    for (; *text != '\0'; text++) {
        if (*text != ' ' && *text != '.') {
            return false;
        }
    }
    return true;
}

static void line_print(const char *text, void *arg) {
    uint32_t *const n_lines = arg;
    if (line_is_free(text)) {
        return;
    }
    (*n_lines)++;
    if (*n_lines <= MAX_LINES) {
        board_print("  ");
        board_print(text);
        board_print("\n");
    }
}

static void heap_print(irqgc_t *heap) {
    irqgc_stats_t stats;
    irqgc_stats(heap, &stats);
    figure_print("heap: broken invariant ", irqgc_check(heap));
    figure_print(" (0: none), cycle ", stats.cycle);
    figure_print(", free ", stats.free);
    figure_print(" of ", stats.total);
    board_print("\n");
    uint32_t n_lines = 0;
    irqgc_dump(heap, line_print, &n_lines);
    if (n_lines > MAX_LINES) {
        figure_print("  and more groups that are in use: ",
                     n_lines - MAX_LINES);
        board_print("\n");
    }
}

void board_on_fault(void) {
    if (noted_rig != NULL) {
        levels_print(noted_rig);
        heap_print(noted_rig->heap);
    }
    if (crash_handler != NULL) {
        crash_handler(SIGSEGV);
    }
}
