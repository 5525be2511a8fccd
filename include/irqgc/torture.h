// SPDX-License-Identifier: MIT
//
// The torture kit: runs code of yours once for each instruction of it, each
// time with an interrupt there, and asks you whether all is well.
//
// For code that uses irqgc in interrupt handlers, or any other code that
// shares data with handlers. You describe *scenarios*: how things are set up,
// an operation, the handlers that may interrupt it, and a check. The kit
// single-steps through the operation, through your code as well as through
// the heap's, and before each instruction runs each handler as an interrupt of
// the POSIX port's controller; then the operation goes on to its end, and the
// check has to agree. At depth 2 a second handler interrupts the first at each
// of its instructions. docs/torture.md has a complete example.
//
// A *point* is an instruction, a handler that ran just before it, and, at depth
// 2, the same of the second one. A masked window holds a handler off: it is
// requested once in each window, by its first instruction, and runs when the
// window ends. From any other instruction of the window it would run then, too.
//
// Host only: x86-64 and Linux. What passes has passed for the code that your
// host's compiler made of yours; build it with different ones, and at -O0, to
// see other instructions. Link torture/*.c beside the port. Meant for programs
// of their own, one for each set of scenarios.
#ifndef IRQGC_TORTURE_H
#define IRQGC_TORTURE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *name; // letters, digits and any of "-_.:@"; unique
    void (*run)(void *context);
} irqgc_torture_handler_t;

// Each run of a scenario has a process of its own, which begins as the program
// was when it called the kit: setup, operation, check. So nothing has to be
// undone, and all that a run leaves behind is gone.
//
// The functions are deterministic: what is not set by setup, such as time,
// chance, a process number, must not change which instructions they execute.
// No threads, no timers, no asynchronous signals; the operation and handlers
// return, and do not jump out of themselves. They may raise lines of the
// controller, whose handlers are interrupted as the operation is.
//
// The stack that a collection scans begins with the setup's frame, so that a
// run is the same whatever the command line. So the context must not lie on the
// stack; an object that only it points to needs a registered root, or is held.
typedef struct {
    const char *name; // as a handler's
    void *context;    // handed to all functions; may be NULL

    void (*setup)(void *context); // if NULL, nothing is to be set up
    void (*operation)(void *context);

    // Returns NULL iff all is well, else what is wrong, in a line. Is called in
    // the thread when the operation and all handlers are over; may use the
    // heap.
    const char *(*check)(void *context);

    const irqgc_torture_handler_t *handlers;
    size_t n_handlers; // at least 1
} irqgc_torture_scenario_t;

// Runs scenarios as the command line says, prints what it found, and returns
// what main is to return. To be called first in main, with main's arguments:
// it starts the program anew, so that addresses are the same in each run.
//
//   --scenario S    only this scenario
//   --handler H     only this first handler; --handler2 H: second
//   --depth 1|2     handlers in a run; default: 1
//   --point N       only before instruction N of the operation, from 1
//   --point2 N      ... and the second before instruction N of the first
//   --seconds N     a sample of the points, to take about so long; default: all
//   --seed N        of the sample; default: 1
//   --instructions N  the most that an operation or a handler executes, up to
//                   10 000 000; default: 1 000 000
//   --quiet         totals and failures only
//   --list          the names of scenarios and handlers
//
// Prints for each scenario, and for all, the points that were run, at how many
// distinct instructions, and how long it took; for each failure what is wrong,
// a command that replays it alone, and one that stops there in gdb, just before
// the handler runs. Stops a scenario after ten failures. What the scenario's
// functions print is seen in a replay only.
//
// A failure is a point from which the check disagrees, or the program crashes,
// exits, takes more than 2 seconds of processor time or 60 of any, leaves
// interrupts masked, or ends a masked window without port_irq_restore. What
// cannot be tested is no failure, and is reported with the reason: a scenario
// fails without any interrupt; two runs of it, or of one of its handlers,
// differ in the instructions they execute; it takes too many of them; the trap
// flag has no effect, as in valgrind.
//
// Returns 1 iff there was a failure; else 2 iff a scenario could not be tested,
// or a description lacks a member or has a name twice, or the command line is
// not understood; else 0.
//
// Takes over SIGTRAP, SIGUSR1, SIGUSR2, the itimers, and lines 10 to 15 of the
// controller, and sets LD_BIND_NOW; functions of the scenario must leave them
// alone. Under a debugger, a run that is to be replayed has no process of its
// own.
//
// Context: thread, once.
// Bound:   a process for each point and a trap for each instruction that leads
//          there: a quarter of a millisecond and 20 microseconds, say.
int irqgc_torture(int argc, char **argv,
                  const irqgc_torture_scenario_t *scenarios,
                  size_t n_scenarios);

#ifdef __cplusplus
}
#endif

#endif
