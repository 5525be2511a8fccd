#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs every check, two at a time or as many as there are processors, and
# closes with "N passed, N failed". Arguments select checks by name:
#
#   tests/run.sh unit       those with "unit" in their name
#   WHOLE=1 tests/run.sh    also those that take minutes each, and all boards
#
# What a check prints goes to build/test/NAME.log and is shown if it fails.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

logs=build/test
jobs=${JOBS:-$(nproc)}
mkdir -p "$logs"
rm -f "$logs"/*.passed "$logs"/*.failed
selected=("$@")
names=()

is_selected() {
    [ ${#selected[@]} -eq 0 ] && return 0
    local part
    for part in "${selected[@]}"; do
        [[ $1 == *"$part"* ]] && return 0
    done
    return 1
}

# In a process of its own, whose children's time is the check's.
run_one() {
    local name=$1 start=$SECONDS status=0 seconds
    shift
    "$@" >"$logs/$name.log" 2>&1 </dev/null || status=$?
    times >"$logs/$name.times"
    seconds="$((SECONDS - start)) s, $(awk -F'[ms ]' 'END {
        print int(60 * ($1 + $4) + $2 + $5 + 0.5) }' "$logs/$name.times") of CPU"
    if [ "$status" -eq 0 ]; then
        touch "$logs/$name.passed"
        echo "ok   $name ($seconds)"
    else
        touch "$logs/$name.failed"
        {
            echo "FAIL $name ($seconds): $*"
            tail -n 25 "$logs/$name.log" | sed 's/^/     /'
        }
    fi
}

# check NAME COMMAND ...: in the background, when a processor is free.
check() {
    is_selected "$1" || return 0
    names+=("$1")
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
        wait -n
    done
    run_one "$@" &
}

# whole NAME COMMAND ...: a check of WHOLE=1 alone: they take minutes each.
whole() {
    [ -z "${WHOLE:-}" ] || check "$@"
}

c_files() {
    git ls-files --cached --others --exclude-standard '*.c' '*.h'
}

make=(make --no-print-directory -s)

# ---- Reading ---------------------------------------------------------------

check format bash -c "$(declare -f c_files); \
    c_files | xargs clang-format --dry-run -Werror"
check tidy tests/tidy.sh
check cppcheck tests/cppcheck.sh

# The longest: first, so that nothing waits for it alone.
check boards tests/target/boards.sh

# ---- Unit tests, in each flavour -------------------------------------------

unit() {
    local name=$1
    shift
    check "unit-$name" "${make[@]}" unit O="build/$name" "$@"
}
unit gcc
export STRIDE=2003 # of all pairs of interrupts in test_vic, one in so many
unit gcc-O0-debug CFLAGS="-O0 -g" EXTRA=-DIRQGC_DEBUG=1
unit clang CC=clang
export STRIDE=0 # none at single steps: most would be the sanitizer's
unit sanitized CFLAGS="-O1 -g" \
    EXTRA="-fsanitize=address,undefined -fno-sanitize-recover=all"
# The port knows nothing of groups.
unit group-4 EXTRA=-DIRQGC_GROUP_BLOCKS=4
whole unit-group-8 "${make[@]}" unit O=build/group-8 \
    EXTRA=-DIRQGC_GROUP_BLOCKS=8
whole unit-valgrind env STEPS=150000 "${make[@]}" unit-valgrind \
    O=build/gcc-valgrind

check words "${make[@]}" words
check proofs "${make[@]}" proofs

# ---- What others link with -------------------------------------------------

check names tests/names.sh
check missing tests/missing.sh
check builds-host tests/builds/host.sh
check trace tests/trace/trace.sh
check trace-off tests/builds/trace.sh
check packages-cmake tests/packages/cmake.sh
check packages-amalgamation tests/packages/amalgamation.sh
check packages-arduino tests/packages/arduino.sh
check packages-versions tests/packages/versions.sh
check packages-esp-idf tests/packages/esp_idf.sh
check packages-one-file tests/packages/one_file.sh
check packages-meson tests/packages/meson.sh
check packages-make tests/packages/make.sh
check packages-debian tests/packages/debian.sh
check packages-zephyr tests/packages/zephyr.sh
check gdb tests/tools/gdb.py

# ---- Masked windows --------------------------------------------------------

check windows "${make[@]}" windows
check builds-target tests/builds/target.sh
check published tests/regress/published.sh
check windows-gate tests/unit/test_windows.sh

# ---- What compilers leave of pointers ---------------------------------------

check derived tests/derived/derived.py --sample
check retained "${make[@]}" retained
check derived-message tests/derived/message.sh

# ---- The rig and the README's program --------------------------------------

check rig "${make[@]}" rig-test O=build/host
check rig-report "${make[@]}" report-test O=build/report
check rig-32-bit "${make[@]}" run O=build/32-bit EXTRA="-m32 -idirafter /usr/include/x86_64-linux-gnu" \
    ARGS="--seconds 5 --seed 32 --heap 256"
check rig-sanitized "${make[@]}" run O=build/sanitized CFLAGS="-O1 -g" \
    EXTRA="-fsanitize=address,undefined -fno-sanitize-recover=all" \
    ARGS="--seconds 5 --seed 64 --regions 3"
check readme tests/readme/readme.sh
check docs tests/docs.py

# ---- Texts -----------------------------------------------------------------

check site tests/site.sh
check man tests/man.sh

# ---- Preemption ------------------------------------------------------------

# Samples of depth 1 to 3, and of -O0, which are always the same; WHOLE=1: depth
# 1, complete, in two parts.
make -s -C tests/preempt
make -s -C tests/preempt OPT=-O0 BUILD="$PWD/build/preempt-O0"
check preempt build/preempt/preempt --quiet --max-points 3000
whole preempt-1 build/preempt/preempt --quiet --max-points 0 --part 1/2
whole preempt-2 build/preempt/preempt --quiet --max-points 0 --part 2/2
check preempt-pairs build/preempt/preempt --quiet --depth 2 --max-points 300
# Depth 2, complete, in one operation on a small heap; longer: more of them.
small=alloc-block,free-lowest
whole preempt-small build/preempt/preempt --quiet --depth 2 --max-points 0 \
    --scenario alloc-block:small --action $small --action2 $small
check preempt-triples build/preempt/preempt --quiet --depth 3 --max-points 150
check preempt-O0 build/preempt-O0/preempt --quiet --max-points 300
# Suite and core as one.
lto=(OPT="-O2 -flto=auto" BUILD="$PWD/build/preempt-lto")
check preempt-lto bash -c '"$@" && build/preempt-lto/preempt --quiet \
    --max-points 100' lto "${make[@]}" -C tests/preempt "${lto[@]}"
check torture "${make[@]}" torture
whole torture-clang "${make[@]}" torture O=build/clang CC=clang
check dict "${make[@]}" dict ARGS=--quiet
check stacks "${make[@]}" stacks ARGS=--quiet
check break "${make[@]}" break ARGS=--quiet
check explore "${make[@]}" -C tests/explore run SECONDS=20
# Builds of their own, for they come at the same time as the other.
whole swept "${make[@]}" -C tests/explore swept BUILD="$PWD/build/swept"
whole pairs "${make[@]}" -C tests/explore pairs BUILD="$PWD/build/pairs"
check fuzz "${make[@]}" -C tests/fuzz run SECONDS=25
check coverage tests/coverage/coverage.py
check transitions tests/transitions.py
check planted-fit tests/target/planted.py --fit
check docs-numbers tests/docs_numbers.py
check mutants tests/mutants.py "trap 2:" "trap 3:" "trap 5:" \
    "trap 7: records" "trap 7: the record" "trap 8: T1 always" "trap 16:" \
    "trap 17:" "bug 2" "T2 words" "T26 not" "T27 the" "T28 words" \
    "hints: only the first" \
    "maps: overflow: all" "dict: put: neither" "break: polled in an operation"

# ---- The model -------------------------------------------------------------

whole models "${make[@]}" models
check models-mutants tests/spin/run.py --mutants "no CLEAR" "began before" \
    "waits for" "a bit cleared" "no barrier" "white ahead"
whole models-mutants-2 tests/spin/run.py --mutants "scan of one's own" \
    "what is made" "not shaded" "then the" "stored as it was read" \
    "read in two steps"

# ---- Boards ----------------------------------------------------------------

check size "${make[@]}" size
check metadata "${make[@]}" metadata
check figures tests/target/figures.sh
check bench tests/bench/bench.sh
check silicon tests/silicon/silicon.sh

# ---- The end ---------------------------------------------------------------

wait
passed=$(find "$logs" -name '*.passed' | wc -l)
failed=$((${#names[@]} - passed))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
