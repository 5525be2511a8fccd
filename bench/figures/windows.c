// SPDX-License-Identifier: MIT
//
// A plugin of the emulator that measures every masked window as it is executed:
// the instructions after the masking one, up to and including the one that puts
// the masking back. For QEMU 7.2, Arm and RISC-V.
//
//   qemu-system-arm ... -plugin windows.so,out=FILE
//
// writes to FILE a line for each place where windows open,
//
//   ADDRESS COUNT LONGEST
//
// the address in hexadecimal; nothing, if the run ends in a window. A window
// inside another is part of that.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/windows_insn.h"
#include "boards/emulator/plugin.h"

int qemu_plugin_version = 1;

// ---- Windows ---------------------------------------------------------------

typedef struct place place_t;
struct place {
    uint64_t address, count, longest;
    place_t *next;
};

static place_t *places;
static uint64_t executed; // instructions
static unsigned depth;    // of masked windows
static place_t *opened;
static uint64_t opened_at;
static const char *out;
static bool is_riscv;

static void on_mask(unsigned cpu, void *data) {
    (void)cpu;
    if (depth++ == 0) {
        opened = data;
        opened_at = executed;
    }
}

static void window_end(void) {
    const uint64_t length = executed - opened_at;
    opened->count++;
    if (length > opened->longest) {
        opened->longest = length;
    }
}

static void on_restore(unsigned cpu, void *data) {
    (void)cpu;
    (void)data;
    if (depth != 0 && --depth == 0) {
        window_end();
    }
}

// ---- Instructions ----------------------------------------------------------

static place_t *place_at(uint64_t address) {
    place_t *place = places;
    while (place != NULL && place->address != address) {
        place = place->next;
    }
    if (place == NULL) {
        place = calloc(1, sizeof *place);
        if (place == NULL) {
            abort();
        }
        place->address = address;
        place->next = places;
        places = place;
    }
    return place;
}

// Each instruction counts itself, in code that the emulator generates; only
// those at the ends of a window cost a call.
static void on_translated(qemu_plugin_id_t id, qemu_plugin_tb_t *tb) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        qemu_plugin_insn_t *insn = qemu_plugin_tb_get_insn(tb, i);
        qemu_plugin_register_vcpu_insn_exec_inline(
            insn, QEMU_PLUGIN_INLINE_ADD_U64, &executed, 1);
        const kind_t kind = insn_kind(insn, is_riscv);
        if (kind != OTHER) {
            qemu_plugin_register_vcpu_insn_exec_cb(
                insn, kind == MASK ? on_mask : on_restore,
                QEMU_PLUGIN_CB_NO_REGS, place_at(qemu_plugin_insn_vaddr(insn)));
        }
    }
}

static void on_end(qemu_plugin_id_t id, void *data) {
    (void)id;
    (void)data;
    if (depth != 0) {
        (void)fprintf(stderr, "windows: one is still open\n");
        return;
    }
    FILE *file = fopen(out, "w");
    if (file == NULL) {
        perror(out);
        return;
    }
    for (const place_t *place = places; place != NULL; place = place->next) {
        if (place->count != 0) {
            (void)fprintf(file, "%llx %llu %llu\n",
                          (unsigned long long)place->address,
                          (unsigned long long)place->count,
                          (unsigned long long)place->longest);
        }
    }
    if (fclose(file) != 0) {
        perror(out);
        (void)remove(out);
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                        char **argv) {
    if (argc != 1 || strncmp(argv[0], "out=", 4) != 0) {
        (void)fprintf(stderr, "windows: out=FILE is the only option\n");
        return 1;
    }
    out = strdup(argv[0] + 4);
    is_riscv = strncmp(info->target_name, "riscv", 5) == 0;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}
