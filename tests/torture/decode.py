#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the torture kit's decoder against objdump.

  tests/torture/decode.py [FILE ...]      the C library, if none is given

Of each instruction that the decoder says it knows: how long it is, where it
goes, and what it does to the stack pointer. What objdump prints is read by the
end that matters: an instruction whose name or operands tell of anything else
must be unknown. Fails, too, if less than nine in ten are known.
"""
import ctypes
import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
OUT = os.path.join(ROOT, "build", "decode")
UNKNOWN, ON, BRANCH, JUMP, CALL, RETURN = range(6)
OFFSET, REGISTER, MEMORY = range(3)
CONDITIONS = [["o"], ["no"], ["b", "c", "nae"], ["ae", "nc", "nb"],
              ["e", "z"], ["ne", "nz"], ["be", "na"], ["a", "nbe"], ["s"],
              ["ns"], ["p", "pe"], ["np", "po"], ["l"], ["ge"], ["le"], ["g"]]
BRANCHES = {"j" + name: number for number, names in enumerate(CONDITIONS)
            for name in names}
REGISTERS = ("rax rcx rdx rbx rsp rbp rsi rdi "
             "r8 r9 r10 r11 r12 r13 r14 r15").split()
PREFIXES = {"bnd", "notrack", "lock", "data16", "cs", "ds", "es", "ss", "fs",
            "gs", "{vex}", "{evex}"}
# Those that the decoder must leave to the flag, whatever their operands.
ODD = re.compile(
    r"rep|pushf|popf|sys|int\b|int[13o]|iret|ljmp|lcall|lret|loop|j[er]?cxz|"
    r"enter|xbegin|xabort|xend|hlt|cli$|sti$|ud[012]|"
    r"(cmps|scas|lods|stos|ins|outs)[bwlq]$|movs[bwlq] +%[dsefg]s:|in |out |"
    r"popw|pushw|addr32|\.byte|rex")


class Decoded(ctypes.Structure):
    _fields_ = [("flow", ctypes.c_int), ("length", ctypes.c_uint),
                ("condition", ctypes.c_uint), ("to", ctypes.c_int),
                ("offset", ctypes.c_int32), ("number", ctypes.c_uint),
                ("stack", ctypes.c_int64), ("leaves", ctypes.c_bool)]


def decoder():
    os.makedirs(OUT, exist_ok=True)
    library = os.path.join(OUT, "decode.so")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library,
                    os.path.join(ROOT, "torture", "decode.c")], check=True)
    decode = ctypes.CDLL(library).irqgc_torture_decode
    decode.restype = Decoded
    decode.argtypes = [ctypes.c_char_p]
    return decode


def instructions(path):
    """Yields address, bytes and text without prefixes and comments."""
    with subprocess.Popen(["objdump", "-dwz", "--insn-width=16", path],
                          stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            parts = line.rstrip("\n").split("\t")
            if len(parts) != 3 or not parts[0].endswith(":"):
                continue
            text = re.sub(r" *(#|<).*", "", parts[2]).strip()
            if "(bad)" in text or ".byte" in text:
                continue  # data, which never executes
            words = text.split()
            while words and (words[0] in PREFIXES or
                             words[0].startswith("rex")):
                words.pop(0)
            if words:
                yield (int(parts[0][:-1], 16), bytes.fromhex(parts[1]),
                       " ".join(words))


def flow_of(name):
    if name in BRANCHES:
        return BRANCH
    return {"jmp": JUMP, "jmpq": JUMP, "call": CALL, "callq": CALL,
            "ret": RETURN, "retq": RETURN, "repz": RETURN}.get(name, ON)


def target_fault(d, address, operand):
    """Where a jump, a branch or a call goes."""
    end = address + d.length
    if d.to == REGISTER:
        return operand != "*%" + REGISTERS[d.number]
    if d.to == MEMORY:
        return operand != "*%s(%%rip)" % hexadecimal(d.offset)
    return not re.fullmatch("[0-9a-f]+", operand) or \
        int(operand, 16) != (end + d.offset) % (1 << 64)


def hexadecimal(number):
    return ("-0x%x" % -number) if number < 0 else "0x%x" % number


def stack_of(name, operands):
    """What is added to the stack pointer; None if it is hard to say."""
    if name in ("push", "pushq", "call", "callq"):
        return -8
    if name in ("pop", "popq", "leave", "leaveq"):
        return None if operands == "%rsp" else 8
    if name in ("ret", "retq", "repz"):
        return 8 + int(operands[1:] or "0", 16) if name != "repz" else 8
    add = re.fullmatch(r"\$(-?0x[0-9a-f]+),%rsp", operands)
    if add and name in ("add", "addq", "sub", "subq"):
        number = int(add.group(1), 16)
        number -= (number >> 63) << 64
        return number if name.startswith("add") else -number
    last = re.search(r"%(rsp|esp|sp|spl)$", operands)
    reads_only = re.match("(cmp|test|bt[lwq]?$|nop|push)", name)
    exchanges = name.startswith(("xchg", "xadd")) and \
        operands.startswith("%rsp,")
    return None if (last and not reads_only) or exchanges else 0


def fault(d, address, code, text):
    name, _, operands = text.partition(" ")
    name = name.split(",")[0]  # a hint of whether it branches
    if text == "repz ret":
        operands = ""
    elif ODD.match(text):
        return "is none to be known"
    if d.length != len(code):
        return "has %d bytes" % d.length
    if d.flow != flow_of(name):
        return "flows otherwise"
    if d.flow == BRANCH and d.condition != BRANCHES[name]:
        return "has another condition"
    if d.flow in (BRANCH, JUMP, CALL) and target_fault(d, address, operands):
        return "goes elsewhere"
    if d.leaves != name.startswith("leave"):
        return "leaves no frame, or does"
    if d.stack != stack_of(name, operands):
        return "moves the stack otherwise"
    return None


def file_check(decode, path):
    n_all = n_known = 0
    for address, code, text in instructions(path):
        d = decode(code + b"\0" * 16)
        n_all += 1
        if d.flow == UNKNOWN:
            continue
        n_known += 1
        wrong = fault(d, address, code, text)
        if wrong:
            sys.exit("decode: %s: %x: %s \"%s\" %s" %
                     (path, address, code.hex(), text, wrong))
    print("%s: %d of %d instructions known, %.1f %%" %
          (os.path.basename(path), n_known, n_all, 100 * n_known / n_all))
    return n_all > 100 and n_known >= 0.9 * n_all


def main():
    paths = sys.argv[1:]
    if not paths:
        maps = open("/proc/self/maps", encoding="ascii").read()
        paths = [re.search(r"/\S*/libc[.-]\S*", maps).group()]
    decode = decoder()
    if not all([file_check(decode, path) for path in paths]):
        sys.exit("decode: too few are known")


if __name__ == "__main__":
    main()
