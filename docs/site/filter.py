#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What Doxygen reads instead of a header, which stays as it is.

The headers' comments are prose. Here each becomes a comment of Doxygen's, in
front of every function that it stands above: a comment belongs to all that
follows without an empty line. The first comment is the file's.

  filter.py HEADER
"""
import pathlib
import re
import sys

HEADERS = pathlib.Path(__file__).resolve().parents[2] / "include/irqgc"
FUNCTION = re.compile(r"^(?!typedef)[a-z][\w *]*?\b\**((?:irqgc|vic)_\w+)\(")
PART = re.compile(r"(?:^|(?<=\. ))(Context|Bound|Window):\s+")


def functions(text):
    """Names of the functions that a header declares, in its order."""
    return [m[1] for m in map(FUNCTION.match, text.splitlines()) if m]


KNOWN = {name for header in HEADERS.glob("*.h")
         for name in functions(header.read_text())}


def inline(text):
    """A paragraph: options set as code, Doxygen's characters escaped, functions
    linked."""
    if text == "@file":
        return text
    text = re.sub(r"(?<!\S)(--?[A-Za-z][\w=-]*)", r"`\1`", text)
    text = re.sub(r"([\\@<>%#])", r"\\\1", text)
    parts = re.split(r"(`[^`]*`)", text)
    parts[::2] = [re.sub(r"\b(?:irqgc|vic)_\w+",
                         lambda m: m[0] + "()" if m[0] in KNOWN else m[0], p)
                  for p in parts[::2]]
    return "".join(parts).replace("()()", "()").replace("/*", r"/\*")


def paragraph(lines):
    """Prose; its Context, Bound and Window under a heading each."""
    pieces = PART.split(" ".join(line.strip() for line in lines))
    yield inline(pieces[0])
    for title, text in zip(pieces[1::2], pieces[2::2]):
        yield f"@par {title}"
        yield inline(text.strip())
        yield ""


def listed(lines):
    """Lines of a list: each item begins with a dash."""
    for line in lines:
        line = line.strip()
        dash = line.startswith("- ")
        yield ("- " if dash else "  ") + inline(line[2:] if dash else line)


def chunks(lines):
    """Prose, list or literal text, by how far lines are indented."""
    kind, chunk = None, []
    for line in lines:
        indent = len(line) - len(line.lstrip())
        new = ("empty" if not line.strip() else
               "list" if line.lstrip().startswith("- ") else
               "list" if kind == "list" and indent else
               "text" if kind == "text" and indent and PART.match(chunk[0])
               else "literal" if indent >= 2 else "text")
        if PART.match(line) or new != kind:
            if chunk:
                yield kind, chunk
            chunk = []
        kind = new
        chunk.append(line)
    if chunk:
        yield kind, chunk


def documentation(lines):
    """Lines of Doxygen's comment."""
    out = []
    for kind, chunk in chunks(lines):
        if kind == "literal":
            dent = min(len(line) - len(line.lstrip()) for line in chunk)
            text = [line[dent:] for line in chunk]
            code = any(line.endswith(";") for line in text)
            out += (["@code{.c}", *text, "@endcode"] if code else
                    ["@verbatim", *text, "@endverbatim"])
        elif kind == "list":
            out += [*listed(chunk), ""]
        elif kind == "text":
            out += paragraph(chunk)
        else:
            out.append("")
    return out


def comment(lines, indent=""):
    return [f"{indent}/**", *documentation(lines), "*/"]


def translated(text):
    """The lines for Doxygen."""
    block, above, is_first = [], [], True
    lines = text.splitlines()
    for i, line in enumerate(lines):
        match = re.match(r"^( *)// ?(.*)", line)
        if match:
            if "SPDX" not in line:
                block.append(match.group(2))
            continue
        indent = re.match(" *", line)[0]
        if block and is_first:
            yield from comment(["@file", "", *block])
            is_first, block = False, []
        elif block:
            above, block = block, []
            first = line.split()[1] if line.startswith("#define") else ""
            if FUNCTION.match(line) or not typed_for(lines[i:]):
                yield from comment(above, indent)
            else:
                yield f"/// See {typed_for(lines[i:])}()."
        elif not line.strip():
            above = []
        elif above and (FUNCTION.match(line) or line.startswith("struct ")):
            yield from comment(above)
        elif above and line.startswith("#define"):
            yield f"/// See #{first}."
        yield re.sub(r"(?<=[;,{\w]) +// (?=\S)", " ///< ", line)


def typed_for(lines):
    """The function that a type stands in front of, both under a comment."""
    for line in lines:
        match = FUNCTION.match(line)
        if match:
            return match[1]
        if not line.strip() or line.startswith("}"):
            return None
    return None


if __name__ == "__main__":
    print("\n".join(translated(pathlib.Path(sys.argv[1]).read_text())))
