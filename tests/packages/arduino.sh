#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The folder for Arduino and PlatformIO, by the rule of the former: every file
# of src/ is compiled with nothing but src/ in the path and no flags of ours,
# sketches as C++. The core is a stub; nothing is linked.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/packages/expect.sh
library=$tmp/irqgc
quiet packages/arduino.sh "$library"
quiet tests/packages/manifests.py "$version" "$library"
grep -qF -- "$(packages/derived.sh gcc)" "$library/library.json"
[ "$(grep -cP '^\w+\tKEYWORD2$' "$library/keywords.txt")" -gt 30 ]
echo "ok - library.properties, library.json, keywords.txt: $version"

# A message of the header would tell that flags are missing.
silent() { # command...
    quiet "$@"
    [ ! -s "$tmp/log" ] || {
        cat "$tmp/log"
        exit 1
    }
}

cores=("arm-none-eabi- -mthumb -mcpu=cortex-m0plus"
    "arm-none-eabi- -mthumb -mcpu=cortex-m4"
    "riscv64-unknown-elf- -march=rv32imac_zicsr -mabi=ilp32 -ffreestanding")
sketch=$library/examples/button/button.ino
head -n 1 "$sketch" | grep -q "^// One core, no RTOS"
for core in "${cores[@]}"; do
    read -r prefix flags <<<"$core"
    target=rv32
    [ "$prefix" != arm-none-eabi- ] || target=${flags##*=}
    for source in "$library"/src/*.c; do
        # shellcheck disable=SC2086
        silent ${prefix}gcc $flags -Os -Wall -Wextra -ffunction-sections \
            -I"$library/src" -c -o "$tmp/irqgc.o" "$source"
    done
    # shellcheck disable=SC2086
    silent ${prefix}g++ $flags -Os -std=gnu++11 -fno-exceptions -Wall -Wextra \
        -Werror -I"$library/src" -Itests/packages/arduino -include Arduino.h \
        -x c++ -c -o "$tmp/sketch.o" "$sketch"
    "${prefix}objcopy" -w -R '*.irqgc_mask' -R '*.irqgc_restore' \
        -R '*.irqgc_riscv_break' "$tmp/irqgc.o"
    quiet tests/windows.py --target "$target" --summary "$tmp/irqgc.o"
    echo "ok - $(cat "$tmp/log")"
done

# The pragma does what the flags do.
compiled() { # flag...: to the standard output
    riscv64-unknown-elf-gcc -march=rv32imac_zicsr -mabi=ilp32 -ffreestanding \
        -O2 -I"$library/src" "$@" -S -o - "$library/src/irqgc.c" | grep -v '\.file'
}
cmp <(compiled) <(compiled -fno-ivopts -fno-tree-loop-vectorize -DIRQGC_DERIVED=1)
if cmp -s <(compiled) <(compiled -DIRQGC_DERIVED=1); then
    echo "FAIL the flags do nothing"
    exit 1
fi
echo "ok - the pragma does what the flags do"

# ---- Each check has to fail --------------------------------------------------

planted() { # what file sed-script
    rm -rf "$tmp/planted"
    cp -r "$library" "$tmp/planted"
    sed -i "$3" "$tmp/planted/$2"
    if tests/packages/manifests.py "$version" "$tmp/planted" >"$tmp/log" 2>&1 ||
        ! grep -q "^${2/./\\.}: " "$tmp/log"; then
        echo "FAIL $1 is not found"
        cat "$tmp/log"
        exit 1
    fi
    echo "ok - planted: $1"
}
planted "another version" library.properties 's/^version=.*/version=9.9.9/'
planted "a field that is missing" library.properties '/^maintainer=/d'
planted "another version" library.json 's/"version": .*/"version": "9.9.9",/'
planted "a field that is missing" library.json '/"license"/d'
