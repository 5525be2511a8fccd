#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The unit suites, and a run of the preemption suite, on irqgc.c of the
# amalgamation in place of src/ and ports/posix/.
#
# It is compiled by itself, as a program has it, but that functions which are
# inlined everywhere are kept beside. What the suites use of its inside, they
# find because open_names.py makes the names external afterwards.
#
# All suites run but test_flood, the longest; with WHOLE=1 that, too.
set -euo pipefail
cd "$(dirname "$0")/../.."
one=$PWD/build/one
rm -rf "$one"
mkdir -p "$one/preempt/core"
packages/amalgamate.py "$one"

# Two that a suite wraps would be inlined, and there were no call to be wrapped.
sed -i 's/^static bool port_stack_runs/__attribute__((noinline)) &/' "$one/irqgc.c"
sed -i 's/^void \*irqgc_alloc(/__attribute__((noinline)) &/' "$one/irqgc.h"

# A wrapped function has a handler come, which need not leave alone registers
# that the static one does: -fno-ipa-ra, or its callers rely on that.
build() { # object flag...
    # shellcheck disable=SC2046
    gcc -std=c11 $(packages/derived.sh gcc) -O2 -g -fno-ipa-ra \
        -fkeep-static-functions "${@:2}" -S -o "$one/as_it_is.s" "$one/irqgc.c"
    tests/packages/open_names.py "$one/as_it_is.s" "$one/opened.s"
    gcc -c -o "$1" "$one/opened.s"
}

build "$one/irqgc.o"
suites=$(ls tests/unit/test_*.c tests/model/test_*.c tests/regress/test_*.c)
[ -n "${WHOLE:-}" ] || suites=${suites//tests\/unit\/test_flood.c/}
n=0
for suite in $suites; do
    suite=build/one/${suite%.c}
    make -s O=build/one CORE=build/one/irqgc.o PORT= "$suite"
    STRIDE=0 "$suite" >"$one/log" 2>&1 || {
        cat "$one/log"
        exit 1
    }
    n=$((n + 1))
done
[ $n -gt 20 ]
echo "ok - $n unit suites"

build "$one/preempt/core/irqgc.o" -fno-pie -DIRQGC_GROUP_BLOCKS=8
make -s -C tests/preempt BUILD="$one/preempt" CORE=irqgc POSIX=
"$one/preempt/preempt" --quiet --max-points "${POINTS:-100}"
