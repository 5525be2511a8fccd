// SPDX-License-Identifier: MIT
#include "rewind.h"

#include <setjmp.h>
#include <string.h>

#include "step.h"

enum { PRIVATE_STACK = 64 * 1024 };

// The program's own data, rewound as one.
extern char __data_start[], _end[];

typedef struct {
    sigjmp_buf resume;
    const char *stack_low;
    char *data, *memory, *stack;
} checkpoint_t;

// Outlives rewinding.
typedef struct {
    unsigned n_checkpoints; // those that are not used up yet
    checkpoint_t checkpoints[STEP_SHOTS];
} checkpoints_t;

static checkpoints_t *kept;
static char *memory;
static size_t memory_size;
static char *private_stack;

void rewind_init(void *start, size_t size) {
    memory = start;
    memory_size = size;
    kept = step_keep(sizeof *kept);
    for (unsigned i = 0; i < STEP_SHOTS; i++) {
        checkpoint_t *c = &kept->checkpoints[i];
        c->data = step_keep((size_t)(_end - __data_start));
        c->memory = step_keep(size);
        c->stack = step_keep(STEP_STACK);
    }
    private_stack = (char *)step_keep(PRIVATE_STACK) + PRIVATE_STACK;
}

void rewind_forget(void) {
    kept->n_checkpoints = 0;
}

// Not inlined: its frame is below all that has to come back.
__attribute__((noinline)) static void checkpoint_save(checkpoint_t *c) {
    c->stack_low = __builtin_frame_address(0);
    memcpy(c->data, __data_start, (size_t)(_end - __data_start));
    memcpy(c->memory, memory, memory_size);
    memcpy(c->stack, c->stack_low, (size_t)(step_stack_base() - c->stack_low));
}

// Runs on the private stack, for it overwrites the one it was called from.
__attribute__((noreturn, used)) static void checkpoint_restore(void) {
    checkpoint_t *c = &kept->checkpoints[--kept->n_checkpoints];
    memcpy(__data_start, c->data, (size_t)(_end - __data_start));
    memcpy(memory, c->memory, memory_size);
    char *base = step_stack_base();
    char *low = base - STEP_STACK;
    memset(low, 0, (size_t)(c->stack_low - low));
    memcpy((char *)c->stack_low, c->stack, (size_t)(base - c->stack_low));
    siglongjmp(c->resume, 1);
}

bool rewind_branch(void) {
    checkpoint_t *c = &kept->checkpoints[kept->n_checkpoints];
    if (sigsetjmp(c->resume, 0) == 0) {
        checkpoint_save(c);
    }
    // Here again after each rewind, with no memory but the engine's.
    if (!step_is_left()) {
        return false;
    }
    kept->n_checkpoints++;
    return true;
}

void rewind_last(void) {
    if (kept->n_checkpoints == 0) {
        return;
    }
    __asm__ volatile("mov %0, %%rsp\n"
                     "call *%1"
                     :
                     : "r"(private_stack), "r"(checkpoint_restore)
                     : "memory");
    __builtin_unreachable();
}
