#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The trace hook: the unit test; each call of it left out, one at a time, which
# the unit test has to find; and the examples.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=build/traced
make=(make --no-print-directory -s "O=$build" EXTRA=-DIRQGC_TRACE=1)
test=$build/tests/trace/test_trace

"${make[@]}" "$test" "$build/examples/trace/perfetto"
"$test"

# ---- Planted ----------------------------------------------------------------

flags=(-std=c11 -D_GNU_SOURCE -O2 -w -DIRQGC_TRACE=1 -DIRQGC_DERIVED=1
    -Iinclude -Isrc -Iports/posix)
planted=$build/planted
mkdir -p "$planted"
n=0
for call in $(grep -n '^ *trace_[a-z]*(.*);$' src/*.c | cut -d: -f1,2); do
    file=${call%:*}
    sed "${call#*:}d" "$file" >"$planted/$(basename "$file")"
    gcc "${flags[@]}" -c -o "$planted/planted.o" \
        "$planted/$(basename "$file")"
    objects=$(find "$build/src" "$build/ports" -name '*.o' \
        ! -path "$build/${file%.c}.o")
    # shellcheck disable=SC2086
    gcc -o "$planted/test" "$test.o" "$build/tests/picture.o" \
        "$planted/planted.o" $objects -lcmocka -Wl,-z,now
    if "$planted/test" >"$planted/log" 2>&1; then
        echo "trace: $call left out, and the test passes"
        exit 1
    fi
    n=$((n + 1))
done
[ "$n" -ge 7 ] || {
    echo "trace: only $n calls of the hook"
    exit 1
}
echo "trace: each of $n calls left out is found"

# ---- Examples ---------------------------------------------------------------

"$build/examples/trace/perfetto" "$build/trace.json"
tests/trace/perfetto.py "$build/trace.json"

for compiler in gcc "arm-none-eabi-gcc -mthumb -mcpu=cortex-m4 -ffreestanding"; do
    $compiler -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Werror \
        -DIRQGC_DERIVED=1 -Iinclude -Itests/trace/stub -fsyntax-only \
        examples/trace/systemview.c
done
echo "trace: the SystemView example compiles"
