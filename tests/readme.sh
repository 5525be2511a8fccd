#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Compiles and runs the program in the README: at most 40 lines, exits with 0.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=build/readme
mkdir -p "$dir"
awk '/^```c$/ {inside = 1; next} /^```$/ {inside = 0} inside' README.md \
    >"$dir/program.c"
lines=$(wc -l <"$dir/program.c")
[ "$lines" -gt 10 ] && [ "$lines" -le 40 ] || {
    echo "the README's program has $lines lines, wanted 11 to 40"
    exit 1
}
# As the README says that code is compiled.
flags=$(sed -n 's/^| gcc | `\(.*\)` |.*/\1/p' README.md)
[ "$flags" = "$(make -s -f derived.mk CC=gcc | sed -n 1p)" ] || {
    echo "the README has other flags than derived.mk"
    exit 1
}
# These are words: no quotes.
gcc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -O2 $flags \
    -Iinclude -Iports/posix -Isrc "$dir/program.c" src/*.c ports/posix/*.c \
    -o "$dir/program"
"$dir/program"
