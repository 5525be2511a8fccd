# SPDX-License-Identifier: MIT
#
# The images that are measured: $(BOARD_OUT)/figures.elf is irqgc,
# $(BOARD_OUT)/figures-malloc.elf the C library's malloc. To be included behind
# boards/boards.mk.

# The size of the heap that they measure.
FIGURES_KIB = 256
FIGURES_KIB_microbit-256k = 128

FIGURES = $(patsubst %,$(BOARD_OUT)/bench/figures/%.o,figures measure)
FIGURES_IRQGC = $(FIGURES) $(patsubst %,$(BOARD_OUT)/bench/figures/%.o,\
                  peer_irqgc collector)

$(BOARD_OUT)/bench/figures/%.o: BOARD_CC += \
  -DFIGURES_KIB=$(or $(FIGURES_KIB_$(BOARD)),$(FIGURES_KIB))

$(BOARD_OUT)/figures.elf: BOARD_LINK += -Wl,--wrap=mark,--wrap=sweep
$(BOARD_OUT)/figures.elf: $(FIGURES_IRQGC)
