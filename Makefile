# SPDX-License-Identifier: MIT
#
#   make lib       the library, build/lib/libirqgc.a; needs cmake
#   make install   that, the headers, and what CMake and pkg-config look for;
#                  PREFIX=/usr/local, DESTDIR=
#   make amalgamation   the library as two files, build/amalgamation/irqgc.{c,h}
#   make arduino   from these a library for Arduino and PlatformIO, build/arduino
#   make esp-idf   and a component for ESP-IDF, build/esp-idf/irqgc
#   make run       the three-timer rig; options in ARGS="--seconds 10"; with
#                  BOARD=mps2-an386, say, as firmware in an emulator; with
#                  ARGS="--html FILE" as a page (docs/seeing.md)
#   make test      everything that must hold; installs what that needs
#   make bench     irqgc beside other allocators, into docs/benchmarks.md; a
#                  quarter of an hour; ARGS=--long: up to 4 GiB
#   make figures   what operations take on each board, into the README
#   make bench-dict  of these, dictionaries and khash in masked windows, only
#   make silicon   firmware that counts cycles on a board of yours; MCU=, LD=,
#                  BSP=: docs/silicon.md
#   make preempt   the preemption suite alone; options in ARGS
#   make torture   the torture kit: examples, a ring and a table of names, with
#                  and without race, and its own tests
#   make trace     what the trace hook tells of a short run, as ARGS=trace.json
#   make dict      dictionaries under the torture kit
#   make stacks    listed stacks and exchanges under the torture kit
#   make break     breaks requested at every instruction, under the kit
#   make explore   handlers at every access to memory, on every small heap
#   make words     the arithmetic on words, complete for groups of 16 blocks
#   make proofs    the same proved for 32 and 64; the layout of any heap is free
#                  of undefined behaviour; needs clang, Z3 and Frama-C
#   make fuzz      programs of operations and handlers, chosen by libFuzzer; its
#                  options in ARGS, SECONDS=60
#   make coverage  branches of src/ that the suites take, and why not the others
#   make models    the collector's protocol, all its states; needs SPIN
#   make mutants   plants a fault at a time, and sees the suites find it
#   make retained  what collections keep that nothing reaches; retained-32: in
#                  the 32-bit layout
#   make corpus    compiled functions by the thousand: no collection at any
#                  instruction frees what they still need; the table
#   make windows   the longest masked window, off the disassembly; ARGS=whole
#   make size      flash of the core on Cortex-M4, at -O2 and -Os
#   make metadata  what a heap keeps for itself, in the 32-bit layout
#   make fragmentation  the smallest heaps in which recorded programs run
#   make site      these texts and the headers' as a web site, in build/site/html
#
# V=1: each command as a whole.

# $(call say,CC,$@) before a command has a word printed instead of it; nothing
# where make is silent.
IS_SILENT := $(findstring s,$(firstword -$(MAKEFLAGS)))
say = $(if $(V),,@$(if $(IS_SILENT),,printf '  %-4s %s\n' $(1) $(2);))

# The first line of a recipe: whether its tools are there.
need = @boards/need.sh $(1)

O ?= build/host
CC = cc
CFLAGS = -O2 -g
EXTRA =
ARGS =

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wvla -Wundef -Werror
STRICT = -std=c11 $(WARNINGS) -MMD -MP
INCLUDE = -Iinclude -Isrc -Iports/posix
include derived.mk
DERIVED := $(call derived_flags,$(CC))
HOST = $(STRICT) -D_GNU_SOURCE $(INCLUDE) -I. $(DERIVED) $(CFLAGS) $(EXTRA)
LDFLAGS = $(EXTRA) -Wl,-z,now

