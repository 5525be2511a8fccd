#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the module's Kconfig says, in a tree that stands in for Zephyr's.

  kconfig.py check                  who may choose irqgc
  kconfig.py write FOLDER CONFIG... evaluates configuration files in turn, as
                                    Zephyr does: FOLDER/.config, autoconf.h
"""

import itertools
import os
import pathlib
import sys

import kconfiglib

here = pathlib.Path(__file__).resolve().parent
os.environ["MODULE"] = str(here.parents[2])


def tree():
    kconfig = kconfiglib.Kconfig(str(here / "Kconfig"))
    kconfig.warn_assign_undef = True
    return kconfig


def may_choose(**values):
    kconfig = tree()
    for name, value in values.items():
        kconfig.syms[name].set_value(value)
    symbol = kconfig.syms["IRQGC"]
    symbol.set_value("y")
    return symbol.str_value == "y"


def check():
    failed = 0
    names = ("BOARD_ARM", "BOARD_RISCV", "MULTITHREADING", "RISCV_S_MODE",
             "FPU")
    for values in itertools.product("ny", repeat=len(names)):
        arm, riscv, threads, supervisor, fpu = (v == "y" for v in values)
        if arm and riscv:
            continue
        expected = not threads and (
            arm or (riscv and not supervisor and not fpu))
        if may_choose(**dict(zip(names, values))) != expected:
            print("FAIL", *(f"{n}={v}" for n, v in zip(names, values)),
                  "may" if not expected else "may not", "choose irqgc")
            failed = 1
    if tree().syms["IRQGC"].str_value != "n":
        print("FAIL irqgc is chosen without being asked for")
        failed = 1
    return failed


def write(folder, *files):
    kconfig = tree()
    for i, path in enumerate(files):
        kconfig.load_config(path, replace=i == 0)
    # What was asked for and not granted, which Zephyr makes an error.
    refused = [s.name for s in kconfig.unique_defined_syms
               if s.user_value is not None and s.type == kconfiglib.BOOL
               and s.user_value != s.tri_value]
    undefined = [w for w in kconfig.warnings if "undefined" in w]
    for what in refused + undefined:
        print("FAIL not granted:", what)
    kconfig.write_config(os.path.join(folder, ".config"))
    kconfig.write_autoconf(os.path.join(folder, "autoconf.h"))
    return 1 if refused or undefined else 0


if __name__ == "__main__":
    sys.exit({"check": check, "write": write}[sys.argv[1]](*sys.argv[2:]))
