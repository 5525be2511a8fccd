// SPDX-License-Identifier: MIT
//
// The report of a fault.
#include "cortex_m.h"

// start.S
extern const uint32_t board_fault_registers[12];
enum { R4, MSP = 8, PSP, EXC_RETURN, IPSR };
enum { PC = 6, BKPT_0 = 0xBE00 }; // where a debug build stops (port_stop)

extern const char board_data_start[], __stack_top[];

_Noreturn void board_fault_report(void);

// Only what lies in memory can be read: the fault may be an overflow.
static void frame_print(uintptr_t address) {
    static const char *const names[] = {"r0",  "r1", "r2", "r3",
                                        "r12", "lr", "pc", "xpsr"};
    const size_t size = sizeof names / sizeof *names * sizeof(uint32_t);
    if (address < (uintptr_t)board_data_start ||
        address > (uintptr_t)__stack_top - size) {
        board_print("  the frame is outside of memory\n");
        return;
    }
    const uint32_t *const frame = (const uint32_t *)address;
    if (*(const uint16_t *)(uintptr_t)(frame[PC] & ~1u) == BKPT_0) {
        fault_stopped((const char *)(uintptr_t)frame[0]);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        fault_register(names[i], frame[i]);
    }
}

// The names of what start.S has noted, and, but on v6-M, what went wrong.
static void registers_print(void) {
    static const char *const names[] = {"r4",  "r5",  "r6",        "r7",
                                        "r8",  "r9",  "r10",       "r11",
                                        "msp", "psp", "exc_return"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        fault_register(names[i], board_fault_registers[i]);
    }
#ifndef __ARM_ARCH_6M__
    fault_register("cfsr", REGISTER(0xE000ED28u));
    fault_register("hfsr", REGISTER(0xE000ED2Cu));
    fault_register("mmfar", REGISTER(0xE000ED34u));
    fault_register("bfar", REGISTER(0xE000ED38u));
#endif
}

__attribute__((used)) _Noreturn void board_fault_report(void) {
    const uint32_t *const r = board_fault_registers;
    fault_begin("exception ", r[IPSR]);
    frame_print((r[EXC_RETURN] & 4) != 0 ? r[PSP] : r[MSP]);
    registers_print();
    fault_end();
}
