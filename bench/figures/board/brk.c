// SPDX-License-Identifier: MIT
//
// The figures of breaks: what holds, releases, polls and requests take, and how
// long a break takes to be delivered.
#include "irqgc/brk.h"
#include "irqgc_port.h"
#include "measure.h"

static volatile uint32_t arrived;

static void deliver(void *arg) {
    (void)arg;
    arrived = board_cycles();
}

static uint32_t measure(measured_t *function) {
    call(function, 0, 0, 0, 0);
    return call_took;
}

// Masked, so that what is requested does not come yet.
static uint32_t request_measure(void) {
    const port_irq_t irq = port_irq_save();
    const uint32_t took = measure(MEASURED(irqgc_brk_request));
    port_irq_restore(irq);
    return took;
}

// From the request's first instruction to the delivery's call of the clock, and
// until the thread goes on. The delivery's own are three, or four.
static void delivery_measure(void) {
    const uint32_t calls = measure(MEASURED(board_cycles));
    const uint32_t begin = board_cycles();
    irqgc_brk_request();
    const uint32_t end = board_cycles();
    value_print("break", "delivered",
                board_instructions(arrived - begin) - calls);
    value_print("break", "returned",
                board_instructions(end - begin) - 2 * calls);
}

static void init(void) {
    const irqgc_region_t region = {board_heap_start, 4096};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    irqgc_brk_config_t breaks = {.deliver = deliver, .asynchronous = 1};
    if (irqgc_init(&breaks.heap, &config) != IRQGC_OK ||
        irqgc_brk_init(&breaks) != IRQGC_OK) {
        board_print("figures: no break\n");
        board_exit(1);
    }
}

int main(void) {
    call_calibrate();
    init();
    value_print("break", "hold", measure(MEASURED(irqgc_brk_hold)));
    value_print("break", "release", measure(MEASURED(irqgc_brk_release)));
    value_print("break", "poll", measure(MEASURED(irqgc_brk_poll)));
    value_print("break", "request", request_measure());
    delivery_measure();
    return 0;
}
