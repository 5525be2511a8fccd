#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The component for ESP-IDF, with a stub of idf_component_register and of what
# it takes of FreeRTOS: compiled and linked for RV32, never run. What it hands on
# reaches the example's main.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
. tests/packages/expect.sh
component=$tmp/irqgc
quiet packages/esp_idf.sh "$component"
for file in CMakeLists.txt irqgc_esp.h; do
    sed -n 3p "$component/$file" |
        grep -q "Until irqgc knows threads, one FreeRTOS task"
done
sed -n 1p "$component/idf_component.yml" | grep -q "one task only"
sed -n 1,6p "$component/examples/timer/main/main.c" | grep -q "One task only"

manifest() { # folder
    grep -qx "version: \"$version\"" "$1/idf_component.yml" &&
        grep -qx "license: MIT" "$1/idf_component.yml" &&
        grep -qE '^targets: \[(esp32(c2|c3|c6|h2)(, )?)+\]$' "$1/idf_component.yml"
}
manifest "$component"
echo "ok - idf_component.yml: $version"

quiet cmake -S tests/packages/esp-idf -B "$tmp/build" \
    -DCOMPONENT="$component" -DLIBC="$root/boards/libc" \
    -DCMAKE_SYSTEM_NAME=Generic -DCMAKE_SYSTEM_PROCESSOR=riscv32 \
    -DCMAKE_C_COMPILER=riscv64-unknown-elf-gcc -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_FLAGS="-march=rv32imac -mabi=ilp32" \
    -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY
quiet cmake --build "$tmp/build"

handed_on() { # build
    grep '"command"' "$1/compile_commands.json" | grep '/main\.c' |
        grep -qF -- "$(packages/derived.sh gcc)"
}
handed_on "$tmp/build"
echo "ok - main is compiled with the flags"

address() { # symbol
    riscv64-unknown-elf-nm "$tmp/build/firmware" |
        awk -v s="$1" '$3 == s {print "0x" $1}'
}
[ $(($(address __stack_top) - $(address xIsrStack))) -eq 1536 ]
echo "ok - the first stack is that of handlers"

# ---- Each check has to fail --------------------------------------------------

sed -i 's/^version: .*/version: "9.9.9"/' "$component/idf_component.yml"
sed -i 's/ PUBLIC/ PRIVATE/' "$component/CMakeLists.txt"
quiet cmake "$tmp/build"
if manifest "$component" || handed_on "$tmp/build"; then
    echo "FAIL another version, or flags that are not handed on, are not found"
    exit 1
fi
echo "ok - planted: another version, flags that are not handed on"
