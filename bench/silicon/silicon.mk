# SPDX-License-Identifier: MIT
#
# Builds cycles.c for a board of yours: build/silicon/MCU/silicon.elf. In the
# root of the project, by `make silicon`; docs/silicon.md tells how.
#
#   MCU=cortex-m4    what gcc calls the core; or rv32imac: a RISC-V of 32 bits
#   ABI=ilp32        of a RISC-V; rv32imafc has ilp32f
#   LD=board.ld      your linker script
#   BSP="start.c"    your start-up, and silicon_put
#   FLAGS=-O2        what else the compiler is told: the FPU, say
#   KIB=64           of the heap that is measured
#   SYSTICK=1        count by the SysTick, on a core without a DWT

ifndef MCU
$(error MCU=cortex-m4, say, or rv32imac; docs/silicon.md has the rest)
endif
ifndef LD
$(error LD=board.ld: your linker script)
endif
ifndef BSP
$(error BSP="start.c uart.c": your start-up and silicon_put)
endif

FLAGS = -O2
ABI = ilp32
KIB = 64
SYSTICK =
OUT = build/silicon/$(MCU)

ifneq ($(filter rv32%,$(MCU)),)
CROSS = riscv64-unknown-elf-gcc
PORT = ports/riscv
CORE = -march=$(MCU) -mabi=$(ABI) -misa-spec=2.2 -mcmodel=medany
else
CROSS = arm-none-eabi-gcc
PORT = ports/cortex_m
CORE = -mcpu=$(MCU) -mthumb
endif

include derived.mk
DEFINES = -DSILICON_KIB=$(KIB) -DSILICON_NAME='"$(MCU)"' \
          -DSILICON_FLAGS='"$(FLAGS)"' $(SYSTICK:%=-DSILICON_SYSTICK=%)

# All at once. What gcc calls by itself is not found in its own loop.
$(OUT)/silicon.elf: bench/silicon/cycles.c $(wildcard src/*.[ch] $(PORT)/*.[ch] \
                      include/irqgc/*.h boards/libc/*.[ch]) $(BSP) $(LD)
	@boards/need.sh $(CROSS)
	@mkdir -p $(@D)
	$(CROSS) $(CORE) $(FLAGS) -std=gnu11 -ffreestanding -ffunction-sections \
	    -fno-tree-loop-distribute-patterns $(call derived_flags,$(CROSS)) \
	    $(DEFINES) -Iinclude -Isrc -Iboards/libc -nostdlib -static \
	    -Wl,--gc-sections,--no-warn-rwx-segments -T $(LD) -o $@ \
	    $(filter %.c %.S %.s,$^) -lgcc
	@echo $@
.PHONY: $(OUT)/silicon.elf
