# SPDX-License-Identifier: MIT
#
# Replays a failure and stops in the trap handler, just before the (first)
# handler runs; further breakpoints work from there on.
#
#   gdb -x tests/preempt/replay.gdb --args build/preempt/preempt \
#       --scenario S --action A --at K
#
# Until then the debugger has to pass on each SIGTRAP, which rules out
# breakpoints; so the suite stops itself by two other signals.
set confirm off
handle SIGUSR1 SIGUSR2 stop print nopass
run
handle SIGTRAP nostop noprint pass
continue
handle SIGTRAP stop print nopass
frame function shot_fire
