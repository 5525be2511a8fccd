#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Has Eva of Frama-C look for undefined behaviour in the checks and the layout
# of irqgc_init, whatever it is given, on 64 and on 32 bits. Exit: 0 none, and
# the layout has been come to; 1 otherwise.
set -euo pipefail
cd "$(dirname "$0")/../.."

for bits in 64 32; do
    log=$(frama-c -c11 -machdep "gcc_x86_$bits" \
        -cpp-extra-args="-Iinclude -Isrc -Itests/proofs \
            -DIRQGC_DERIVED=1" \
        -eva -eva-precision 3 tests/proofs/layout.c)
    if ! grep -q 'Frama_C_show_each_layout' <<<"$log" ||
        ! grep -q ' 0 alarms generated' <<<"$log"; then
        grep -A 4 -E 'alarm\]|rror' <<<"$log"
        exit 1
    fi
    echo "layout, $bits bits: 0 alarms," \
        "$(grep -oE '[0-9]+ statements reached.*' <<<"$log")"
done
