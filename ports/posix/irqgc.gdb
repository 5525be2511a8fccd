# SPDX-License-Identifier: MIT
#
# The lines of the interrupt controller are real-time signals, at each of which
# gdb would stop:
#
#   gdb -x ports/posix/irqgc.gdb --args PROGRAM
#
# SIG34 is the C library's own SIGRTMIN; musl's begins with SIG35.
handle SIG34 SIG35 SIG36 SIG37 SIG38 SIG39 SIG40 SIG41 SIG42 nostop noprint pass
handle SIG43 SIG44 SIG45 SIG46 SIG47 SIG48 SIG49 SIG50 nostop noprint pass
