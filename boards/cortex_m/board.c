// SPDX-License-Identifier: MIT
//
// Interrupts of a Cortex-M. The SysTick fires the shots.
#include "cortex_m.h"

#define NVIC_ISER REGISTER(0xE000E100u)
#define NVIC_ISPR REGISTER(0xE000E200u)
#define NVIC_IPR(word) REGISTER(0xE000E400u + 4u * (word))
#define SHPR3 REGISTER(0xE000ED20u)

enum { EXCEPTION_SYSTICK = 15, EXCEPTION_IRQ0 = 16 };
enum { FRAME_PC = 6 };

// start.S
void board_shot(board_handler_t *function, void *arg, uintptr_t timer,
                uint32_t value);
extern const char board_shot_over[], board_shot_end[];

void board_exception(uint32_t number, const uint32_t *frame);

static unsigned level_line(unsigned level) {
    return BOARD_IRQ + level - 1;
}

void board_request(unsigned level) {
    NVIC_ISPR = 1u << level_line(level);
    __asm__ volatile("dsb\n\tisb" : : : "memory");
}

// A word at a time: v6-M has no narrower access.
static void line_set_priority(unsigned line, uint32_t priority) {
    const unsigned shift = line % 4 * 8;
    NVIC_IPR(line / 4) =
        (NVIC_IPR(line / 4) & ~(0xFFu << shift)) | priority << shift;
}

// Makes the lowest 256 bytes of the stack fault, where the core has a means.
#if defined __ARM_ARCH_6M__

static void guard_close(void) {
}

#elif defined __ARM_ARCH_8M_MAIN__

static void guard_close(void) {
    __asm__ volatile("msr msplim, %0" : : "r"(board_heap_end + 256));
}

#else

static void guard_close(void) {
    REGISTER(0xE000ED98u) = 0;                         // RNR: region
    REGISTER(0xE000ED9Cu) = (uintptr_t)board_heap_end; // RBAR: where
    REGISTER(0xE000EDA0u) = 0x1000000Fu;               // RASR: no access
    REGISTER(0xE000ED94u) = 5; // CTRL: on, but not in a fault's report
    __asm__ volatile("dsb\n\tisb" : : : "memory");
}

#endif

void levels_open(void) {
    timers_open();
    guard_close();
    // SysTick, the most urgent; PendSV, the least.
    SHPR3 = (SHPR3 & 0x0000FFFFu) | 0x00FF0000u;
    for (unsigned level = 1; level <= BOARD_LEVELS; level++) {
        line_set_priority(level_line(level), BOARD_PRIORITY(level));
        NVIC_ISER = 1u << level_line(level);
    }
}

static void systick(void) {
    if (shot_is_armed()) {
        // Else it would come again, and again.
        REGISTER(SYST_CSR) = 0;
        ICSR = ICSR_PENDSTCLR;
        shot_fire();
    } else {
        timers_tick();
    }
}

__attribute__((used)) void board_exception(uint32_t number,
                                           const uint32_t *frame) {
    const uint32_t level = number - EXCEPTION_IRQ0 - BOARD_IRQ + 1;
    if (number == EXCEPTION_SYSTICK) {
        systick();
    } else if (level - 1 < BOARD_LEVELS) {
        timer_acknowledge(level);
        level_run(level, frame[FRAME_PC]);
    } else {
        fault_begin("unexpected interrupt, exception ", number);
        fault_register("pc", frame[FRAME_PC]);
        fault_end();
    }
}

// ---- Shots -----------------------------------------------------------------

// The call.
const uint32_t shot_lead = 1;

bool shot_is_late(uintptr_t pc) {
    return pc - ((uintptr_t)board_shot_over & ~1u) <
           (uintptr_t)board_shot_end - (uintptr_t)board_shot_over;
}

// Not inlined, so that no register keeps the number: what the function finds
// in those that it saves is the same each time.
BOARD_APART static void shot_load(uint32_t ticks) {
    REGISTER(SYST_CSR) = 0;
    SYST_RVR = ticks - 1; // it takes a tick to reload
    SYST_CVR = 0;
}

void shot_call(board_handler_t *function, void *arg) {
    shot_load(shot_ticks);
    board_shot(function, arg, SYST_CSR, SYST_RUN);
    ICSR = ICSR_PENDSTCLR;
}
