// SPDX-License-Identifier: MIT
//
// Counts the instructions of single calls, and prints what figures.py reads:
// a line for each figure, words with a space between.
#ifndef IRQGC_BENCH_FIGURES_MEASURE_H
#define IRQGC_BENCH_FIGURES_MEASURE_H

#include "board.h"

// ---- A call ----------------------------------------------------------------

// What can be measured: a function of up to four words that returns one, or
// nothing. Arguments that it does not have do no harm: all are passed in
// registers.
typedef uintptr_t measured_t(uintptr_t, uintptr_t, uintptr_t, uintptr_t);
#define MEASURED(function) ((measured_t *)(void (*)(void))(function))

// Makes the call, and notes in `call_took` the instructions from the function's
// first to its return, both included, and all that it calls.
uintptr_t call(measured_t *function, uintptr_t a, uintptr_t b, uintptr_t c,
               uintptr_t d);
extern uint32_t call_took;

// To be called once, before.
void call_calibrate(void);

// A function of one instruction, its return.
void call_nothing(void);

// Makes the call, and returns the bytes of stack below the caller's that it
// has written to.
uint32_t call_stack(measured_t *function, uintptr_t a, uintptr_t b, uintptr_t c,
                    uintptr_t d);

// ---- Many calls ------------------------------------------------------------

enum { SAMPLES = 512 };

// What calls took. Best and worst are those of all calls. The median is that
// of all too, until there are more than SAMPLES; then of every second, of every
// fourth and so on.
typedef struct {
    uint32_t n, least, most;
    uint32_t stride, n_kept;
    uint32_t kept[SAMPLES];
} samples_t;

void samples_reset(samples_t *samples);
void samples_add(samples_t *samples, uint32_t took);

// "calls NAME SIZE FILL n least median most"; nothing if there was none.
void samples_print(samples_t *samples, const char *name, uint32_t size,
                   const char *fill);

// ---- One figure ------------------------------------------------------------

// "per NAME CASE instructions units"
void per_print(const char *name, const char *which, uint32_t instructions,
               uint32_t units);

// "value NAME CASE number"
void value_print(const char *name, const char *which, uint32_t number);

// Pseudo-random numbers, the same in each run.
void random_seed(void);
uint32_t random_below(uint32_t n);

#endif
