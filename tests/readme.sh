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
cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -O2 -Iinclude \
    -Iports/posix -Isrc "$dir/program.c" src/*.c ports/posix/*.c \
    -o "$dir/program"
"$dir/program"
