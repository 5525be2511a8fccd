#!/bin/sh
# SPDX-License-Identifier: MIT
#
# qemu.sh BOARD IMAGE [ARGUMENT...]: runs an image, and exits as it does. What
# it prints comes out of the standard output. 2: a tool or the board is
# missing. 124: it executed too many instructions. 134: a fault in a fault's
# report.
#
#   SHIFT=N     an instruction takes 2^N nanoseconds of emulated time, so that
#               a run is the same each time. If that is two ticks of the
#               board's timers or more, as by default, instructions are counted
#               and interrupts placed exactly. "no": as fast as it goes, each
#               run another, and interrupts come at some instructions only.
#   LIMIT=30000 million instructions, the same on any host; 0: any number
#   TIMEOUT=900 seconds, for an emulator that executes none; 0: any number
#   QEMU=...    more options of the emulator
set -eu
here=$(dirname "$0")
if [ $# -lt 2 ]; then
    echo "usage: qemu.sh BOARD IMAGE [ARGUMENT...]" >&2
    exit 2
fi
board=$1 image=$2
shift 2

qemu=qemu-system-arm bits=7
case $board in
microbit) machine=$board ;;
microbit-256k) machine="microbit -global nrf51-soc.sram-size=262144" ;;
microbit-4m) machine="microbit -global nrf51-soc.sram-size=4194304" ;;
mps2-an385 | mps2-an386 | mps2-an500 | mps2-an505 | mps3-an547 | \
    netduinoplus2)
    machine=$board
    ;;
virt-64) qemu=qemu-system-riscv64 machine="virt -bios none" bits=8 ;;
virt) qemu=qemu-system-riscv32 machine="virt -bios none" bits=8 ;;
*)
    echo "qemu.sh: no board $board; boards.mk names those there are" >&2
    exit 2
    ;;
esac
"$here"/need.sh "$qemu"
if [ ! -r "$image" ]; then
    echo "qemu.sh: cannot read $image" >&2
    exit 2
fi

bits=${SHIFT:-$bits}
clock="-icount shift=$bits,sleep=off"
[ "$bits" != no ] || clock=

# Built aside, for others may be about it, too.
plugin=build/limit.so
if [ ! "$plugin" -nt "$here/emulator/limit.c" ]; then
    "$here"/need.sh cc
    mkdir -p build
    cc -std=c11 -D_GNU_SOURCE -O2 -shared -fPIC -fvisibility=hidden -pthread \
        -o "$plugin.$$" "$here/emulator/limit.c"
    mv "$plugin.$$" "$plugin"
fi
limit="-plugin $plugin,millions=${LIMIT:-30000}"
[ "${LIMIT:-}" != 0 ] || limit=

# Semihosting takes the arguments one by one; a comma is doubled.
host=enable=on,target=native,chardev=out,arg=image
for argument; do
    host=$host,arg=$(printf %s "$argument" | sed 's/,/,,/g')
done

# shellcheck disable=SC2086 # these are several words
exec timeout "${TIMEOUT:-900}" "$qemu" -M $machine $clock \
    $limit -display none -monitor none -serial none \
    -chardev stdio,id=out,signal=off -semihosting-config "$host" \
    ${QEMU:-} -kernel "$image" < /dev/null
