// SPDX-License-Identifier: MIT
//
// A plugin of the emulator that ends a run, with status 124, when it has
// executed more than so many million instructions: a limit that is the same on
// any host. For QEMU 7.2.
//
//   qemu-system-arm ... -plugin limit.so,millions=20000
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin.h"

int qemu_plugin_version = 1;

static volatile uint64_t executed; // instructions of blocks entered
static uint64_t limit;

static void on_translated(qemu_plugin_id_t id, qemu_plugin_tb_t *tb) {
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
                                             (void *)(uintptr_t)&executed,
                                             qemu_plugin_tb_n_insns(tb));
}

// A look every millisecond: a callback for each block would cost much more.
static void *watch(void *arg) {
    while (executed <= limit) {
        usleep(1000);
    }
    (void)fprintf(stderr, "limit: more than %s million instructions\n",
                  (const char *)arg);
    _exit(124);
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                        char **argv) {
    (void)info;
    char *end = NULL;
    pthread_t watcher;
    if (argc != 1 || strncmp(argv[0], "millions=", 9) != 0 ||
        (limit = strtoull(argv[0] + 9, &end, 10) * 1000000) == 0 ||
        *end != '\0') {
        (void)fprintf(stderr, "limit: millions=N is the only option\n");
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    return pthread_create(&watcher, NULL, watch, strdup(argv[0] + 9));
}
