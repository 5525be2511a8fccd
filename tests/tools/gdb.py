#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what tools/gdb/irqgc.py says with a heap that is known, heap.c: in a
live process, in the middle of a collection and of an allocation, in a core
file, and on emulated boards that are halted; and damages it, and sees that
found. Arguments select tests by name.

Exit: 0 all is well; 1 a failure; 2 cannot run.
"""
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

OUT = "build/gdb"
SOURCES = "src/*.c ports/posix/*.c"
FLAGS = "-Iinclude -DIRQGC_DERIVED=1"
NAMES = ("first", "second", "third", "held", "plain", "list", "dict",
         "garbage")
BUILDS = { # how irqgc is compiled, the program with -g
    "gcc": "gcc -g -O2",
    "small-groups": "clang -g -O0 -DIRQGC_GROUP_BLOCKS=8",
    "32-bit": "gcc -g -m32 -idirafter /usr/include/x86_64-linux-gnu -O1",
    "no-debug": "gcc -O2",
}
n_failed = 0


def shell(command):
    done = subprocess.run(command, shell=True, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        print(f"gdb: cannot run: {command}\n{done.stdout}")
        sys.exit(2)


def session(commands, *arguments, tool="gdb"):
    """The answers to the commands, and all that was printed."""
    command = [tool, "-q", "-nx", "-batch", "-x", ".gdbinit", *arguments,
               "-x", "tests/tools/in_gdb.py"]
    path = f"{OUT}/commands.{os.getpid()}"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(commands, file)
    done = subprocess.run(command, text=True, check=False, timeout=120,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          env={**os.environ, "COMMANDS": path})
    os.remove(path)
    found = re.search(r"^ANSWERS (.*)$", done.stdout, re.M)
    answers = json.loads(found.group(1)) if found else []
    expect(len(answers) == len(commands), "gdb did not answer", done.stdout)
    expect("Traceback" not in done.stdout and
           not any("cannot make sense" in a for a in answers),
           "an exception of Python", done.stdout)
    return answers, done.stdout


def expect(is_so, what, shown=""):
    global n_failed
    if not is_so:
        n_failed += 1
        print(f"FAILED: {what}\n{shown}")


def expect_in(answer, *patterns):
    for pattern in patterns:
        expect(re.search(pattern, answer, re.M), f"no line /{pattern}/",
               answer)


# ---- What is known ----------------------------------------------------------

PRINT = [f"output/x (unsigned long)known.{name}" for name in NAMES]
LOOK = ["irqgc heap", "irqgc map all", "irqgc object known.first",
        "irqgc object known.plain", "irqgc object known.dict",
        "irqgc object known.held", "irqgc why known.third",
        "irqgc why known.held", "irqgc why known.garbage", "irqgc check"]


def addresses(answers):
    return dict(zip(NAMES, answers))


def built_expect(at, word, answers):
    """At stop_built, with pointers of `word` bytes."""
    heap, drawn, first, plain, a_dict, held, third, why_held, garbage, check = \
        answers
    expect_in(heap, r"in 10 objects: 1 held, 2 without pointers",
              r"none under way; there was none yet", r"^calls under way: none",
              r"^  open group +\d+, at 0x\w+: \d+ blocks? free$",
              r"^  thread +10 allocs, 0 failures", r": 4 words \(table\)$",
              r"^  0x\w+ to 0x\w+: 256 blocks, .* free$",
              r"^  0x\w+ to 0x\w+: [\d,]+ bytes, running$")
    used, free, size = (int(re.search(rf"^  {name} +([\d,]+) bytes", heap,
                                      re.M)[1].replace(",", ""))
                        for name in ("used", "free", "size"))
    expect(used + free == size, "used + free is not the size", heap)
    cells = "".join(re.findall(r"^\w+ ([.o=H]+)$", drawn, re.M))
    expect(cells.count("o") == 9 and cells.count("H") == 1 and
           len(cells) - cells.count(".") == used // (4 * word),
           "the map has other blocks", drawn)
    expect_in(first, rf"the object at {at['first']}, {4 * word} bytes",
              "kept by the last", rf"^  root table \+ {word}$")
    expect_in(plain, "^  no pointers inside",
              rf"^  object {at['garbage']} \+ {word}$",
              rf"^  object {at['list']} \+ {150 * word}$")
    expect_in(a_dict, "a dictionary of 1 key, by its words")
    expect_in(held, "^  held: a root", "^pointed at by none")
    expect_in(third, rf"root table \+ {word} -> {at['first']}, .*\n"
              rf"  object {at['first']} \+ {word} -> {at['second']}, .*\n"
              rf"  object {at['second']} \+ {word} -> {at['third']}, .*\n\Z")
    expect_in(why_held, rf"^  held .* -> {at['held']}, ")
    expect_in(garbage, rf"^nothing reaches the object at {at['garbage']}, ",
              "the next collection frees it")
    expect_in(check, r"\Awhole: 10 objects; tails, .* as they must .*\n\Z")


STACKED = ["break stop_stacked", "continue", "irqgc why known.garbage",
           "irqgc object known.garbage", "set var *word = known.third",
           "irqgc why known.third"]


def stacked_expect(at, answers):
    expect_in(answers[2], r"stack word at 0x\w+ \(frame #\d+, stacked\), into "
              rf"it -> {at['garbage']}, ")
    expect_in(answers[3], r"^  stack word .*, \d bytes into it$")
    expect_in(answers[5], rf"^  root table .* -> {at['first']}")


COLLECTED = ["break stop_collected", "continue", "irqgc object known.garbage",
             "irqgc check", "irqgc heap", "irqgc why known.garbage"]


def collected_expect(at, answers):
    expect_in(answers[2], rf"^{at['garbage']}: no object, a free block")
    expect_in(answers[3], r"\Awhole: 10 objects; .*\n\Z")
    expect_in(answers[4], "none under way; the last was cycle 1",
              "10 objects: 2 held", "11 allocs, 0 failures, 0 frees, 1 coll")
    expect_in(answers[5], r"\Aerror: irqgc: .* no object, a free block")


# ---- A process --------------------------------------------------------------

START = ["break stop_built", "run"]


def test_live(build):
    """And irqgc_dump, called from gdb, draws the same map."""
    commands = START + PRINT + LOOK + STACKED + COLLECTED + [
        "call irqgc_dump(heap, puts, 0)", "call (int)fflush(0)",
        "irqgc map all"]
    answers, printed = session(commands, f"{OUT}/{build}")
    at = addresses(answers[2:10])
    word = 4 if build == "32-bit" else 8
    built_expect(at, word, answers[10:20])
    stacked_expect(at, answers[20:26])
    collected_expect(at, answers[26:32])
    dumped = blocks_drawn(printed, word)
    drawn = blocks_drawn(answers[-1].replace("H", "o"), word)
    left_out = "".join(c for b, c in dumped.items() if b not in drawn)
    expect(drawn and drawn.items() <= dumped.items() and
           left_out == "." * len(left_out), "irqgc_dump draws another map",
           answers[-1] + printed)


def blocks_drawn(text, word):
    """A character for each block's address."""
    return {int(address, 16) + i * 4 * word: c
            for address, cells in re.findall(r"^([0-9a-f]+) ([.o=*]+)$", text,
                                             re.M)
            for i, c in enumerate(cells)}


