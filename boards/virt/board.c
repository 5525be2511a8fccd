// SPDX-License-Identifier: MIT
//
// Interrupts of QEMU's RISC-V virt board, of which machine mode uses all.
//
// The one timer there is has to interrupt every level, as it makes the timers
// of all. So no level is its interrupt. The levels are those of the supervisor
// instead: software, timer and external, which machine mode can request by a
// bit of mip. An interrupt leaves enabled in mie what is more urgent than it.
#include "../internal.h"
#include "irqgc_port.h"

#define MSIP REGISTER(0x02000000u)
#define MTIME_LOW REGISTER(0x0200BFF8u)
#define MTIMECMP_LOW REGISTER(0x02004000u)
#define MTIMECMP_HIGH REGISTER(0x02004004u)
#define MTIME_HZ 10000000u

#define MSTATUS_MIE 8u

enum { LINE_1 = 1, LINE_2 = 5, LINE_3 = 9, LINE_TIMER = 7, LINE_BREAK = 3 };
#define BIT(line) (1u << (line))

static const uint8_t lines[BOARD_LEVELS] = {LINE_1, LINE_2, LINE_3};

// What may interrupt a level; the thread is level 0.
static const uint32_t enabled[BOARD_LEVELS + 1] = {
    BIT(LINE_TIMER) | BIT(LINE_3) | BIT(LINE_2) | BIT(LINE_1) | BIT(LINE_BREAK),
    BIT(LINE_TIMER) | BIT(LINE_3) | BIT(LINE_2),
    BIT(LINE_TIMER) | BIT(LINE_3),
    BIT(LINE_TIMER),
};

// start.S
void board_shot(board_handler_t *function, void *arg, uint32_t ticks);
extern const char board_shot_over[], board_shot_end[];
extern const uint32_t board_fault_registers[12];

void board_trap(uint32_t cause, uintptr_t pc);
void irqgc_riscv_break(void);
_Noreturn void board_fault_report(uint32_t cause, const uint32_t *frame);

// ---- Time ------------------------------------------------------------------

const char board_clock[] = "mcycle";

// As emulated.
const uint32_t board_cycles_hz = 1000000000u;

uint32_t board_cycles(void) {
    uint32_t cycles;
    __asm__ volatile("csrr %0, mcycle" : "=r"(cycles) : : "memory");
    return cycles;
}

// The high word at its largest keeps the comparison false for centuries.
static void timer_clear(void) {
    MTIMECMP_HIGH = 0xFFFFFFFFu;
}

static void timer_set(uint32_t ticks) {
    timer_clear();
    uint64_t at;
    const uint32_t low = MTIME_LOW;
    const uint32_t high = REGISTER(0x0200BFFCu);
    // The low word may have wrapped between: then the timer is early, or waits
    // for the next start or stop at most.
    at = ((uint64_t)high << 32 | low) + ticks;
    MTIMECMP_LOW = (uint32_t)at;
    MTIMECMP_HIGH = (uint32_t)(at >> 32);
}

static void timer_expire(void) {
    timer_clear();
    if (shot_is_armed()) {
        shot_fire();
        return;
    }
    const uint32_t wait = deadlines_meet(MTIME_LOW);
    if (wait != DEADLINE_NONE) {
        timer_set(wait);
    }
}

// Has the interrupt look at the deadlines anew.
static void timer_wake(void) {
    MTIMECMP_HIGH = 0;
    MTIMECMP_LOW = 0;
}

void board_timer_start(unsigned level, uint32_t period) {
    deadline_start(level, MTIME_LOW, period * (MTIME_HZ / 1000000u));
    timer_wake();
}

void board_timer_stop(unsigned level) {
    deadline_stop(level);
    timer_wake();
}

// ---- Levels ----------------------------------------------------------------

// Makes the lowest 256 bytes of the stack fault, for machine mode too.
static void guard_close(void) {
    const uintptr_t range = (uintptr_t)board_heap_end >> 2 | 31;
    __asm__ volatile("csrw pmpaddr0, %0" : : "r"(range));
    __asm__ volatile("csrw pmpcfg0, %0" : : "r"(0x98)); // locked
}

