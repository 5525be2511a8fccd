// SPDX-License-Identifier: MIT
//
// A user's firmware, as small as can be: start, vectors, a timer, and a program
// that uses the heap, a dictionary and breaks from the thread and from the
// timer's handler. The thread runs on a listed stack, on RISC-V handlers on
// another one. The exit status tells the emulator what went wrong: 0 nothing.
#include <stddef.h>
#include <stdint.h>

#include "bare.h"
#include "irqgc/brk.h"
#include "irqgc/dict.h"
#include "irqgc/irqgc.h"

enum { ROUNDS = 40, CHAIN = 8, N_NODES = 50, N_PUSHES = 2000 };

// Whoever looks for it finds no object's address.
#define HIDDEN(pointer) (~(uintptr_t)(pointer))

static irqgc_t *heap;
static irqgc_dict_t *names;
static volatile unsigned ticks, broken, collected;
static volatile unsigned collects; // the handler does, at each tick

typedef struct node node_t;
struct node {
    node_t *next;
    uintptr_t value;
};
static node_t *chain;                          // registered
static struct { node_t *first, *last; } queue; // registered

void start(void);
void on_tick(void);
void on_fault(void);
_Noreturn void finish(unsigned status);
int main(void);

// ---- What differs from core to core ----------------------------------------

__attribute__((used)) _Noreturn void finish(unsigned status) {
    bare_finish(status);
}

#ifdef __riscv
#include "irqgc/riscv.h"

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define MSIP REGISTER(0x02000000u)
#define MTIMECMP 0x02004000u
#define MTIME 0x0200BFF8u
enum { PERIOD = 100000 }; // of 10 MHz

static void timer_next(void) {
    const uint32_t now = REGISTER(MTIME);
    REGISTER(MTIMECMP + 4) = 0xFFFFFFFFu;
    REGISTER(MTIMECMP) = now + PERIOD;
    REGISTER(MTIMECMP + 4) =
        REGISTER(MTIME + 4) + (now + PERIOD < now ? 1u : 0u);
}

static char handler_stack[2048] __attribute__((aligned(16)));
__attribute__((used))
const void *left[2] = {0, handler_stack + sizeof handler_stack};
__attribute__((used)) void *const handler_stack_top =
    handler_stack + sizeof handler_stack;
static irqgc_stack_t stacks[2] = {{.high = __stack_top, .saved = &left[0]},
                                  {.low = handler_stack,
                                   .high = handler_stack + sizeof handler_stack,
                                   .saved = &left[1]}};

void on_trap(uintptr_t cause);
__attribute__((used)) void on_trap(uintptr_t cause) {
    switch (cause & 0xFF) {
    case 7:
        timer_next();
        on_tick();
        break;
    case 3: // the break; it comes to the thread, on the thread's stack
        irqgc_riscv_break();
        break;
    default:
        finish(9);
    }
}

#if __riscv_xlen == 64
#define STORE "sd"
#define LOAD "ld"
#define AT(n) #n "*8"
#else
#define STORE "sw"
#define LOAD "lw"
#define AT(n) #n "*4"
#endif
#ifdef __riscv_flen
#if __riscv_flen == 64
#define FSTORE "fsd"
#define FLOAD "fld"
#else
#define FSTORE "fsw"
#define FLOAD "flw"
#endif
// clang-format off
#define F(op, n) op " f" #n ", 256+" #n "*8(sp)\n\t"
#define FALL(op)                                                               \
    F(op, 0) F(op, 1) F(op, 2) F(op, 3) F(op, 4) F(op, 5) F(op, 6) F(op, 7)    \
    F(op, 10) F(op, 11) F(op, 12) F(op, 13) F(op, 14) F(op, 15) F(op, 16)      \
    F(op, 17) F(op, 28) F(op, 29) F(op, 30) F(op, 31)
#else
#define FALL(op)
#endif
#define X(op, n) op " x" #n ", " AT(n) "(sp)\n\t"
#define XFEW(op)                                                               \
    X(op, 1) X(op, 5) X(op, 6) X(op, 7) X(op, 10) X(op, 11) X(op, 12)          \
    X(op, 13) X(op, 14) X(op, 15)
#ifdef __riscv_32e
#define XALL(op) XFEW(op)
#else
#define XALL(op)                                                               \
    XFEW(op) X(op, 16) X(op, 17) X(op, 28) X(op, 29) X(op, 30) X(op, 31)
#endif
// clang-format on

#if defined __clang__ || defined __riscv_zicsr
#define CSR
#else
#define CSR ".option arch, +zicsr\n\t"
#endif

