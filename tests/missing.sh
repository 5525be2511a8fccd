#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# On a machine that has make and a shell, each target says in one line what
# installs the tools that it needs; and need.sh finds those that are there.
set -euo pipefail
cd "$(dirname "$0")/.."
bare=$(mktemp -d)
trap 'rm -rf "$bare"' EXIT
for tool in sh bash env make awk cat dirname find grep head mkdir printf rm sed \
    tail python3; do
    ln -s "$(command -v $tool)" "$bare/$tool"
done

n=0
failed=0
asks_for() { # package target...
    local package=$1
    shift
    n=$((n + 1))
    if PATH=$bare make --no-print-directory O="$bare/out" "$@" \
        >"$bare/log" 2>&1; then
        echo "FAIL make $*: does without"
    elif grep -q "^to be installed by: apt-get install.* $package" \
        "$bare/log" && ! grep -q Traceback "$bare/log"; then
        return
    else
        echo "FAIL make $*:"
        tail -5 "$bare/log"
    fi
    failed=$((failed + 1))
}

for target in run unit torture dict stacks break peers retained; do
    asks_for gcc $target
done
asks_for clang run CC=clang
asks_for cmake lib
asks_for cmake install
# The emulator, if another check has built the image already.
asks_for '\(gcc-arm-none-eabi\|qemu-system-arm\)' run BOARD=mps2-an386
asks_for '\(gcc-riscv64-unknown-elf\|qemu-system-misc\)' run BOARD=virt
asks_for clang proofs
asks_for clang fuzz
asks_for spin models
asks_for libcmocka-dev mutants
asks_for gcc-riscv64-unknown-elf windows
boards/need.sh make cc
echo "$n targets, $failed failed"
[ "$failed" -eq 0 ]
