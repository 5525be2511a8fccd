#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""figures.py PAGE SOURCE...: each figure of the page is one of the sources.

Figures are numbers of three digits and more, and such as have a comma, a point,
or a % behind them, outside of code and links. In tables, not what is computed
of what stands before it: milliseconds and percents.
"""
import pathlib
import re
import sys

FIGURE = re.compile(r"(?<![\w.,-])(?:\d{1,3}(?:,\d{3})+|\d+\.\d+|\d{3,}|\d+(?= %))"
                    r"(?![\w]|[.,]\d)")


def prose(text):
    text = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    text = re.sub(r"`[^`]*`|\]\([^)]*\)|^\[.*$", "", text, flags=re.M)
    text = re.sub(r"^\|.*", lambda row: re.sub(r"\([\d.]+\)|[\d.]+ %", "", row[0]),
                  text, flags=re.M)
    return re.sub(r"Version [\d.]+|gcc [\d.]+|Debian \d+", "", text)


def main(page, *sources):
    said = FIGURE.findall(prose(pathlib.Path(page).read_text()))
    seen = set()
    for source in sources:
        seen.update(FIGURE.findall(pathlib.Path(source).read_text()))
    missing = [figure for figure in said if figure not in seen]
    for figure in missing:
        print(f"FAIL {page}: {figure} is in none of {', '.join(sources)}")
    print(f"{page}: {len(said)} figures")
    return 1 if missing or not said else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
