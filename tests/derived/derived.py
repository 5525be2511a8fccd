#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Steps through compiled functions, and tells where a collection would free an
object that they still need, by the rule that the collection goes by.

derived.py [CONFIGURATION ...]    default: all of them, `make corpus`
derived.py --sample               a few, and fewer functions, as `make test`
derived.py --show NAME CONFIGURATION    each step of one function

A configuration is COMPILER-TARGET-LEVEL, and +flags if it is compiled as
docs/derived.md recommends, +keep if all functions use IRQGC_KEEP, +lto if it is
optimised when it is linked: gcc-m4-O2+flags+lto. With +own it is not the corpus
but this project's code that handles objects: dictionaries, the rig's actors,
the examples.

Claimed is: with flags no function is unsafe by the rule CLAIMED, with KEEP none
by EXACT. And the stepper has to find functions that are unsafe by any rule
where there are neither, in gcc-m4-O2, and the one of ours that is planted.

Exit: 0 all that is claimed holds; 1 something does not; 2 cannot run.
"""
import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shlex
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "derived"
OUT = ROOT / "build" / "derived"

# As in step/objects.c, with what a table calls them.
RULES = ["exact", "end", "wide", "end/exact", "wide/exact", "wide/before",
         "registers"]
EXACT, WIDE, CLAIMED = (RULES.index(r) for r in ("exact", "wide", "end/exact"))
SEEN_TO_FAIL = "gcc-m4-O2"
PLANTED = SEEN_TO_FAIL + "+own"

FLAGS = ["-std=c11", "-ffreestanding", "-fno-strict-aliasing", "-Wall",
         "-Wextra", "-Werror", f"-I{ROOT}/include"]
UNITS = [HERE / "corpus" / f"{name}.c"
         for name in ("arrays", "larger", "kernels", "others")]
OWN = [*sorted((ROOT / "src").glob("*.c")), ROOT / "rig" / "actor.c",
       *sorted((HERE / "own").glob("*.c"))]
OWN_FLAGS = [f"-I{ROOT}/{folder}" for folder in ("", "src", "tests/proofs")]


class Failed(Exception):
    pass


def run(command):
    done = subprocess.run([str(word) for word in command], text=True,
                          capture_output=True)
    if done.returncode != 0:
        raise Failed(f"{shlex.join(map(str, command))}\n{done.stdout}"
                     f"{done.stderr}")
    return done.stdout


# --- Targets -----------------------------------------------------------------

@dataclasses.dataclass
class Target:
    core: str  # the stepper's name of it
    gcc: str
    triple: str  # for clang
    machine: str  # options for both
    link: str = "-static -nostdlib"

    def command(self, compiler):
        if compiler == "gcc":
            return shlex.split(f"{self.gcc} {self.machine}")
        return shlex.split(f"{compiler} --target={self.triple} {self.machine}")


def arm(cpu, triple, fpu=None):
    floats = f"-mfloat-abi=hard -mfpu={fpu}" if fpu else "-mfloat-abi=soft"
    return Target("arm", "arm-none-eabi-gcc", triple,
                  f"-mthumb -mcpu={cpu} {floats}")


PLAIN = "-fno-pie -fno-stack-protector"
INTEL = f"{PLAIN} -fcf-protection=none"
TARGETS = {
    "m0": arm("cortex-m0", "thumbv6m-none-eabi"),
    "m3": arm("cortex-m3", "thumbv7m-none-eabi"),
    "m4": arm("cortex-m4", "thumbv7em-none-eabihf", "fpv4-sp-d16"),
    "m7": arm("cortex-m7", "thumbv7em-none-eabihf", "fpv5-d16"),
    "m33": arm("cortex-m33", "thumbv8m.main-none-eabihf", "fpv5-sp-d16"),
    "rv32": Target("rv32", "riscv64-unknown-elf-gcc", "riscv32-unknown-elf",
                   "-march=rv32imac -mabi=ilp32"),
    "x64": Target("x86-64", "gcc", "x86_64-linux-gnu", INTEL,
                  "-static -no-pie -nostdlib"),
    "i386": Target("i386", "gcc -m32", "i386-linux-gnu", INTEL + " -msse2",
                   "-static -no-pie -nostdlib"),
    "a64": Target("aarch64", "aarch64-linux-gnu-gcc-12", "aarch64-linux-gnu",
                  PLAIN + " -mno-outline-atomics"),
}


# --- Configurations ----------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Configuration:
    compiler: str
    target: str
    level: str
    extras: tuple[str, ...]

    @property
    def name(self):
        return "+".join((f"{self.compiler}-{self.target}-{self.level}",
                         *self.extras))

    @property
    def bare(self):
        """The same with neither flags nor KEEP."""
        extras = tuple(x for x in self.extras if x in ("lto", "own"))
        return dataclasses.replace(self, extras=extras)

    @property
    def claimed(self):
        """The rule under which nothing may be unsafe, or None."""
        return (EXACT if "keep" in self.extras else
                CLAIMED if "flags" in self.extras else None)

    @property
    def is_gcc(self):
        return self.compiler == "gcc"


def configuration(name):
    what, *extras = name.split("+")
    compiler, target, level = what.rsplit("-", 2)
    if target not in TARGETS or set(extras) - {"flags", "keep", "lto", "own"}:
        raise Failed(f"no configuration {name}")
    return Configuration(compiler, target, level, tuple(extras))


LEVELS = ("O2", "Os", "O1", "O3")
CLANG_TARGETS = ("m4", "m0", "rv32", "x64", "m7", "m33", "a64")
# What goes wrong without: enough to tell what the flags cost.
BARE = [f"gcc-{t}-{o}" for o in ("O2", "Os") for t in TARGETS] + [
    "gcc-m4-O1", "gcc-m4-O3", "clang-14-m4-O1", "clang-14-m4-O2",
    "clang-14-m4-Os", "clang-14-m0-O2", "clang-14-rv32-O2", "clang-14-x64-O2",
    "clang-16-m4-O2", "clang-16-x64-O2"]
KEPT = ["gcc-m0-O2", "gcc-m3-O3", "gcc-m4-O2", "gcc-m4-Os", "gcc-m7-O2",
        "gcc-rv32-O2", "gcc-x64-O3", "gcc-a64-Os", "clang-14-m4-O1",
        "clang-14-m4-O2", "clang-16-m4-Os", "clang-14-rv32-O2",
        "clang-16-x64-O2"]
LINKED = ["gcc-m0-O2", "gcc-m4-O2", "gcc-m4-Os", "gcc-m33-O3", "gcc-rv32-O2",
          "gcc-x64-O2", "gcc-a64-O2", "clang-14-m4-O2", "clang-16-m4-O2",
          "clang-16-m4-Os", "clang-14-x64-O2", "clang-16-x64-O2"]
OURS = ["gcc-m4-O2", "gcc-m4-Os", "gcc-rv32-O2", "gcc-x64-O2",
        "clang-14-m4-O1", "clang-14-m4-O2", "clang-16-x64-O2"]


def whole():
    claimed = [f"gcc-{t}-{o}" for o in LEVELS for t in TARGETS]
    claimed += [f"clang-{v}-{t}-{o}" for v in (14, 16) for o in LEVELS
                for t in CLANG_TARGETS]
    return (BARE + [n + "+flags" for n in claimed] +
            [n + "+flags+lto" for n in LINKED] + [n + "+keep" for n in KEPT] +
            [n + extra for n in OURS for extra in ("+own", "+flags+own")])


SAMPLE = [SEEN_TO_FAIL, PLANTED, SEEN_TO_FAIL + "+flags",
          SEEN_TO_FAIL + "+keep",
          "gcc-m0-Os+flags", "gcc-m33-O3+flags+lto", "gcc-rv32-O2+flags",
          "gcc-x64-O2+flags", "clang-m4-O1+flags", "clang-m4-O2+flags",
          "clang-rv32-Os+keep", "gcc-m4-O2+flags+own"]


# --- Building ----------------------------------------------------------------

def flags_of(compiler):
    """What derived.mk has for a compiler: to compile, to link."""
    lines = run(["make", "-s", "-f", ROOT / "derived.mk",
                 f"CC={compiler}"]).splitlines()
    return shlex.split(lines[0])


class Builder:
    def __init__(self, is_sample):
        self.is_sample = is_sample
        self.out = OUT / ("sample" if is_sample else "whole")
        self.step = OUT / "step"
        self.flags = {}

    def prepare(self, configurations):
        OUT.mkdir(parents=True, exist_ok=True)
        run(["cc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra",
             "-Werror", *sorted((HERE / "step").glob("*.c")), "-lunicorn",
             "-o", self.step])
        for c in configurations:
            compiler = TARGETS[c.target].command(c.compiler)[0]
            self.flags.setdefault(c.compiler, flags_of(compiler))

    def library(self, c):
        """Newlib has loops of its own, which the whole corpus calls."""
        has_newlib = (TARGETS[c.target].core == "arm" and
                      not self.is_sample and "own" not in c.extras)
        return ["-DLIBRARY"] if has_newlib else []

    def options(self, c):
        options = [f"-{c.level}", *self.library(c)]
        options += self.flags[c.compiler] if "flags" in c.extras else []
        options += ["-DKEEP"] if "keep" in c.extras else []
        options += OWN_FLAGS if "own" in c.extras else []
        options += ["-flto"] if "lto" in c.extras else []
        options += ["-DSAMPLE"] if self.is_sample else []
        return options

    def compile(self, c, command, source, options):
        target = self.out / c.name / f"{source.parent.name}-{source.stem}.o"
        run([*command, *FLAGS, *options, "-c", source, "-o", target])
        return target

    def link(self, c, objects):
        target = TARGETS[c.target]
        image = self.out / c.name / "corpus.elf"
        gcc = target.command("gcc")
        libraries = ["-lc", "-lgcc"] if self.library(c) else ["-lgcc"]
        if "lto" not in c.extras or c.is_gcc:
            # The library's own functions may call each other.
            lto = ["-flto", f"-{c.level}"] if "lto" in c.extras else []
            start = ["-nostartfiles"] if self.library(c) else \
                shlex.split(target.link)
            run([*gcc, *lto, *start, "-Wl,-e,start", *objects, *libraries,
                 "-o", image])
            return image
        paths = {name: run([*gcc, f"-print-file-name={name}"]).strip()
                 for name in ("libgcc.a", "libc.a")}
        archives = [paths["lib" + name[2:] + ".a"] for name in libraries]
        lsr = ["-mllvm", "-disable-lsr"] if "flags" in c.extras else []
        level = {"O1": "O1", "O3": "O3"}.get(c.level, "O2")
        run([c.compiler.replace("clang", "ld.lld"), "-static", "-e", "start",
             f"--lto-{level}", *lsr, *objects, *archives, "-o", image])
        return image

    def build(self, c):
        """The image, and how large the corpus is in it."""
        (self.out / c.name).mkdir(parents=True, exist_ok=True)
        target = TARGETS[c.target]
        command = target.command(c.compiler)
        gcc = target.command("gcc")
        units = OWN if "own" in c.extras else UNITS
        objects = [self.compile(c, command, unit, self.options(c))
                   for unit in units]
        rest = [self.compile(c, gcc, HERE / "corpus" / "runtime.c", ["-O2"])]
        if not self.library(c):
            rest.append(self.compile(c, gcc, HERE / "corpus" / "library.c", [
                "-O2", "-fno-builtin", "-fno-tree-loop-distribute-patterns"]))
        image = self.link(c, objects + rest)
        size = re.sub("gcc(-12)?$", "size", gcc[0])
        return image, int(run([size, image]).splitlines()[1].split()[0])


# --- Results -----------------------------------------------------------------

@dataclasses.dataclass
class Result:
    configuration: Configuration
    text: int
    functions: dict  # name: (steps, rules, before, past, place)

    def unsafe(self, rule):
        return [name for name, (_, rules, *_) in self.functions.items()
                if rules >> rule & 1]

    @property
    def farthest(self):
        """How far the nearest words were, where only they were left."""
        return tuple(max(f[i] for f in self.functions.values()) for i in (2, 3))

    def steps_beside(self, other):
        """Instructions beside another result's: the geometric mean of all
        functions that take some."""
        ratios = [steps / other.functions[name][0]
                  for name, (steps, *_) in self.functions.items()
                  if other.functions[name][0] > 20]
        return statistics.geometric_mean(ratios)


def sources_age(c):
    """When anything that a result depends on was changed last."""
    folders = [HERE / "corpus", HERE / "step"]
    if "own" in c.extras:
        folders += [HERE / "own", ROOT / "src", ROOT / "rig", ROOT / "examples",
                    ROOT / "include"]
    files = [file for folder in folders for file in folder.rglob("*.[ch]")]
    files += [ROOT / "derived.mk", ROOT / "include" / "irqgc" / "irqgc.h"]
    return max(file.stat().st_mtime for file in files)


def stepped(builder, c):
    """What the stepper prints and how large the image is, from an earlier run
    if nothing has changed since."""
    kept = builder.out / c.name / "result"
    if kept.exists() and kept.stat().st_mtime > sources_age(c):
        text, lines = kept.read_text().split("\n", 1)
        return int(text), lines
    image, text = builder.build(c)
    lines = run([builder.step, TARGETS[c.target].core, image])
    kept.write_text(f"{text}\n{lines}")
    return text, lines


def measured(builder, c):
    text, lines = stepped(builder, c)
    functions = {}
    for line in lines.splitlines():
        name, steps, *rest = line.split("\t")
        if steps == "error":
            raise Failed(f"{c.name}: {name}: {rest[0]}")
        functions[name] = (int(steps), *map(int, rest[:3]), rest[3])
    return Result(c, text, functions)


def row(result, bare):
    counts = [len(result.unsafe(rule)) for rule in range(len(RULES))]
    claimed = result.configuration.claimed
    marks = [f"**{n}**" if rule == claimed else str(n)
             for rule, n in enumerate(counts)]
    before, past = result.farthest
    cost = ["", ""]
    if bare is not None and bare is not result:
        cost = [f"{100 * result.text / bare.text - 100:+.1f}",
                f"{100 * result.steps_beside(bare) - 100:+.1f}"]
    return (f"| {result.configuration.name} | {len(result.functions)} | "
            f"{' | '.join(marks)} | {before} / {past} | {' | '.join(cost)} |")


def table(results):
    yield (f"| configuration | functions | {' | '.join(RULES)} | "
           "farthest before / past | text % | instructions % |")
    yield "|---|" + "---:|" * (len(RULES) + 4)
    by_name = {r.configuration.name: r for r in results}
    for result in results:
        bare = by_name.get(result.configuration.bare.name)
        yield row(result, bare)


def page_write(lines):
    page = ROOT / "docs" / "derived.md"
    start, end = "<!-- corpus -->\n", "<!-- /corpus -->"
    before, rest = page.read_text().split(start)
    after = rest.split(end)[1]
    page.write_text(before + start + "\n".join(lines) + "\n" + end + after)


def complaints(results):
    for result in results:
        c = result.configuration
        if c.claimed is not None:
            for name in result.unsafe(c.claimed):
                yield (f"{c.name}: {name} is unsafe by rule {RULES[c.claimed]},"
                       f" at {result.functions[name][4]}; replay: "
                       f"tests/derived/derived.py --show {name} {c.name}")
        if c.name in (SEEN_TO_FAIL, PLANTED) and not result.unsafe(WIDE):
            yield f"{c.name}: the stepper finds nothing there"


def progress(text):
    end = "" if sys.stderr.isatty() else "\n"
    start = "\r\x1b[K" if sys.stderr.isatty() else ""
    if text or start:
        print(f"{start}{text}", end=end, file=sys.stderr, flush=True)


def measure_all(builder, configurations, jobs):
    """The results, and what could not be measured."""
    results, failures = [], []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(measured, builder, c) for c in configurations]
        for i, future in enumerate(futures):
            try:
                results.append(future.result())
            except Failed as failure:
                failures.append(failure)
            progress(f"{i + 1} of {len(futures)}: {configurations[i].name}")
    progress("")
    return results, failures


def has_compilers(c):
    """Debian's cross compiler for AArch64 and its gcc-multilib, for i386,
    exclude each other."""
    missing = [tool for tool in (TARGETS[c.target].command("gcc")[0],
                                 TARGETS[c.target].command(c.compiler)[0])
               if shutil.which(tool) is None]
    for tool in missing:
        print(f"left out, for {tool} is missing: {c.name}")
    return not missing


def show(builder, name, c):
    image, _ = builder.build(c)
    print(run([builder.step, TARGETS[c.target].core, image, name]), end="")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("configurations", nargs="*")
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--show", metavar="NAME")
    parser.add_argument("--write", action="store_true",
                        help="the table into docs/derived.md, too")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    names = options.configurations or (SAMPLE if options.sample else whole())
    configurations = [configuration(n) for n in names]
    if not options.configurations:
        configurations = [c for c in configurations if has_compilers(c)]
    builder = Builder(options.sample)
    builder.prepare(configurations)
    if options.show:
        show(builder, options.show, configurations[0])
        return 0
    results, failures = measure_all(builder, configurations, options.jobs)
    lines = list(table(results))
    print("\n".join(lines))
    if options.write:
        page_write(lines)
    wrong = list(complaints(results))
    for line in wrong + failures:
        print("FAIL", line)
    return 1 if wrong else 2 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        print(f"derived: {failure}", file=sys.stderr)
        sys.exit(2)
