#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What the library gives a program that links it: every name the linker sees
# begins with irqgc_, so that a program's own `count` or `mark` links; no two
# sources have one name, so that objects in one flat folder do not overwrite
# each other; and sources are found by what they include alone: a program needs
# but include/ in its path.
#
#   tests/names.sh [SOURCE ...]    further sources: what the gate is tested by
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/names
rm -rf "$out"
mkdir -p "$out"

arm="arm-none-eabi-gcc -mthumb -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16"
riscv="riscv64-unknown-elf-gcc -march=rv32imac_zicsr -mabi=ilp32 -ffreestanding"

# The port of a platform, and the compiler: into one folder.
objects() { # port compiler source...
    local port=$1 compiler=$2 source
    for source in src/*.c ports/"$port"/*.c "${@:3}"; do
        # shellcheck disable=SC2086
        $compiler -O2 -Iinclude -c "$source" \
            -o "$out/$port-$(basename "$source" .c).o"
    done
}

fail() {
    echo "names: $1"
    exit 1
}

twice=$(printf '%s\n' src/*.c ports/*/*.c torture/*.c "$@" |
    sed 's|.*/||' | sort | uniq -d)
[ -z "$twice" ] || fail "two sources are called $twice"

objects posix gcc torture/*.c "$@"
objects cortex_m "$arm" "$@"
objects riscv "$riscv" "$@"
found=$(nm -A --defined-only --extern-only "$out"/*.o |
    awk '$NF !~ /^irqgc_/ {print $1, $NF}')
[ -z "$found" ] || fail "external without irqgc_: $found"
n=$(nm --defined-only --extern-only "$out"/*.o | grep -c ' irqgc_')
[ "$n" -gt 100 ] || fail "only $n names seen"
echo "names: $n external names, all of irqgc"