void levels_open(void) {
    timer_clear();
    guard_close();
    irqgc_riscv_msip = &MSIP;
    __asm__ volatile("csrw mie, %0" : : "r"(enabled[0]) : "memory");
    __asm__ volatile("csrsi mstatus, %0" : : "i"(MSTATUS_MIE) : "memory");
}

void board_request(unsigned level) {
    __asm__ volatile("csrs mip, %0" : : "r"(BIT(lines[level - 1])) : "memory");
}

// start.S masks again, and puts mie back.
static void level_enter(unsigned level, uintptr_t pc) {
    __asm__ volatile("csrc mip, %0" : : "r"(BIT(lines[level - 1])) : "memory");
    __asm__ volatile("csrw mie, %0" : : "r"(enabled[level]) : "memory");
    __asm__ volatile("csrsi mstatus, %0" : : "i"(MSTATUS_MIE) : "memory");
    level_run(level, pc);
}

static _Noreturn void trap_unexpected(uint32_t line, uintptr_t pc) {
    fault_begin("unexpected interrupt, cause ", line);
    fault_register("pc", pc);
    fault_end();
}

// The port's, but in images without BOARD_BREAK.
__attribute__((weak)) volatile uint32_t *irqgc_riscv_msip;
__attribute__((weak)) void irqgc_riscv_break(void) {
    trap_unexpected(LINE_BREAK, 0);
}

__attribute__((used)) void board_trap(uint32_t cause, uintptr_t pc) {
    switch (cause & 0x7FFFFFFFu) {
    case LINE_TIMER:
        timer_expire();
        break;
    case LINE_1:
        level_enter(1, pc);
        break;
    case LINE_2:
        level_enter(2, pc);
        break;
    case LINE_3:
        level_enter(3, pc);
        break;
    case LINE_BREAK:
        irqgc_riscv_break();
        break;
    default:
        trap_unexpected(cause & 0x7FFFFFFFu, pc);
    }
}

// ---- Shots -----------------------------------------------------------------

const uint32_t shot_hz = MTIME_HZ;

// From the reading of the low word on.
const uint32_t shot_lead = 6;

bool shot_is_late(uintptr_t pc) {
    return pc - (uintptr_t)board_shot_over <
           (uintptr_t)board_shot_end - (uintptr_t)board_shot_over;
}

void shot_call(board_handler_t *function, void *arg) {
    timer_clear();
    // A tick less: the emulator makes the comparator's next event of a count
    // that is rounded down, so that it is up to a tick late.
    board_shot(function, arg, shot_ticks - 1);
}

// ---- Faults ----------------------------------------------------------------

enum { CAUSE_BREAKPOINT = 3, FRAME_A0 = 4 };

__attribute__((used)) _Noreturn void board_fault_report(uint32_t cause,
                                                        const uint32_t *frame) {
    static const char *const names[] = {
        "ra", "t0", "t1", "t2", "a0", "a1", "a2", "a3",      "a4", "a5",
        "a6", "a7", "t3", "t4", "t5", "t6", "pc", "mstatus", "mie"};
    static const char *const saved[] = {"s0", "s1", "s2", "s3", "s4",  "s5",
                                        "s6", "s7", "s8", "s9", "s10", "s11"};
    uint32_t mtval;
    __asm__ volatile("csrr %0, mtval" : "=r"(mtval));
    fault_begin("exception ", cause);
    if (cause == CAUSE_BREAKPOINT) { // a debug build stops (port_stop)
        fault_stopped((const char *)(uintptr_t)frame[FRAME_A0]);
    }
    fault_register("mtval", mtval);
    fault_register("sp", (uintptr_t)frame + 80);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        fault_register(names[i], frame[i]);
    }
    for (size_t i = 0; i < sizeof saved / sizeof *saved; i++) {
        fault_register(saved[i], board_fault_registers[i]);
    }
    fault_end();
}
