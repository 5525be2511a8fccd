// SPDX-License-Identifier: MIT
//
// A plugin of the emulator for programs, not boards, that counts the
// instructions of single calls. For QEMU 7.2, x86-64.
//
//   qemu-x86_64 -plugin calls.so,out=FILE,call=ADDRESS+SIZE...,NAME=ADDRESS...
//
// Counts from the first instruction of a `call` to its return, both included,
// with all that it calls. When the program comes to another address, a mark,
// writes the mark's name and the count of the latest call. None of the calls
// may be made by another.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boards/emulator/plugin.h"

int qemu_plugin_version = 1;

#define MOST 32u
#define RET 0xC3 // what gcc and clang end functions with

typedef struct {
    const char *name; // of a mark; NULL: a call
    uint64_t address, size;
} place_t;

static FILE *out;
static place_t places[MOST];
static unsigned n_places;
static uint64_t executed; // instructions
static uint64_t begun, length;

static void check(bool holds, const char *what) {
    if (!holds) {
        (void)fprintf(stderr, "calls: %s\n", what);
        exit(3);
    }
}

static void on_begin(unsigned cpu, void *data) {
    (void)cpu;
    (void)data;
    begun = executed;
}

static void on_return(unsigned cpu, void *data) {
    (void)cpu;
    (void)data;
    length = executed - begun + 1;
}

static void on_mark(unsigned cpu, void *data) {
    (void)cpu;
    (void)fprintf(out, "%s %llu\n", (const char *)data,
                  (unsigned long long)length);
}

static void call(qemu_plugin_insn_t *insn,
                 void (*function)(unsigned cpu, void *data), const void *data) {
    qemu_plugin_register_vcpu_insn_exec_cb(
        insn, function, QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)data);
}

static const place_t *place_at(uint64_t address) {
    for (unsigned i = 0; i < n_places; i++) {
        if (address - places[i].address < places[i].size) {
            return &places[i];
        }
    }
    return NULL;
}

// Calls back before it counts itself, in whatever order that is told.
static void insn_translated(qemu_plugin_insn_t *insn) {
    const uint64_t address = qemu_plugin_insn_vaddr(insn);
    const place_t *place = place_at(address);
    const uint8_t *code = qemu_plugin_insn_data(insn);
    const bool is_call = place != NULL && place->name == NULL;
    if (is_call && address == place->address) {
        call(insn, on_begin, NULL);
    }
    qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
                                               &executed, 1);
    if (is_call && code[0] == RET) {
        call(insn, on_return, NULL);
    } else if (place != NULL && !is_call) {
        call(insn, on_mark, place->name);
    }
}

static void on_translated(qemu_plugin_id_t id, qemu_plugin_tb_t *tb) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        insn_translated(qemu_plugin_tb_get_insn(tb, i));
    }
}

static void on_end(qemu_plugin_id_t id, void *data) {
    (void)id;
    (void)data;
    check(fclose(out) == 0, "could not write");
}

static void place_add(const char *name, const char *value) {
    char *end = NULL;
    check(n_places < MOST, "too many calls and marks");
    place_t *place = &places[n_places++];
    place->name = strcmp(name, "call") == 0 ? NULL : strdup(name);
    place->address = strtoull(value, &end, 16);
    place->size = *end == '+' ? strtoull(end + 1, NULL, 16) : 1;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                        char **argv) {
    check(strcmp(info->target_name, "x86_64") == 0, "it reads x86-64 only");
    for (int i = 0; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        check(value != NULL, "options are NAME=VALUE");
        *value++ = '\0';
        if (strcmp(argv[i], "out") == 0) {
            out = fopen(value, "w");
        } else {
            place_add(argv[i], value);
        }
    }
    check(out != NULL, "no file to write to");
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}
