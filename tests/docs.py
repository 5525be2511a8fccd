#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tries what the pages say.

  - Each program in docs/*.md (a block of C with a main) compiles as the README
    says, runs and exits with 0. A block "text" behind it is what it prints.
  - A block of C that begins with "// FOLDER/FILE" is that file. The page's blocks
    "sh" are run where these lie, with IRQGC as the path of this project; a block
    "text" behind a program's is what they print.
  - Each link to a file leads to one; to a heading, too.
  - Each `make TARGET` is a target.

The README's program is for tests/readme/readme.sh.
"""

import functools
import glob
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(ROOT, "build", "docs")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.S | re.M)
NAMED = re.compile(r"// ([\w.]+/[\w.]+)\n")

faults = []


def fault(page, text):
    faults.append(f"FAIL {page}: {text}")


def pages():
    return sorted(glob.glob("*.md") + glob.glob("docs/*.md"))


def read(page):
    with open(page, encoding="utf-8") as file:
        return file.read()


def run(page, what, command, wanted=None, **options):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=120, check=False,
                          **options)
    if done.returncode != 0:
        fault(page, f"{what}: exit status {done.returncode}\n{done.stdout}")
    elif wanted is not None and wanted not in done.stdout:
        fault(page, f"{what}: prints\n{done.stdout}not\n{wanted}")
    return done.returncode == 0


# --- Programs -----------------------------------------------------------------

def derived_flags():
    return subprocess.run(["make", "-s", "-f", "derived.mk", "CC=gcc"],
                          text=True, capture_output=True,
                          check=True).stdout.splitlines()[0].split()


def program_try(page, text, wanted):
    stem = os.path.join(OUT, os.path.basename(page)[:-3])
    with open(f"{stem}.c", "w", encoding="utf-8") as file:
        file.write(text)
    folders = ["src", "ports/posix"]
    if "irqgc/torture.h" in text:
        folders.append("torture")
    sources = [f for d in folders for f in sorted(glob.glob(f"{d}/*.c"))]
    if run(page, "program", [
            "gcc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic",
            "-Werror", "-O2", *derived_flags(), "-Iinclude", "-Isrc",
            "-Iports/posix", f"{stem}.c", *sources, "-o", stem]):
        run(page, "program", [stem], wanted)


def blocks_try(page):
    """Returns how many programs there were."""
    blocks = FENCE.findall(read(page))
    named = [b for b in blocks if b[0] == "c" and NAMED.match(b[1])]
    folder = os.path.join(OUT, os.path.basename(page)[:-3] + ".files")
    for _, text in named:
        path = os.path.join(folder, NAMED.match(text)[1])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    n = 0
    for i, (language, text) in enumerate(blocks):
        is_followed = i + 1 < len(blocks) and blocks[i + 1][0] == "text"
        wanted = blocks[i + 1][1] if is_followed else None
        if language == "sh" and "$IRQGC" in text:
            n += 1
            run(page, "commands", ["bash", "-euc", text], wanted, cwd=folder,
                env={**os.environ, "IRQGC": ROOT})
        elif language == "c" and "int main(" in text and not NAMED.match(text):
            n += 1
            program_try(page, text, wanted)
    return n


# --- Links --------------------------------------------------------------------

def anchors(page):
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", read(page)), re.M)
    return {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-")
            for t in titles}


def links_try(page):
    links = re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", read(page)))
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(page), path)) \
            if path else page
        if not os.path.exists(target):
            fault(page, f"a link to {link}, which is not there")
        elif anchor and anchor not in anchors(target):
            fault(page, f"a link to {link}: there is no such heading")
    return len(links)


# --- Targets ------------------------------------------------------------------

@functools.lru_cache
def targets(arguments):
    """All that this make knows how to make."""
    known = subprocess.run(["make", "-pRrq", *arguments, ":"], text=True,
                           capture_output=True, check=False).stdout
    return set(re.findall(r"^([\w.-]+):", known, re.M))


def make_calls(page):
    text = read(page)
    code = [line.partition("#")[0] for _, block in FENCE.findall(text)
            for line in block.splitlines()]
    code += re.findall(r"`([^`]+)`", FENCE.sub("", text))
    for line in code:
        line = re.sub(r'"[^"]*"', '""', line)
        for call in re.findall(r"(?:^|[\s(])make((?:\s+[^\s|&;)]+)*)", line):
            yield call.split()


def targets_try(page):
    n = 0
    for words in make_calls(page):
        where = []
        names = []
        while words:
            word = words.pop(0)
            if word in ("-C", "-f") and words:
                where += [word, words.pop(0)]
            elif re.fullmatch(r"[a-z][\w-]*", word):
                names.append(word)
        if any("$" in word for word in where) or not names:
            continue
        n += 1
        for name in names:
            if name not in targets(tuple(where)):
                fault(page, f"make {' '.join(where + [name])}: no such target")
    return n


def main():
    os.chdir(ROOT)
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    programs = sum(blocks_try(page) for page in glob.glob("docs/*.md"))
    links = sum(links_try(page) for page in pages())
    calls = sum(targets_try(page) for page in pages())
    for text in faults:
        print(text)
    print(f"docs: {programs} programs, {links} links, {calls} calls of make, "
          f"{len(faults)} faults")
    return 1 if faults or 0 in (programs, links, calls) else 0


if __name__ == "__main__":
    sys.exit(main())
