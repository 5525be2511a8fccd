# SPDX-License-Identifier: MIT
"""What the programs that measure have in common."""

import sys


class Error(Exception):
    """It could not be measured."""


def progress(text):
    """On a terminal one line that changes; elsewhere one after the other."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K" + text)
    elif text:
        sys.stderr.write(text + "\n")
    sys.stderr.flush()
