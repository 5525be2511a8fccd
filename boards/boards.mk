# SPDX-License-Identifier: MIT
#
# Builds images for the board that BOARD names. To be included, in the root of
# the project and after the first rule; it defines
#
#   BOARD_OUT     where things are built: build/BOARD, or build/BOARD-soft, or
#                 build/BOARD-clang
#   BOARD_CC      the compiler, with all options of the board
#   BOARD_IMAGE   all that an image needs beside its own objects: the board, the
#                 port, and the core
#   BOARD_BREAK   the part of the port that brings a break to the thread: in
#                 images that name it, too
#   BOARD_RUN     runs an image: $(BOARD_RUN) IMAGE ARGUMENTS
#
# and rules for $(BOARD_OUT)/%.o from %.c and %.S, and for $(BOARD_OUT)/%.elf,
# whose own objects are given as further prerequisites. Options:
#
#   BOARD_OPTIMISE=-O2  of everything
#   EXTRA=              more options of the compiler
#   FLOAT=hard          or softfp, soft: what boards with an FPU make of it
#   COMPILER=gcc        or clang, clang-16
#   BOARD_DERIVED=      what objects are handled with; by default the flags of
#                       derived.mk

BOARDS = microbit microbit-256k microbit-4m mps2-an385 mps2-an386 mps2-an500 \
         mps2-an505 netduinoplus2 virt

ifeq ($(filter $(BOARD),$(BOARDS)),)
$(error BOARD is one of: $(BOARDS))
endif

BOARD_OPTIMISE = -O2
FLOAT = hard
COMPILER = gcc

# For each board: the core, where flash and memory lie and what of it is for
# the stack, the timers, their clock, and the first of three interrupt lines.
CORE_microbit = -mcpu=cortex-m0
MEMORY_microbit = 0 0x40000 0x20000000 0x4000 0x1000
TIMERS_microbit = nrf51 0x40008000 16000000 8

# The emulator gives it as much as one asks for.
CORE_microbit-256k = $(CORE_microbit)
MEMORY_microbit-256k = 0 0x40000 0x20000000 0x40000 0x2000
TIMERS_microbit-256k = $(TIMERS_microbit)

CORE_microbit-4m = $(CORE_microbit)
MEMORY_microbit-4m = 0 0x40000 0x20000000 0x400000 0x4000
TIMERS_microbit-4m = $(TIMERS_microbit)

CORE_mps2-an385 = -mcpu=cortex-m3
MEMORY_mps2-an385 = 0 0x400000 0x20000000 0x400000 0x4000
TIMERS_mps2-an385 = cmsdk 0x40000000 25000000 8

CORE_mps2-an386 = -mcpu=cortex-m4
FPU_mps2-an386 = fpv4-sp-d16
MEMORY_mps2-an386 = $(MEMORY_mps2-an385)
TIMERS_mps2-an386 = $(TIMERS_mps2-an385)

CORE_mps2-an500 = -mcpu=cortex-m7
FPU_mps2-an500 = fpv5-sp-d16
MEMORY_mps2-an500 = $(MEMORY_mps2-an385)
TIMERS_mps2-an500 = $(TIMERS_mps2-an385)

CORE_mps2-an505 = -mcpu=cortex-m33
FPU_mps2-an505 = fpv5-sp-d16
MEMORY_mps2-an505 = 0x10000000 0x400000 0x38000000 0x200000 0x4000
TIMERS_mps2-an505 = cmsdk 0x50000000 20000000 3

CORE_netduinoplus2 = -mcpu=cortex-m4
FPU_netduinoplus2 = fpv4-sp-d16
MEMORY_netduinoplus2 = 0x08000000 0x100000 0x20000000 0x20000 0x2000
TIMERS_netduinoplus2 = systick 0x40000000 125000000 28

# By the former specification rv32imac has the CSR instructions, and gcc finds
# its library, which it does not for rv32imac_zicsr.
CORE_virt = -march=rv32imac -mabi=ilp32 -mcmodel=medany
MEMORY_virt = 0x80000000 0x400000 0x80400000 0x400000 0x4000

# ---- The rest follows ------------------------------------------------------

BOARD_OUT := build/$(BOARD)