CORE = $(patsubst %.c,$(O)/%.o,$(wildcard src/*.c))
PORT = $(patsubst %.c,$(O)/%.o,$(wildcard ports/posix/*.c))
TORTURE = $(if $(filter x86_64%,$(shell $(CC) -dumpmachine)),$(patsubst \
            %.c,$(O)/%.o,$(wildcard torture/*.c)))
RIG = $(patsubst %.c,$(O)/%.o,$(wildcard rig/*.c rig/host/*.c \
        rig/devices/*.c))

.PHONY: help lib install run test bench peers figures preempt mutants windows size \
        clean unit unit-valgrind rig-test report-test explore models metadata \
        torture words proofs fuzz coverage dict stacks break bench-dict corpus \
        retained retained-32 silicon cmocka trace site fragmentation
.DELETE_ON_ERROR:

# The comment at the top.
help:
	@sed -n '3,/^$$/s/^# \{0,1\}//p' Makefile

LIB = build/lib
PREFIX = /usr/local
lib:
	$(call need,cmake cc)
	@cmake -S . -B $(LIB) -DCMAKE_BUILD_TYPE=Release >/dev/null
	@cmake --build $(LIB)

install: lib
	@cmake --install $(LIB) --prefix $(PREFIX)

amalgamation:
	@packages/amalgamate.py build/amalgamation

arduino:
	@packages/arduino.sh build/arduino/irqgc

esp-idf:
	@packages/esp_idf.sh build/esp-idf/irqgc

.PHONY: amalgamation arduino esp-idf
ifndef BOARD
run: $(O)/rig/rig
	@$(O)/rig/rig $(ARGS)
endif

test:
	@tests/setup.sh && tests/run.sh $(ARGS)

$(O)/rig/rig: $(RIG) $(CORE) $(PORT)
	$(call say,LD,$@)$(CC) -o $@ $^ $(LDFLAGS)

$(O)/rig/%.o: HOST += -DRIG_TRACES='"$(CURDIR)/rig/traces"' \
                      -DRIG_REPORT='"$(CURDIR)/rig/report.py"'

$(O)/%.o: %.c
	$(call need,$(firstword $(CC)))
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(HOST) -c -o $@ $<

# ---- Tests -----------------------------------------------------------------

TESTS = $(patsubst %.c,$(O)/%,$(wildcard tests/unit/test_*.c \
          tests/model/test_*.c tests/regress/test_*.c))
TEST_LIB = $(patsubst %.c,$(O)/%.o,$(wildcard tests/*.c))
VALGRIND = valgrind -q --error-exitcode=1 --leak-check=full

$(O)/tests/%.o: HOST += -Itests -Itorture

# What a test links with beside the rest, its first comment says: "Link: ...".
link_flags = $(filter -Wl% -l%,$(shell sed -n 's|^// Link: ||p' $(1)))

TEST_TORTURE = $(O)/tests/torture/test_torture $(O)/tests/torture/test_trap

$(TESTS) $(TEST_TORTURE): $(O)/%: $(O)/%.o $(TEST_LIB) $(CORE) $(PORT) $(TORTURE)
	$(call say,LD,$@)$(CC) -o $@ $^ -lcmocka $(LDFLAGS) $(call link_flags,$*.c)

$(O)/tests/model/test_random: $(O)/tests/model/model.o

# A torture suite in one process, for `make coverage`.
$(addprefix $(O)/tests/coverage/,dict stacks exchange): $(O)/tests/coverage/%: \
    $(O)/tests/torture/%.o $(O)/tests/coverage/torture.o $(CORE) $(PORT) \
    $(addprefix $(O)/torture/,trap.o plant.o decode.o)
	$(call say,LD,$@)$(CC) -o $@ $^ $(LDFLAGS)

unit: cmocka $(TESTS)
	@set -e; for test in $(TESTS); do $$test; done

cmocka:
	$(call need,cc cmocka.h)

unit-valgrind: cmocka $(TESTS)
	$(call need,valgrind)
	@set -e; for test in $(TESTS); do $(VALGRIND) $$test; done

PREEMPT_BUILD = build/preempt
preempt:
	@$(MAKE) --no-print-directory -s -C tests/preempt $(PREEMPT)
	@$(PREEMPT_BUILD)/preempt $(ARGS)

# For users' own code; on the examples, once as it should be, once with a race.
RING = $(O)/examples/ring
NAMES = $(O)/examples/names
EXAMPLES = $(RING)/ring $(RING)/race $(NAMES)/names $(NAMES)/rehash
torture: $(EXAMPLES) $(TEST_TORTURE)
	@tests/torture/decode.py
	@tests/torture/example.sh $(RING)/ring $(RING)/race \
	    take "a message is lost" $(ARGS)
	@tests/torture/example.sh $(NAMES)/names $(NAMES)/rehash \
	    define "a store is lost" $(ARGS)
	@set -e; for test in $(TEST_TORTURE); do $$test; done

# Dictionaries under the kit.
DICT = $(O)/tests/torture/dict
dict: $(DICT)
	@$(DICT) $(ARGS)

# Listed stacks, and stores that look at what was there, under the kit.
STACKS = $(O)/tests/torture/stacks
EXCHANGE = $(O)/tests/torture/exchange
stacks: $(STACKS) $(EXCHANGE)
	@$(STACKS) $(ARGS)
	@$(EXCHANGE) $(ARGS)

# The trace hook, in a core of its own: what a short run tells, as JSON.
TRACED = $(addprefix $(O)/,tests/trace/test_trace examples/trace/perfetto)
$(TRACED): %: %.o $(TEST_LIB) $(CORE) $(PORT)
	$(call say,LD,$@)$(CC) -o $@ $^ -lcmocka $(LDFLAGS)

TRACE = build/traced/examples/trace/perfetto
trace:
	@$(MAKE) --no-print-directory -s O=build/traced EXTRA=-DIRQGC_TRACE=1 $(TRACE)
	@$(TRACE) $(ARGS)

RETAINED = $(O)/tests/derived/retained
retained: $(RETAINED)
	@$(RETAINED)

# Breaks under the kit; a request in the middle of another is of depth 2.
BRK = $(O)/tests/torture/brk
DEVICES = $(patsubst %.c,$(O)/%.o,$(wildcard rig/devices/*.c))
break: $(BRK)
	@$(BRK) $(ARGS)
	@$(BRK) --quiet --scenario request_here-returning --depth 2 \
	    --handler request --point 1

$(BRK): $(DEVICES)

# A process for each point begins and ends sooner with fewer mappings.
$(DICT) $(STACKS) $(EXCHANGE) $(BRK): LDFLAGS += -static-pie

$(EXAMPLES) $(DICT) $(STACKS) $(EXCHANGE) $(BRK) $(RETAINED): \
    %: %.o $(CORE) $(PORT) $(TORTURE)
	$(call say,LD,$@)$(CC) -o $@ $^ $(LDFLAGS)

$(RING)/race.o: examples/ring/ring.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(HOST) -DRING_RACE -c -o $@ $<

$(NAMES)/rehash.o: examples/names/names.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(HOST) -DNAMES_REHASH -c -o $@ $<

explore:
	@$(MAKE) --no-print-directory -s -C tests/explore run ARGS="$(ARGS)"

# Half a minute more with WORDS=all in the environment: orphan tails, too.
WORDS_16 = O=build/group-16 EXTRA=-DIRQGC_GROUP_BLOCKS=16
words:
	@$(MAKE) --no-print-directory -s $(WORDS_16) \
	    build/group-16/tests/unit/test_word
	@build/group-16/tests/unit/test_word

proofs:
	$(call need,clang frama-c)
	@tests/proofs/prove.py $(ARGS)
	@tests/proofs/layout.sh

fuzz:
	$(call need,clang)
	@$(MAKE) --no-print-directory -s -C tests/fuzz run ARGS="$(ARGS)"

coverage:
	@tests/coverage/coverage.py $(ARGS)

# By each compiler and level, with the flags of derived.mk and without: half an
# hour on two processors.
# That for AArch64, gcc-12-aarch64-linux-gnu, is left out where it is missing:
# it excludes gcc-multilib.
CORPUS_NEED = clang-16 lld-14 lld-16 libnewlib-arm-none-eabi
corpus:
	@tests/setup.sh $(CORPUS_NEED)
	@tests/derived/derived.py $(ARGS)

models:
	$(call need,spin cc)
	@tests/spin/run.py $(ARGS)

mutants:
	$(call need,cc cmocka.h spin)
	@tests/mutants.py $(ARGS)
	@tests/spin/run.py --mutants
	@tests/target/planted.py

rig-test: $(O)/rig/rig
	@tests/unit/test_rig.sh $<
	@tests/rig/display.py $<

report-test: $(O)/rig/rig
	@tests/rig/report.py $<

# ---- Figures ---------------------------------------------------------------

# A program for each peer, in files of bench/ and rig/host that know none.
BENCH = $(patsubst %.c,$(O)/%.o,$(wildcard bench/*.c bench/works/*.c) \
          rig/host/load.c rig/host/text.c)
PEERS = $(patsubst %.c,$(O)/%,$(wildcard bench/peers/*.c))

bench:
	@tests/setup.sh $(FIGURES_NEED)
	@$(MAKE) --no-print-directory -s peers
	@bench/bench.py --peers $(O)/bench/peers $(ARGS)

peers: $(PEERS)

# Who counts looks for returns, and knows addresses from the file.
$(O)/bench/%.o: HOST += -fno-optimize-sibling-calls \
                        -DBENCH_TRACES='"$(CURDIR)/rig/traces"'

$(PEERS): $(O)/bench/peers/%: $(O)/bench/peers/%.o $(BENCH)
	$(call say,LD,$@)$(CC) -no-pie -o $@ $^ $(LDFLAGS) \
	    $(call link_flags,bench/peers/$*.c)

$(O)/bench/peers/irqgc: $(CORE) $(PORT)

# Half a minute. Exits with 1 if a bound is broken.
FIGURES_NEED = libnewlib-arm-none-eabi picolibc-riscv64-unknown-elf libhts-dev
figures:
	@tests/setup.sh $(FIGURES_NEED)
	@bench/figures/figures.py $(ARGS)

bench-dict:
	@tests/setup.sh $(FIGURES_NEED)
	@bench/figures/figures.py --tables

silicon:
	@$(MAKE) --no-print-directory -s -f bench/silicon/silicon.mk

# ---- Masked windows and flash ----------------------------------------------

# Each core, each compiler, each level; ARGS=whole: all of them.
windows:
	$(call need,clang arm-none-eabi-gcc riscv64-unknown-elf-gcc)
	@tests/builds/windows.sh $(ARGS)

SOURCES = $(wildcard src/*.c)
HEADERS = $(wildcard include/irqgc/*.h src/*.h ports/*/*.h)

# Flash of all, and of the heap and the collector without what a program links
# only if it uses it, on Cortex-M4; fails above the bound.
SERVICES = check inspect dict brk stacks exchange mask debug
define size
build/size/$(1)/%.o: src/%.c $(HEADERS)
	$$(call need,arm-none-eabi-gcc)
	@mkdir -p $$(@D)
	$$(call say,CC,$$<)arm-none-eabi-gcc -mthumb -mcpu=cortex-m4 -$(1) $$(STRICT) \
	    -ffreestanding -Iinclude $$(call derived_flags,arm-none-eabi-gcc) \
	    -c -o $$@ $$<
size: size-$(1)
.PHONY: size-$(1)
size-$(1): $$(SOURCES:src/%.c=build/size/$(1)/%.o)
	@arm-none-eabi-size -t $$^ | awk 'END { \
	    printf "-$(1): all: %d bytes\n", $$$$1 }'
	@arm-none-eabi-size -t $$(filter-out \
	    $$(SERVICES:%=build/size/$(1)/%.o),$$^) | awk 'END { \
	    printf "-$(1): heap and collector: %d bytes of $(2)\n", $$$$1; \
	    exit $$$$1 > $(2) }'
endef
$(eval $(call size,O2,8192))
$(eval $(call size,Os,7168))

# gcc-multilib, which would bring the headers' other name, is in conflict with
# the cross compilers of Debian.
M32 = -m32 -idirafter /usr/include/x86_64-linux-gnu

LAYOUT = build/32-bit

# Bytes of a heap that are no blocks, in the 32-bit layout.
metadata: $(LAYOUT)/tests/layout/metadata
	@$<

$(LAYOUT)/tests/layout/metadata: tests/layout/metadata.c $(SOURCES) \
        $(HEADERS) \
        $(wildcard ports/posix/*.c)
	@mkdir -p $(@D)
	$(call say,CC,$@)gcc $(M32) -std=c11 -D_GNU_SOURCE $(WARNINGS) -O2 $(INCLUDE) \
	    $(call derived_flags,gcc) -o $@ $(filter %.c,$^)

# The same layout: what collections keep, and the smallest heaps in which
# programs run.
retained-32:
	@$(MAKE) --no-print-directory -s retained O=build/32-bit TORTURE= \
	    EXTRA="$(M32)"

FRAGMENTATION = $(LAYOUT)/bench/sizing/fragmentation
fragmentation: $(FRAGMENTATION)
	@$< rig/traces

$(FRAGMENTATION): $(wildcard bench/sizing/*.c) bench/program.c \
        rig/host/load.c rig/host/text.c $(SOURCES) $(wildcard ports/posix/*.c) \
        $(HEADERS)
	@mkdir -p $(@D)
	$(call say,CC,$@)gcc $(M32) -std=c11 -D_GNU_SOURCE $(WARNINGS) -O2 \
	    $(INCLUDE) -I. \
	    $(call derived_flags,gcc) -o $@ $(filter %.c,$^)

# ---- The site --------------------------------------------------------------

site:
	@tests/setup.sh
	@docs/site/build.sh
	@echo build/site/html/index.html

# ---- Boards ----------------------------------------------------------------

ifdef BOARD
include boards/boards.mk rig/board/rig.mk bench/figures/figures.mk \
        bench/latency/latency.mk

run: $(RIG_ELF)
	@$(RIG_RUN) $(ARGS)

$(BOARD_OUT)/demo.elf: $(patsubst %.c,$(BOARD_OUT)/%.o,$(wildcard \
                         boards/demo/*.c))
$(BOARD_OUT)/gate.elf: $(BOARD_OUT)/tests/target/gate.o
$(BOARD_OUT)/gdb.elf: $(BOARD_OUT)/tests/tools/heap.o
$(BOARD_OUT)/context.elf: $(BOARD_OUT)/tests/target/context.o
$(BOARD_OUT)/preempt.elf: $(patsubst %.c,$(BOARD_OUT)/%.o,$(wildcard \
                            tests/target/preempt/*.c))
$(BOARD_OUT)/tests/target/preempt/preempt.o: \
  BOARD_CC += -DCOMMAND='"$(BOARD_RUN) $(BOARD_OUT)/preempt.elf"'

$(BOARD_OUT)/brk.elf: $(BOARD_BREAK) $(patsubst %.c,$(BOARD_OUT)/%.o,\
                        $(wildcard tests/target/brk/*.c))
$(BOARD_OUT)/tests/target/brk/brk.o: \
  BOARD_CC += -DCOMMAND='"$(BOARD_RUN) $(BOARD_OUT)/brk.elf"'

# The host's torture suites as firmware.
$(BOARD_OUT)/dict.elf: $(patsubst %,$(BOARD_OUT)/tests/%.o,target/torture \
                         torture/dict)
$(BOARD_OUT)/derived.elf: $(patsubst %,$(BOARD_OUT)/tests/%.o,target/torture \
                            torture/derived)
# With IRQGC_KEEP instead of the flags, and with neither.
$(BOARD_OUT)/derived-keep.elf $(BOARD_OUT)/derived-bare.elf: \
  $(BOARD_OUT)/%.elf: $(BOARD_OUT)/tests/target/torture.o \
  $(BOARD_OUT)/tests/torture/%.o
$(BOARD_OUT)/tests/torture/derived-keep.o: BOARD_DERIVED = -DIRQGC_USES_KEEP=1
$(BOARD_OUT)/tests/torture/derived-bare.o: BOARD_DERIVED =
$(BOARD_OUT)/tests/torture/derived-keep.o \
$(BOARD_OUT)/tests/torture/derived-bare.o: tests/torture/derived.c
	@mkdir -p $(@D)
	$(BOARD_CC) $(BOARD_FLAGS) -c -o $@ $<
$(BOARD_OUT)/breaks.elf: $(BOARD_BREAK) $(patsubst %.c,$(BOARD_OUT)/%.o,\
  tests/target/torture.c tests/target/brk/landing.c tests/torture/brk.c \
  $(wildcard rig/devices/*.c))

# The host's suites as firmware, each an image, with the stack that pictures take
# and wipe. Only word takes none, which fits on any board. But on virt the page
# that has the guard in it is slow to emulate: the stack takes others.
UNIT_LIB = $(patsubst %.c,$(BOARD_OUT)/%.o,tests/picture.c \
             $(wildcard tests/target/unit/*.c) rig/board/stdio.c \
             rig/board/memory.c)
UNIT_STACK = 0x8000
$(BOARD_OUT)/test_word.elf: UNIT_STACK = $(if $(filter virt,$(BOARD)),0x8000,0x1000)

$(BOARD_OUT)/test_random.elf: $(BOARD_OUT)/tests/model/model.o

define unit_image
$(BOARD_OUT)/$(notdir $(1)).elf: $(BOARD_OUT)/$(1).o $(UNIT_LIB)
$(BOARD_OUT)/$(notdir $(1)).elf: BOARD_LINK += -Wl,--wrap=free \
  -Wl,--defsym=STACK_SIZE=$$(UNIT_STACK) $(call link_flags,$(1).c)
endef
$(foreach suite,$(addprefix tests/unit/test_,word hints heap collect misuse oom) \
  tests/model/test_random,$(eval $(call unit_image,$(suite))))

$(BOARD_OUT)/tests/%.o: BOARD_CC += -Itests/target/unit -Itests \
                                    -Irig/board/posix
endif

clean:
	rm -rf build

-include $(shell find $(O) -name '*.d' 2>/dev/null)
