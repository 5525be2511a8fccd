// SPDX-License-Identifier: MIT
//
// What the sources of a board share among themselves.
#ifndef BOARDS_INTERNAL_H
#define BOARDS_INTERNAL_H

#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

// ---- start.S, one for each core --------------------------------------------

// Asks the emulator.
uintptr_t board_semihosting(uintptr_t operation, const void *arguments);

// Executes two instructions `n` times.
void board_spin(uint32_t n);

// ---- host.c ----------------------------------------------------------------

// A fault's report: what it is; why a debug build has stopped; a register; the
// firmware's part and the end.
void fault_begin(const char *what, uint32_t number);
void fault_stopped(const char *why);
void fault_register(const char *name, uintptr_t value);
_Noreturn void fault_end(void);

// ---- levels.c --------------------------------------------------------------

// Calls main, and exits.
_Noreturn void board_main(void);

// Runs the handler of a level, which has interrupted at `pc`.
void level_run(unsigned level, uintptr_t pc);

// The timer that shot_call has started has expired.
void shot_fire(void);
bool shot_is_armed(void);

// ---- board.c, one for each core --------------------------------------------

void levels_open(void);

// Starts a timer of shot_ticks, and calls function(arg). Stops it when that has
// returned.
void shot_call(board_handler_t *function, void *arg);
extern uint32_t shot_ticks;
extern const uint32_t shot_hz;

// Instructions from the start of the timer to the function's first.
extern const uint32_t shot_lead;

// True iff one that was interrupted here had returned to shot_call.
bool shot_is_late(uintptr_t pc);

// ---- deadlines.c: a timer for each level, made of one ----------------------

// In ticks of the caller's clock, which wraps at 32 bits; `period` is less than
// half of that.
void deadline_start(unsigned level, uint32_t now, uint32_t period);
void deadline_stop(unsigned level);

// Requests the levels that are due. Returns the ticks until the next one is.
#define DEADLINE_NONE 0xFFFFFFFFu
uint32_t deadlines_meet(uint32_t now);

#endif
