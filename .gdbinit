# SPDX-License-Identifier: MIT
#
# For gdb in this folder. It loads this by itself once you have told it that it
# may, in your own ~/.config/gdb/gdbinit:
#
#   add-auto-load-safe-path /path/to/irqgc/.gdbinit
#
# or else by `gdb -x .gdbinit`. The posix port's signals are passed on, and
# there are commands to look at a heap: `help irqgc`.
source ports/posix/irqgc.gdb
source tools/gdb/irqgc.py
