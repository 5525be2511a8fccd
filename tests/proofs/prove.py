#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Proves the arithmetic on words equal to its slow twins, for all words.

prove.py [WORD ...]   the claims whose name contains one of the words;
                      default: all, for words of 64 and of 32 bits

clang translates tests/proofs/words.c, loops unrolled, with a trap wherever
undefined behaviour could be. This reads what comes out, which has no loops and
no memory, as formulas; and z3 looks for arguments, within the contract, for
which the fast and the slow function differ, or one of them traps. There being
none is the proof.

Exit: 0 all proved, 1 one is false or undecided, 2 the code is not as expected.
"""
import graphlib
import pathlib
import re
import subprocess
import sys
import time

try:
    import z3
except ImportError:
    sys.exit("z3 is missing\nto be installed by: apt-get install python3-z3")

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CLANG = ["clang", "-std=c11", "-D_GNU_SOURCE", "-DIRQGC_DERIVED=1", "-O2",
         "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter",
         "-fno-vectorize", "-fno-slp-vectorize",
         "-fsanitize=undefined", "-fsanitize-trap=all",
         "-fno-sanitize=alignment,null,object-size,pointer-overflow",
         "-mllvm", "-unroll-threshold=1000000",
         "-mllvm", "-unroll-full-max-count=64",
         "-mllvm", "-inline-threshold=1000000",
         "-Iinclude", "-Isrc", "-Iports/posix", "-Itests",
         "-S", "-emit-llvm", "-o", "-", "tests/proofs/words.c"]
SECONDS = 60  # for one claim


class Strange(Exception):
    """Code that this does not read."""


# ---- Conditions ------------------------------------------------------------
#
# Of coming to a block, as a set of ways there. A way is a set of branches, each
# with the side taken. Where both sides meet again, the branch is forgotten: so
# conditions stay short, where formulas would grow with each branch.

ALWAYS = frozenset([frozenset()])


def merged(ways):
    ways = set(ways)
    for way in sorted(ways, key=len, reverse=True):
        for branch, side in way:
            other = way ^ {(branch, side), (branch, not side)}
            if way in ways and other in ways:
                return merged(ways - {way, other} | {way & other})
    return frozenset(ways)


def formula(ways, without=frozenset()):
    return z3.Or([z3.And([branch == int(side)
                          for branch, side in way - without])
                  for way in ways])


# ---- Reading ---------------------------------------------------------------

BINARY = {
    "and": lambda a, b: a & b, "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b, "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "shl": lambda a, b: a << b, "lshr": z3.LShR, "ashr": lambda a, b: a >> b,
}
COMPARE = {
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "ult": z3.ULT,
    "ule": z3.ULE, "ugt": z3.UGT, "uge": z3.UGE, "slt": lambda a, b: a < b,
    "sle": lambda a, b: a <= b, "sgt": lambda a, b: a > b,
    "sge": lambda a, b: a >= b,
}


def zeros(word, indices):
    """How many of these bits come before the first that is set."""
    result = z3.BitVecVal(word.size(), word.size())
    for n, i in reversed(list(enumerate(indices))):
        result = z3.If(z3.Extract(i, i, word) == 1,
                       z3.BitVecVal(n, word.size()), result)
    return result


def blocks_in_order(first, lines):
    """The blocks by name, each after those from which it is come to."""
    blocks = {first: []}
    name = first
    for line in lines:
        line = re.sub(r"(, !| *;| #).*", "", line).strip()
        if m := re.fullmatch(r"(\w+):", line):
            name = m[1]
            blocks[name] = []
        elif line:
            blocks[name].append(line)
    before = {name: set() for name in blocks}
    for name, block in blocks.items():
        for label in re.findall(r"label %(\w+)", block[-1]):
            before[label].add(name)
    try:
        order = list(graphlib.TopologicalSorter(before).static_order())
    except graphlib.CycleError as why:
        raise Strange("a loop that is not unrolled") from why
    return [(name, blocks[name]) for name in order]


class Function:
    """What it returns, and when it traps, of the arguments."""

    def __init__(self, kinds, lines):
        self.values = {f"%{i}": z3.BitVec(f"argument {i}", int(kind))
                       for i, kind in enumerate(kinds)}
        self.block = str(len(kinds))
        self.here = ALWAYS
        self.edges = {}  # (from, to): ways
        self.traps = []  # formulas
        self.returned = None
        for self.block, block in blocks_in_order(self.block, lines):
            if self.edges:
                self.here = merged(way for (_, to), ways in self.edges.items()
                                   if to == self.block for way in ways)
            for line in block:
                self.read(line)

    def read(self, line):
        if m := re.fullmatch(r"(%\w+) = (.*)", line):
            self.values[m[1]] = self.result(m[2])
        elif m := re.fullmatch(r"ret i(\d+) (\S+)", line):
            self.returned = self.value(*m.groups())
        elif m := re.fullmatch(r"br label %(\w+)", line):
            self.edges[self.block, m[1]] = self.here
        elif m := re.fullmatch(r"br i1 (\S+), label %(\w+), label %(\w+)",
                               line):
            self.fork(self.value("1", m[1]), m[2], m[3])
        elif line == "unreachable":
            self.traps.append(formula(self.here))
        elif "@llvm.ubsantrap(" not in line:
            raise Strange(line)

    def fork(self, branch, one, zero):
        for label, side in ((one, True), (zero, False)):
            self.edges[self.block, label] = frozenset(
                way | {(branch, side)} for way in self.here
                if (branch, not side) not in way)

    def value(self, bits, text):
        if text.startswith("%"):
            return self.values[text]
        number = {"true": 1, "false": 0}.get(text)
        return z3.BitVecVal(int(text) if number is None else number, int(bits))

    def result(self, text):
        text = re.sub(r" (nuw|nsw|exact)\b", "", text)
        if m := re.fullmatch(r"(\w+) i(\d+) (\S+), (\S+)", text):
            return BINARY[m[1]](self.value(m[2], m[3]), self.value(m[2], m[4]))
        if m := re.fullmatch(r"icmp (\w+) i(\d+) (\S+), (\S+)", text):
            return z3.If(COMPARE[m[1]](self.value(m[2], m[3]),
                                       self.value(m[2], m[4])),
                         z3.BitVecVal(1, 1), z3.BitVecVal(0, 1))
        if m := re.fullmatch(
                r"select i1 (\S+), i(\d+) (\S+), i\d+ (\S+)", text):
            return z3.If(self.value("1", m[1]) == 1, self.value(m[2], m[3]),
                         self.value(m[2], m[4]))
        if m := re.fullmatch(r"(zext|sext|trunc) i(\d+) (\S+) to i(\d+)", text):
            return self.resized(m[1], self.value(m[2], m[3]), int(m[4]))
        if m := re.fullmatch(r"freeze i(\d+) (\S+)", text):
            return self.value(m[1], m[2])
        if m := re.fullmatch(r"phi i(\d+) (.*)", text):
            return self.joined(m[1], re.findall(r"\[ (\S+), %(\w+) \]", m[2]))
        if m := re.fullmatch(r'.*call i(\d+) asm .*"", "=r,0,[^"]*"'
                             r"\(i\d+ (\S+)\)", text):
            return self.value(m[1], m[2])  # of word_ready
        if m := re.fullmatch(r".*call i\d+ @llvm\.(\w+)\.i\d+\((.*)\)", text):
            return self.called(m[1], [self.value(*argument)
                                      for argument in re.findall(
                                          r"i(\d+) (\S+?)(?:,|$)", m[2])])
        raise Strange(text)

    @staticmethod
    def resized(how, a, bits):
        if how == "trunc":
            return z3.Extract(bits - 1, 0, a)
        return (z3.ZeroExt if how == "zext" else z3.SignExt)(
            bits - a.size(), a)

    def joined(self, bits, pairs):
        ways = [self.edges[label, self.block] for _, label in pairs]
        common = frozenset.intersection(*[w for ways_in in ways
                                          for w in ways_in])
        result = self.value(bits, pairs[0][0])
        for (text, _), ways_in in list(zip(pairs, ways))[1:]:
            result = z3.If(formula(ways_in, common), self.value(bits, text),
                           result)
        return result

    def called(self, name, values):
        a = values[0]
        if name in ("ctlz", "cttz"):
            undefined = z3.And(values[1] == 1, a == 0)
            self.traps.append(z3.And(formula(self.here), undefined))
            order = range(a.size())
            return zeros(a, order if name == "cttz" else reversed(order))
        if name in ("umin", "umax"):
            return z3.If(z3.ULT(a, values[1]) == (name == "umin"), *values)
        raise Strange(f"@llvm.{name}")


def functions(bits):
    """Those of words.c, by name, translated for words of so many bits."""
    text = subprocess.run(CLANG + [f"-m{bits}"], cwd=ROOT, check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    found = {}
    for name, arguments, body in re.findall(
            r"^define [^\n@]*@(\w+_(?:legal|fast|slow))\((.*?)\).*?\{\n"
            r"(.*?)^\}", text, re.M | re.S):
        kinds = re.findall(r"\bi(\d+)\b", arguments)
        found[name] = (kinds, re.sub(r"\[\n\s*", "[ ", body).split("\n"))
    return found


# ---- Proving ---------------------------------------------------------------


def solved(*formulas):
    solver = z3.SolverFor("QF_BV")
    solver.set("timeout", SECONDS * 1000)
    solver.add(*formulas)
    answer = solver.check()
    model = str(solver.model()) if answer == z3.sat else ""
    return answer, " ".join(model.split())


def refuted(claim, code):
    """Whether z3 finds that the claim does not hold; with the arguments."""
    legal, fast, slow = (Function(*code[f"{claim}_{part}"])
                         for part in ("legal", "fast", "slow"))
    is_legal = legal.returned == 1
    if legal.traps or solved(is_legal)[0] != z3.sat:
        raise Strange(f"{claim}: nothing is legal, or that is undefined")
    wrong = [fast.returned != slow.returned] + fast.traps + slow.traps
    return solved(is_legal, z3.Or(wrong))


def prove_all(bits, words):
    """How many claims are proved, and how many are not."""
    code = functions(bits)
    claims = [name.removesuffix("_fast") for name in code
              if name.endswith("_fast")]
    proved = failed = 0
    for claim in claims:
        if words and not any(word in claim for word in words):
            continue
        begun = time.monotonic()
        answer, model = refuted(claim, code)
        seconds = time.monotonic() - begun
        if answer == z3.unsat:
            proved += 1
        else:
            failed += 1
            print(f"{bits} bits, {claim}: "
                  f"{'FALSE for' if answer == z3.sat else 'undecided'} {model}")
        if seconds > 1:
            print(f"{bits} bits, {claim}: {seconds:.1f} s", flush=True)
    return proved, failed


def main():
    words = sys.argv[1:]
    total = [0, 0]
    for bits in (64, 32):
        try:
            proved, failed = prove_all(bits, words)
        except (Strange, KeyError, subprocess.CalledProcessError) as why:
            print(f"{bits} bits: {type(why).__name__}: {why}")
            return 2
        print(f"{bits} bits: {proved} claims proved, {failed} not")
        total = [total[0] + proved, total[1] + failed]
    return 1 if total[1] > 0 else 0 if total[0] > 0 else 2


if __name__ == "__main__":
    sys.exit(main())
