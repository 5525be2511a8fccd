// SPDX-License-Identifier: MIT
//
// Break: a Ctrl-C that stops what the thread is doing, but never in the middle
// of a collection, an allocation, the growth of a dictionary, or a driver.
//
// A *request* may come from any context: the handler of a UART that received
// 0x03, a signal. It is *delivered* in the thread, by a call of the program's
// choice, which raises an exception there, say. What must not be broken *holds*
// the break off, and *releases* it. The operations of the heap and dictionaries
// need no hold of the caller's.
//
// Delivered where? At a *poll*. Or, if the program asks for it, anywhere in the
// thread outside holds, so that a loop without polls can be broken, too: what
// the thread runs then has been declared breakable by being outside holds. The
// interrupted code goes on when the delivery returns, at the instruction where
// it was, with all registers, flags and the state of the FPU; or never, if it
// leaves by longjmp. Then a store of several words that was interrupted stays
// half done, and what a call was about to return is lost, the new address of an
// object that moved, say; so hold where that would matter.
//
// There is one thread, and so one break. Bounds are instructions on Cortex-M4.
#ifndef IRQGC_BRK_H
#define IRQGC_BRK_H

#include "irqgc/irqgc.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    // Called in the thread, under a hold, once for each burst of requests. It
    // returns with interrupts masked no more than they were. If it does not
    // return, whoever it jumps to calls irqgc_brk_release once, and what the
    // interrupted code has made of an FPU's rounding and flags is lost.
    void (*deliver)(void *arg);

    // Called in the context of a request that comes while another waits: it
    // resets the device, say. NULL: nothing.
    void (*escalate)(void *arg);

    void *arg;

    // Whose operations hold off a break: all heaps that the thread uses, for a
    // delivery in the middle of a marking could hide an object from it. One, or
    // NULL; and further ones, in an array that stays where it is.
    irqgc_t *heap;
    irqgc_t *const *heaps;
    size_t n_heaps;

    // Nonzero: delivers anywhere outside holds. It is not for all ports:
    //   POSIX     nothing to do; but who requests in a signal's handler, and
    //             leaves, has SA_NODEFER set, or the signal stays blocked
    //   Cortex-M  irqgc_cortex_m_pendsv and irqgc_cortex_m_svcall are in the
    //             vector table, PendSV has the least urgent priority, and no
    //             one else uses the two
    //   RISC-V    the trap entry calls irqgc_riscv_break, see the port
    int asynchronous;
} irqgc_brk_config_t;

// Sets the break up. Nothing is requested or held then.
//
// Refused with BAD_ARGUMENT iff the argument, or the array of a number of
// heaps, is NULL, or there is no call to deliver by, or it is to be
// asynchronous and the port polls only, or no heap is named.
//
// Context: thread, outside operations of the heap. Bound: constant. Window: 14.
irqgc_status_t irqgc_brk_init(const irqgc_brk_config_t *config);

// Requests a break; escalates iff one is waiting already.
//
// Context: any; on POSIX also a handler of any signal. Bound: constant beside
// the call. Window: 4.
void irqgc_brk_request(void);

// Holds the break off until it is released as often. Holds nest. Whoever holds
// in a handler, or in a delivery that returns, releases there.
//
// Context: any. Bound: constant. No window.
void irqgc_brk_hold(void);

// Takes one hold back. A break that waits for the last one is delivered before
// the thread goes on, if it is asynchronous, else at the next poll. Without a
// hold, nothing in a release build; one with IRQGC_DEBUG stops.
//
// Context: any. Bound: constant, beside the delivery. No window.
void irqgc_brk_release(void);

// Delivers a break that waits, unless it is held off. Returns nonzero iff it
// did, when the delivery has returned. In a handler: does nothing.
//
// Context: any. Bound: constant, beside the delivery. Window: 6.
int irqgc_brk_poll(void);

#ifdef __cplusplus
}
#endif

#endif
