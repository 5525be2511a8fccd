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
    char *data, *memory, *stack;
} checkpoint_t;

// Outlives rewinding.
typedef struct {
    unsigned n_checkpoints; // those that are not used up yet
    checkpoint_t checkpoints[STEP_SHOTS];
} checkpoints_t;

static checkpoints_t *kept;
static char *memory;
static size_t memory_used;
static char *private_stack;

void rewind_init(void *start, size_t size) {
    memory = start;
    kept = step_keep(sizeof *kept);
    for (unsigned i = 0; i < STEP_SHOTS; i++) {
        checkpoint_t *c = &kept->checkpoints[i];
        c->data = step_keep((size_t)(_end - __data_start));
        c->memory = step_keep(size);
        c->stack = step_keep(STEP_STACK);
    }
    private_stack = (char *)step_keep(PRIVATE_STACK) + PRIVATE_STACK;
}

void rewind_forget(size_t used) {
    memory_used = used;
    kept->n_checkpoints = 0;
}

// The stack with what earlier calls have left below the frames: a collection
// may find it in frames to come, and a replay, which takes no branches, too.
static void checkpoint_save(void) {
    checkpoint_t *c = &kept->checkpoints[kept->n_checkpoints];
    memcpy(c->data, __data_start, (size_t)(_end - __data_start));
    memcpy(c->memory, memory, memory_used);
    memcpy(c->stack, step_stack_base() - STEP_STACK, STEP_STACK);
}

// Not back where it was called, but to where the checkpoint was saved.
static void checkpoint_restore(void) {
    checkpoint_t *c = &kept->checkpoints[--kept->n_checkpoints];
    memcpy(__data_start, c->data, (size_t)(_end - __data_start));
    memcpy(memory, c->memory, memory_used);
    memcpy(step_stack_base() - STEP_STACK, c->stack, STEP_STACK);
    siglongjmp(c->resume, 1);
}

// Calls the function on a stack that is not scanned, nor rewound: it has the
// heaps' addresses in its frame.
__attribute__((noinline)) static void apart_call(void (*function)(void)) {
    __asm__ volatile("mov %%rsp, %%rbx\n"
                     "mov %0, %%rsp\n"
                     "call *%1\n"
                     "mov %%rbx, %%rsp"
                     :
                     : "r"(private_stack), "r"(function)
                     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9",
                       "r10", "r11", "cc", "memory");
}

bool rewind_branch(void) {
    if (sigsetjmp(kept->checkpoints[kept->n_checkpoints].resume, 0) == 0) {
        apart_call(checkpoint_save);
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
    apart_call(checkpoint_restore);
}
