// SPDX-License-Identifier: MIT
//
// A plugin of the emulator that tells what handlers suffer because of a heap.
// For QEMU 7.2, Arm and RISC-V.
//
//   qemu-system-arm ... -plugin latency.so,out=FILE,MARK=ADDRESS...
//
// The firmware calls functions that do nothing but be seen, the marks: level1
// to level3 as a handler of that level begins, alloc, free and collect before a
// call of the heap, done behind it, collected if it was an allocation that
// collected, leave as a handler ends, and last as the measurement does.
//
// Every instruction is taken for one at which a handler may be requested.
// It begins when nothing is masked and nothing more urgent runs; while it is
// under way itself, it is not requested. Of the instructions until it begins it
// suffers those because of the heap that are the heap's: executed inside a call
// of it, in whatever context. Writes
//
//   delay LEVEL N COUNT     at COUNT instructions a handler of LEVEL would have
//                           had to wait for N of the heap's
//   call KIND N             a call took N instructions, without handlers
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/windows_insn.h"
#include "boards/emulator/plugin.h"

int qemu_plugin_version = 1;

#define LEVELS 3u
#define MOST_DELAY (1u << 22)
#define MOST_RUNS (1u << 16)

static FILE *out;
static bool is_riscv;
static bool is_on; // from the first mark to `last`

static void check(bool holds, const char *what) {
    if (!holds) {
        (void)fprintf(stderr, "latency: %s\n", what);
        exit(1);
    }
}

// ---- Contexts --------------------------------------------------------------

// The thread, and each handler under way.
typedef struct {
    const char *call; // of the heap, or NULL
    uint64_t length;  // of it, so far
    unsigned level;
    bool has_collected;
} context_t;

static context_t contexts[LEVELS + 1];
static unsigned current;
static bool under_way[LEVELS + 1];
static unsigned masked; // depth

// ---- Delays ----------------------------------------------------------------

// A stretch in which a handler of the level could not begin: runs of the
// heap's instructions and of others, in turn, beginning with the heap's.
typedef struct {
    uint32_t run[MOST_RUNS];
    unsigned n_runs;
    uint64_t delayed[MOST_DELAY]; // instructions, by what is still to come
} level_t;

static level_t levels[LEVELS + 1];

// From its end: how much of the heap's was still to come.
static void stretch_end(level_t *level) {
    uint32_t heap = 0;
    for (unsigned i = level->n_runs; i-- > 0;) {
        if (i % 2 == 1) {
            level->delayed[heap] += level->run[i];
        } else {
            check(heap + level->run[i] < MOST_DELAY, "a delay is too long");
            for (uint32_t k = 0; k < level->run[i]; k++) {
                level->delayed[++heap]++;
            }
        }
    }
    level->n_runs = 0;
}

static void run_begin(level_t *level) {
    check(level->n_runs < MOST_RUNS, "a stretch has too many runs");
    level->run[level->n_runs++] = 0;
}

static void stretch_add(level_t *level, bool is_heap) {
    if (level->n_runs == 0 && !is_heap) {
        run_begin(level); // none of the heap's
    }
    if (level->n_runs % 2 != (unsigned)is_heap) {
        run_begin(level);
    }
    level->run[level->n_runs - 1]++;
}

static void level_executed(unsigned number, const context_t *context) {
    level_t *level = &levels[number];
    if (under_way[number]) {
        stretch_end(level);
    } else if (masked != 0 || context->level > number) {
        stretch_add(level, context->call != NULL);
    } else {
        stretch_end(level);
        level->delayed[0]++;
    }
}

static void on_executed(unsigned cpu, void *data) {
    (void)cpu;
    (void)data;
    if (is_on) {
        context_t *context = &contexts[current];
        context->length += context->call != NULL;
        for (unsigned i = 1; i <= LEVELS; i++) {
            level_executed(i, context);
        }
    }
}

// ---- Marks -----------------------------------------------------------------

static void context_enter(unsigned level) {
    check(current < LEVELS, "too many contexts");
    contexts[++current] = (context_t){.level = level};
    under_way[level] = true;
    is_on = true;
}

static void context_leave(void) {
    check(current > 0, "the thread left");
    under_way[contexts[current--].level] = false;
}

static void call_begin(const char *kind) {
    contexts[current].call = kind;
    contexts[current].length = 0;
    contexts[current].has_collected = false;
}

static void call_end(void) {
    const context_t *context = &contexts[current];
    if (is_on) {
        (void)fprintf(out, "call %s%s %llu\n", context->call,
                      context->has_collected ? "+collect" : "",
                      (unsigned long long)context->length);
    }
    contexts[current].call = NULL;
}

static void delays_write(void) {
    for (unsigned i = 1; i <= LEVELS; i++) {
        stretch_end(&levels[i]);
        for (uint32_t n = 0; n < MOST_DELAY; n++) {
            if (levels[i].delayed[n] != 0) {
                (void)fprintf(out, "delay %u %u %llu\n", i, n,
                              (unsigned long long)levels[i].delayed[n]);
            }
        }
    }
    check(fclose(out) == 0, "could not write");
}

static void on_mark(unsigned cpu, void *data) {
    const char *name = data;
    (void)cpu;
    if (strncmp(name, "level", 5) == 0) {
        context_enter((unsigned)(name[5] - '0'));
    } else if (strcmp(name, "leave") == 0) {
        context_leave();
    } else if (strcmp(name, "collected") == 0) {
        contexts[current].has_collected = true;
    } else if (strcmp(name, "done") == 0) {
        call_end();
    } else if (strcmp(name, "last") == 0) {
        is_on = false;
        delays_write();
    } else {
        call_begin(name);
    }
}

// ---- Instructions ----------------------------------------------------------

static struct {
    uint64_t address;
    const char *name;
} marks[16];
static unsigned n_marks;

static void on_mask(unsigned cpu, void *data) {
    (void)cpu;
    (void)data;
    masked++;
}

static void on_restore(unsigned cpu, void *data) {
    (void)cpu;
    (void)data;
    masked -= masked != 0;
}

static void call(qemu_plugin_insn_t *insn,
                 void (*function)(unsigned cpu, void *data), const void *data) {
    qemu_plugin_register_vcpu_insn_exec_cb(
        insn, function, QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)data);
}

// The instruction that restores is still masked, the one that masks not yet.
static void on_translated(qemu_plugin_id_t id, qemu_plugin_tb_t *tb) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        qemu_plugin_insn_t *insn = qemu_plugin_tb_get_insn(tb, i);
        const kind_t kind = insn_kind(insn, is_riscv);
        for (unsigned k = 0; k < n_marks; k++) {
            if (marks[k].address == qemu_plugin_insn_vaddr(insn)) {
                call(insn, on_mark, marks[k].name);
            }
        }
        call(insn, on_executed, NULL);
        if (kind != OTHER) {
            call(insn, kind == MASK ? on_mask : on_restore, NULL);
        }
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                        char **argv) {
    for (int i = 0; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        check(value != NULL, "options are NAME=VALUE");
        *value++ = '\0';
        if (strcmp(argv[i], "out") == 0) {
            out = fopen(value, "w");
        } else {
            check(n_marks < sizeof marks / sizeof *marks, "too many marks");
            marks[n_marks].address = strtoull(value, NULL, 16);
            marks[n_marks++].name = strdup(argv[i]);
        }
    }
    check(out != NULL, "no file to write to");
    is_riscv = strncmp(info->target_name, "riscv", 5) == 0;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    return 0;
}
