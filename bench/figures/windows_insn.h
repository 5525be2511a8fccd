// SPDX-License-Identifier: MIT
//
// Which instructions mask interrupts and which restore: those of
// ports/cortex_m, with PRIMASK, and of ports/riscv.
#ifndef IRQGC_BENCH_FIGURES_WINDOWS_INSN_H
#define IRQGC_BENCH_FIGURES_WINDOWS_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boards/emulator/plugin.h"

typedef enum { OTHER, MASK, RESTORE } kind_t;

// cpsid i; msr primask, rN.
static inline kind_t arm_kind(const uint8_t *code, size_t size) {
    const unsigned first = code[0] | (unsigned)code[1] << 8;
    if (size == 2) {
        return first == 0xB672 ? MASK : OTHER;
    }
    const unsigned second = code[2] | (unsigned)code[3] << 8;
    return (first & 0xFFF0) == 0xF380 && second == 0x8810 ? RESTORE : OTHER;
}

// csrrci rN, mstatus, 8; csrs mstatus, rN.
static inline kind_t riscv_kind(const uint8_t *code, size_t size) {
    if (size != 4) {
        return OTHER;
    }
    const uint32_t word = code[0] | (uint32_t)code[1] << 8 |
                          (uint32_t)code[2] << 16 | (uint32_t)code[3] << 24;
    const bool keeps_before = (word >> 7 & 31) != 0; // else no window
    if ((word & 0xFFFFF07F) == 0x30047073 && keeps_before) {
        return MASK;
    }
    return (word & 0xFFF07FFF) == 0x30002073 ? RESTORE : OTHER;
}

static inline kind_t insn_kind(const qemu_plugin_insn_t *insn, bool is_riscv) {
    const uint8_t *code = qemu_plugin_insn_data(insn);
    const size_t size = qemu_plugin_insn_size(insn);
    return is_riscv ? riscv_kind(code, size) : arm_kind(code, size);
}

#endif
