// SPDX-License-Identifier: MIT
//
// The port contract: all that a platform provides. A port is one folder with
// `irqgc_port.h`, included here, and its sources. The platform tells which, or
// the include path, if that has the folder of another.
//
// irqgc_port.h defines, inline and without a call, since masked windows are
// made of them:
//
//   port_irq_t port_irq_save(void);
//     Masks interrupts and returns how they were masked before. A barrier for
//     the compiler: no access to memory moves across.
//
//   void port_irq_restore(port_irq_t before);
//     Puts the masking back as it was: never a bare enable, because windows
//     run in handlers, and in callers that have masked for their own reasons.
//     A barrier for the compiler. Interrupts that became pending run now.
//
//   bool port_in_handler(void);
//     True iff the calling context is an interrupt handler.
//
//   void port_stop(const char *why);
//     Stops at once, for a debugger, where a debug build found misuse. `why` is
//     a line to be shown.
//
//   const char *port_context_error(void);
//     For debug builds. NULL, or a line that tells why masked windows do not
//     keep the calling context out, as far as the platform lets one know.
//
//   PORT_BREAKS
//     1 iff a break can be delivered outside polls, by the following; else 0,
//     and that does nothing.
//
//   void port_break_pend(void);
//     Has brk_arrive (brk.h) called, and brk_deliver if that says so, before
//     the thread goes on by more than a few instructions that are not masked.
//     May be called in any context, masked or not; once is enough for all calls
//     so far.
//
// and its sources define:
#ifndef IRQGC_SRC_PORT_H
#define IRQGC_SRC_PORT_H

#include <stdbool.h>
#include <stdint.h>

#if __has_include("irqgc_port.h") // the folder that the include path names
#include "irqgc_port.h"
#elif defined __ARM_ARCH_PROFILE && __ARM_ARCH_PROFILE == 'M'
#include "../ports/cortex_m/irqgc_port.h"
#elif defined __riscv && !defined __unix__
#include "../ports/riscv/irqgc_port.h"
#elif defined __unix__
#include "../ports/posix/irqgc_port.h"
#else
#error "irqgc: no port for this platform; src/port.h tells what one is"
#endif

#include "names.h"

// What the program masks with (irqgc_mask), where a port tells that from its
// windows.
#ifndef PORT_PROGRAM_SAVE
#define PORT_PROGRAM_SAVE port_irq_save
#endif

// Told before words of a listed stack are read which nobody may have written:
// for a tool that would find that.
#ifndef PORT_SCANS
#define PORT_SCANS(low, high) ((void)0)
#endif

// Where stacks and registers are modelled: notes what the context has there.
#ifndef PORT_KEEPS
#define PORT_KEEPS(pointer) ((void)0)
#endif

// A window is kept short whatever the compiler does around it. It has all that
// it works on in registers before it masks, and four more for what it reads:
// WINDOW_READY, to which they are "+r"(operand). So nothing is left to be
// computed, spilled or loaded again inside. One with many operands is
// LONG_WINDOW, never inlined, for a caller's values would compete with them.
//
// A port that defines PORT_FEW_REGISTERS has too few for that. There no window
// with operands is inlined, and those that are used once, WINDOW_OPERAND, wait
// in memory until then, in place of others that would be spilled.
#define LONG_WINDOW __attribute__((noinline, unused))
#ifdef PORT_FEW_REGISTERS
#define WINDOW LONG_WINDOW
#define WINDOW_OPERAND volatile
#define WINDOW_READY(...) ((void)0)
#else
#define WINDOW inline
#define WINDOW_OPERAND
#define WINDOW_READY(...)                                                      \
    do {                                                                       \
        uintptr_t spare; /* an array would be stored */                        \
        uintptr_t spare_2;                                                     \
        uintptr_t spare_3;                                                     \
        uintptr_t spare_4;                                                     \
        __asm__ volatile(""                                                    \
                         : __VA_ARGS__, "=r"(spare), "=r"(spare_2),            \
                           "=r"(spare_3), "=r"(spare_4));                      \
        (void)spare, (void)spare_2, (void)spare_3, (void)spare_4;              \
    } while (0)
#endif

// Whether it is known where the stacks end that the next function is to scan.
bool port_stacks_known(void) CORE_NAME(port_stacks_known);

// Whether the stack from `low` to `high`, a listed one (stacks.h), is among
// those: the stack pointer of the calling context, or of one that it has
// preempted, is in it.
bool port_stack_runs(const void *low, const void *high)
    CORE_NAME(port_stack_runs);

// Calls `scan` for each range of memory, from `low` up to but not including
// `high`, that may hold pointers of the calling context and of all it has
// preempted: the stacks that they run on, from the lowest used address up to
// the base, and the registers that a callee saves, which it has spilled into
// such a range first. May be called in the thread and in any handler. No window
// of its own.
typedef void port_scan_t(void *arg, const void *low, const void *high);
__attribute__((noinline)) void port_scan_stacks(port_scan_t *scan, void *arg)
    CORE_NAME(port_scan_stacks);

#endif
