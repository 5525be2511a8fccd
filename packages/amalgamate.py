#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the library as two files: irqgc.c and irqgc.h.

  amalgamate.py FOLDER

irqgc.h is all public headers, irqgc.c the sources of the core and of each port;
which port, the compiler's macros tell, as in src/port.h. What sources share with
each other is static: whatever has CORE_NAME, and the ports' names that no public
header has.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include"
PUBLIC = ["irqgc", "dict", "brk", "trace"]
# Names for the linker, which sees none of what is static.
CORE_NAME = r"\s+CORE_NAME\((\w+)\)(?=;)"
PORT_PUBLIC = {"cortex_m": ["cortex_m"], "riscv": ["riscv"],
               "posix": ["vic", "posix"]}


def read(path):
    """A file, without the licence's line: the whole has it once."""
    text = path.read_text()
    return re.sub(r"\A// SPDX.*\n(//\n)?", "", text)


# The ports in the order of src/port.h, each with its condition.
PORTS = re.findall(r'^#elif (.*)\n#include "\.\./ports/(\w+)/irqgc_port\.h"',
                   read(ROOT / "src/port.h"), re.M)
assert [port for _, port in PORTS] == list(PORT_PUBLIC)


class Unit:
    """One file that others are written into, each once."""

    def __init__(self, seen=()):
        self.seen = set(seen)
        self.parts = []

    def add(self, path):
        self.parts.append(self.expand(path))

    def expand(self, path):
        self.seen.add(path)
        text = re.sub(r'^#include "(.*)".*\n',
                      lambda m: self.include(path, m), read(path), flags=re.M)
        return f"// ---- {path.relative_to(ROOT)}\n\n{text}"

    def include(self, path, line):
        for folder in path.parent, INCLUDE:
            found = (folder / line[1]).resolve()
            if found in self.seen:
                return ""
            if found.exists():
                return self.expand(found) + "\n"
        return line[0]  # a port of the user's

    def add_ports(self, paths_of):
        keyword = "if"
        for condition, port in PORTS:
            self.parts.append(f"#{keyword} {condition}\n")
            for path in paths_of(port):
                self.add(path)
            keyword = "elif"
        self.parts.append("#endif\n")

    @property
    def text(self):
        return "\n".join(self.parts)


def public_path(name):
    return INCLUDE / "irqgc" / f"{name}.h"


def header():
    unit = Unit()
    for name in PUBLIC:
        unit.add(public_path(name))
    unit.add_ports(lambda port: map(public_path, PORT_PUBLIC[port]))
    return unit


def all_static(text, public):
    """Each declaration of an internal name, at the left margin."""
    names = set(re.findall(r"\birqgc_(?:cortex_m|riscv|posix)_\w+", text))
    names -= set(re.findall(r"\w+", public))
    names |= set(re.findall(CORE_NAME, text))
    text = re.sub(CORE_NAME, "", text)
    return re.sub(r"^(?!static|typedef|//|#)(?:extern )?"
                  rf"(?=\w[^;{{}}=#]*[ *](?:{'|'.join(names)})\b[^;{{}}=#]*;)",
                  "static ", text, flags=re.M)


def source(public):
    unit = Unit(public.seen | {ROOT / "src/names.h"})
    for path in sorted((ROOT / "src").glob("*.c")):
        unit.add(path)
    own = '#if __has_include("irqgc_port.h")\n// The includer has its sources.'
    unit.parts.append(own)
    unit.add_ports(lambda port: sorted((ROOT / "ports" / port).glob("*.c")))
    unit.parts[unit.parts.index(own) + 1] = f"#elif {PORTS[0][0]}\n"
    return all_static(unit.text, public.text)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    version = subprocess.check_output(ROOT / "packages/version.sh",
                                      text=True).strip()
    licence = (ROOT / "LICENSE").read_text()
    head = (f"// SPDX-License-Identifier: MIT\n//\n// irqgc {version}, in two "
            "files: irqgc.c and irqgc.h.\n\n/*\n" + licence + "*/\n\n")
    public = header()
    (folder / "irqgc.h").write_text(head + public.text)
    (folder / "irqgc.c").write_text(
        head + "#if defined __unix__ && !defined _GNU_SOURCE\n"
        "#define _GNU_SOURCE // whatever the flags are\n#endif\n\n"
        '#include "irqgc.h"\n\n' + source(public))


main()
