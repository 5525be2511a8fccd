# SPDX-License-Identifier: MIT
#
# Replays a failure that the torture kit has found, and stops at the instruction
# before which the handler comes, with the handler's signal about to arrive; at
# depth 2 once more for the second. Breakpoints work from there on.
#
#   gdb -x torture/replay.gdb --args PROGRAM --scenario S --handler H --point N
#
# Until then the debugger has to pass on each SIGTRAP, from the first, at which
# it stops by itself; that rules out breakpoints. The lines 10 and 11 of the
# controller are the real-time signals 44 and 45.
set confirm off
set environment LD_BIND_NOW 1
handle SIGUSR1 SIGUSR2 nostop noprint nopass
handle SIG44 SIG45 stop print pass
run
handle SIGTRAP nostop noprint pass
continue
handle SIGTRAP stop print nopass
