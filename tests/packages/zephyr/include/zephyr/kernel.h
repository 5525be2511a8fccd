// SPDX-License-Identifier: MIT
//
// A stand-in for Zephyr's header: what the module and its sample use of it, as
// Zephyr documents it. A stack has a guard below it, as with an MPU.
#ifndef ZEPHYR_KERNEL_H
#define ZEPHYR_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#define ARG_UNUSED(x) (void)(x)
#define __aligned(n) __attribute__((aligned(n)))
#define BUILD_ASSERT(claim) _Static_assert(claim, #claim)

// ---- Stacks ----------------------------------------------------------------

#define STACK_GUARD 32

struct z_thread_stack_element {
    char data;
};

#define K_KERNEL_STACK_ARRAY_DECLARE(name, n, size)                            \
    extern struct z_thread_stack_element name[n][(size) + STACK_GUARD]
#define K_THREAD_STACK_DECLARE(name, size)                                     \
    extern struct z_thread_stack_element name[(size) + STACK_GUARD]

struct _cpu {
    uint32_t nested; // handlers under way
    char *irq_stack; // where their stack ends
};
struct z_kernel {
    struct _cpu cpus[CONFIG_MP_MAX_NUM_CPUS];
};
extern struct z_kernel _kernel;

// ---- Timers ----------------------------------------------------------------

typedef struct {
    uint32_t ms;
} k_timeout_t;
#define K_MSEC(n) ((k_timeout_t){n})

struct k_timer {
    void (*expiry_fn)(struct k_timer *timer);
    uint32_t at, period;
    struct k_timer *next;
};
#define K_TIMER_DEFINE(name, expiry, stop)                                     \
    struct k_timer name = {.expiry_fn = (expiry)}

void k_timer_start(struct k_timer *timer, k_timeout_t first,
                   k_timeout_t period);
uint32_t k_uptime_get_32(void);

#endif