def test_marking(build):
    """Where stacks have been looked at; the first of the chain waits anew."""
    answers, _ = session(START + PRINT + [
        "break irqgc_collect", "continue",
        "break work_scan", "continue", "continue",
        "set var heap->mark_stack[heap->mark_depth++] = 0", "irqgc heap",
        "irqgc map all", "irqgc object known.first",
        "irqgc object known.garbage", "irqgc object known.held",
        "irqgc check"], f"{OUT}/{build}")
    heap, drawn, first, garbage, held, check = answers[-6:]
    expect_in(heap, r"cycle 1 marks: \d of 10 objects reached so far",
              r"^  looks for room, or collects \(record at .*irqgc_collect\)$",
              r"\d of them to be scanned")
    expect_in(drawn, r"^w reached, waits to be scanned$", r"^\w+ .*w",
              "^o white: not reached so far$")
    expect_in(first, r"black, waits to be scanned|black: reached")
    expect_in(garbage, "white: not reached so far")
    expect_in(held, r"black", "held")
    expect_in(check, r"\Awhole: ")


def test_sweeping(build):
    answers, _ = session(START + PRINT + [
        "break irqgc_core_sweep", "continue", "irqgc heap", "irqgc map all",
        "irqgc object known.first", "irqgc object known.garbage",
        "irqgc why known.garbage", "irqgc check",
        "set var table[0] = known.garbage", "irqgc check"],
        f"{OUT}/{build}")
    at = addresses(answers[2:10])
    heap, drawn, first, garbage, why, check, _, stored = answers[-8:]
    expect_in(heap, r"cycle 1 sweeps: (\d+) of \1 groups to go, there 1 object "
              r"to be freed, \d+ bytes$")
    expect_in(drawn, r"^x dead: the sweep", r"^\w+ .*x", r"^\* black")
    expect_in(first, "black: the sweep under way keeps it")
    expect_in(garbage, "white, dead: the sweep under way frees it")
    expect_in(why, "nothing reaches", "the sweep under way frees it")
    expect_in(check, r"\Awhole: ")
    expect_in(stored, rf"root table points at {at['garbage']}, which the sweep "
              "under way frees: stored without irqgc_store")


