// SPDX-License-Identifier: MIT
//
// Runs each case of a program instruction by instruction, and tells by what
// rules a collection before one of them would have freed an object that was
// accessed afterwards.
//
//   step CORE PROGRAM [NAME]
//
// A line for each case: its name, instructions, the rules that lose an object,
// as a set of bits, how far the nearest words were before and past it at the
// most, and where it was lost first; or "error" and why. With the name of a
// case it alone is run, and each step of it shown.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocator.h"
#include "cases.h"

enum { MAX_STEPS = 1000000 };

static struct {
    const char *shown;
    unsigned n_steps;
    // Calls that may collect, and where one returns an object.
    address_t calls_start, calls_end, allocate_return;
    bool is_endless;
} step;

// ---- Showing ---------------------------------------------------------------

static void word_show(const char *what, int i, address_t word) {
    for (size_t k = 0; k < world.n_objects; k++) {
        const object_t *const o = &world.objects[k];
        if (word + 512 >= o->start && word < o->end + 512) {
            printf(" %s%d = %zu%+lld", what, i, k,
                   (long long)(word - o->start));
            return;
        }
    }
}

// Which words are at, or near, which object; and which rules lose one.
static void step_show(address_t pc) {
    address_t offset;
    const char *const name = symbol_at(pc, &offset);
    printf("%6u %s+%llu:", step.n_steps, name, (unsigned long long)offset);
    for (int i = 0; i < machine.core->n_registers; i++) {
        word_show("r", i, register_read(machine.core->registers[i]));
    }
    const address_t sp = register_read(machine.core->sp);
    for (address_t at = sp - machine.core->red_zone; at < machine.stack_high;
         at += machine.core->word) {
        word_show("sp", (int)(at - sp), word_read(at));
    }
    for (size_t k = 0; k < world.n_objects; k++) {
        if (world.objects[k].kept != ALL_RULES) {
            printf(" lost %zu: %#x", k, ALL_RULES & ~world.objects[k].kept);
        }
    }
    printf("\n");
}

static void access_show(address_t where, size_t size) {
    for (size_t k = 0; k < world.n_objects; k++) {
        const object_t *const o = &world.objects[k];
        if (where + size > o->start && where < o->end) {
            printf("       accesses %zu%+lld\n", k,
                   (long long)(where - o->start));
        }
    }
}

// ---- Steps -----------------------------------------------------------------

static void on_instruction(uc_engine *emulator, uint64_t pc, uint32_t size,
                           void *unused) {
    (void)size, (void)unused;
    if (++step.n_steps >= MAX_STEPS) {
        step.is_endless = true;
        uc_emu_stop(emulator);
        return;
    }
    if (pc == step.allocate_return) {
        register_write(machine.core->result, case_allocate());
    }
    allocator_watch(pc);
    boundary_look(pc, (pc >= step.calls_start && pc < step.calls_end) ||
                          allocator_is_running());
    if (step.shown != NULL) {
        step_show(pc);
    }
}

static void on_access(uc_engine *emulator, uc_mem_type type, uint64_t where,
                      int size, int64_t value, void *unused) {
    (void)emulator, (void)type, (void)value, (void)unused;
    if (step.shown != NULL) {
        access_show(where, (size_t)size);
    }
    access_note(where, (size_t)size);
}

static void case_run(const case_t *c) {
    address_t arguments[5], offset;
    machine_reset();
    const size_t n = case_prepare(c, arguments);
    allocator_prepare();
    step.n_steps = 0;
    step.is_endless = false;
    const char *wrong = machine_call(c->function, arguments, n);
    if (step.is_endless) {
        wrong = "it does not end";
    }
    if (wrong != NULL) {
        printf("%s\terror\t%s\n", c->name, wrong);
        return;
    }
    const char *const at = symbol_at(world.lost_at, &offset);
    printf("%s\t%u\t%u\t%u\t%u\t%s+%llu\n", c->name, step.n_steps, world.lost,
           world.lost_before, world.lost_past, at, (unsigned long long)offset);
}

int main(int argc, char **argv) {
    const case_t *cases;
    uc_hook hook;
    if (argc < 3 || !machine_open(argv[1], argv[2])) {
        return 2;
    }
    step.shown = argc > 3 ? argv[3] : NULL;
    step.calls_start = symbol_find("calls_start");
    step.calls_end = symbol_find("calls_end");
    step.allocate_return = symbol_find("allocate_return");
    allocator_find();
    const size_t n = cases_read(&cases);
    uc_hook_add(machine.emulator, &hook, UC_HOOK_CODE, on_instruction, NULL, 1,
                0);
    uc_hook_add(machine.emulator, &hook, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE,
                on_access, NULL, 1, 0);
    for (size_t i = 0; i < n; i++) {
        if (step.shown == NULL || strcmp(step.shown, cases[i].name) == 0) {
            case_run(&cases[i]);
        }
    }
    return n > 0 ? 0 : 2;
}