// The timer's handler runs on a stack of its own, the break's on the thread's.
void trap_entry(void);
__attribute__((naked, used, aligned(4))) void trap_entry(void) {
    __asm__ volatile(".option push\n\t" CSR "addi sp, sp, -512\n\t" XALL(
        STORE) FALL(FSTORE) "csrr a0, mcause\n\t"
                            "csrr t0, mepc\n\t"
                            "csrr t1, mstatus\n\t" STORE
                            " t0, " AT(2) "(sp)\n\t" STORE " t1, " AT(
                                3) "(sp)\n\t"
                                   "bltz a0, 1f\n\t"
                                   "li a0, 8\n\t"
                                   "call finish\n"
                                   "1:\n\t"
                                   "la t0, irqgc_riscv_depth\n\t"
                                   "lw t1, 0(t0)\n\t"
                                   "addi t1, t1, 1\n\t"
                                   "sw t1, 0(t0)\n\t"
                                   "andi t2, a0, 0xFF\n\t"
                                   "li t1, 3\n\t"
                                   "beq t1, t2, 2f\n\t"
                                   "la t0, left\n\t" STORE " sp, 0(t0)\n\t"
                                   "la t0, handler_stack_top\n\t" LOAD
                                   " sp, 0(t0)\n\t"
                                   "call on_trap\n\t"
                                   "la t0, left\n\t" LOAD " sp, 0(t0)\n\t"
                                   "j 3f\n"
                                   "2:\n\t"
                                   "call on_trap\n"
                                   "3:\n\t"
                                   "la t0, irqgc_riscv_depth\n\t"
                                   "lw t1, 0(t0)\n\t"
                                   "addi t1, t1, -1\n\t"
                                   "sw t1, 0(t0)\n\t" LOAD
                                   " t0, " AT(2) "(sp)\n\t" LOAD " t1, " AT(
                                       3) "(sp)\n\t"
                                          "csrw mepc, t0\n\t"
                                          "csrw mstatus, t1\n\t" FALL(FLOAD)
                                              XALL(LOAD) "addi sp, sp, 512\n\t"
                                                         "mret\n\t"
                                                         ".option pop");
}

__attribute__((naked, used, section(".start"))) void reset(void);
void reset(void) {
    __asm__ volatile(".option push\n\t"
                     ".option norelax\n\t" CSR "la gp, __global_pointer$\n\t"
                     "la sp, __stack_top\n\t"
                     "la t0, trap_entry\n\t"
                     "csrw mtvec, t0\n\t"
                     "li t0, 0x6000\n\t" // the FPU, if there is one
                     "csrs mstatus, t0\n\t"
                     ".option pop\n\t"
                     "j start");
}

static void core_open(void) {
    stacks[0].low = bss_end;
    irqgc_stack_add(&stacks[0]);
    irqgc_stack_add(&stacks[1]);
    irqgc_riscv_msip = &MSIP;
}

static void interrupts_open(void) {
    timer_next();
    __asm__ volatile(".option push\n\t" CSR "csrw mie, %0\n\t"
                     "csrsi mstatus, 8\n\t"
                     ".option pop"
                     :
                     : "r"(0x88)
                     : "memory");
}

#else
#include "irqgc/cortex_m.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
enum { PERIOD = 200000 };

__attribute__((used)) void on_fault(void) {
    finish(9);
}

typedef void vector_t(void);
__attribute__((used, section(".start"))) static vector_t *const vectors[] = {
    (vector_t *)__stack_top,
    start,
    on_fault,
    on_fault,
    on_fault,
    on_fault,
    on_fault,
    on_fault,
    0,
    0,
    0,
    irqgc_cortex_m_svcall,
    on_fault,
    0,
    irqgc_cortex_m_pendsv,
    on_tick,
};

static char thread_stack[2048] __attribute__((aligned(8)));
static irqgc_stack_t stack = {.low = thread_stack,
                              .high = thread_stack + sizeof thread_stack};

// Goes on, on the process stack, and with it.
static void core_open(void) {
#if defined __ARM_FP || defined __ARM_FEATURE_MVE
    REGISTER(0xE000ED88u) |= 0x00F00000u;
    __asm__ volatile("dsb\n\tisb" : : : "memory");
#endif
    REGISTER(0xE000ED20u) = 0x00FF0000u; // PendSV: the least urgent
    irqgc_stack_add(&stack);
}

static void interrupts_open(void) {
    REGISTER(0xE000E014u) = PERIOD;
    REGISTER(0xE000E018u) = 0;
    REGISTER(0xE000E010u) = 7;
}
#endif

// ---- Start ------------------------------------------------------------------

static _Noreturn void thread_run(void) {
    finish((unsigned)main());
}

__attribute__((used)) void start(void) {
    bare_memory_begin();
    core_open();
#ifdef __riscv
    thread_run();
#else
    __asm__ volatile("msr psp, %0\n\t"
                     "msr control, %1\n\t"
                     "isb\n\t"
                     "bx %2"
                     :
                     : "r"(thread_stack + sizeof thread_stack), "r"(2),
                       "r"(thread_run)
                     : "memory");
    __builtin_unreachable();
#endif
}

// ---- The program ------------------------------------------------------------

