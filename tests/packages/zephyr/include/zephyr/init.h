// SPDX-License-Identifier: MIT
//
// A stand-in: functions that kernel.c calls before main().
#ifndef ZEPHYR_INIT_H
#define ZEPHYR_INIT_H

#define SYS_INIT(function, level, priority)                                    \
    __attribute__((used, section("z_init"))) int (*const z_init_##function)(   \
        void) = function

#endif
