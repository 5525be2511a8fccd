# SPDX-License-Identifier: MIT
"""What the programs that measure have in common."""

import os
import subprocess
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


def plugin_build(source, plugin):
    """Of the emulator. Built aside, for others may be running it."""
    os.makedirs(os.path.dirname(plugin), exist_ok=True)
    aside = f"{plugin}.{os.getpid()}"
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-O2", "-shared",
                    "-fPIC", "-fvisibility=hidden", "-I.", "-o", aside,
                    source], check=True)
    os.replace(aside, plugin)
