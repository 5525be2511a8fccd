#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A little of each benchmark: every peer replays a program, every number is
# there, every plot has something in it. A function of one instruction counts as
# one. And the gates: a peer that is missing in a table, and a plot without a
# point, are told of.
set -u
cd "$(dirname "$0")/../.." || exit 2
peers=build/bench/bench/peers
few=build/bench/few
make -s peers O=build/bench || exit 1
bench=(bench/bench.py --peers $peers --few $few)

rm -rf $few
"${bench[@]}" 2>$few.log || {
    cat $few.log
    exit 1
}
echo "ok - all is measured"

# glibc collects nothing.
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=bench python3 -c "
import counts
counted = counts.count(['$peers/glibc', 'shape', 'empty'], '$few')
assert counted.calls == {'collect': [1]}, counted" || exit 1
echo "ok - one instruction is one"

status=0
# told_of WHAT PATTERN: the lines with the pattern are taken out of a table.
told_of() {
    local table=$few/benchmarks/$2.csv
    cp "$table" $few/kept
    grep -v "$3" $few/kept >"$table"
    if "${bench[@]}" --report 2>$few.log; then
        echo "FAIL - gate: $1 is missing, and nobody says so"
        status=1
    fi
    grep -q "nothing of $1" $few.log || {
        echo "FAIL - gate: $1 is not what is missing:"
        cat $few.log
        status=1
    }
    cp $few/kept "$table"
}
told_of "table, instructions of a program" instructions "^replay,.*,table,"
told_of "irqgc, a smallest heap" heaps ",irqgc,"
told_of "plot shapes" instructions "^shape,"
told_of "plot latency" latency-curves "^M4,"
[ $status -eq 0 ] && echo "ok - gates"
exit $status
