// SPDX-License-Identifier: MIT
#include "measure.h"

uint32_t call_took;

static uint32_t overhead;
static uint32_t random_state;

__attribute__((naked, noipa)) void call_nothing(void) {
#ifdef __riscv
    __asm__ volatile("ret");
#else
    __asm__ volatile("bx lr");
#endif
}

// One copy, that every function is called by: it takes the same each time.
__attribute__((noipa)) uintptr_t call(measured_t *function, uintptr_t a,
                                      uintptr_t b, uintptr_t c, uintptr_t d) {
    const uint32_t begin = board_cycles();
    const uintptr_t result = function(a, b, c, d);
    const uint32_t end = board_cycles();
    call_took = board_instructions(end - begin) - overhead;
    return result;
}

void call_calibrate(void) {
    overhead = 0;
    call(MEASURED(call_nothing), 0, 0, 0, 0);
    overhead = call_took - 1;
}

__attribute__((noipa)) uint32_t call_stack(measured_t *function, uintptr_t a,
                                           uintptr_t b, uintptr_t c,
                                           uintptr_t d) {
    enum { WORDS = 512, PAINT = 0x5AA5C33C };
    volatile uint32_t *top;
#ifdef __riscv
    __asm__ volatile("mv %0, sp" : "=r"(top));
#else
    __asm__ volatile("mov %0, sp" : "=r"(top));
#endif
    for (unsigned i = 1; i <= WORDS; i++) {
        top[-(int)i] = PAINT;
    }
    function(a, b, c, d);
    uint32_t n = WORDS;
    while (n > 0 && top[-(int)n] == PAINT) {
        n--;
    }
    return n * sizeof *top;
}

// ---- Many calls ------------------------------------------------------------

void samples_reset(samples_t *samples) {
    samples->n = 0;
    samples->least = UINT32_MAX;
    samples->most = 0;
    samples->stride = 1;
    samples->n_kept = 0;
}

static void samples_thin(samples_t *samples) {
    for (uint32_t i = 0; i < SAMPLES / 2; i++) {
        samples->kept[i] = samples->kept[2 * i];
    }
    samples->n_kept = SAMPLES / 2;
    samples->stride *= 2;
}

void samples_add(samples_t *samples, uint32_t took) {
    samples->least = took < samples->least ? took : samples->least;
    samples->most = took > samples->most ? took : samples->most;
    if (samples->n % samples->stride == 0) {
        if (samples->n_kept == SAMPLES) {
            samples_thin(samples);
        }
        samples->kept[samples->n_kept++] = took;
    }
    samples->n++;
}

// By insertion.
static void sort(uint32_t *numbers, uint32_t n) {
    for (uint32_t i = 1; i < n; i++) {
        const uint32_t number = numbers[i];
        uint32_t k = i;
        for (; k > 0 && numbers[k - 1] > number; k--) {
            numbers[k] = numbers[k - 1];
        }
        numbers[k] = number;
    }
}

// ---- Lines -----------------------------------------------------------------

static void line_begin(const char *kind, const char *name) {
    board_print(kind);
    board_print(" ");
    board_print(name);
}

static void word_print(const char *word) {
    board_print(" ");
    board_print(word);
}

static void number_print(uint32_t number) {
    board_print(" ");
    board_print_number(number);
}

void samples_print(samples_t *samples, const char *name, uint32_t size,
                   const char *fill) {
    if (samples->n == 0) {
        return;
    }
    sort(samples->kept, samples->n_kept);
    line_begin("calls", name);
    number_print(size);
    word_print(fill);
    number_print(samples->n);
    number_print(samples->least);
    number_print(samples->kept[samples->n_kept / 2]);
    number_print(samples->most);
    board_print("\n");
}

void per_print(const char *name, const char *which, uint32_t instructions,
               uint32_t units) {
    line_begin("per", name);
    word_print(which);
    number_print(instructions);
    number_print(units);
    board_print("\n");
}

void value_print(const char *name, const char *which, uint32_t number) {
    line_begin("value", name);
    word_print(which);
    number_print(number);
    board_print("\n");
}

// ---- Numbers ---------------------------------------------------------------

void random_seed(void) {
    random_state = 0x9E3779B9u;
}

uint32_t random_below(uint32_t n) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return (uint32_t)((uint64_t)random_state * n >> 32);
}
