#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# arduino.sh FOLDER: a library for Arduino, and for PlatformIO, made of the two
# files of the amalgamation.
#
# Neither hands a library's flags on to the sketch, and Arduino not even to the
# library; so irqgc.c has them by pragma, and the example keeps its objects by
# IRQGC_KEEP (docs/derived.md).
set -euo pipefail
folder=$1
cd "$(dirname "$0")/.."
rm -rf "$folder"
mkdir -p "$folder"
cp -r packages/arduino/. LICENSE "$folder"
sed -i "s/@version@/$(packages/version.sh)/" "$folder"/library.*
packages/amalgamate.py "$folder/src"

flags=$(packages/derived.sh gcc | grep -o -- '-f[^ ]*' | sed 's/-f\(.*\)/"\1"/' |
    paste -sd ,)
{
    echo '#if !defined IRQGC_DERIVED && defined __GNUC__ && !defined __clang__'
    echo "#pragma GCC optimize($flags) // what no one hands on"
    echo '#define IRQGC_DERIVED 1'
    echo '#endif'
    cat "$folder/src/irqgc.c"
} >"$folder/irqgc.c"
mv "$folder/irqgc.c" "$folder/src/irqgc.c"

# For the editor: types, functions, constants.
{
    grep -o '\birqgc_[a-z_]*_t\b' "$folder/src/irqgc.h" | sort -u |
        sed 's/$/\tKEYWORD1/'
    grep -o '\birqgc_[a-z_]*(' "$folder/src/irqgc.h" | tr -d '(' | sort -u |
        grep -v '_t$' | sed 's/$/\tKEYWORD2/'
    grep -oE '^ +IRQGC_[A-Z_]+' "$folder/src/irqgc.h" | tr -d ' ' | sort -u |
        sed 's/$/\tLITERAL1/'
} >"$folder/keywords.txt"