def test_allocating(build):
    """Where the blocks have been claimed, and hints are still to be toggled."""
    answers, _ = session(START + [
        "break stop_collected", "break irqgc_core_hints_changed if "
        "heap->state == 8 && heap->records != 0", "continue", "irqgc heap",
        "irqgc map all", "irqgc check", "irqgc object "
        "heap->regions[0].base + sizeof(void *) * 4 * heap->records->object",
        "irqgc why heap->regions[0].base + sizeof(void *) * 4 * "
        "heap->records->object"], f"{OUT}/{build}")
    heap, drawn, check, an_object, why = answers[-5:]
    expect_in(heap, r"^  works on 0x\w+, [\d,]+ bytes \(record at 0x\w+; frame "
              r"#\d+, .*object_alloc\)$")
    expect_in(drawn, "^R a call under way works on it$", r"^\w+ .*R")
    expect_in(check, r"\Awhole: 10 objects")
    expect_in(an_object, "in operation: a call under way works on it")
    expect_in(why, r"a call under way works on it \(record at 0x\w+\) -> 0x")


def test_interior(build):
    """A root counts if it points at an object's start, or may point inside."""
    answers, _ = session(START + PRINT + [
        "set var table[0] = (char *)known.garbage + 1",
        "irqgc why known.garbage", "irqgc object known.garbage",
        "set var heap->interior_pointers = 1", "irqgc why known.garbage"],
        f"{OUT}/{build}")
    at = addresses(answers[2:10])
    _, why, an_object, _, why_inside = answers[10:]
    expect_in(why, f"^nothing reaches the object at {at['garbage']}")
    expect_in(an_object, "^  root table, 1 bytes into it: does not count, int")
    expect_in(why_inside, f"^  root table, into it -> {at['garbage']}")


def test_core(build):
    """A core file tells the same."""
    core = f"{OUT}/{build}.core"
    live, _ = session(START + PRINT + LOOK + [f"generate-core-file {core}"],
                      f"{OUT}/{build}")
    dead, _ = session(PRINT + LOOK, f"{OUT}/{build}", core)
    expect(dead == live[2:-1], "the core tells something else",
           "\n".join(dead))


def test_refusals():
    """Errors in words."""
    answers, _ = session(
        ["irqgc heap", "irqgc check", "break main", "run", "irqgc heap",
         "irqgc map", "irqgc object 1", "irqgc why", "irqgc nothing"] +
        ["delete", "break stop_built", "continue"] +
        ["irqgc heap 16", "irqgc heap (", "irqgc heap 0", "irqgc map some",
         "irqgc object", "irqgc why 1", "irqgc object &heap",
         "irqgc object heap->groups", "irqgc heap *heap", "irqgc check"],
        f"{OUT}/gcc")
    expect_in(answers[0], "error: irqgc: nothing to look at: run the program")
    expect_in(answers[4], "error: irqgc: .*::heap is NULL: irqgc_init has not")
    for a in answers[:2] + answers[4:9] + answers[12:18]:
        expect_in(a, "^error: ")
    expect_in(answers[18], "in no region of this heap")
    expect_in(answers[19], r"the heap's own data \(groups\)")
    expect_in(answers[20], r"^heap at 0x\w+ \(\*heap\)")
    expect_in(answers[21], r"\Awhole: 10")
    answers, _ = session(["run", "irqgc heap"], f"{OUT}/no-debug")
    expect_in(answers[1], "error: irqgc: ")
    answers, _ = session(["break stop_built", "run", "irqgc heap"],
                         f"{OUT}/no-debug")
    expect_in(answers[2], "no debug information .* with -g")


def test_colours():
    """On a terminal; not with `set style enabled off`."""
    def escapes(style):
        commands = ["-ex", f"set style enabled {style}", "-ex",
                    "break stop_built", "-ex", "run", "-ex", "irqgc map"]
        typed = " ".join(f"'{c}'" for c in commands)
        done = subprocess.run(
            ["script", "-qec", f"gdb -q -nx -batch -x .gdbinit {typed} "
             f"{OUT}/gcc", "/dev/null"], text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            env={**os.environ, "TERM": "xterm"})
        expect_in(done.stdout, "free   = an object's further blocks")
        return "\033[34mH\033[0m held" in done.stdout
    expect(escapes("on"), "no colours")
    expect(not escapes("off"), "colours, though they are off")


