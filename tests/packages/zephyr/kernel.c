// SPDX-License-Identifier: MIT
//
// A stand-in for Zephyr's kernel without threads, on an emulated board. It lays
// the stacks as Zephyr does: main() runs on z_main_stack, handlers on
// z_interrupt_stacks. All timers come from one interrupt.
#include <stdarg.h>
#include <zephyr/init.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "board.h"

struct z_thread_stack_element
    z_main_stack[CONFIG_MAIN_STACK_SIZE + STACK_GUARD] __aligned(16);
struct z_thread_stack_element
    z_interrupt_stacks[CONFIG_MP_MAX_NUM_CPUS]
                      [CONFIG_ISR_STACK_SIZE + STACK_GUARD] __aligned(16);
struct z_kernel _kernel;

// ---- Timers ----------------------------------------------------------------

static struct k_timer *first;
static volatile uint32_t uptime;

static void tick(void *unused) {
    (void)unused;
    uptime++;
    for (struct k_timer *t = first; t != NULL; t = t->next) {
        if (t->at == uptime) {
            t->at += t->period;
            t->expiry_fn(t);
        }
    }
}

void k_timer_start(struct k_timer *timer, k_timeout_t first_time,
                   k_timeout_t period) {
    timer->period = period.ms;
    timer->at = uptime + first_time.ms;
    timer->next = first;
    first = timer;
}

uint32_t k_uptime_get_32(void) {
    return uptime;
}

// ---- Output ----------------------------------------------------------------

void printk(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    for (; *format != '\0'; format++) {
        const char text[2] = {*format};
        if (*format != '%') {
            board_print(text);
        } else if (*++format == 's') {
            board_print(va_arg(arguments, const char *));
        } else {
            board_print_number(va_arg(arguments, unsigned));
        }
    }
    va_end(arguments);
}

// ---- Start -----------------------------------------------------------------

int app_main(void);
// entry.S: goes over to the stacks that end there, and exits as the function
// returns.
_Noreturn void z_start(const void *main_end, const void *interrupt_end,
                       int (*function)(void));

extern int (*const __start_z_init[])(void) __attribute__((weak));
extern int (*const __stop_z_init[])(void) __attribute__((weak));

int main(void) {
    for (int (*const *init)(void) = __start_z_init; init != __stop_z_init;
         init++) {
        (*init)();
    }
    char *const interrupt_end = (char *)(z_interrupt_stacks + 1);
    _kernel.cpus[0].irq_stack = interrupt_end;
    board_on_level(2, tick, NULL);
    board_timer_start(2, 1000);
    z_start(z_main_stack + sizeof z_main_stack, interrupt_end, app_main);
}
