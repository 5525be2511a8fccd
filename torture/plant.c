// SPDX-License-Identifier: MIT
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // whatever the flags are
#endif

#include "plant.h"

#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "decode.h"

// ---- Where it may be -------------------------------------------------------

// The code of the program and of the libraries it has begun with, which stays
// where it is: not so what is loaded, or made, later.
typedef struct {
    uintptr_t begin, end;
    enum { AS_LOADED, WRITABLE, REFUSED } state;
} text_t;

// Mapped, for who rewinds the program's data must not forget what is in its
// code.
typedef struct {
    text_t texts[16];
    unsigned n_texts;
    bool never;

    volatile uint8_t *at; // NULL: there is none
    uint8_t byte;         // what was there
    greg_t stack;         // of the context that is to arrive: its pointer
    bool is_lifted;       // for another context, which passes
    bool is_passer_stepped;
} plant_t;

static plant_t *plant;

static int text_add(struct dl_phdr_info *object, size_t size, void *unused) {
    (void)size, (void)unused;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *const p = &object->dlpi_phdr[i];
        const uintptr_t begin = object->dlpi_addr + p->p_vaddr;
        const bool is_text = p->p_type == PT_LOAD && (p->p_flags & PF_X) != 0;
        const bool is_kernels = begin == getauxval(AT_SYSINFO_EHDR);
        const size_t most = sizeof plant->texts / sizeof *plant->texts;
        if (is_text && !is_kernels && plant->n_texts < most) {
            plant->texts[plant->n_texts++] = (text_t){
                .begin = begin & -page,
                .end = (begin + p->p_memsz + page - 1) & -page,
            };
        }
    }
    return 0;
}

static bool text_is_writable(uintptr_t address) {
    for (text_t *t = plant->texts; t < plant->texts + plant->n_texts; t++) {
        if (address < t->begin || address >= t->end) {
            continue;
        }
        if (t->state == AS_LOADED) {
            const int refused = mprotect((void *)t->begin, t->end - t->begin,
                                         PROT_READ | PROT_WRITE | PROT_EXEC);
            t->state = refused ? REFUSED : WRITABLE;
        }
        return t->state == WRITABLE;
    }
    return false;
}

// ---- Where the next instruction is -----------------------------------------

typedef struct {
    uintptr_t pc;
    greg_t stack;
} next_t;

static uintptr_t target(const decode_t *d, uintptr_t behind,
                        const greg_t *registers) {
    static const uint8_t order[16] = {
        REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
        REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    const uintptr_t there = behind + (uintptr_t)(intptr_t)d->offset;
    switch (d->to) {
    case TO_REGISTER:
        return (uintptr_t)registers[order[d->number]];
    case TO_MEMORY:
        return *(const uintptr_t *)there;
    case TO_OFFSET:
    default:
        return there;
    }
}

static uintptr_t pc_after(const decode_t *d, const greg_t *registers) {
    const uintptr_t behind = (uintptr_t)registers[REG_RIP] + d->length;
    switch (d->flow) {
    case FLOW_BRANCH:
        return decode_holds(d->condition, (uint64_t)registers[REG_EFL])
                   ? target(d, behind, registers)
                   : behind;
    case FLOW_JUMP:
    case FLOW_CALL:
        return target(d, behind, registers);
    case FLOW_RETURN:
        return *(const uintptr_t *)registers[REG_RSP];
    case FLOW_UNKNOWN:
    case FLOW_ON:
    default:
        return behind;
    }
}

// False iff that is not certain.
static bool next_find(const greg_t *registers, next_t *next) {
    const uintptr_t pc = (uintptr_t)registers[REG_RIP];
    const decode_t d = decode((const uint8_t *)pc);
    if (d.flow == FLOW_UNKNOWN) {
        return false;
    }
    next->pc = pc_after(&d, registers);
    next->stack = registers[d.leaves_frame ? REG_RBP : REG_RSP] + d.stack;
    return next->pc - pc >= d.length; // else it may be itself
}

// ---- The breakpoint --------------------------------------------------------

enum { BREAKPOINT = 0xcc, PUSHF = 0x9c, TRAP_OF_BREAKPOINT = 3 };

void plant_init(void) {
    if (plant == NULL) {
        plant = mmap(NULL, sizeof *plant, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (plant == MAP_FAILED) {
            perror("mmap");
            exit(2);
        }
        (void)dl_iterate_phdr(text_add, NULL);
    } else if (plant->at != NULL) {
        *plant->at = plant->byte;
        plant->at = NULL;
        plant->is_lifted = false;
    }
}

void plant_never(bool never) {
    plant->never = never;
}

static bool is_at_plant(const greg_t *registers) {
    return registers[REG_TRAPNO] == TRAP_OF_BREAKPOINT && plant->at != NULL &&
           !plant->is_lifted &&
           (uintptr_t)registers[REG_RIP] == (uintptr_t)plant->at + 1;
}

// Who is to pass does so with the flag set, which traps behind it.
static void lift(greg_t *registers, bool is_stepped) {
    plant->is_lifted = true;
    plant->is_passer_stepped = is_stepped;
    registers[REG_EFL] |= TRAP_FLAG;
}

static bool put_back(greg_t *registers) {
    plant->is_lifted = false;
    *plant->at = BREAKPOINT;
    registers[REG_EFL] &= ~TRAP_FLAG;
    return plant->is_passer_stepped;
}

bool plant_arrive(greg_t *registers, bool *is_stepped) {
    *is_stepped = (registers[REG_EFL] & TRAP_FLAG) != 0;
    if (plant->is_lifted) {
        *is_stepped = put_back(registers);
        return *is_stepped;
    }
    if (!is_at_plant(registers)) {
        return true;
    }
    *plant->at = plant->byte;
    registers[REG_RIP]--;
    if (registers[REG_RSP] != plant->stack) {
        lift(registers, *is_stepped);
        return false;
    }
    plant->at = NULL;
    *is_stepped = true;
    return true;
}

// What a context that passes by pushes must not have the flag.
static bool may_plant(uintptr_t pc, uintptr_t restorer) {
    enum { RESTORER = 16 }; // bytes of it
    return pc - restorer >= RESTORER && text_is_writable(pc) &&
           *(const uint8_t *)pc != PUSHF;
}

bool plant_find(const greg_t *registers, uintptr_t restorer) {
    next_t next;
    if (plant->never || plant->at != NULL || !next_find(registers, &next) ||
        !may_plant(next.pc, restorer)) {
        return false;
    }
    plant->at = (uint8_t *)next.pc;
    plant->byte = *plant->at;
    plant->stack = next.stack;
    return true;
}

void plant_put(void) {
    *plant->at = BREAKPOINT;
}
