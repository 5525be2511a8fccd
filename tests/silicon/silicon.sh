#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Builds bench/silicon as the owner of a board does, and runs it in the
# emulator, whose counters count emulated time, not cycles. There 2^SHIFT ns are
# an instruction, so what is printed tells instructions: of an allocation, and
# of the longest masked window, which is how late the SysTick comes.
set -euo pipefail
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() { # text
    echo "FAIL $1"
    tail -n 30 "$tmp/out"
    exit 1
}

firmware() { # MCU source memory... [-- variable...]
    local mcu=$1 source=$2
    printf 'FLASH_START = %s; FLASH_SIZE = %s; RAM_START = %s; RAM_SIZE = %s;
INCLUDE tests/builds/firmware.ld\n' "${@:3:4}" >"$tmp/board.ld"
    make --no-print-directory -s silicon MCU="$mcu" LD="$tmp/board.ld" \
        BSP="tests/silicon/$source" "${@:8}" >"$tmp/out" 2>&1 ||
        fail "$mcu does not build"
}

run() { # MCU board
    boards/qemu.sh "$2" "build/silicon/$1/silicon.elf" >"$tmp/out" ||
        fail "$1: exit status $?"
}

# The number that a line has, in a column or after a text, within bounds.
number() { # name least most pattern
    local n
    n=$(sed -n "s/$4/\1/p" "$tmp/out")
    if [ "${n:-0}" -lt "$2" ] || [ "${n:-0}" -gt "$3" ]; then
        fail "$1: ${n:-nothing}, not $2 to $3"
    fi
    echo "ok - $1: $n"
}

whole() { # name
    grep -q "^The heap is whole.$" "$tmp/out" || fail "$1: no end"
    grep -q "^| collect 64 KiB, half dead |" "$tmp/out" || fail "$1: no rows"
}

median='^| alloc 16 B, heap half full | [0-9]* | \([0-9]*\) |.*'
delay='^Longest delay.*shortest: \([0-9]*\),.*'
warnings="-O2 -Wall -Wextra -Wshadow -Wconversion -Wundef -Werror"
m4=(cortex-m4 cortex_m.c 0 0x400000 0x20000000 0x400000)
m0=(cortex-m0 cortex_m.c 0 0x40000 0x20000000 0x40000)
rv=(rv32imac riscv.c 0x80000000 0x400000 0x80400000 0x400000)

# 128 ns are 3.2 ticks of its clock; 24 instructions 77.
firmware "${m4[@]}" -- SYSTICK=1 FLAGS="$warnings"
run cortex-m4 mps2-an386
whole "M4, SysTick"
number "M4: an allocation, ticks" 150 1000 "$median"
number "M4: the longest delay, ticks" 50 79 "$delay"

firmware "${m4[@]}" -- FLAGS="-O2 -mfloat-abi=hard -mfpu=fpv4-sp-d16"
run cortex-m4 mps2-an386
if ! grep -q "There is no cycle counter here: DWT stands still." "$tmp/out" ||
    grep -q "|" "$tmp/out"; then
    fail "M4: a table without a counter"
fi
echo "ok - M4: no DWT in the emulator, and no figures"

# 128 ns are 2 ticks; 30 instructions 61.
firmware "${m0[@]}" -- FLAGS="$warnings"
run cortex-m0 microbit-256k
whole M0
number "M0: an allocation, ticks" 150 1000 "$median"
number "M0: the longest delay, ticks" 50 64 "$delay"

firmware "${rv[@]}" -- FLAGS="$warnings"
SHIFT=0 run rv32imac virt
whole RV32
number "RV32: an allocation, instructions" 60 400 "$median"

firmware cortex-m33 "${m4[@]:1}" -- FLAGS="$warnings"
firmware cortex-m7 "${m4[@]:1}" -- FLAGS="$warnings -mfloat-abi=hard"
firmware rv32imafc "${rv[@]:1}" -- FLAGS="$warnings" ABI=ilp32f
echo "ok - other cores build"

for missing in MCU= LD= BSP=; do # of two, the last one counts
    if make -s silicon MCU=cortex-m4 LD=board.ld BSP=start.c $missing \
        >"$tmp/out" 2>&1 || ! grep -q "$missing" "$tmp/out"; then
        fail "$missing is not asked for"
    fi
done
echo "ok - what is missing is asked for"
