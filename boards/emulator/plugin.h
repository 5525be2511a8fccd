// SPDX-License-Identifier: MIT
//
// What our plugins need of the emulator's interface, version 1: Debian has no
// header of it. For QEMU 7.2.
#ifndef BOARDS_EMULATOR_PLUGIN_H
#define BOARDS_EMULATOR_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t qemu_plugin_id_t;
typedef struct qemu_plugin_tb qemu_plugin_tb_t;
typedef struct qemu_plugin_insn qemu_plugin_insn_t;
typedef struct {
    const char *target_name; // the rest is of no use here
} qemu_info_t;

#define EXPORT __attribute__((visibility("default")))
EXPORT extern int qemu_plugin_version;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info,
                               int argc, char **argv);

enum { QEMU_PLUGIN_CB_NO_REGS = 0, QEMU_PLUGIN_INLINE_ADD_U64 = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(
    qemu_plugin_id_t id,
    void (*translated)(qemu_plugin_id_t id, qemu_plugin_tb_t *tb));
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn_t *insn,
                                            void (*executed)(unsigned cpu,
                                                             void *data),
                                            int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(qemu_plugin_insn_t *insn,
                                                int operation, void *to,
                                                uint64_t value);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
                                    void (*ended)(qemu_plugin_id_t id,
                                                  void *data),
                                    void *data);
void qemu_plugin_register_vcpu_tb_exec_inline(qemu_plugin_tb_t *tb,
                                              int operation, void *to,
                                              uint64_t value);
size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb_t *tb);
qemu_plugin_insn_t *qemu_plugin_tb_get_insn(const qemu_plugin_tb_t *tb,
                                            size_t i);
uint64_t qemu_plugin_insn_vaddr(const qemu_plugin_insn_t *insn);
const void *qemu_plugin_insn_data(const qemu_plugin_insn_t *insn);
size_t qemu_plugin_insn_size(const qemu_plugin_insn_t *insn);

#endif
