#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A page for each header, from Doxygen's XML: what it says on top, and then all
that it declares, in its order.

  api.py XML FOLDER
"""
import pathlib
import sys
import xml.etree.ElementTree as tree

TITLES = {
    "irqgc": "the heap",
    "dict": "dictionaries",
    "brk": "breaks",
    "cortex_m": "Cortex-M",
    "riscv": "RISC-V",
    "posix": "POSIX hosts",
    "vic": "interrupts on a host",
    "torture": "the torture kit",
    "trace": "what the heap does, as it does it",
}


def title(header):
    return f"{header}.h: {TITLES[header]}"


def line_of(element):
    return int(element.find("location").get("line"))


def declared(xml, compound):
    """(line, directive) of each thing that a header declares."""
    for member in compound.iter("memberdef"):
        yield (line_of(member),
               f".. doxygen{member.get('kind')}:: {member.find('name').text}")
    for inner in compound.findall("innerclass"):
        file = xml / f"{inner.get('refid')}.xml"
        yield (line_of(tree.parse(file).find("compounddef")), f".. doxygenstruct:: {inner.text}\n"
               "   :members:\n   :undoc-members:")


def calls(compound):
    """Links to the functions, which a long page needs."""
    return "Calls: " + ", ".join(
        f":c:func:`{member.find('name').text}`"
        for member in compound.iter("memberdef")
        if member.get("kind") == "function")


def page(xml, compound):
    name = compound.find("compoundname").text
    heading = title(name.removesuffix(".h"))
    parts = [heading + "\n" + "=" * len(heading),
             f"``#include \"irqgc/{name}\"``", calls(compound),
             f".. doxygenfile:: {name}\n   :sections: detaileddescription"]
    parts += [directive for _, directive in sorted(declared(xml, compound))]
    return "\n\n".join(parts) + "\n"


def write(xml, folder):
    folder.mkdir(exist_ok=True)
    for file in sorted(xml.glob("*_8h.xml")):
        compound = tree.parse(file).find("compounddef")
        name = compound.find("compoundname").text.removesuffix(".h")
        if name not in TITLES:
            raise SystemExit(f"docs/site/api.py: {name}.h has no title")
        (folder / f"{name}.rst").write_text(page(xml, compound))


if __name__ == "__main__":
    write(*map(pathlib.Path, sys.argv[1:]))
