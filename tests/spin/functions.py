# SPDX-License-Identifier: MIT
"""Keeps src/collect.pml and the functions that it models together.

The comments of the model name a function as "mark.c block_push". functions.txt
has a digest of each, without comments and white space, as it was when somebody
last compared the two; or says why a function is left out.
"""
import hashlib
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODEL = ROOT / "src/collect.pml"
NOTES = pathlib.Path(__file__).with_name("functions.txt")

# Of these files every function is a step, part of one, or left out on purpose;
# of the others, those with a masked window.
WHOLE = ("collect.c", "mark.c", "sweep.c", "barrier.c")
WINDOW = "port_irq_save()"

DEFINITION = re.compile(r"^(?!typedef|enum|struct)\w[^;{}=]*?\b(\w+)\([^;{}]*\)"
                        r"\s*\{$.*?^\}$", re.MULTILINE | re.DOTALL)
ATTRIBUTE = re.compile(r"__attribute__\(\((?:[^()]|\([^()]*\))*\)\)\s*")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def functions_of(file):
    """Name and text, without comments and white space."""
    bare = COMMENT.sub("", (ROOT / "src" / file).read_text())
    bare = ATTRIBUTE.sub("", bare)
    bare = re.sub(r"^#.*(\\\n.*)*$", "", bare, flags=re.MULTILINE)
    return {m[1]: "".join(m[0].split()) for m in DEFINITION.finditer(bare)}


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def source():
    """All functions of the core, as (file, name)."""
    return {(path.name, name): text
            for path in sorted((ROOT / "src").glob("*.[ch]"))
            for name, text in functions_of(path.name).items()}


def modelled(files):
    """Those that the model names."""
    found = set()
    for comment in COMMENT.findall(MODEL.read_text()):
        words = " ".join(comment.replace("\n *", " ").split())
        found |= {m.groups() for m in
                  re.finditer(r"\b(\w+\.[ch]) (\w+)\b", words)
                  if m[1] in files}
    return found


def notes():
    """(file, name) of functions.txt: a digest, or "-" and a reason. The name
    may be "*"."""
    read = {}
    for line in NOTES.read_text().splitlines():
        if line and not line.startswith("#"):
            file, name, note = line.split(None, 2)
            read[file, name] = note
    return read


def differences():
    """What is to be looked at, a line each."""
    functions, known = source(), notes()
    named = modelled({file for file, _ in functions})
    said = []
    for file, name in sorted(named):
        where = f"src/{file}: {name}"
        if (file, name) not in functions:
            said.append(f"{where} is gone, but the model names it")
        elif (file, name) not in known:
            said.append(f"{where} has never been compared with the model")
        elif known[file, name] != digest(functions[file, name]):
            said.append(f"{where} changed since the model was last compared "
                        "with it")
    for (file, name), text in functions.items():
        left_out = any(known.get((file, n), "").startswith("- ")
                       for n in (name, "*"))
        if (file in WHOLE or WINDOW in text) and \
                (file, name) not in named and not left_out:
            said.append(f"src/{file}: {name} is no step of the model, nor left "
                        "out in functions.txt")
    for file, name in known:
        if (file, name) not in named and not known[file, name].startswith("-"):
            said.append(f"src/{file}: {name} is named by no step any more")
    return said


def accept():
    """Writes the digests of today."""
    functions = source()
    lines = [line for line in NOTES.read_text().splitlines()
             if not line or line.startswith("#") or " - " in line]
    while lines and not lines[-1]:
        lines.pop()
    lines.append("")
    for file, name in sorted(modelled({file for file, _ in functions})):
        if (file, name) in functions:
            lines.append(f"{file} {name} {digest(functions[file, name])}")
    NOTES.write_text("\n".join(lines) + "\n")
