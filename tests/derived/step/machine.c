// SPDX-License-Identifier: MIT
#include "machine.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

machine_t machine;

// ---- Cores -----------------------------------------------------------------

#define ARM(n) UC_ARM_REG_##n
#define X86(n) UC_X86_REG_##n
#define A64(n) UC_ARM64_REG_##n
#define RISCV(n) (UC_RISCV_REG_X0 + (n))

static const core_t cores[] = {
    {.name = "arm",
     .arch = UC_ARCH_ARM,
     .mode = UC_MODE_THUMB,
     .word = 4,
     .n_registers = 14,
     .registers = {ARM(R0), ARM(R1), ARM(R2), ARM(R3), ARM(R4), ARM(R5),
                   ARM(R6), ARM(R7), ARM(R8), ARM(R9), ARM(R10), ARM(R11),
                   ARM(R12), ARM(LR)},
     .n_arguments = 4,
     .arguments = {ARM(R0), ARM(R1), ARM(R2), ARM(R3)},
     .result = ARM(R0),
     .sp = ARM(SP),
     .link = ARM(LR),
     .is_thumb = true},
    {.name = "rv32",
     .arch = UC_ARCH_RISCV,
     .mode = UC_MODE_RISCV32,
     .word = 4,
     .n_registers = 30,
     .registers = {RISCV(1),  RISCV(3),  RISCV(4),  RISCV(5),  RISCV(6),
                   RISCV(7),  RISCV(8),  RISCV(9),  RISCV(10), RISCV(11),
                   RISCV(12), RISCV(13), RISCV(14), RISCV(15), RISCV(16),
                   RISCV(17), RISCV(18), RISCV(19), RISCV(20), RISCV(21),
                   RISCV(22), RISCV(23), RISCV(24), RISCV(25), RISCV(26),
                   RISCV(27), RISCV(28), RISCV(29), RISCV(30), RISCV(31)},
     .n_arguments = 4,
     .arguments = {RISCV(10), RISCV(11), RISCV(12), RISCV(13)},
     .result = RISCV(10),
     .sp = RISCV(2),
     .link = RISCV(1)},
    {.name = "x86-64",
     .arch = UC_ARCH_X86,
     .mode = UC_MODE_64,
     .word = 8,
     .red_zone = 128,
     .n_registers = 15,
     .registers = {X86(RAX), X86(RBX), X86(RCX), X86(RDX), X86(RSI), X86(RDI),
                   X86(RBP), X86(R8), X86(R9), X86(R10), X86(R11), X86(R12),
                   X86(R13), X86(R14), X86(R15)},
     .n_arguments = 4,
     .arguments = {X86(RDI), X86(RSI), X86(RDX), X86(RCX)},
     .result = X86(RAX),
     .sp = X86(RSP)},
    {.name = "i386",
     .arch = UC_ARCH_X86,
     .mode = UC_MODE_32,
     .word = 4,
     .n_registers = 7,
     .registers = {X86(EAX), X86(EBX), X86(ECX), X86(EDX), X86(ESI), X86(EDI),
                   X86(EBP)},
     .n_arguments = 3,
     .arguments = {X86(EAX), X86(EDX), X86(ECX)},
     .result = X86(EAX),
     .sp = X86(ESP)},
    {.name = "aarch64",
     .arch = UC_ARCH_ARM64,
     .mode = UC_MODE_ARM,
     .word = 8,
     .n_registers = 31,
     .registers = {A64(X0),  A64(X1),  A64(X2),  A64(X3),  A64(X4),  A64(X5),
                   A64(X6),  A64(X7),  A64(X8),  A64(X9),  A64(X10), A64(X11),
                   A64(X12), A64(X13), A64(X14), A64(X15), A64(X16), A64(X17),
                   A64(X18), A64(X19), A64(X20), A64(X21), A64(X22), A64(X23),
                   A64(X24), A64(X25), A64(X26), A64(X27), A64(X28), A64(X29),
                   A64(X30)},
     .n_arguments = 4,
     .arguments = {A64(X0), A64(X1), A64(X2), A64(X3)},
     .result = A64(X0),
     .sp = A64(SP),
     .link = A64(X30)},
};

static const core_t *core_find(const char *name) {
    for (size_t i = 0; i < sizeof cores / sizeof *cores; i++) {
        if (strcmp(cores[i].name, name) == 0) {
            return &cores[i];
        }
    }
    return NULL;
}

// Lets the program use the FPU.
static void fpu_enable(void) {
    if (machine.core->arch == UC_ARCH_ARM) {
        const uint32_t access = 0xF << 20, on = 0x40000000;
        uc_reg_write(machine.emulator, UC_ARM_REG_C1_C0_2, &access);
        uc_reg_write(machine.emulator, UC_ARM_REG_FPEXC, &on);
    } else if (machine.core->arch == UC_ARCH_ARM64) {
        const uint64_t access = 3 << 20;
        uc_reg_write(machine.emulator, UC_ARM64_REG_CPACR_EL1, &access);
    }
}

// ---- Programs --------------------------------------------------------------