# ---- Damage -----------------------------------------------------------------

# What gdb writes into a heap that is whole, and what is said of it.
DAMAGE = (
    ("heap->groups[1].body", "(word_t)1 << 63",
     r"^I1: block 127 at 0x\w+, of group 1, is a tail, with no object"),
    ("heap->groups[0].body", "heap->groups[0].body & ~(word_t)0x10",
     r"^I5: `given` - `taken` is \d+, and \d+ blocks are free"),
    ("heap->groups[0].body", "heap->groups[0].body | 1",
     r"^I4: block 0 at 0x\w+, of group 0, is a black head, though nothing"),
    ("heap->taken", "heap->taken + 1",
     r"^I5: `given` - `taken` is \d+, and \d+ blocks are free"),
    ("heap->state", "3", r"^I7: `state` is 0x3, which is no phase"),
    ("heap->unswept", "2", r"^I7: `unswept` is 2, though nothing sweeps"),
    ("heap->mark_depth", "heap->mark_capacity + 1",
     r"^I8: the mark stack has \d+ entries of \d+"),
    ("heap->overflow[0]", "(word_t)1 << 40",
     r"^I8: group 40 waits to be scanned again, and there are \d+"),
    ("heap->hints[0][0]", "heap->hints[0][0] | (word_t)1 << 50",
     r"^I2: a hint tells of group 50, and there are \d+"),
    ("heap->hints[0][0]", "heap->hints[0][0] ^ 2",
     r"\Awhole(.*\n)+note: hints are wrong for 1 group, the first is 1"),
    ("heap->hints[0]", "heap->hints[0] + 1",
     r"^I12: `hints\[0\]` is 0x\w+, and should be"),
    ("heap->n_levels", "heap->n_levels + 1", r"^I12: "),
    ("heap->n_levels", "0", r"^I12: hints of 0 levels, and there is room"),
    ("heap->open", "(group_t *)((char *)heap->groups + 8)",
     r"^I2: `open` is 0x\w+, where no group is"),
    ("heap->open_at", "heap->open_at + 32",
     r"^I2: `open_at` is 0x\w+, and group \d+ begins at 0x"),
    ("heap->open_free", "0",
     r"\Awhole(.*\n)+note: hints are wrong for 1 group, the first is \d"),
    ("heap->regions[1].first", "heap->regions[1].first + 1",
     r"^I12: region 1 begins with block \d+, and should with \d+"),
    ("heap->n_regions", "0", r"a heap of 0 regions: it is damaged"),
    ("heap->tails", "heap->tails + 1",
     r"^I12: `tails` is 0x\w+, and should be"),
    ("heap->groups", "0", r"^the memory at 0x0 cannot be read"),
    ("heap->groups[heap->n_groups - 1].held", "0",
     r"^I1: what ends region 1 \(block \d+ without memory, of group \d+\)"),
    ("heap->groups[heap->n_groups - 1].body", "0",
     r"^I1: what ends region 1 \(block \d+ without memory, of group \d+\)"),
    ("heap->n_groups", "0", r"a heap of 0 groups: it is damaged"),
    ("heap->n_groups", "(word_t)1 << 40", r"^a heap of \d+ groups: it is dam"),
    ("heap->regions[0].n_blocks", "1 << 20",
     r"^the region at 0x\w+ has block 1048576, and there are \d+"),
    ("heap->roots->next", "heap->roots",
     r"^the registered ranges have no end"),
    ("heap->roots->start", "16", r"^the memory at 0x10 cannot be read"),
    ("heap->records", "16", r"^the memory at 0x10 cannot be read"),
    ("table[0]", "(char *)known.garbage + 32 * 40",
     r"\Awhole(.*\n)+note: root table points at a free block, 0x\w+"),
)


def test_damage():
    """Each planted by gdb, and taken back."""
    answers, _ = session(START + ["irqgc check"] + [
        command for place, value, _ in DAMAGE for command in (
            f"set var $before = {place}", f"set var {place} = {value}",
            "irqgc check", "output $irqgc_broken", "irqgc heap", "irqgc map",
            "irqgc object known.first", "irqgc why known.third",
            f"set var {place} = $before", "irqgc check")], f"{OUT}/gcc")
    expect_in(answers[2], r"\Awhole: .*\n\Z")
    for i, (place, value, expected) in enumerate(DAMAGE):
        part = answers[3 + 10 * i:][:10]
        expect(not part[0] + part[1] + part[8], "cannot plant it", part)
        expect(re.search(expected, part[2], re.M),
               f"{place} = {value}: no line /{expected}/", part[2])
        expect((part[3] == "0") == part[2].startswith("whole"),
               "$irqgc_broken is wrong", part[2] + part[3])
        expect(part[9] == answers[2], "it is still there", part[9])


