#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The bounds hold on Cortex-M4; and the gate: code that was not optimised breaks
# them, and is told of.
set -u
cd "$(dirname "$0")/../.." || exit 2
board=mps2-an386
bench/figures/figures.py --check $board || exit 1

out=$(mktemp)
trap 'rm -f "$out"' EXIT
bench/figures/figures.py --check $board --optimise=-O0 >"$out" 2>&1
status=$?
for bound in "longest masked window, $board" \
    "longest masked window of dictionaries, $board" "allocation that a hint finds" \
    "search without a hint" "free" "sweep" "flash"; do
    if ! grep -q "^BROKEN *$bound.*: " "$out"; then
        echo "FAIL - gate: $bound"
        status=0
    fi
done
if [ $status -ne 1 ]; then
    cat "$out"
    exit 1
fi
echo "ok - gate"
