#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The trace hook costs nothing where it is off: with the lines that call it and
# without, each compiler makes the same code of the core, to the instruction and
# the relocation. With it on the code differs, else nothing would be compared.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
out=build/trace
rm -rf "$out"
mkdir -p "$out/with" "$out/without"
cp -r src include ports "$out/with"
cp -r src include ports "$out/without"
sed -i '/^ *trace_[a-z]*(.*);$/d' "$out"/without/src/*.c
n=$(diff -r "$out/with" "$out/without" | grep -c '^<' || true)
[ "$n" -ge 7 ] || {
    echo "trace: only $n lines call the hook"
    exit 1
}

calling=$(grep -l '"hook.h"' src/*.c)

# code FOLDER OBJDUMP COMPILER ...: what the compiler makes of those that call.
code() {
    local folder=$1 objdump=$2 source
    shift 2
    (
        cd "$root/$out/$folder"
        for source in $calling; do
            "$@" -std=c11 -w -DIRQGC_DERIVED=1 -Iinclude -Isrc -c -o object.o \
                "$source"
            $objdump -dr --no-show-raw-insn object.o
        done
    )
}

# same NAME OBJDUMP COMPILER ...
same() {
    local name=$1
    shift
    code with "$@" >"$out/with.txt"
    code without "$@" >"$out/without.txt"
    cmp "$out/with.txt" "$out/without.txt"
    code with "$@" -DIRQGC_TRACE=1 >"$out/on.txt"
    [ "$(grep -c irqgc_trace "$out/on.txt")" -ge 7 ] || {
        echo "trace: $name: on, and not called"
        exit 1
    }
    echo "trace: $name: $(wc -l <"$out/with.txt") lines of code, the same"
}

arm=(arm-none-eabi-objdump arm-none-eabi-gcc -mthumb -ffreestanding)
for level in -O2 -Os; do
    same "Cortex-M0 $level" "${arm[@]}" -mcpu=cortex-m0 $level
    same "Cortex-M4 $level" "${arm[@]}" -mcpu=cortex-m4 $level
done
same "RV32 -O2" riscv64-unknown-elf-objdump riscv64-unknown-elf-gcc \
    -march=rv32imac_zicsr -mabi=ilp32 -ffreestanding -O2
same "clang, Cortex-M4 -O2" arm-none-eabi-objdump clang \
    --target=thumbv7em-none-eabi -ffreestanding -O2

for value in 2 -1; do
    if gcc -Iinclude -Isrc -Iports/posix -DIRQGC_TRACE=$value \
        -fsyntax-only src/free.c 2>"$out/error.txt"; then
        echo "trace: IRQGC_TRACE=$value compiles"
        exit 1
    fi
    grep -q 'IRQGC_TRACE: 0 or 1' "$out/error.txt"
done