def test_flips():
    """No single bit of the heap's data makes a command fail but in words."""
    seed, n = (int(os.environ.get(name, value))
               for name, value in (("SEED", 1), ("FLIPS", 60)))
    answers, _ = session(START + [
        "output/d (unsigned long)heap", "output/d heap->mark_stack + "
        "heap->mark_capacity"], f"{OUT}/gcc")
    low, high = (int(a) for a in answers[2:])
    chosen = random.Random(seed)
    commands = []
    for _ in range(n):
        flip = (f"set var *(unsigned char *){chosen.randrange(low, high)} ^= "
                f"{1 << chosen.randrange(8)}")
        commands += [flip, "irqgc check", "irqgc heap", "irqgc map",
                     "irqgc object known.first", "irqgc why known.third", flip]
    answers, _ = session(START + commands + ["irqgc check"], f"{OUT}/gcc")
    expect_in(answers[-1], r"\Awhole: .*\n\Z")
    noticed = sum(not re.match(r"whole: .*\n\Z", a) for a in answers[3::7])
    print(f"flips: {noticed} of {n} bits were noticed (SEED={seed})")
    expect(noticed > n // 4, "hardly any is noticed")


# ---- Boards -----------------------------------------------------------------


class Board:
    """An emulated board that stands still before its first instruction."""

    def __init__(self, name, image):
        self.socket = f"{OUT}/{name}.{os.getpid()}"
        options = f"-S -gdb unix:{self.socket},server=on,wait=off"
        self.emulator = subprocess.Popen(
            ["boards/qemu.sh", name, image],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "QEMU": options, "SHIFT": "no",
                 "TIMEOUT": "60"})

    def __enter__(self):
        for _ in range(200):
            if os.path.exists(self.socket) or self.emulator.poll() is not None:
                break
            time.sleep(0.05)
        return self.socket

    def __exit__(self, *_):
        os.killpg(self.emulator.pid, signal.SIGKILL)
        self.emulator.wait()
        if os.path.exists(self.socket):
            os.remove(self.socket)


def test_board(name):
    image = f"{OUT}/{name}/gdb.elf" # others build in build/NAME meanwhile
    shell(f"make -s -j2 BOARD={name} BOARD_OUT={OUT}/{name} {image}")
    with Board(name, image) as socket:
        commands = ["irqgc heap", "break stop_built", "continue"] + PRINT + \
            LOOK + STACKED + COLLECTED
        answers, _ = session(commands, image, "-ex",
                             f"target remote {socket}", tool="gdb-multiarch")
    expect_in(answers[0], "error: .* irqgc_init has not run yet")
    at = addresses(answers[3:11])
    built_expect(at, 4, answers[11:21])
    stacked_expect(at, answers[21:27])
    collected_expect(at, answers[27:])


# ---- All --------------------------------------------------------------------

TESTS = [(f"{test.__name__[5:]} {build}", test, build)
         for build in ("gcc", "small-groups", "32-bit")
         for test in (test_live, test_marking, test_sweeping, test_allocating,
                      test_core)] + \
    [("interior", test_interior, "gcc")] + \
    [(f"board {board}", test_board, board)
     for board in ("mps2-an386", "virt")] + \
    [(test.__name__[5:], test) for test in (test_refusals, test_colours,
                                            test_damage, test_flips)]


def main():
    os.makedirs(OUT, exist_ok=True)
    for build, compiler in BUILDS.items():
        shell(f"{compiler} {FLAGS} {SOURCES} -r -nostdlib -o {OUT}/{build}.o "
              f"&& {compiler} {FLAGS} -g tests/tools/heap.c {OUT}/{build}.o "
              f"-o {OUT}/{build}")
    n_run = 0
    for name, test, *arguments in TESTS:
        if len(sys.argv) < 2 or any(a in name for a in sys.argv[1:]):
            start = time.time()
            before = n_failed
            test(*arguments)
            n_run += 1
            print(f"{'ok  ' if n_failed == before else 'FAIL'} {name} "
                  f"({time.time() - start:.1f} s)")
    print(f"gdb: {n_run} tests, {n_failed} failures")
    sys.exit(n_failed > 0 or n_run == 0)


main()