typedef struct {
    const char *name;
    address_t value, size;
} symbol_t;

typedef struct {
    const char *name;
    address_t address;
    uint64_t type, offset, size, link;
} section_t;

static uint8_t *file;
static section_t *sections;
static size_t n_sections;

static bool file_read(const char *path) {
    FILE *const f = fopen(path, "rb");
    if (f == NULL) {
        return false;
    }
    fseek(f, 0, SEEK_END);
    const size_t size = (size_t)ftell(f);
    rewind(f);
    file = malloc(size);
    const bool is_read = fread(file, 1, size, f) == size && size > 64 &&
                         memcmp(file, ELFMAG, SELFMAG) == 0;
    fclose(f);
    return is_read;
}

// The two classes of ELF have the same fields, in other widths and orders.
#define WITH_CLASS(what)                                                       \
    do {                                                                       \
        if (file[EI_CLASS] == ELFCLASS64) {                                    \
            what(Elf64_Ehdr, Elf64_Phdr, Elf64_Shdr, Elf64_Sym);               \
        } else {                                                               \
            what(Elf32_Ehdr, Elf32_Phdr, Elf32_Shdr, Elf32_Sym);               \
        }                                                                      \
    } while (0)

typedef void segment_t(address_t where, const uint8_t *bytes, size_t n_bytes,
                       size_t size);

static void segments_visit(segment_t *visit) {
#define VISIT(Ehdr, Phdr, Shdr, Sym)                                           \
    const Ehdr *e = (const Ehdr *)file;                                        \
    const Phdr *p = (const Phdr *)(file + e->e_phoff);                         \
    for (unsigned i = 0; i < e->e_phnum; i++) {                                \
        if (p[i].p_type == PT_LOAD) {                                          \
            visit(p[i].p_vaddr, file + p[i].p_offset, p[i].p_filesz,           \
                  p[i].p_memsz);                                               \
        }                                                                      \
    }
    WITH_CLASS(VISIT);
}

static void extent_measure(address_t where, const uint8_t *bytes,
                           size_t n_bytes, size_t size) {
    (void)bytes, (void)n_bytes;
    machine.low = where < machine.low ? where : machine.low;
    machine.high = where + size > machine.high ? where + size : machine.high;
}

static void segment_load(address_t where, const uint8_t *bytes, size_t n_bytes,
                         size_t size) {
    (void)size;
    memcpy(machine.fresh + (where - machine.low), bytes, n_bytes);
}

static void sections_read(void) {
#define READ(Ehdr, Phdr, Shdr, Sym)                                            \
    const Ehdr *e = (const Ehdr *)file;                                        \
    const Shdr *s = (const Shdr *)(file + e->e_shoff);                         \
    const char *names = (const char *)file + s[e->e_shstrndx].sh_offset;       \
    n_sections = e->e_shnum;                                                   \
    sections = calloc(n_sections, sizeof *sections);                           \
    for (size_t i = 0; i < n_sections; i++) {                                  \
        sections[i] =                                                          \
            (section_t){names + s[i].sh_name, s[i].sh_addr, s[i].sh_type,      \
                        s[i].sh_offset,       s[i].sh_size, s[i].sh_link};     \
    }
    WITH_CLASS(READ);
}

static void symbols_read(const section_t *table) {
    const char *const names = (const char *)file + sections[table->link].offset;
    symbol_t *symbols = NULL;
#define SYMBOLS(Ehdr, Phdr, Shdr, Sym)                                         \
    const Sym *s = (const Sym *)(file + table->offset);                        \
    machine.n_symbols = table->size / sizeof *s;                               \
    symbols = calloc(machine.n_symbols, sizeof *symbols);                      \
    for (size_t i = 0; i < machine.n_symbols; i++) {                           \
        symbols[i] =                                                           \
            (symbol_t){names + s[i].st_name, s[i].st_value, s[i].st_size};     \
    }
    WITH_CLASS(SYMBOLS);
    machine.symbols = symbols;
}

address_t symbol_find(const char *name) {
    const symbol_t *const symbols = machine.symbols;
    for (size_t i = 0; i < machine.n_symbols; i++) {
        if (strcmp(symbols[i].name, name) == 0) {
            return symbols[i].value;
        }
    }
    return 0;
}

const char *symbol_at(address_t where, address_t *offset) {
    const symbol_t *const symbols = machine.symbols;
    for (size_t i = 0; i < machine.n_symbols; i++) {
        const address_t start =
            symbols[i].value & ~(address_t)machine.core->is_thumb;
        if (where - start < symbols[i].size) {
            *offset = where - start;
            return symbols[i].name;
        }
    }
    *offset = where;
    return "?";
}

bool section_find(const char *name, address_t *start, size_t *size) {
    for (size_t i = 0; i < n_sections; i++) {
        if (strcmp(sections[i].name, name) == 0) {
            *start = sections[i].address;
            *size = sections[i].size;
            return true;
        }
    }
    return false;
}

// ---- Memory ----------------------------------------------------------------

