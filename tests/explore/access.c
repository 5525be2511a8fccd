// SPDX-License-Identifier: MIT
//
// What code compiled with -fsanitize=thread calls before it accesses memory;
// irqgc_port.h tells why. Linked instead of the sanitizer's own library.
#include <string.h>

#include "inject.h"
#include "irqgc_port.h"
#include "world.h"

cpu_t cpu;

// A loop without end accesses something; no run makes nearly as many.
enum { MAX_ACCESSES = 2000000 };

static void access(const void *address, const void *where) {
    if (++world.n_accesses > MAX_ACCESSES) {
        fail("does not end", 0);
    }
    if (!cpu.masked && !world.quiet && !world.windows_only &&
        world_shares(address)) {
        inject(address, where);
    }
}

static void access_to_write(const void *address, const void *where) {
    access(address, where);
    world.written |= world_shares(address);
}

void cpu_window(void) {
    if (!cpu.masked && !world.quiet) {
        inject(NULL, __builtin_return_address(0));
    }
}

void cpu_window_end(void) {
    if (world.windows_only) {
        cpu_window();
    }
}

void cpu_stop(void) {
    fail("an assertion of the core", 0);
}

#define ACCESS(name, access)                                                   \
    void __tsan_##name(const void *address);                                   \
    void __tsan_##name(const void *address) {                                  \
        access(address, __builtin_return_address(0));                          \
    }
#define ACCESSES(size)                                                         \
    ACCESS(read##size, access)                                                 \
    ACCESS(write##size, access_to_write)                                       \
    ACCESS(unaligned_read##size, access)                                       \
    ACCESS(unaligned_write##size, access_to_write)                             \
    ACCESS(read_write##size, access_to_write)
ACCESSES(8)
ACCESSES(16)

// What contexts share are words.
#define NO_ACCESS(name)                                                        \
    void __tsan_##name(const void *address);                                   \
    void __tsan_##name(const void *address) {                                  \
        (void)address;                                                         \
    }
#define NO_ACCESSES(size)                                                      \
    NO_ACCESS(read##size)                                                      \
    NO_ACCESS(write##size)                                                     \
    NO_ACCESS(unaligned_read##size)                                            \
    NO_ACCESS(unaligned_write##size)                                           \
    NO_ACCESS(read_write##size)
NO_ACCESSES(1)
NO_ACCESSES(2)
NO_ACCESSES(4)

#define RANGE(name, access)                                                    \
    void __tsan_##name(const void *address, size_t size);                      \
    void __tsan_##name(const void *address, size_t size) {                     \
        (void)size;                                                            \
        access(address, __builtin_return_address(0));                          \
    }
RANGE(read_range, access)
RANGE(write_range, access_to_write)

// The same of clang's -fsanitize-coverage=trace-loads,trace-stores, which goes
// together with the sanitizers that -fsanitize=thread excludes: tests/fuzz.
#define TRACE(name, access)                                                    \
    void __sanitizer_cov_##name(const void *address);                          \
    void __sanitizer_cov_##name(const void *address) {                         \
        access(address, __builtin_return_address(0));                          \
    }
TRACE(load8, access)
TRACE(load16, access)
TRACE(store8, access_to_write)
TRACE(store16, access_to_write)

#define NO_TRACE(name)                                                         \
    void __sanitizer_cov_##name(const void *address);                          \
    void __sanitizer_cov_##name(const void *address) {                         \
        (void)address;                                                         \
    }
NO_TRACE(load1)
NO_TRACE(load2)
NO_TRACE(load4)
NO_TRACE(store1)
NO_TRACE(store2)
NO_TRACE(store4)

// Clang calls these for the builtins, gcc the functions of the C library.
void *__tsan_memset(void *to, int byte, size_t n);
void *__tsan_memset(void *to, int byte, size_t n) {
    return memset(to, byte, n);
}

void *__tsan_memcpy(void *to, const void *from, size_t n);
void *__tsan_memcpy(void *to, const void *from, size_t n) {
    return memcpy(to, from, n);
}

void *__tsan_memmove(void *to, const void *from, size_t n);
void *__tsan_memmove(void *to, const void *from, size_t n) {
    return memmove(to, from, n);
}

void __tsan_init(void);
void __tsan_init(void) {
}

void __tsan_func_entry(const void *caller);
void __tsan_func_entry(const void *caller) {
    (void)caller;
}

void __tsan_func_exit(void);
void __tsan_func_exit(void) {
}
