#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What is stored before a pointer is published is there when the pointer is,
# however much of irqgc the compiler sees at once: -flto, and a program that
# includes all of it as one file. On an emulated Cortex-M4.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=build/published
rm -rf "$out"
packages/amalgamate.py "$out" >/dev/null
# The same file, for includes of single headers.
mkdir -p "$out/irqgc"
for header in irqgc brk dict cortex_m; do
    echo '#include "../irqgc.h"' >"$out/irqgc/$header.h"
done
echo '#include "irqgc.c"
#include "../../tests/regress/published.c"' >"$out/whole.c"

flags="-mcpu=cortex-m4 -mthumb -std=gnu11 $(make -s -f derived.mk \
    CC=arm-none-eabi-gcc | sed -n 1p)"
n=0
failed=0
try() { # publish flag... -- source...
    local how=$1 status=0 image=$out/image.elf
    shift
    # shellcheck disable=SC2086 # flags are words
    arm-none-eabi-gcc $flags "-DPUBLISH(p)={$how;}" "$@" tests/readme/start.c \
        -nostartfiles -T tests/readme/board.ld -o "$image"
    boards/qemu.sh mps2-an386 "$image" || status=$?
    n=$((n + 1))
    [ $status -eq 0 ] || {
        echo "FAIL $how, $*: $status"
        failed=$((failed + 1))
    }
}

# Of a program with -flto, the part that is the same in all: its objects, in the
# order in which one command would have them.
for level in -O1 -Os; do
    for folder in src ports/cortex_m; do
        mkdir -p "$out/$level/$folder"
        # shellcheck disable=SC2086
        (cd "$out/$level/$folder" && arm-none-eabi-gcc $flags $level -flto \
            -I"$OLDPWD/include" -c "$OLDPWD/$folder"/*.c)
    done
done

for how in "irqgc_store(heap, &slot, p)" "(void)irqgc_exchange(heap, &slot, p)" \
    "(void)irqgc_compare_and_store(heap, &slot, slot, p)" \
    "irqgc_dict_set(dict, 1, (uintptr_t)(p))" \
    "irqgc_masking_t m = irqgc_mask(); slot = (p); irqgc_restore(m)" \
    "irqgc_brk_hold(); slot = (p); irqgc_brk_release()" \
    "irqgc_copy(heap, &slot, (void *[]){p}, 1)"; do
    for level in -O1 -O2 "-O2 -fno-inline" -Os; do
        # shellcheck disable=SC2086
        try "$how" $level -I"$out" "$out/whole.c"
    done
    for level in -O1 -Os; do
        try "$how" $level -flto -Iinclude tests/regress/published.c \
            "$out/$level"/{src,ports/cortex_m}/*.o
    done
done
echo "published: $n builds, $failed failed"
[ "$failed" -eq 0 ]
