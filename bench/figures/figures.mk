# SPDX-License-Identifier: MIT
#
# What figures.py builds for a board: $(BOARD_OUT)/figures.elf, which measures
# irqgc; $(BOARD_OUT)/figures-LIBRARY.elf, which measure the malloc of each C
# library there is for the core; $(BOARD_OUT)/table.elf, which measures
# dictionaries, and $(BOARD_OUT)/table-khash.elf, which measures khash;
# $(BOARD_OUT)/break.elf, which measures breaks; and $(BOARD_OUT)/libirqgc.a, of
# which only the size matters. To be included behind boards/boards.mk.

# The size of the heap that they measure.
FIGURES_KIB = 256
FIGURES_KIB_microbit-256k = 128

FIGURES_FLAGS = -DFIGURES_KIB=$(or $(FIGURES_KIB_$(BOARD)),$(FIGURES_KIB))
FIGURES_SHARED = figures measure
FIGURES_IRQGC = $(FIGURES_SHARED) peer_irqgc collector preempted
FIGURES_MALLOC = $(FIGURES_SHARED) peer_malloc
figures_objects = $(patsubst %,$(BOARD_OUT)/bench/figures/board/%.o,$(1))

$(BOARD_OUT)/bench/figures/board/%.o: BOARD_CC += $(FIGURES_FLAGS)

$(BOARD_OUT)/figures.elf: BOARD_LINK += -Wl,--wrap=irqgc_core_mark,--wrap=irqgc_core_sweep
$(BOARD_OUT)/figures.elf: $(call figures_objects,$(FIGURES_IRQGC))

# With the library's own memcpy and memset.
FIGURES_LIBC_newlib = -lc
FIGURES_LIBC_nano = -lc_nano
FIGURES_LIBC_picolibc = -L$(PICOLIBC)/rv32imac/ilp32 -lc
PICOLIBC = /usr/lib/picolibc/riscv64-unknown-elf/lib/release

define figures_link_libc
	$(BOARD_CC) $(BOARD_LINK) -o $@ \
	    $(filter-out %/boards/libc/string.o,$(filter %.o,$^)) \
	    -Wl,--start-group $(FIGURES_LIBC_$(1)) -lgcc -Wl,--end-group
endef

$(BOARD_OUT)/figures-newlib.elf $(BOARD_OUT)/figures-nano.elf \
$(BOARD_OUT)/figures-picolibc.elf: $(BOARD_OUT)/figures-%.elf: \
  $(call figures_objects,$(FIGURES_MALLOC)) $(BOARD_IMAGE) boards/image.ld
	$(call figures_link_libc,$*)

# khash is one header, that the host's system folder has beside others which
# are not for the board. Of peer_malloc it takes the memory.
FIGURES_TABLE = table measure
KHASH = /usr/include/htslib

$(BOARD_OUT)/table.elf: $(call figures_objects,$(FIGURES_TABLE) table_irqgc)

$(BOARD_OUT)/table-khash.elf: \
  $(call figures_objects,$(FIGURES_TABLE) table_khash peer_malloc) \
  $(BOARD_IMAGE) boards/image.ld
	$(call figures_link_libc,newlib)

$(BOARD_OUT)/bench/figures/board/table_khash.o: \
  BOARD_CC += -isystem $(BOARD_OUT)/include
$(BOARD_OUT)/bench/figures/board/table_khash.o: $(BOARD_OUT)/include/htslib

$(BOARD_OUT)/include/htslib:
	@mkdir -p $(@D)
	ln -s $(KHASH) $@

$(BOARD_OUT)/break.elf: $(BOARD_BREAK) $(call figures_objects,brk measure)

$(BOARD_OUT)/libirqgc.a: $(patsubst %.c,$(BOARD_OUT)/%.o,\
                           $(wildcard src/*.c $(BOARD_PORT)/*.c))
	rm -f $@
	ar rcs $@ $^
