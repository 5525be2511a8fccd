#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures every masked window in compiled code, and fails on a bad one.

A masked window goes from the instruction that masks interrupts to the one that
puts the masking back. What counts is what the compiler made of it: it merges
and splits branches, moves computations in and out, and turns a division into a
call. So this gate reads the disassembly, follows all paths from each masking
instruction to the restoring ones, and prints the longest: the number of
instructions after the masking one, up to and including the restoring one. All
count, those too that an IT block skips.

A window is bad when it
  - is longer than its bound,
  - contains a loop, a call, a jump out of its function or through a register,
    a return, or any other way out of it but restoring,
  - opens a second window inside, or ends by enabling interrupts instead of
    putting the masking back as it was.
So is a restoring instruction that no window reaches, a change of the masking
that this gate does not understand, and an input without any window.

Input: objects, archives or linked images. With debug information the table
names the line that opened the window: the caller of port_irq_save.

  windows.py --target cortex-m4 build/m4/*.o

Exit status: 0 all windows are good, 1 a bad one, 2 the gate could not run.
"""

import argparse
import dataclasses
import enum
import json
import os
import re
import subprocess
import sys


# --- What an instruction does to the control flow and to the masking ---------

class Kind(enum.Enum):
    PLAIN = enum.auto()
    JUMP = enum.auto()  # to a known address; conditional or not
    INDIRECT = enum.auto()  # to an address from a register or a table
    CALL = enum.auto()
    RETURN = enum.auto()
    STOP = enum.auto()  # traps, never to go on
    REPEAT = enum.auto()  # one instruction that is a loop: rep stos
    DATA = enum.auto()  # a literal between instructions
    MASK = enum.auto()
    RESTORE = enum.auto()
    ENABLE = enum.auto()  # unmasks whatever was before
    UNKNOWN = enum.auto()  # changes the masking in a way not understood here


@dataclasses.dataclass
class Effect:
    kind: Kind
    # Whether the next instruction may follow; after a RESTORE, whether it may
    # follow still masked, because the RESTORE is conditional.
    falls_through: bool = True
    target: int | None = None  # of a JUMP; None: out of the function


PLAIN = Effect(Kind.PLAIN)


@dataclasses.dataclass
class Instruction:
    address: int
    mnemonic: str
    operands: str
    frames: list[str]  # source lines, from the innermost inlined call outwards
    # (type, symbol) of what the linker will fill in
    relocations: list[tuple[str, str]] = dataclasses.field(
        default_factory=list)

    @property
    def text(self):
        return f"{self.mnemonic} {self.operands}".strip()

    @property
    def is_data(self):
        return not self.mnemonic[0].isalpha()  # .word, (bad)

    @property
    def description(self):
        """For people: before it is linked, only the symbol tells where to."""
        for _, symbol in self.relocations:
            if symbol != "*ABS*" and not symbol.startswith(".L"):
                return f"{self.mnemonic} {without_addend(symbol)}"
        return " ".join(re.sub(r"\s# .*", "", self.text).split())


def without_addend(symbol):
    return re.sub(r"[-+]0x[0-9a-f]+$", "", symbol)


@dataclasses.dataclass
class Function:
    file: str
    name: str
    address: int
    code: list[Instruction] = dataclasses.field(default_factory=list)
    # Where labels inside are, to which the linker resolves jumps.
    labels: dict[str, int] = dataclasses.field(default_factory=dict)

    def index_of(self, address):
        return self._indices.get(address)

    def close(self):
        self._indices = {x.address: i for i, x in enumerate(self.code)}

    def jump_target(self, instruction, printed):
        """The address inside this function that a jump goes to, else None."""
        for _, symbol in instruction.relocations:
            symbol = without_addend(symbol)
            if symbol in self.labels:
                return self.labels[symbol]
            if symbol == "*ABS*" or symbol.startswith(".L"):
                continue  # relaxation; a label, which objdump has resolved
            return self.address if symbol == self.name else None
        address = re.match(r"(?:0x)?([0-9a-f]+)\b", printed)
        if address is None or self.index_of(int(address[1], 16)) is None:
            return None
        return int(address[1], 16)

    def jump(self, instruction, printed, conditional):
        target = self.jump_target(instruction, printed)
        return Effect(Kind.JUMP, conditional, target)


# --- Targets -----------------------------------------------------------------

class CortexM:
    objdump = "arm-none-eabi-objdump"
    options = []
    file_format = "elf32-littlearm"

    # Instructions that may follow an IT end in the condition.
    CONDITION = "(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al)"
    WIDTH = r"(\.[nw])?"

    def effect(self, function, i):
        x = function.code[i]
        operands = x.operands.upper()

        if x.is_data:
            return Effect(Kind.DATA, False)
        if x.mnemonic == "cpsid":
            return Effect(Kind.MASK if operands == "I" else Kind.UNKNOWN)
        if x.mnemonic == "cpsie":
            return Effect(Kind.ENABLE)

        def match(pattern):
            return re.fullmatch(
                f"(?:{pattern})(?P<cond>{self.CONDITION})?{self.WIDTH}",
                x.mnemonic)

        if m := match("msr"):
            kind = self.kind_of_msr(function, i, operands)
            ends = kind is Kind.RESTORE and m["cond"] is None
            return Effect(kind, not ends)
        if m := match("b"):
            return function.jump(x, x.operands, m["cond"] is not None)
        if match("cbn?z"):
            return function.jump(x, x.operands.split(",")[1].strip(), True)
        if match("blx?|blxns|svc"):
            return Effect(Kind.CALL)
        if match("tb[bh]"):
            return Effect(Kind.INDIRECT, False)
        if match("udf"):
            return Effect(Kind.STOP, False)
        if m := match("bx|bxns"):
            kind = Kind.RETURN if operands == "LR" else Kind.INDIRECT
            return Effect(kind, m["cond"] is not None)
        if m := match("pop|ldmia|ldmdb|ldm"):
            if re.search(r"\bPC\b", operands):
                return Effect(Kind.RETURN, m["cond"] is not None)
        # ldr pc, [sp], #4 is a return as well; any other write to pc jumps.
        if m := match("ldr|movs?|adds?"):
            if operands.startswith("PC,"):
                kind = Kind.RETURN if "[SP]" in operands else Kind.INDIRECT
                return Effect(kind, m["cond"] is not None)
        return PLAIN

    @staticmethod
    def kind_of_msr(function, i, operands):
        register = operands.split(",")[0]
        if register == "PRIMASK":
            return Kind.RESTORE
        if register == "BASEPRI_MAX":
            return Kind.MASK
        if register == "BASEPRI":
            # Masks when the register was just read to be put back later, and
            # puts it back otherwise.
            for x in reversed(function.code[:i]):
                if "BASEPRI" in x.operands.upper():
                    read = x.mnemonic.startswith("mrs")
                    return Kind.MASK if read else Kind.RESTORE
            return Kind.RESTORE
        return Kind.UNKNOWN if register == "FAULTMASK" else Kind.PLAIN


class RV32:
    objdump = "riscv64-unknown-elf-objdump"
    # Aliases hide whether csrrc takes a register or an immediate.
    options = ["-M", "no-aliases"]
    file_format = "elf32-littleriscv"

    MIE = 8

    def effect(self, function, i):
        x = function.code[i]
        mnemonic = x.mnemonic.removeprefix("c.")
        operands = [o.strip() for o in x.operands.split("#")[0].split(",")]

        if x.is_data:
            return Effect(Kind.DATA, False)
        if mnemonic.startswith("csrr") and operands[1] == "mstatus":
            kind = self.kind_of_csr(mnemonic, operands)
            return Effect(kind, kind is not Kind.RESTORE)
        if re.fullmatch("b(eq|ne|lt|ge|ltu|geu|eqz|nez)", mnemonic):
            return function.jump(x, operands[-1], True)
        if mnemonic == "j" or mnemonic == "jal" and operands[0] == "zero":
            return function.jump(x, operands[-1], False)
        if mnemonic in ("jr", "jalr"):
            return self.effect_of_register_jump(function, i, operands)
        if mnemonic in ("jal", "ecall"):
            return Effect(Kind.CALL)
        if mnemonic in ("mret", "sret"):
            return Effect(Kind.RETURN, False)
        if mnemonic == "unimp":
            return Effect(Kind.STOP, False)
        return PLAIN

    def kind_of_csr(self, mnemonic, operands):
        register, _, source = operands
        if mnemonic in ("csrrci", "csrrsi"):
            if not int(source, 0) & self.MIE:
                return Kind.PLAIN
            return Kind.MASK if mnemonic == "csrrci" else Kind.ENABLE
        if mnemonic in ("csrrs", "csrrc") and source == "zero":
            return Kind.PLAIN  # reads only
        if mnemonic in ("csrrs", "csrrw") and register == "zero":
            return Kind.RESTORE
        return Kind.UNKNOWN

    @staticmethod
    def effect_of_register_jump(function, i, operands):
        x = function.code[i]
        compressed = x.mnemonic.startswith("c.")
        links = (x.mnemonic == "c.jalr" or
                 x.mnemonic == "jalr" and operands[0] != "zero")
        if links:
            return Effect(Kind.CALL)
        if operands == ["ra"] or operands in (["zero", "0(ra)"],
                                              ["zero", "ra", "0"]):
            return Effect(Kind.RETURN, False)
        # A tail jump before it is linked: auipc with the symbol, then this.
        before = function.code[i - 1] if i > 0 else None
        if not compressed and before and before.mnemonic == "auipc":
            return Effect(Kind.JUMP, False, None)
        return Effect(Kind.INDIRECT, False)


class X86_64:
    objdump = "objdump"
    options = []
    file_format = "elf64-x86-64"

    SYMBOL = "irqgc_posix_masked"
    PREFIXES = {"bnd", "notrack", "lock", "data16", "cs", "ds", "es", "fs",
                "gs", "ss", "rep", "repz", "repnz"}

    def effect(self, function, i):
        x = function.code[i]
        words = x.text.split()
        prefixes = set()
        while words and words[0] in self.PREFIXES:
            prefixes.add(words.pop(0))
        mnemonic = words[0] if words else ""
        operands = " ".join(words[1:])

        if x.is_data:
            return Effect(Kind.DATA, False)
        if self.names_symbol(x):
            kind = self.kind_of_access(x, mnemonic, operands)
            return Effect(kind, kind is not Kind.RESTORE)
        if mnemonic.startswith("jmp") and operands.startswith("*"):
            return Effect(Kind.INDIRECT, False)
        if mnemonic.startswith(("j", "loop")):
            conditional = not mnemonic.startswith("jmp")
            return function.jump(x, operands, conditional)
        if mnemonic.startswith(("call", "syscall", "int")):
            return Effect(Kind.CALL)
        if mnemonic.startswith(("ret", "iret")):
            return Effect(Kind.RETURN, False)
        if mnemonic in ("ud2", "hlt"):
            return Effect(Kind.STOP, False)
        if (prefixes & {"rep", "repz", "repnz"} and
                re.match("(movs|stos|cmps|scas|lods)", mnemonic)):
            return Effect(Kind.REPEAT)
        return PLAIN

    def names_symbol(self, x):
        return (f"<{self.SYMBOL}>" in x.operands or
                any(without_addend(symbol) == self.SYMBOL
                    for _, symbol in x.relocations))

    def kind_of_access(self, x, mnemonic, operands):
        # Through the offset table the flag is read and written by register,
        # where nothing can find it.
        if any("GOT" in kind for kind, _ in x.relocations):
            return Kind.UNKNOWN
        place = r"[-0-9a-fx]*(\(%rip\))?"
        text = re.sub(r"\s*[#<].*", "", f"{mnemonic} {operands}")
        if re.fullmatch(rf"mov[bwl]? \$0x1,{place}", text):
            return Kind.MASK
        if re.fullmatch(rf"mov[bwl]? \$0x0,{place}", text):
            return Kind.ENABLE
        if re.fullmatch(rf"mov[bwl]? %\w+,{place}", text):
            return Kind.RESTORE
        reads = (rf"mov\w* {place},%\w+|"
                 rf"(cmp|test)\w* (\S+,{place}|{place},\S+)")
        return Kind.PLAIN if re.fullmatch(reads, text) else Kind.UNKNOWN


TARGETS = {
    # name: (how to read it, bound in instructions)
    "cortex-m0": (CortexM, 30),
    "cortex-m0plus": (CortexM, 30),
    "cortex-m23": (CortexM, 30),
    "cortex-m": (CortexM, 24),
    "cortex-m3": (CortexM, 24),
    "cortex-m4": (CortexM, 24),
    "cortex-m7": (CortexM, 24),
    "cortex-m33": (CortexM, 24),
    "rv32": (RV32, 24),
    "x86-64": (X86_64, 30),
}


# --- Disassembly -------------------------------------------------------------

class GateError(Exception):
    """The gate could not run: not a verdict on the code."""


def disassemble(target, path):
    # -z: runs of zeros are instructions too; --inlines: who called
    # port_irq_save.
    command = [target.objdump, "-d", "-r", "-z", "-l", "--inlines",
               "--no-show-raw-insn", *target.options, path]
    try:
        done = subprocess.run(command, capture_output=True, text=True,
                              errors="replace", check=False)
    except OSError as error:
        raise GateError(f"{target.objdump}: {error.strerror}") from error
    if done.returncode != 0:
        raise GateError(f"{path}: {done.stderr.strip()}")
    return done.stdout


class Parser:
    """Turns the output of objdump into functions."""

    FILE = re.compile(r"^(.+?):\s+file format (\S+)$")
    SECTION = re.compile(r"^Disassembly of section ")
    LABEL = re.compile(r"^([0-9a-f]+) <(.+)>:$")
    INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t(\S+)\s*(.*)$")
    RELOCATION = re.compile(r"^\s+[0-9a-f]+: (R_\S+)\s+(\S+)")
    INLINED_BY = re.compile(r"^inlined by (.+?:\d+)\b.*$")
    LINE = re.compile(r"^(\S.*:\d+)( \(discriminator \d+\))?$")

    def __init__(self, target):
        self.target = target
        self.functions = []
        self.file = None
        self.is_in_function = False  # not yet, in this section
        self.line = None  # objdump prints it where it changes
        self.callers = []  # these it prints for each instruction

    def parse(self, text):
        for line in text.splitlines():
            self.parse_line(line)
        for function in self.functions:
            function.close()
        return self.functions

    def parse_line(self, line):
        if m := self.INSTRUCTION.match(line):
            self.add_instruction(int(m[1], 16), m[2], m[3].split("@")[0])
        elif m := self.RELOCATION.match(line):
            self.functions[-1].code[-1].relocations.append((m[1], m[2]))
        elif m := self.FILE.match(line):
            self.begin_file(m[1], m[2])
        elif self.SECTION.match(line):
            self.is_in_function = False
        elif m := self.LABEL.match(line):
            self.begin_label(int(m[1], 16), m[2])
        elif m := self.INLINED_BY.match(line):
            self.callers.append(tidy_path(m[1]))
        elif m := self.LINE.match(line):
            self.line = tidy_path(m[1])

    def begin_file(self, name, file_format):
        if file_format != self.target.file_format:
            raise GateError(f"{name}: {file_format}, expected "
                            f"{self.target.file_format}")
        self.file = tidy_path(name)
        self.line = None

    def begin_label(self, address, name):
        # RISC-V objects keep the labels inside functions.
        is_local = name.startswith((".L", "L0\x01", "$"))
        if is_local and self.is_in_function:
            self.functions[-1].labels[name] = address
        else:
            self.is_in_function = True
            self.functions.append(Function(self.file, name, address))
            self.line = None

    def add_instruction(self, address, mnemonic, operands):
        frames = [self.line or "?"] + self.callers
        self.callers = []
        code = self.functions[-1].code
        instruction = Instruction(address, mnemonic, operands.strip(), frames)
        # RISC-V: the auipc of a call has the symbol; the jalr calls it.
        if code and code[-1].mnemonic == "auipc" and mnemonic == "jalr":
            instruction.relocations += code[-1].relocations
        code.append(instruction)


def tidy_path(path):
    """As seen from here, if it is below."""
    below = os.path.relpath(path)
    return path if below.startswith("..") else below


# --- Windows -----------------------------------------------------------------

@dataclasses.dataclass
class Window:
    file: str
    function: str
    source: str  # file:line of the opening, "?" without debug information
    offset: int  # of the masking instruction in the function
    bound: int
    instructions: int | None = None  # longest path; None: there is none
    faults: list[str] = dataclasses.field(default_factory=list)


class Paths:
    """All paths of one function from a masking instruction on.

    Nodes are indices into the function's code. A path ends at a restoring
    instruction, or at a fault.
    """

    DEAD_ENDS = {
        Kind.MASK: "opens a second window inside",
        Kind.ENABLE: "enables interrupts instead of restoring",
        Kind.UNKNOWN: "changes the masking in an unknown way",
        Kind.INDIRECT: "contains an indirect jump",
        Kind.RETURN: "returns without restoring",
        Kind.STOP: "stops without restoring",
        Kind.DATA: "runs into data without restoring",
    }
    PASSING_FAULTS = {
        Kind.CALL: "contains a call",
        Kind.REPEAT: "contains a loop",
    }

    def __init__(self, function, effects, opening):
        self.function = function
        self.effects = effects
        self.opening = opening
        self.successors = {}
        self.faults = []
        pending = [opening + 1]
        while pending:
            i = pending.pop()
            if i not in self.successors and self.is_inside(i):
                self.successors[i] = self.steps_from(i)
                pending += self.successors[i]
        self.restoring = [i for i in self.successors
                          if effects[i].kind is Kind.RESTORE]

    def is_inside(self, i):
        if i >= len(self.function.code):
            self.faults.append("runs off the end of its function without "
                               "restoring")
            return False
        return True

    def steps_from(self, i):
        """The indices that may follow `i` inside the window."""
        effect = self.effects[i]
        if effect.kind in self.DEAD_ENDS:
            self.fault(self.DEAD_ENDS[effect.kind], i)
            return []
        if effect.kind in self.PASSING_FAULTS:
            self.fault(self.PASSING_FAULTS[effect.kind], i)
        steps = [i + 1] if effect.falls_through else []
        if effect.kind is Kind.JUMP:
            if effect.target is None:
                self.fault("jumps out of its function", i)
            else:
                steps.append(self.function.index_of(effect.target))
        return steps

    def fault(self, text, i):
        x = self.function.code[i]
        offset = x.address - self.function.address
        self.faults.append(
            f"{text}: {x.description} (+{offset:#x}, {x.frames[0]})")

    def longest(self):
        """Instructions on the longest path to a restoring one, None if there
        is none or a loop before it."""
        n_before = {i: 0 for i in self.successors}
        for steps in self.successors.values():
            for i in steps:
                if i in n_before:
                    n_before[i] += 1
        # Visits an instruction after all that lead to it; what leads to itself
        # is never visited.
        length = {self.opening + 1: 1}
        ready = [i for i, n in n_before.items() if n == 0]
        n_visited = 0
        while ready:
            i = ready.pop()
            n_visited += 1
            for step in self.successors[i]:
                if step not in n_before:
                    continue
                length[step] = max(length.get(step, 0), length[i] + 1)
                n_before[step] -= 1
                if n_before[step] == 0:
                    ready.append(step)
        if n_visited < len(self.successors):
            self.fault("contains a loop", self.first_of_a_loop(n_before))
            return None
        return max((length[i] for i in self.restoring), default=None)

    def first_of_a_loop(self, n_before):
        """Of the instructions never visited, one that leads to itself."""
        stuck = {i for i, n in n_before.items() if n > 0}
        for i in sorted(stuck):
            seen = set()
            pending = list(self.successors[i])
            while pending:
                j = pending.pop()
                if j == i:
                    return i
                if j in stuck and j not in seen:
                    seen.add(j)
                    pending += self.successors[j]
        raise AssertionError("instructions wait for each other in no loop")


def source_of_opening(frames):
    """The masking instruction is the port's; the line to show is the first
    outside of it, to which port_irq_save was inlined."""
    outside = [f for f in frames[1:] if "irqgc_port.h:" not in f]
    return (outside + frames)[0]


def measure_window(function, effects, opening, bound):
    x = function.code[opening]
    window = Window(function.file, function.name,
                    source_of_opening(x.frames),
                    x.address - function.address, bound)
    paths = Paths(function, effects, opening)
    window.instructions = paths.longest()
    window.faults = paths.faults
    if window.instructions is not None and window.instructions > bound:
        window.faults.append(
            f"{window.instructions} instructions, bound {bound}")
    if not paths.restoring and not paths.faults:
        window.faults.append("never restores")
    return window, paths.restoring


def measure_function(target, function, bound):
    """Its windows, and the faults outside of them, a line each."""
    effects = [target.effect(function, i) for i in range(len(function.code))]
    windows, faults, closed = [], [], set()
    for i, effect in enumerate(effects):
        if effect.kind is Kind.MASK:
            window, restoring = measure_window(function, effects, i, bound)
            windows.append(window)
            closed.update(restoring)
            faults += [f"{describe(window)}: {f}" for f in window.faults]
    for i, effect in enumerate(effects):
        x = function.code[i]
        where = (f"{function.file}: {function.name}"
                 f"+{x.address - function.address:#x} ({x.frames[-1]})")
        if effect.kind is Kind.RESTORE and i not in closed:
            faults.append(f"{where}: restores outside any window: "
                          f"{x.description}")
        if effect.kind is Kind.UNKNOWN:
            faults.append(f"{where}: changes the masking in an unknown way: "
                          f"{x.description}")
    return windows, faults


# --- Report ------------------------------------------------------------------

def describe(window):
    return (f"{window.file}: {window.function}+{window.offset:#x} "
            f"({window.source})")


def length_text(window):
    return "-" if window.instructions is None else str(window.instructions)


def print_table(windows):
    rows = [("function", "opened at", "instructions", "bound")]
    rows += [(w.function, w.source, length_text(w), str(w.bound))
             for w in windows]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for row in rows:
        print(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  "
              f"{row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}")


def print_summary(target_name, windows):
    count = f"{len(windows)} window{'' if len(windows) == 1 else 's'}"
    measured = [w for w in windows if w.instructions is not None]
    if not measured:
        print(f"{target_name}: {count}, none measured")
        return
    longest = max(measured, key=lambda w: w.instructions)
    print(f"{target_name}: {count}, longest {longest.instructions} of "
          f"{longest.bound} instructions: {longest.function} "
          f"({longest.source})")


def parse_arguments():
    description, _, rest = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(
        description=description, epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--target", required=True, choices=TARGETS)
    parser.add_argument("--bound", type=int, metavar="N",
                        help="instructions, in place of the target's own")
    parser.add_argument("--skip", action="append", default=[],
                        metavar="FUNCTION",
                        help="start-up or trap code of a linked image that "
                        "handles the masking itself; may be repeated")
    parser.add_argument("--json", metavar="PATH", help="also write the table")
    parser.add_argument("--summary", action="store_true",
                        help="print one line in place of the table")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    make_target, bound = TARGETS[arguments.target]
    if arguments.bound is not None:
        bound = arguments.bound
    target = make_target()
    windows, faults = [], []
    for path in arguments.files:
        for function in Parser(target).parse(disassemble(target, path)):
            if function.name not in arguments.skip:
                more_windows, more_faults = measure_function(target, function,
                                                             bound)
                windows += more_windows
                faults += more_faults
    if not windows:
        faults.append("no window found: this gate has checked nothing")

    if not arguments.summary:
        print_table(windows)
    print_summary(arguments.target, windows)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as out:
            json.dump([dataclasses.asdict(w) for w in windows], out, indent=1)
            out.write("\n")
    for fault in faults:
        print(f"FAIL {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GateError as error:
        print(f"windows.py: {error}", file=sys.stderr)
        sys.exit(2)
