// SPDX-License-Identifier: MIT
//
// The port for RISC-V where Zephyr counts the handlers under way, so that the
// firmware need not: in the first word of _kernel, as ../riscv.c asserts.
#ifndef IRQGC_ZEPHYR_PORT_H
#define IRQGC_ZEPHYR_PORT_H

#define port_in_handler port_in_counted_handler
#include "../../ports/riscv/irqgc_port.h"
#undef port_in_handler

struct z_kernel;
extern struct z_kernel _kernel;

PORT_INLINE bool port_in_handler(void) {
    return *(const volatile uint32_t *)(const volatile void *)&_kernel != 0;
}

#endif
