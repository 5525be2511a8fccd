// SPDX-License-Identifier: MIT
//
// Firmware for a real board: counts the core's cycles for calls of the heap,
// and prints a table. docs/silicon.md tells how to build it, and where to send
// what it prints.
//
// Yours are a start-up and a linker script, which lead to main or call
// silicon_run, and
//
//   void silicon_put(char c);    sends a character: by a UART, say
//
// The counter is the DWT's on Cortex-M3 and above, the SysTick on cores without
// one, or where SILICON_SYSTICK is 1, and mcycle on RISC-V. Calls are measured
// with interrupts masked, so that none of yours is counted.
#include <stdint.h>

#include "irqgc/irqgc.h"

#ifndef SILICON_KIB
#define SILICON_KIB 64 // of the heap that is measured
#endif
#ifndef SILICON_NAME
#define SILICON_NAME "an unnamed core"
#endif
#ifndef SILICON_FLAGS
#define SILICON_FLAGS "unknown flags"
#endif
#ifndef SILICON_SYSTICK
#if defined __ARM_ARCH_6M__ || defined __ARM_ARCH_8M_BASE__
#define SILICON_SYSTICK 1
#else
#define SILICON_SYSTICK 0
#endif
#endif

void silicon_put(char c);
void silicon_run(void);
int main(void);

// ---- Printing --------------------------------------------------------------

static void text_print(const char *text) {
    while (*text != '\0') {
        silicon_put(*text++);
    }
}

static void number_print(uint32_t number) {
    char text[11];
    char *digit = &text[sizeof text - 1];
    *digit = '\0';
    do {
        *--digit = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    text_print(digit);
}

// ---- The counter -----------------------------------------------------------

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define SYST_CSR REGISTER(0xE000E010u)
#define SYST_RVR REGISTER(0xE000E014u)
#define SYST_CVR REGISTER(0xE000E018u)
#define SYST_MAX 0xFFFFFFu
enum { SYST_ENABLE = 1, SYST_INTERRUPT = 2, SYST_CORE_CLOCK = 4 };

#ifdef __riscv

static const char counter_name[] = "mcycle";

static void counter_start(void) {
}

static uint32_t counter_read(void) {
    unsigned long cycles;
    __asm__ volatile("csrr %0, mcycle" : "=r"(cycles) : : "memory");
    return (uint32_t)cycles;
}

#elif SILICON_SYSTICK

static const char counter_name[] = "SysTick";

static void counter_start(void) {
    SYST_CSR = 0;
    SYST_RVR = SYST_MAX;
    SYST_CVR = 0;
    SYST_CSR = SYST_ENABLE | SYST_CORE_CLOCK;
}

// It counts down, and has 24 bits: elapsed() takes what lies above away.
static uint32_t counter_read(void) {
    return 0u - SYST_CVR;
}

#else

static const char counter_name[] = "DWT";

static void counter_start(void) {
    REGISTER(0xE000EDFCu) |= 1u << 24;   // DEMCR.TRCENA
    REGISTER(0xE0001FB0u) = 0xC5ACCE55u; // DWT_LAR: some M7 are locked
    REGISTER(0xE0001004u) = 0;           // DWT_CYCCNT
    REGISTER(0xE0001000u) |= 1u;         // DWT_CTRL.CYCCNTENA
}

static uint32_t counter_read(void) {
    return REGISTER(0xE0001004u);
}

#endif

static uint32_t elapsed(uint32_t begin, uint32_t end) {
    return SILICON_SYSTICK ? (end - begin) & SYST_MAX : end - begin;
}

static int counter_counts(void) {
    const uint32_t begin = counter_read();
    for (volatile int i = 0; i < 1000; i++) {
    }
    return elapsed(begin, counter_read()) != 0;
}

// ---- Samples ---------------------------------------------------------------

enum { SAMPLES = 128 };
typedef struct {
    uint32_t n;
    uint32_t took[SAMPLES];
} samples_t;

static uint32_t overhead; // of reading the counter

static void sample_add(samples_t *s, uint32_t begin, uint32_t end) {
    const uint32_t took = elapsed(begin, end) - overhead;
    uint32_t i = s->n < SAMPLES ? s->n++ : SAMPLES - 1;
    for (; i > 0 && s->took[i - 1] > took; i--) { // sorted
        s->took[i] = s->took[i - 1];
    }
    s->took[i] = took;
}

static void cell_print(uint32_t number) {
    text_print(" | ");
    number_print(number);
}

static void samples_print(const char *call, uint32_t size, const char *where,
                          samples_t *s) {
    if (s->n == 0) {
        return; // the heap has no such room
    }
    text_print("| ");
    text_print(call);
    number_print(size);
    text_print(where);
    cell_print(s->took[0]);
    cell_print(s->took[s->n / 2]);
    cell_print(s->took[s->n - 1]);
    text_print(" |\n");
    s->n = 0;
}

static void counter_calibrate(void) {
    overhead = UINT32_MAX;
    for (int i = 0; i < 16; i++) {
        const uint32_t begin = counter_read();
        const uint32_t took = elapsed(begin, counter_read());
        overhead = took < overhead ? took : overhead;
    }
}

// ---- The heap --------------------------------------------------------------

enum { N_LIVE = SILICON_KIB * 16 };

static char memory[SILICON_KIB * 1024];
static irqgc_t *heap;
static void *live[N_LIVE];
static irqgc_root_t live_root;
static uint32_t random_state;

static uint32_t random_below(uint32_t n) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return (random_state >> 8) % n;
}

