// SPDX-License-Identifier: MIT
//
// Started with the argument "fault", it shows what a fault looks like.
#include "demo.h"
#include "fail.h"

enum { HEAP_SIZE = 64 * 1024 }; // at most

static irqgc_t *heap;

static void line_print(const char *text, void *arg) {
    (void)arg;
    board_print("  ");
    board_print(text);
    board_print("\n");
}

void board_on_fault(void) {
    if (heap != NULL) {
        board_print("heap: check ");
        board_print_number(irqgc_check(heap));
        board_print("\n");
        irqgc_dump(heap, line_print, NULL);
    }
}

int main(void) {
    const size_t size =
        board_heap_size() < HEAP_SIZE ? board_heap_size() : HEAP_SIZE;
    const irqgc_region_t region = {board_heap_start, size};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    const irqgc_status_t status = irqgc_init(&heap, &config);
    if (status != IRQGC_OK) {
        return (int)demo_fail("irqgc_init", status);
    }
    char arguments[16];
    board_arguments(arguments, sizeof arguments);
    if (arguments[0] == 'f') {
        irqgc_alloc(heap, 100, IRQGC_HELD);
        __builtin_trap();
    }
    board_print(board_name);
    board_print("\n");
    const unsigned faults =
        roots_run(heap) + nesting_run(heap) + shots_run(heap);
    return faults == 0 ? 0 : 1;
}
