#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Compiles the core for each core, with each compiler at each level, and has
# tests/windows.py measure its masked windows. Prints a table of the longest,
# and fails if one is too long. -O0, a debug build, has a bound of its own.
#
# All with the flags of derived.mk but those that are "plain"; "basepri" has a
# masking ceiling.
#
#   tests/builds/windows.sh          gcc and clang: three cores, the host at -O2
#   tests/builds/windows.sh whole    clang 16, too; all cores, all with each flag
#   tests/builds/windows.sh show COMPILER CORE LEVEL [FLAG...]    all windows
set -u
cd "$(dirname "$0")/../.." || exit 2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
levels=(-O1 -O2 -O3 -Os -Og)
debug_bound=56 # at -O0
failed=0

# What compiles for a core, and how windows.py names it.
core_set() { # compiler core
    local arm=(-mthumb "-mcpu=cortex-$2") port=cortex_m triple=arm-none-eabi
    local riscv=(-march=rv32imac -mabi=ilp32)
    target=cortex-$2
    case $2 in
    host) target=x86-64 port=posix ;;
    rv32) target=rv32 port=riscv triple=riscv32-unknown-elf ;;
    esac
    case $1-$2 in
    *-host) cc=("$1" -D_GNU_SOURCE) ;;
    gcc-rv32)
        cc=(riscv64-unknown-elf-gcc -march=rv32imac_zicsr -mabi=ilp32)
        ;;
    gcc-*) cc=(arm-none-eabi-gcc "${arm[@]}") ;;
    *-rv32) cc=("$1" --target=$triple "${riscv[@]}") ;;
    *) cc=("$1" --target=$triple "${arm[@]}") ;;
    esac
    cc+=(-std=c11 -ffreestanding -Iinclude -Isrc "-Iports/$port" -g
        -Wall -Wextra -Werror)
}

measure() { # compiler core level [flag...]; windows.py's options in "$options"
    local source
    core_set "$1" "$2"
    rm -f "$tmp"/*.o
    for source in src/*.c; do
        [ "$source" != src/mask.c ] || continue # no window, but its two ends
        "${cc[@]}" "${@:3}" -c -o "$tmp/$(basename "$source" .c).o" \
            "$source" || return 2
    done
    # shellcheck disable=SC2086 # these are several words
    tests/windows.py --target "$target" $options "$tmp"/*.o
}

# A row of the table: the longest window at each level.
row() { # compiler core what flags level...
    local name="$1 $2 $3" compiler=$1 core=$2 flags=$4 level longest
    shift 4
    printf '%-22s' "$name"
    for level; do
        options=--summary
        [ "$level" != -O0 ] || options="--summary --bound $debug_bound"
        # shellcheck disable=SC2086
        if ! measure "$compiler" "$core" "$level" $flags >"$tmp/log" 2>&1; then
            failed=1
            grep -E "^FAIL|error|^windows.py" "$tmp/log" | head -n 5 |
                sed "s/^/$name $level: /" >>"$tmp/faults"
        fi
        longest=$(sed -n 's/.*longest \([0-9]*\) of .*/\1/p' "$tmp/log")
        printf '%5s' "${longest:--}"
    done
    echo
}

derived() { # compiler
    make -s -f derived.mk CC="$1" | sed -n 1p
}

if [ "${1:-}" = show ]; then
    options=
    measure "${@:2}"
    exit
fi

compilers=(gcc clang) cores=(m0 m4 rv32) sample=(-O2)
if [ "${1:-}" = whole ]; then
    compilers+=(clang-16) cores=(m0 m0plus m3 m4 m7 m23 m33 rv32)
    sample=("${levels[@]}")
fi
printf '%-22s' "longest window"
printf '%5s' "${levels[@]}" -O0
echo
for compiler in "${compilers[@]}"; do
    for core in "${cores[@]}"; do
        row "$compiler" "$core" "" "$(derived "$compiler")" "${levels[@]}" -O0
    done
done
[ ${#cores[@]} -gt 3 ] || cores=(m4)
for compiler in "${compilers[@]}"; do
    for core in "${cores[@]}"; do
        row "$compiler" "$core" plain -DIRQGC_USES_KEEP=1 "${sample[@]}"
    done
done
row gcc m4 basepri "$(derived gcc) -DIRQGC_BASEPRI=0x40" "${sample[@]}"
for compiler in "${compilers[@]}"; do
    row "$compiler" host "" "$(derived "$compiler")" "${sample[@]}"
done
[ ! -e "$tmp/faults" ] || cat "$tmp/faults"
exit $failed
