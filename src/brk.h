// SPDX-License-Identifier: MIT
//
// What a port calls to deliver a break outside polls; brk.c tells why it is
// safe. It may do so in assembly, which link-time optimisation does not see.
#ifndef IRQGC_SRC_BRK_H
#define IRQGC_SRC_BRK_H

#include <stdbool.h>

#include "names.h"

// Whether a break is to be delivered now. If so, it is taken and held off: the
// port has brk_deliver called in the thread. To be called once for each
// port_break_pend at least, where no other handler is under way than the
// caller's own, and the thread does not go on before the return.
__attribute__((used)) bool brk_arrive(void) CORE_NAME(brk_arrive);

// Delivers the break that has been taken. The hold is left to the caller.
__attribute__((used)) void brk_deliver(void) CORE_NAME(brk_deliver);

#endif