// In the handler: another node before the others, the chain cut at times.
__attribute__((used)) void on_tick(void) {
    ticks++;
    node_t *n = irqgc_alloc(heap, sizeof *n, 0);
    if (n != NULL) {
        n->value = ticks;
        n->next = ticks % CHAIN == 0 ? NULL : chain;
        irqgc_store(heap, (void **)&chain, n);
        irqgc_dict_set(names, 2 * (ticks % 5) + 1, ticks);
    }
    if (collects != 0) {
        irqgc_collect(heap);
        collected++;
    }
    if (ticks % 16 == 0) {
        irqgc_brk_request();
    }
}

static void on_break(void *arg) {
    (void)arg;
    broken++;
}

static void require(int claim, unsigned status) {
    if (!claim) {
        finish(status);
    }
}

// Wipes what calls have left below on the stack.
__attribute__((noinline)) static void wipe(void) {
    volatile char below[400];
    for (size_t i = 0; i < sizeof below; i++) {
        below[i] = 0;
    }
}

__attribute__((noinline)) static uintptr_t hidden_object(void) {
    uintptr_t *o = irqgc_alloc(heap, sizeof *o, 0);
    require(o != NULL, 2);
    *o = 77;
    return HIDDEN(o);
}

#if defined __ARM_FP || defined __ARM_FEATURE_MVE
// An object of which nothing but a register of the FPU knows: one that a callee
// saves, in a collection of the thread's, and one that the frame of a handler
// has room for, in a collection of that.
static void fpu_check(void) {
    uintptr_t hidden = hidden_object();
    __asm__ volatile("mvns r0, %0\n\t"
                     "vmov s20, r0\n\t"
                     "movs r0, #0"
                     :
                     : "l"(hidden)
                     : "r0", "cc", "memory", "s20");
    wipe();
    irqgc_collect(heap);
    require(irqgc_size(heap, (void *)~hidden) != 0, 3);

    hidden = hidden_object();
    wipe();
    const unsigned before = collected;
    collects = 1;
    __asm__ volatile("mvns r0, %0\n\t"
                     "vmov s5, r0\n\t"
                     "movs r0, #0\n"
                     "1:\n\t"
                     "ldr r0, [%1]\n\t"
                     "cmp r0, %2\n\t"
                     "beq 1b"
                     :
                     : "l"(hidden), "l"(&collected), "l"(before)
                     : "r0", "cc", "memory", "s5");
    collects = 0;
    require(irqgc_size(heap, (void *)~hidden) != 0, 4);
}
#else
static void fpu_check(void) {
}
#endif

// From an empty heap a queue runs for ever: a stale word that kept its first
// node would keep all that ever came after it.
static void queue_use(void) {
    for (unsigned i = 0; i < N_PUSHES; i++) {
        node_t *node = (node_t *)irqgc_alloc(heap, sizeof(node_t), 0);
        require(node != NULL, 10);
        if (queue.last == NULL) {
            queue.first = node;
        } else {
            queue.last->next = node;
        }
        queue.last = node;
        if (i >= N_NODES) {
            queue.first = queue.first->next;
        }
    }
    queue.first = NULL;
    queue.last = NULL;
}

static void round_make(unsigned i) {
    node_t **row = irqgc_alloc(heap, 8 * sizeof *row, 0);
    require(row != NULL, 5);
    for (unsigned k = 0; k < 8; k++) {
        row[k] = irqgc_alloc(heap, sizeof(node_t), 0);
        require(row[k] != NULL, 5);
        row[k]->value = i + k;
    }
    row = irqgc_realloc(heap, row, 40 * sizeof *row, 0);
    require(row != NULL, 5);
    irqgc_dict_set(names, 2 * i + 101, i);
    irqgc_collect(heap);
    for (unsigned k = 0; k < 8; k++) {
        require(row[k]->value == i + k, 6);
    }
    IRQGC_KEEP(row);
    irqgc_dict_delete(names, 2 * i + 101);
    require(irqgc_free(heap, row) == IRQGC_OK, 6);
    irqgc_brk_hold();
    irqgc_brk_release();
}

int main(void) {
    static char memory[6 * 1024 * (sizeof(void *) / 4)];
    static irqgc_root_t roots[3];
    const irqgc_region_t region = {memory, sizeof memory};
    const irqgc_config_t config = {.regions = &region, .n_regions = 1};
    require(irqgc_init(&heap, &config) == IRQGC_OK, 1);
    irqgc_root_add(heap, &roots[0], &chain, sizeof chain);
    irqgc_root_add(heap, &roots[1], &names, sizeof names);
    irqgc_root_add(heap, &roots[2], &queue, sizeof queue);
    queue_use();
    names = irqgc_dict_new(heap, NULL, 16);
    const irqgc_brk_config_t brk = {
        .deliver = on_break, .heap = heap, .asynchronous = 1};
    require(irqgc_brk_init(&brk) == IRQGC_OK, 1);
    interrupts_open();
    fpu_check();
    for (unsigned i = 0; i < ROUNDS || ticks < 64; i++) {
        round_make(i);
    }
    require(broken > 0, 7);
    return (int)irqgc_check(heap);
}