ifeq ($(BOARD),virt)
BOARD_GCC = riscv64-unknown-elf-gcc
BOARD_GCC_ONLY = -misa-spec=2.2
BOARD_TARGET = riscv32-unknown-elf -mno-relax
BOARD_PORT = ports/riscv
BOARD_SOURCES = $(wildcard boards/virt/*.[cS])
BOARD_CORE = $(CORE_virt)
else
BOARD_GCC = arm-none-eabi-gcc
BOARD_GCC_ONLY = -masm-syntax-unified
BOARD_TARGET = arm-none-eabi
BOARD_PORT = ports/cortex_m
BOARD_TIMERS := $(TIMERS_$(BOARD))
BOARD_SOURCES = $(addprefix boards/cortex_m/,start.S board.c fault.c \
                  timers_$(firstword $(BOARD_TIMERS)).c)
BOARD_CORE = $(CORE_$(BOARD)) -mthumb $(BOARD_FLOAT) \
             -DBOARD_TIMERS=$(word 2,$(BOARD_TIMERS))u \
             -DBOARD_HZ=$(word 3,$(BOARD_TIMERS))u \
             -DBOARD_IRQ=$(word 4,$(BOARD_TIMERS))u
BOARD_FLOAT = -mfloat-abi=soft
ifneq ($(FPU_$(BOARD)),)
ifneq ($(FLOAT),soft)
BOARD_FLOAT = -mfloat-abi=$(FLOAT) -mfpu=$(FPU_$(BOARD))
endif
ifneq ($(FLOAT),hard)
BOARD_OUT := $(BOARD_OUT)-$(FLOAT)
endif
endif
endif

# clang has no library of arithmetic for these cores, and takes gcc's.
ifeq ($(COMPILER),gcc)
BOARD_COMPILER = $(BOARD_GCC) $(BOARD_GCC_ONLY)
BOARD_LINKER = -Wl,--no-warn-rwx-segments
BOARD_LIBRARY = -lgcc
BOARD_PLAIN = -fno-tree-loop-distribute-patterns
else
BOARD_OUT := $(BOARD_OUT)-$(COMPILER)
BOARD_COMPILER = $(COMPILER) --target=$(BOARD_TARGET)
BOARD_LINKER = -fuse-ld=lld$(COMPILER:clang%=%)
BOARD_LIBRARY = $(shell $(BOARD_GCC) $(BOARD_GCC_ONLY) $(BOARD_CORE) \
                  -print-libgcc-file-name)
BOARD_PLAIN = -fno-builtin
BOARD_WARNINGS = -Wno-sign-conversion -Wno-format # of enumerations, of uint32_t
endif

BOARD_CC = $(BOARD_COMPILER) $(BOARD_CORE) -ffreestanding -fomit-frame-pointer \
           -ffunction-sections -fdata-sections $(BOARD_OPTIMISE) -g $(EXTRA)
include derived.mk
BOARD_DERIVED := $(call derived_flags,$(BOARD_COMPILER))

BOARD_FLAGS = -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
              -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Werror \
              -MMD -MP -Iinclude -Isrc -I$(BOARD_PORT) -Iboards \
              -Iboards/libc -I. \
              -DBOARD_NAME='"$(BOARD)"' $(BOARD_DERIVED) $(BOARD_WARNINGS)
BOARD_WORDS = FLASH_START FLASH_SIZE RAM_START RAM_SIZE STACK_SIZE
BOARD_LINK = -nostdlib -static -T boards/image.ld \
             $(foreach n,1 2 3 4 5,-Wl,--defsym=$(word $(n),$(BOARD_WORDS))=$\
             $(word $(n),$(MEMORY_$(BOARD)))) \
             -Wl,--gc-sections -Wl,--fatal-warnings $(BOARD_LINKER)

BOARD_BREAK = $(BOARD_OUT)/$(BOARD_PORT)/$(notdir $(BOARD_PORT))_brk.o
BOARD_IMAGE = $(filter-out $(BOARD_BREAK),$(patsubst %,$(BOARD_OUT)/%.o,\
              $(basename $(wildcard boards/*.c boards/libc/*.c src/*.c \
              $(BOARD_PORT)/*.c) $(BOARD_SOURCES))))
BOARD_RUN = boards/qemu.sh $(BOARD)

$(BOARD_OUT)/%.o: %.c
	@boards/need.sh $(firstword $(BOARD_COMPILER))
	@mkdir -p $(@D)
	$(call say,CC,$<)$(BOARD_CC) $(BOARD_FLAGS) -c -o $@ $<

$(BOARD_OUT)/%.o: %.S
	@boards/need.sh $(firstword $(BOARD_COMPILER))
	@mkdir -p $(@D)
	$(call say,AS,$<)$(BOARD_CC) -c -o $@ $<

# Make takes them for intermediate files, and would remove them.
.SECONDARY: $(BOARD_IMAGE)

# No part of link-time optimisation, which would leave out what it calls late.
$(BOARD_OUT)/boards/libc/%.o: BOARD_CC += $(BOARD_PLAIN) -fno-lto

$(BOARD_OUT)/%.elf: $(BOARD_IMAGE) boards/image.ld
	$(call say,LD,$@)$(BOARD_CC) $(BOARD_LINK) -o $@ $(filter %.o,$^) $(BOARD_LIBRARY)

-include $(shell find $(BOARD_OUT) -name '*.d' 2>/dev/null)
