// SPDX-License-Identifier: MIT
//
// The headers of firmware in a program in C++.
#include "irqgc/brk.h"
#include "irqgc/dict.h"
#include "irqgc/irqgc.h"
#include "irqgc/trace.h"
#if defined __riscv
#include "irqgc/riscv.h"
#else
#include "irqgc/cortex_m.h"
#endif

namespace {
struct node {
    node *next;
};
} // namespace

void *first(irqgc_t *heap, void **slot);
void *first(irqgc_t *heap, void **slot) {
    auto *n = static_cast<node *>(irqgc_alloc(heap, sizeof(node), 0));
    irqgc_store(heap, slot, n);
    IRQGC_KEEP(n);
    return irqgc_realloc(heap, n, 2 * sizeof *n, IRQGC_FAIL_FAST);
}
