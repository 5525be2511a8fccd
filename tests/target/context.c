// SPDX-License-Identifier: MIT
//
// Firmware, a debug build, that calls the heap from where windows do not keep
// it out, as its argument says. A fault's report tells why it was stopped; what
// cannot be reported from there is only asked for, and printed. "allowed" calls
// it from where it may be called, and ends with 0.
#include <string.h>

#include "board.h"
#include "irqgc/irqgc.h"
#include "port.h"

#ifndef IRQGC_BASEPRI
#define IRQGC_BASEPRI 0
#endif

static irqgc_t *heap;
static volatile unsigned called;

static void call(void *arg) {
    (void)arg;
    if (irqgc_alloc(heap, 16, 0) != NULL) {
        called++;
    }
}

#ifdef __riscv
#include "irqgc/riscv.h"

// Above the first stack there is memory, too.
__attribute__((naked)) static void call_on(__attribute__((unused)) void *stack,
                                           __attribute__((unused))
                                           board_handler_t *function) {
    __asm__ volatile("addi a0, a0, -16\n\t"
                     "sw sp, 0(a0)\n\t"
                     "sw ra, 4(a0)\n\t"
                     "mv sp, a0\n\t"
                     "jalr a1\n\t"
                     "lw ra, 4(sp)\n\t"
                     "lw sp, 0(sp)\n\t"
                     "ret");
}

extern char __stack_top[];

static bool wrong(const char *where) {
    if (strcmp(where, "depth") == 0) {
        irqgc_riscv_depth = (unsigned)-1;
        call(NULL);
    } else if (strcmp(where, "stack") == 0) {
        call_on(__stack_top + 4096, call);
    } else {
        return false;
    }
    return true;
}

static bool core_is_allowed(void) {
    return true;
}

#else
#include "irqgc/cortex_m.h"

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define ICSR REGISTER(0xE000ED04u)
#define VTOR REGISTER(0xE000ED08u)
#define MPU_CTRL REGISTER(0xE000ED94u)
enum { EXCEPTION_NMI = 2, EXCEPTION_HARDFAULT = 3, N_VECTORS = 64 };

extern const uint32_t board_vectors[N_VECTORS];
static uint32_t vectors[N_VECTORS] __attribute__((aligned(512)));
static uint32_t process_stack[256] __attribute__((aligned(8)));

// A breakpoint in one of these two would be the end of the core.
static void on_urgent(void) {
    const char *why = port_context_error();
    board_print(why != NULL ? why : "allowed");
    board_print("\n");
    board_exit(7);
}

static void vectors_set(uint32_t exception) {
    memcpy(vectors, board_vectors, sizeof vectors);
    vectors[exception] = (uint32_t)(uintptr_t)on_urgent;
    VTOR = (uint32_t)(uintptr_t)vectors;
    __asm__ volatile("dsb\n\tisb" : : : "memory");
}

static void process_stack_use(void) {
    __asm__ volatile("msr psp, %0\n\t"
                     "msr control, %1\n\t"
                     "isb"
                     :
                     : "r"(process_stack + 256), "r"(2)
                     : "memory");
}

// The call is made with what `control` sets.
BOARD_APART static void control_call(void) {
    call(NULL);
}

static bool wrong(const char *where) {
    if (strcmp(where, "nmi") == 0) {
        vectors_set(EXCEPTION_NMI);
        ICSR = UINT32_C(1) << 31;
        __asm__ volatile("dsb\n\tisb" : : : "memory");
    } else if (strcmp(where, "hardfault") == 0) {
        vectors_set(EXCEPTION_HARDFAULT);
        __builtin_trap();
    } else if (strcmp(where, "ceiling") == 0) {
        board_on_level(3, call, NULL);
        board_request(3);
    } else if (strcmp(where, "unprivileged") == 0) {
        MPU_CTRL = 0; // which lets privileged code alone
        __asm__ volatile("dsb\n\t"
                         "msr control, %0\n\t"
                         "isb"
                         :
                         : "r"(1)
                         : "memory");
        control_call();
    } else if (strcmp(where, "process-stack") == 0) {
        process_stack_use();
        control_call();
    } else {
        return false;
    }
    return true;
}

// On the process stack, once known; back on the main one at the end.
static bool core_is_allowed(void) {
    const unsigned before = called;
    irqgc_cortex_m_process_stack_base = process_stack + 256;
    process_stack_use();
    control_call();
    __asm__ volatile("msr control, %0\n\tisb" : : "r"(0) : "memory");
    return called == before + 1;
}
#endif

// From the thread, and from all levels that windows keep out.
static bool is_allowed(void) {
    const unsigned ceiling = IRQGC_BASEPRI == 0 ? 0 : IRQGC_BASEPRI - 1u;
    call(NULL);
    unsigned n = 1;
    for (unsigned level = 1; level <= BOARD_LEVELS; level++) {
        if (BOARD_PRIORITY(level) > ceiling) {
            board_on_level(level, call, NULL);
            board_request(level);
            n++;
        }
    }
    return called == n && core_is_allowed();
}

int main(void) {
    static char memory[2048];
    const irqgc_region_t region = {memory, sizeof memory};
    irqgc_init(&heap, &(irqgc_config_t){.regions = &region, .n_regions = 1});
    char where[16];
    board_arguments(where, sizeof where);
    if (strcmp(where, "allowed") == 0) {
        return is_allowed() ? 0 : 1;
    }
    return wrong(where) ? 3 : 2; // 3: it was not stopped
}