static void heap_open(void) {
    const irqgc_region_t region = {memory, sizeof memory};
    irqgc_init(&heap, &(irqgc_config_t){.regions = &region, .n_regions = 1});
    for (uint32_t i = 0; i < N_LIVE; i++) {
        live[i] = NULL;
    }
    irqgc_root_add(heap, &live_root, live, sizeof live);
    random_state = 0x9E3779B9u;
}

static size_t mixed_size(void) {
    static const uint16_t sizes[] = {16,  16, 16, 32,  48,  64, 16, 24,
                                     100, 16, 32, 200, 512, 16, 64, 1000};
    return sizes[random_below(sizeof sizes / sizeof *sizes)];
}

// Fills the heap with objects of all sizes, each of which points to one before;
// every second lives. Not inlined, so that no register keeps the others.
__attribute__((noinline)) static void mix_make(void) {
    uint32_t n = 0;
    void **object;
    while ((object = irqgc_alloc(heap, mixed_size(), IRQGC_FAIL_FAST)) !=
           NULL) {
        object[0] = n != 0 ? live[random_below(n)] : NULL;
        if (random_below(2) != 0 && n < N_LIVE) {
            live[n++] = object;
        }
    }
}

// ---- Calls -----------------------------------------------------------------

static void *alloc_measure(samples_t *s, size_t size) {
    const irqgc_masking_t masking = irqgc_mask();
    const uint32_t begin = counter_read();
    void *const object = irqgc_alloc(heap, size, IRQGC_FAIL_FAST);
    const uint32_t end = counter_read();
    irqgc_restore(masking);
    if (object != NULL) {
        sample_add(s, begin, end);
    }
    return object;
}

static void free_measure(samples_t *s, void *object) {
    const irqgc_masking_t masking = irqgc_mask();
    const uint32_t begin = counter_read();
    irqgc_free(heap, object);
    const uint32_t end = counter_read();
    irqgc_restore(masking);
    sample_add(s, begin, end);
}

// Some at a time, so that they lie at different places.
static void size_measure(size_t size, const char *where) {
    enum { AT_A_TIME = 8 };
    static samples_t allocs;
    static samples_t frees;
    for (int round = 0; round < SAMPLES / AT_A_TIME; round++) {
        void *objects[AT_A_TIME];
        int n = 0;
        while (n < AT_A_TIME &&
               (objects[n] = alloc_measure(&allocs, size)) != NULL) {
            n++;
        }
        while (n > 0) {
            free_measure(&frees, objects[--n]);
        }
    }
    samples_print("alloc ", (uint32_t)size, where, &allocs);
    samples_print("free ", (uint32_t)size, where, &frees);
}

