# SPDX-License-Identifier: MIT
"""Runs in gdb: executes the commands of the file $COMMANDS, a JSON list, and
prints what each of them answered, or "error: ..."."""
import json
import os

import gdb


def answer(command):
    try:
        return gdb.execute(command, to_string=True)
    except gdb.error as error:
        return f"error: {error}"


with open(os.environ["COMMANDS"], encoding="utf-8") as file:
    print("ANSWERS " + json.dumps([answer(c) for c in json.load(file)]))
