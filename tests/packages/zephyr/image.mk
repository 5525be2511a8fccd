# SPDX-License-Identifier: MIT
#
# Links an application's libraries, which CMake has left in LIBS, with the
# stand-in for the kernel and with an emulated board, as Zephyr does: whole.
all: $(LIBS)/zephyr.elf

include boards/boards.mk

HERE = tests/packages/zephyr
BARE = $(filter-out $(BOARD_OUT)/src/% $(BOARD_OUT)/ports/%,$(BOARD_IMAGE))
KERNEL = $(BOARD_OUT)/$(HERE)/kernel.o $(BOARD_OUT)/$(HERE)/entry.o
$(KERNEL): BOARD_CC += -imacros $(LIBS)/autoconf.h -I$(HERE)/include

$(LIBS)/zephyr.elf: $(BARE) $(KERNEL) $(LIBS)/libapp.a
	$(BOARD_CC) $(BOARD_LINK) -o $@ $(filter %.o,$^) -Wl,--whole-archive \
	    $(LIBS)/libapp.a $(wildcard $(LIBS)/modules/irqgc/libirqgc.a) \
	    -Wl,--no-whole-archive @$(LIBS)/link-options.txt $(BOARD_LIBRARY)
