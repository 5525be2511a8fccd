# SPDX-License-Identifier: MIT
#
# The rig as firmware: $(BOARD_OUT)/rig.elf. To be included behind
# boards/boards.mk. RIG_RUN runs it: $(RIG_RUN) ARGUMENTS.

# An instruction takes 2^3 nanoseconds of emulated time, 125 million a second:
# enough to do some work each tick. Interrupts come at any instruction all the
# same, and each run with the same options is the same.
RIG_SHIFT = 3

# For each board: the traces in flash (rig/board/embed.sh), for the thread and
# the timers in turn, and the options by default. The heap has to be as large as
# the traces' peaks together, and leave room for 28 bytes for each slot.
RIG_TRACES = json compile logger chaos
RIG_OPTIONS = --heap 192 --sizes 32,512 --events 400,60,1 --collect-every 200

RIG_TRACES_netduinoplus2 = json:1000 pidigits logger:400 chaos:400
RIG_OPTIONS_netduinoplus2 = --heap 64 --sizes 32,1024 --events 400,100,1 \
                            --collect-every 50

RIG_TRACES_microbit-256k = json:2000 compile:2000 logger:2000 chaos:2000
RIG_OPTIONS_microbit-256k = --heap 152 --sizes 32,400 --events 200,40,1 \
                            --collect-every 200

RIG_TRACES_microbit-4m = $(RIG_TRACES_microbit-256k)
RIG_OPTIONS_microbit-4m = $(RIG_OPTIONS_microbit-256k)

RIG_TRACES_microbit = json:20 compile:20 pidigits:20 chaos:20
RIG_OPTIONS_microbit = --heap 6 --sizes 16,200 --events 4000,400,2

# ---- The rest follows ------------------------------------------------------

RIG_TRACES_BOARD = $(or $(RIG_TRACES_$(BOARD)),$(RIG_TRACES))
RIG_TRACE_NAMES = $(foreach trace,$(RIG_TRACES_BOARD),$\
                  $(firstword $(subst :, ,$(trace))))
rig_comma = ,
rig_empty =
rig_space = $(rig_empty) $(rig_empty)
RIG_ALL_OPTIONS = --trace \
                  $(subst $(rig_space),$(rig_comma),$(RIG_TRACE_NAMES)) \
                  $(or $(RIG_OPTIONS_$(BOARD)),$(RIG_OPTIONS))

RIG_ELF = $(BOARD_OUT)/rig.elf

# What --seconds asks for, and half a minute; in seconds a slow host's time.
RIG_SECONDS = $(or $(patsubst --seconds=%,%,$(filter --seconds=%,$(subst \
              --seconds ,--seconds=,$(ARGS)))),10)
RIG_LIMITS = LIMIT=$${LIMIT:-$$((125 * ($(RIG_SECONDS) + 30)))} \
             TIMEOUT=$${TIMEOUT:-$$((60 * ($(RIG_SECONDS) + 10)))}
RIG_RUN = SHIFT=$(RIG_SHIFT) $(RIG_LIMITS) $(BOARD_RUN) $(RIG_ELF)
RIG_REPLAY = SHIFT=$(RIG_SHIFT) LIMIT=0 TIMEOUT=0 $(BOARD_RUN) $(RIG_ELF)
RIG_HOST = display irq latency main map options report samples table text
RIG_SOURCES = $(wildcard rig/*.c rig/devices/*.c \
                rig/board/*.c) $(RIG_HOST:%=rig/host/%.c)

$(RIG_ELF): BOARD_LINK += -Wl,--wrap=rig_setup
$(RIG_ELF): $(RIG_SOURCES:%.c=$(BOARD_OUT)/%.o) $(BOARD_OUT)/rig/embedded.o

$(BOARD_OUT)/rig/%.o: BOARD_CC += -Irig/board/posix
$(BOARD_OUT)/rig/board/stdlib.o: \
  BOARD_CC += -DRIG_OPTIONS='"$(strip $(RIG_ALL_OPTIONS))"'
$(BOARD_OUT)/rig/board/start.o: BOARD_CC += -DRIG_COMMAND='"$(RIG_REPLAY)"'
$(BOARD_OUT)/rig/host/main.o: BOARD_CC += -Dmain=rig_main \
                                          -include rig/board/start.h
# It prints an uint32_t as unsigned, which is as wide, but not the same type.
$(BOARD_OUT)/rig/host/options.o: BOARD_CC += -Wno-format
$(BOARD_OUT)/rig/board/stdlib.o $(BOARD_OUT)/rig/board/start.o: rig/board/rig.mk

# The host's rig prints traces as C. In a folder of its own, so that nobody
# else builds there at the same time.
RIG_EMBED = build/embed/rig/rig

$(RIG_EMBED): $(wildcard rig/*.[ch] rig/host/*.[ch])
	@$(MAKE) -s --no-print-directory BOARD= EXTRA= O=build/embed $@

$(BOARD_OUT)/rig/embedded.c: rig/board/rig.mk rig/board/embed.sh $(RIG_EMBED)
	@mkdir -p $(@D)
	rig/board/embed.sh $(RIG_EMBED) $(RIG_TRACES_BOARD) > $@

$(BOARD_OUT)/rig/embedded.o: $(BOARD_OUT)/rig/embedded.c
	$(BOARD_CC) $(BOARD_FLAGS) -Irig -c -o $@ $<
