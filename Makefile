# SPDX-License-Identifier: MIT
#
#   make run       the three-timer rig; options in ARGS="--seconds 10"
#   make test      everything that must hold; installs what that needs
#   make bench     irqgc beside the C library's malloc, on recorded programs
#   make preempt   the preemption suite alone; options in ARGS
#   make mutants   plants a fault at a time, and sees the suites find it
#   make windows   the longest masked window, off the disassembly
#   make size      flash of the core on Cortex-M4

O ?= build/host
CC = cc
CFLAGS = -O2 -g
EXTRA =
ARGS =

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wvla -Wundef -Werror
STRICT = -std=c11 $(WARNINGS) -MMD -MP
INCLUDE = -Iinclude -Isrc -Iports/posix
HOST = $(STRICT) -D_GNU_SOURCE $(INCLUDE) -I. $(CFLAGS) $(EXTRA)
LDFLAGS = $(EXTRA) -Wl,-z,now

CORE = $(patsubst %.c,$(O)/%.o,$(wildcard src/*.c))
PORT = $(patsubst %.c,$(O)/%.o,$(wildcard ports/posix/*.c))
RIG = $(patsubst %.c,$(O)/%.o,$(wildcard rig/*.c rig/host/*.c))

.PHONY: run test bench preempt mutants windows size clean
.DELETE_ON_ERROR:

run: $(O)/rig/rig
	@$(O)/rig/rig $(ARGS)

test:
	@tests/setup.sh && tests/run.sh $(ARGS)

$(O)/rig/rig: $(RIG) $(CORE) $(PORT)
	$(CC) -o $@ $^ $(LDFLAGS)

$(O)/rig/%.o: HOST += -DRIG_TRACES='"$(CURDIR)/rig/traces"'

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HOST) -c -o $@ $<

clean:
	rm -rf build

-include $(shell find $(O) -name '*.d' 2>/dev/null)
