// SPDX-License-Identifier: MIT
//
// What firmware may use on every emulated board: output and an exit status,
// three interrupt levels with a timer each, an interrupt at a chosen
// instruction, a counter of time, and memory for a heap.
//
// Levels are numbered by urgency: 1 is preempted by 2 and 3, 2 by 3, and the
// thread, level 0, by all. On Cortex-M level n has the priority
// BOARD_PRIORITY(n). A level's handler is requested by its timer, by
// board_request or by board_interrupt; a request while one is pending is lost.
//
// A fault ends the run. It prints what happened, the registers, and whatever
// board_on_fault adds; the exit status is BOARD_FAULT.
#ifndef BOARDS_BOARD_H
#define BOARDS_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOARD_LEVELS 3u
#define BOARD_PRIORITY(level) (0x100u - 0x40u * (level))
#define BOARD_FAULT 99 // exit status

// Firmware defines it. Its result is the exit status.
int main(void);

// ---- Output ----------------------------------------------------------------

// Context: any. A call of the emulator: they take hardly any emulated time.
void board_print(const char *text);
void board_print_number(uint32_t number);
void board_print_hex(uint32_t number); // 0x and eight digits

// Ends the run. `status` is 0 to 123: `timeout` and shells use those above.
//
// Context: any.
_Noreturn void board_exit(int status);

// Copies the arguments that the run was started with, a space between two, and
// a terminating zero. Returns false, with an empty text, iff they do not fit.
//
// Context: any.
bool board_arguments(char *text, size_t size);

extern const char board_name[];

// ---- Faults ----------------------------------------------------------------

// Firmware may define it, to print what else is of interest, such as its
// heap's state. Called once, on a stack of its own. A fault in it ends the run
// at once.
void board_on_fault(void);

// ---- Memory ----------------------------------------------------------------

// All that neither data nor stack take.
extern char board_heap_start[], board_heap_end[];

static inline size_t board_heap_size(void) {
    return (uintptr_t)board_heap_end - (uintptr_t)board_heap_start;
}

// ---- Time ------------------------------------------------------------------

// A free-running counter of 32 bits; it wraps. Where the emulator counts
// instructions (see qemu.sh), it tells how many were executed, exactly.
//
// Context: any. Bound: constant.
uint32_t board_cycles(void);

// What it counts in a second of emulated time.
extern const uint32_t board_cycles_hz;

// What board_cycles counts, for a report.
extern const char board_clock[];

// How many instructions a difference of two readings stands for, rounded.
//
// Context: any. Bound: constant.
uint32_t board_instructions(uint32_t cycles);

// ---- Levels ----------------------------------------------------------------

typedef void board_handler_t(void *arg);

// Says what a level calls.
//
// Context: thread, while the level is not requested.
void board_on_level(unsigned level, board_handler_t *handler, void *arg);

// Requests a level. Its handler has run when the call returns, unless the
// caller is as urgent, or masked: then as soon as that is over.
//
// Context: any.
void board_request(unsigned level);

// Requests a level every `period` microseconds, 10 to 10 million.
//
// Context: thread, or a handler of the same level.
void board_timer_start(unsigned level, uint32_t period);

// Ends that. No request comes after the return.
//
// Context: as above, not masked.
void board_timer_stop(unsigned level);

// The address at which the latest handler of this level, the one under way or
// the last, has interrupted what it interrupted.
//
// Context: any.
uintptr_t board_interrupted(unsigned level);

// ---- An interrupt at every instruction -------------------------------------

// Neither inlined nor looked into, not even as the image is linked. A
// collection scans the stack, and takes longer for some words than for others:
// so that each run of an operation is the same, what changes from one to the
// next is in no variable of the functions that it is called from.
#ifdef __clang__
#define BOARD_APART __attribute__((noinline))
#else
#define BOARD_APART __attribute__((noipa))
#endif

// Calls function(arg), and requests `level` before the n-th instruction that
// is executed from then on: 1 is the function's first; if masked there, as
// soon as no longer masked. Returns true iff that handler came while the
// function was under way; else it came as late as it returned, or never. A
// sweep raises n from 1 on until the answer is false.
//
// Exact where the emulator counts instructions. May be called in a handler
// that a call of it has requested, for a more urgent level: this interrupts
// at all pairs of instructions. No other request may come meanwhile that leads
// to a call, and on boards that have one timer (netduinoplus2, virt) no
// level's timer may run.
//
// Context: thread, or a handler as said; not masked. `n` up to 200 000.
bool board_interrupt(unsigned level, uint32_t n, board_handler_t *function,
                     void *arg);

#endif
