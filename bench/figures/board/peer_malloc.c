// SPDX-License-Identifier: MIT
//
// The C library's malloc as a peer, newlib's or picolibc's. Each call is one
// masked window, so that handlers may call it too.
#include "peer.h"
#include "port.h"

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *object, size_t size);
void free(void *object);

void *_sbrk(ptrdiff_t increment); // newlib calls it
void *sbrk(ptrdiff_t increment);  // picolibc does

void *sbrk(ptrdiff_t increment) {
    static size_t used;
    if (increment < 0 ? (size_t)-increment > used
                      : (size_t)increment > HEAP_BYTES - used) {
        return (void *)UINTPTR_MAX;
    }
    char *const before = heap_memory() + used;
    used += (size_t)increment;
    return before;
}

void *_sbrk(ptrdiff_t increment) {
    return sbrk(increment);
}

// All has been freed.
void peer_open(void) {
#ifdef __riscv
    // picolibc keeps errno in the thread's memory.
    static uintptr_t thread_memory[16];
    __asm__ volatile("mv tp, %0" : : "r"(thread_memory));
#endif
}

static void *masked_malloc(size_t size) {
    const port_irq_t irq = port_irq_save();
    void *const object = malloc(size);
    port_irq_restore(irq);
    return object;
}

static void *masked_calloc(size_t size) {
    const port_irq_t irq = port_irq_save();
    void *const object = calloc(1, size);
    port_irq_restore(irq);
    return object;
}

static void *masked_realloc(void *object, size_t size) {
    const port_irq_t irq = port_irq_save();
    void *const resized = realloc(object, size);
    port_irq_restore(irq);
    return resized;
}

static void masked_free(void *object) {
    const port_irq_t irq = port_irq_save();
    free(object);
    port_irq_restore(irq);
}

void *peer_alloc(size_t size) {
    return (void *)call(MEASURED(masked_malloc), size, 0, 0, 0);
}

void *peer_alloc_cleared(size_t size) {
    return (void *)call(MEASURED(masked_calloc), size, 0, 0, 0);
}

void *peer_realloc(void *object, size_t size) {
    return (void *)call(MEASURED(masked_realloc), (uintptr_t)object, size, 0,
                        0);
}

void peer_free(void *object) {
    call(MEASURED(masked_free), (uintptr_t)object, 0, 0, 0);
}

const bool peer_has_groups = false;

bool peer_has_hint(size_t size) {
    (void)size;
    return false;
}

bool peer_in_one_group(const void *object, size_t size) {
    (void)object;
    (void)size;
    return false;
}

void peer_figures(void) {
}