static uint8_t *page_aligned(size_t size) {
    uint8_t *const memory = aligned_alloc(4096, size);
    memset(memory, 0, size);
    return memory;
}

static bool memory_map(address_t where, size_t size, uint8_t *memory) {
    return uc_mem_map_ptr(machine.emulator, where, size, UC_PROT_ALL, memory) ==
           UC_ERR_OK;
}

// Far from the program, and from each other.
static bool memory_lay_out(void) {
    const bool is_wide = machine.core->word == 8;
    machine.objects_low = is_wide ? 0x550020000000 : 0x50000000;
    machine.stack_low = is_wide ? 0x7F0030000000 : 0x70000000;
    machine.stop = is_wide ? 0x7F0040000000 : 0x78000000;
    machine.objects_high = machine.objects_low + OBJECTS_SIZE;
    machine.stack_high = machine.stack_low + STACK_SIZE;
    const size_t size = machine.high - machine.low;
    machine.image = page_aligned(size);
    machine.stack = page_aligned(STACK_SIZE);
    machine.objects = page_aligned(OBJECTS_SIZE);
    return memory_map(machine.low, size, machine.image) &&
           memory_map(machine.stack_low, STACK_SIZE, machine.stack) &&
           memory_map(machine.objects_low, OBJECTS_SIZE, machine.objects) &&
           memory_map(machine.stop, 4096, page_aligned(4096));
}

static bool program_load(const char *path) {
    if (!file_read(path)) {
        return false;
    }
    machine.low = ~(address_t)0;
    segments_visit(extent_measure);
    machine.low &= ~(address_t)4095;
    machine.high = (machine.high + 4095) & ~(address_t)4095;
    machine.fresh = page_aligned(machine.high - machine.low);
    segments_visit(segment_load);
    sections_read();
    for (size_t i = 0; i < n_sections; i++) {
        if (sections[i].type == SHT_SYMTAB) {
            symbols_read(&sections[i]);
        }
    }
    return memory_lay_out();
}

uint8_t *memory_at(address_t where) {
    if (where >= machine.stack_low && where < machine.stack_high) {
        return machine.stack + (where - machine.stack_low);
    }
    if (where >= machine.objects_low && where < machine.objects_high) {
        return machine.objects + (where - machine.objects_low);
    }
    if (where < machine.low || where >= machine.high) {
        fprintf(stderr, "step: nothing at %#llx\n", (unsigned long long)where);
        exit(2);
    }
    return machine.image + (where - machine.low);
}

address_t word_read(address_t where) {
    address_t value = 0;
    memcpy(&value, memory_at(where), machine.core->word);
    return value;
}

void word_write(address_t where, address_t value) {
    memcpy(memory_at(where), &value, machine.core->word);
}

uint32_t u32_read(address_t where) {
    uint32_t value;
    memcpy(&value, memory_at(where), sizeof value);
    return value;
}

// ---- Running ---------------------------------------------------------------

bool machine_open(const char *core, const char *program) {
    machine.core = core_find(core);
    if (machine.core == NULL || uc_open(machine.core->arch, machine.core->mode,
                                        &machine.emulator) != UC_ERR_OK) {
        fprintf(stderr, "step: no core %s\n", core);
        return false;
    }
    if (machine.core->arch == UC_ARCH_ARM) {
        uc_ctl_set_cpu_model(machine.emulator, UC_CPU_ARM_MAX);
    }
    fpu_enable();
    if (!program_load(program)) {
        fprintf(stderr, "step: cannot load %s\n", program);
        return false;
    }
    return true;
}

address_t register_read(int which) {
    address_t value = 0;
    uc_reg_read(machine.emulator, which, &value);
    return value;
}

void register_write(int which, address_t value) {
    uc_reg_write(machine.emulator, which, &value);
}

void machine_reset(void) {
    memcpy(machine.image, machine.fresh, machine.high - machine.low);
    memset(machine.stack, 0, STACK_SIZE);
}

static void registers_clear(void) {
    for (int i = 0; i < machine.core->n_registers; i++) {
        register_write(machine.core->registers[i], 0);
    }
    if (machine.core->arch == UC_ARCH_RISCV) {
        register_write(RISCV(3), symbol_find("__global_pointer$"));
    }
}

const char *machine_call(address_t function, const address_t *arguments,
                         size_t n) {
    const core_t *const core = machine.core;
    address_t sp = machine.stack_high - 64;
    registers_clear();
    for (size_t i = 0; i < n; i++) {
        if (i < (size_t)core->n_arguments) {
            register_write(core->arguments[i], arguments[i]);
        } else {
            word_write(sp + (i - (size_t)core->n_arguments) * core->word,
                       arguments[i]);
        }
    }
    if (core->link == 0) {
        sp -= core->word;
        word_write(sp, machine.stop);
    } else {
        register_write(core->link, machine.stop | core->is_thumb);
    }
    register_write(core->sp, sp);
    const uc_err e = uc_emu_start(machine.emulator, function | core->is_thumb,
                                  machine.stop, 0, 0);
    return e == UC_ERR_OK ? NULL : uc_strerror(e);
}