static void sizes_measure(const char *where) {
    size_measure(16, where);
    size_measure(64, where);
    size_measure(512, where);
    size_measure(4096, where);
}

static void collect_measure(const char *which) {
    static samples_t collects;
    const irqgc_masking_t masking = irqgc_mask();
    const uint32_t begin = counter_read();
    irqgc_collect(heap);
    const uint32_t end = counter_read();
    irqgc_restore(masking);
    sample_add(&collects, begin, end);
    samples_print("collect ", SILICON_KIB, which, &collects);
}

// ---- How long interrupts are kept out --------------------------------------

// The SysTick counts down from its reload value when it asks for its interrupt:
// what it has counted when its handler reads it is how late that comes. The
// latest is later than the earliest by the longest masked window that was met,
// and by what instructions take that are not interrupted.
#ifndef __riscv

static volatile uint32_t ticks;
static volatile uint32_t earliest;
static volatile uint32_t latest;
static uint32_t tick_random;

void SysTick_Handler(void);
void SysTick_Handler(void) {
    const uint32_t late = SYST_RVR - SYST_CVR;
    earliest = late < earliest ? late : earliest;
    latest = late > latest ? late : latest;
    ticks++;
    // Another time each time, so that it meets all instructions.
    tick_random = tick_random * 1664525u + 1013904223u;
    SYST_RVR = 1000 + (tick_random >> 24);
    SYST_CVR = 0;
}

static void work(void) {
    enum { OPERATIONS = 20000, N = 64 };
    heap_open();
    for (int i = 0; i < OPERATIONS; i++) {
        void **const slot = &live[random_below(N)];
        irqgc_free(heap, *slot);
        irqgc_store(heap, slot, irqgc_alloc(heap, mixed_size(), 0));
        if (i % 100 == 0) {
            irqgc_collect(heap);
        }
    }
}

static void delay_measure(void) {
    ticks = 0;
    latest = 0;
    earliest = UINT32_MAX;
    REGISTER(0xE000ED20u) |= 0xFF000000u; // SHPR3: as a ceiling would mask
    SYST_CSR = 0;
    SYST_RVR = 1000;
    SYST_CVR = 0;
    SYST_CSR = SYST_ENABLE | SYST_INTERRUPT | SYST_CORE_CLOCK;
    work();
    SYST_CSR = 0;
    if (ticks == 0) {
        text_print("\nLongest delay of an interrupt: not measured, for "
                   "SysTick_Handler was never called.\n");
        return;
    }
    text_print("\nLongest delay of an interrupt beyond the shortest: ");
    number_print(latest - earliest);
    text_print(", of ");
    number_print(ticks);
    text_print(" interrupts.\n");
}

#else

static void delay_measure(void) {
    text_print("\nLongest delay of an interrupt: not measured on RISC-V.\n");
}

#endif

// ---- All -------------------------------------------------------------------

void silicon_run(void) {
    text_print("irqgc " IRQGC_VERSION ", " SILICON_NAME
               ", compiler " __VERSION__ ", " SILICON_FLAGS "\n");
    counter_start();
    if (!counter_counts()) {
        text_print("There is no cycle counter here: ");
        text_print(counter_name);
        text_print(" stands still.\n");
        return;
    }
    counter_calibrate();
    text_print("Cycles, by ");
    text_print(counter_name);
    text_print(":\n\n| | best | median | worst |\n"
               "| --- | ---: | ---: | ---: |\n");
    heap_open();
    sizes_measure(" B, heap empty");
    mix_make();
    collect_measure(" KiB, half dead");
    collect_measure(" KiB, nothing dead");
    sizes_measure(" B, heap half full");
    const unsigned broken = irqgc_check(heap);
    delay_measure();
    text_print(broken == 0 && irqgc_check(heap) == 0
                   ? "The heap is whole.\n"
                   : "The heap is BROKEN: these figures are worth nothing.\n");
}

__attribute__((weak)) int main(void) {
    silicon_run();
    for (;;) {
    }
}
