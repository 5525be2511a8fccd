# SPDX-License-Identifier: MIT
#
# What latency.py builds for a board: $(BOARD_OUT)/latency-PEER.elf, where PEER
# is a file of bench/peers, `glibc` the malloc of the board's C library. To be
# included behind bench/figures/figures.mk.

LATENCY = $(BOARD_OUT)/bench/latency/board/load.o
LATENCY_LIBC = $(if $(filter virt,$(BOARD)),picolibc,newlib)

# Calls are counted as they are made, not jumped to.
$(BOARD_OUT)/bench/peers/%.o: BOARD_CC += -fno-optimize-sibling-calls
$(BOARD_OUT)/bench/peers/glibc.o: \
  BOARD_CC += $(if $(filter virt,$(BOARD)),-isystem $(PICOLIBC)/../../include)

$(BOARD_OUT)/latency-irqgc.elf: BOARD_LINK += -Wl,--wrap=irqgc_collect
$(BOARD_OUT)/latency-irqgc.elf $(BOARD_OUT)/latency-table.elf: \
  $(BOARD_OUT)/latency-%.elf: $(LATENCY) $(BOARD_OUT)/bench/peers/%.o

$(BOARD_OUT)/latency-glibc.elf: $(LATENCY) $(BOARD_OUT)/bench/peers/glibc.o \
  $(BOARD_OUT)/bench/latency/board/sbrk.o $(BOARD_IMAGE) boards/image.ld
	$(call figures_link_libc,$(LATENCY_LIBC))
